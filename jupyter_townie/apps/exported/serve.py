"""Serves this app by itself.

    python serve.py [--host 127.0.0.1] [--port 8000]

The app's data goes to ``data/`` beside this file, or to ``$TOWNIE_DATA``.  What the app asks a language model is
answered with ``OPENAI_API_KEY``, ``OPENAI_BASE_URL`` and ``OPENAI_MODEL``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.chdir(HERE)


def served():
    """The app as an ASGI application."""
    settings = json.loads((HERE / "townie_web" / "settings.json").read_text(encoding="utf-8"))
    app = None
    if settings["kind"] != "web":
        from townie_web.application import application

        app = application({**settings, "folder": str(HERE)})
    if settings["kind"] in ("gradio", "dash"):
        return app
    from townie_web.pages import Served

    return Served(app)


def main():
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    asked = parser.parse_args()
    # The app's own call of it does nothing.
    run = uvicorn.run
    # Streams, such as those of live pages, end only when their visitors leave.
    run(served(), host=asked.host, port=asked.port, timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main()
