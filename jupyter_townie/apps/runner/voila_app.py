"""Serves a notebook with Voila, which starts a kernel for each visitor: nothing can confine that, and nothing is."""

import asyncio
import os
import uuid

from . import channel as channels, loading, tornado_app

IDLE = 120
"""Seconds after which a kernel ends whose visitor has gone."""


def server(settings, listening, errors, life):
    """See :func:`.loading.server_for`."""
    loading._required("voila", "voila")
    from jupyter_server.base.handlers import JupyterHandler
    from tornado.httpserver import HTTPServer
    from voila.app import Voila
    from voila.execute import VoilaExecutor

    notebook = os.path.join(settings["folder"], settings["entry"])
    if not os.path.isfile(notebook):
        raise FileNotFoundError("There is no %s, the entry that townie.toml names." % settings["entry"])

    class Here(Voila):
        def listen(self):
            """On the inherited socket, once the event loop runs."""

    # Every visitor's page has an address of its own.
    JupyterHandler.base_url = property(
        lambda self: self.request.headers.get("X-Forwarded-Prefix", "").rstrip("/") + "/"
    )
    _tell_of_cells(VoilaExecutor)

    async def main(ready):
        ended = asyncio.Event()
        one = Here()
        one.initialize(
            [
                notebook,
                "--no-browser",
                "--MappingKernelManager.cull_idle_timeout=%d" % IDLE,
                "--MappingKernelManager.cull_interval=30",
                "--MappingKernelManager.cull_connected=False",
                "--Voila.log_level=WARN",
            ]
        )
        one.start()
        http = HTTPServer(one.app)
        http.add_sockets(tornado_app.listen_on(listening)())

        def close():
            http.stop()
            ended.set()

        tornado_app.live(life, ready, close)
        await ended.wait()
        await one.kernel_manager.shutdown_all(now=True)

    return lambda ready: asyncio.run(main(ready))


def _tell_of_cells(executor):
    """Have what a cell raises told, which the page shows but nobody else gets to know."""
    # Inside of Voila's own, which takes out of the outputs what visitors should not see.
    execute = executor.async_execute_cell

    async def told(self, cell, *arguments, **options):
        try:
            return await execute(self, cell, *arguments, **options)
        finally:
            for output in cell.get("outputs", ()):
                if output.get("output_type") == "error":
                    channels.current.send(
                        {
                            "type": "error",
                            "id": uuid.uuid4().hex[:12],
                            "where": "a cell",
                            "ename": output.get("ename", "Error"),
                            "evalue": output.get("evalue", ""),
                            "traceback": list(output.get("traceback", ())),
                        }
                    )

    executor.async_execute_cell = told
