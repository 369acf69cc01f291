"""Which installed packages an app's runner loads ahead, so that a change of the app does not import them again."""

from __future__ import annotations

import contextlib
import re

from .app import App

ALWAYS = ("asyncio", "sqlite3", "json", "email.message", "uvicorn", "h11", "uvicorn.lifespan.on")
ASGI = ("uvicorn.protocols.http.h11_impl", "uvicorn.protocols.websockets.wsproto_impl", "uvicorn.loops.asyncio")
OF_KIND = {
    "streamlit": ("streamlit.web.bootstrap", "pandas", "streamlit"),
    "gradio": (*ASGI, "gradio", "fastapi"),
    "dash": (*ASGI, "dash", "flask", "a2wsgi", "plotly.graph_objects"),
    "panel": ("panel", "bokeh.server.server"),
    "voila": ("tornado.httpserver", "jupyter_server.base.handlers", "voila.app"),
    "fullstack": ASGI,
}
KNOWN = frozenset(
    [
        "fastapi",
        "starlette",
        "flask",
        "jinja2",
        "pydantic",
        "sqlalchemy",
        "a2wsgi",
        "numpy",
        "pandas",
        "matplotlib",
        "requests",
        "httpx",
        "bokeh",
        "plotly",
        "altair",
        "markdown",
        "bottle",
        "quart",
        "aiosqlite",
        "openai",
    ]
)
"""Packages that are loaded ahead when an app's code imports them: slow to import, and harmless to have loaded."""
TOGETHER = {
    "fastapi": ("fastapi", "fastapi.staticfiles", "fastapi.responses"),
    "starlette": ("starlette.applications", "starlette.routing", "starlette.responses", "starlette.staticfiles"),
    "flask": ("flask", "a2wsgi"),
    "matplotlib": ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"),
    "sqlalchemy": ("sqlalchemy", "sqlalchemy.orm", "sqlalchemy.dialects.sqlite"),
}
MOST_FILES = 40
LARGEST = 200_000

_IMPORT = re.compile(r"^\s*(?:import|from)\s+([A-Za-z_]\w*)", re.MULTILINE)


def modules_for(app: App) -> list[str]:
    """The modules, in order.  The app's code is only looked at, never run, and decides among known names alone."""
    manifest = app.manifest
    assert manifest is not None
    found = [*ALWAYS, *OF_KIND.get(manifest.kind, ())]
    imported: set[str] = set()
    with contextlib.suppress(OSError):
        for file in [*sorted(app.folder.glob("*.py"))[:MOST_FILES], *sorted(app.folder.glob("*/*.py"))[:MOST_FILES]]:
            with file.open(encoding="utf-8", errors="replace") as source:
                imported.update(_IMPORT.findall(source.read(LARGEST)))
    for name in sorted(imported & KNOWN):
        found += TOGETHER.get(name, (name,))
    return list(dict.fromkeys(found))
