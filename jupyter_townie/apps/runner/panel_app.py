"""Serves a Panel script, with the Bokeh server that Panel brings."""

import asyncio
import os

from . import loading, tornado_app
from .application import required


def server(settings, listening, errors, life):
    """See :func:`.loading.server_for`."""
    required("panel", "panel")
    from panel.io.server import get_server

    script = os.path.join(settings["folder"], settings["entry"])
    loading.compiled(script, settings)

    async def main(ready):
        ended = asyncio.Event()
        tornado_app.listen_on(listening)
        # Who may come is decided by the socket and by Townie.
        one = get_server({"/": script}, title=settings["title"], websocket_origin="*", show=False, start=False)
        one.start()

        def close():
            one.stop(wait=False)
            ended.set()

        tornado_app.live(life, ready, close)
        await ended.wait()

    return lambda ready: asyncio.run(main(ready))
