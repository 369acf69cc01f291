"""Serves a notebook with Voila, which starts a kernel for each visitor: nothing can confine that, and nothing is."""

import asyncio
import functools
import json
import os
import re
import uuid

from . import channel as channels, tornado_app
from .application import required

IDLE = 120
"""Seconds after which a kernel ends whose visitor has gone."""
_ICONS = re.compile(r"<link[^<>]+https://cdn\.jsdelivr\.net/[^<>]+/font-?awesome[^<>]+>", re.IGNORECASE)
"""Icons of a public host that Voila's own style sheet has, too."""


def server(settings, listening, errors, life):
    """See :func:`.loading.server_for`."""
    required("voila", "voila")
    from jupyter_server.base.handlers import JupyterHandler
    from tornado.httpserver import HTTPServer
    from voila.app import Voila
    from voila.execute import VoilaExecutor
    from voila.handler import VoilaHandler

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
    tell = functools.partial(_tell, errors)
    _tell_of_cells(VoilaExecutor, tell)
    _tell_of_output_widgets(tell)
    _tell_of_callbacks(tell)
    _without_public_icons(VoilaHandler)

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
                # Its own tells visitors to start Voila with other options.
                "--VoilaExecutor.cell_error_instruction=Whoever made this app is told what went wrong.",
            ]
        )
        if not one.voila_configuration.extension_allowlist:
            one.voila_configuration.extension_allowlist = _of_widgets(one.labextensions_path)
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


def _tell(errors, error, where):
    """Have an error that a kernel says told: *error* is the content of its message."""
    described = {
        "type": "error",
        "id": uuid.uuid4().hex[:12],
        "where": where,
        "ename": error.get("ename", "Error"),
        "evalue": error.get("evalue", ""),
        "traceback": list(error.get("traceback", ())),
    }
    missing = re.match("No module named '([^']+)'", described["evalue"])
    if missing and described["ename"] == "ModuleNotFoundError":
        described.update(errors.missing(missing[1]))
    channels.current.send(described)


def _tell_of_cells(executor, tell):
    """Have what a cell raises told, which the page shows but nobody else gets to know."""
    # Inside of Voila's own, which takes out of the outputs what visitors should not see.
    execute = executor.async_execute_cell

    async def heard(self, cell, *arguments, **options):
        try:
            return await execute(self, cell, *arguments, **options)
        finally:
            for output in cell.get("outputs", ()):
                if output.get("output_type") == "error":
                    tell(output, "a cell")

    executor.async_execute_cell = heard


def _tell_of_output_widgets(tell):
    """Have told what an ``Output`` widget catches while the cells run, as that of ``interact``: the cell goes on."""
    from nbclient.output_widget import OutputWidget

    output = OutputWidget.output

    def heard(self, outs, message, *arguments):
        if message.get("msg_type") == "error":
            tell(message["content"], "a widget")
        return output(self, outs, message, *arguments)

    OutputWidget.output = heard


def _tell_of_callbacks(tell):
    """Have told what functions raise that widgets call: the kernel says it to a page that shows it nowhere."""
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection as Connection

    passed_on = Connection.handle_outgoing_message

    def heard(self, stream, message):
        try:
            _, parts = self.session.feed_identities(message)
            # Signature, header, the header of what it answers, metadata, content.
            if b"error" in parts[1] and json.loads(parts[1])["msg_type"] == "error":
                # What a request to execute raised was told with its cell.
                if json.loads(parts[2]).get("msg_type") != "execute_request":
                    tell(json.loads(parts[4]), "a widget")
        except (ValueError, KeyError, IndexError, TypeError):
            pass
        return passed_on(self, stream, message)

    Connection.handle_outgoing_message = heard


def _without_public_icons(handler):
    write = handler.write

    def written(self, chunk):
        return write(self, _ICONS.sub("", chunk) if isinstance(chunk, str) else chunk)

    handler.write = written


def _of_widgets(folders):
    """The extensions of JupyterLab that a page of Voila can use: those of widgets, and renderers of outputs.

    The others, Townie's among them, want a JupyterLab around them, and would only fail.
    """
    found = {"@jupyter-widgets/jupyterlab-manager"}  # itself; an empty list would allow all of them
    for folder in folders:
        for place, inner, _ in os.walk(folder, followlinks=True):
            name = os.path.relpath(place, folder).replace(os.sep, "/")
            if name != "." and name.count("/") >= name.startswith("@"):
                inner.clear()
            if _renders(os.path.join(place, "package.json")):
                found.add(name)
    return sorted(found)


def _renders(package):
    try:
        with open(package, encoding="utf-8") as file:
            about = json.load(file)
        lab = about.get("jupyterlab") or {}
        wanted = {*(about.get("dependencies") or {}), *(lab.get("sharedPackages") or {})}
    except (OSError, ValueError, AttributeError, TypeError):
        return False
    # Of JupyterLab's own parts these are not there.
    missing = {"@jupyterlab/docmanager", "@jupyterlab/fileeditor", "@jupyterlab/mainmenu", "@jupyterlab/launcher"}
    return bool(lab.get("mimeExtension")) or ("@jupyter-widgets/base" in wanted and not missing & wanted)
