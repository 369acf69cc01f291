"""Serves a Streamlit script."""

import os

from . import asgi, loading, tornado_app
from .application import required

OPTIONS = {
    "server.headless": True,
    "server.fileWatcherType": "none",  # Townie starts it anew when its files change
    "server.runOnSave": False,
    "server.enableCORS": False,  # who may come is decided by the socket and by Townie
    "server.enableXsrfProtection": False,
    "server.maxUploadSize": 25,
    "browser.gatherUsageStats": False,
    "logger.enableRich": False,  # with it a script's exceptions are drawn instead of logged, and not told
    "client.toolbarMode": "viewer",
}


def server(settings, listening, errors, life):
    """See :func:`.loading.server_for`."""
    streamlit = required("streamlit", "streamlit")
    from streamlit import config

    for name, value in OPTIONS.items():
        try:
            config.set_option(name, value)
        except (RuntimeError, ValueError):
            # Not every version has every option.
            continue
    _no_machine_id()
    script = os.path.join(settings["folder"], settings["entry"])
    loading.compiled(script, settings)
    try:
        from streamlit.web.server.starlette.starlette_app import App
    except ImportError:
        return _with_tornado(streamlit, script, listening, life)
    return asgi.server(App(script), listening, errors, life)


def _no_machine_id():
    """It would be read from a file that is closed to apps, and each visitor's session would begin with an error."""
    try:
        from streamlit.runtime import metrics_util
    except ImportError:
        return
    metrics_util._get_machine_id_v3 = lambda: "townie"


def _with_tornado(streamlit, script, listening, life):
    """Versions before 1.55 or so bring a Tornado server."""
    import asyncio

    from streamlit.web.server import Server

    tornado_app.listen_on(listening)

    async def main(ready):
        one = Server(script, False)
        await one.start()
        tornado_app.live(life, ready, one.stop)
        await one.stopped

    return lambda ready: asyncio.run(main(ready))
