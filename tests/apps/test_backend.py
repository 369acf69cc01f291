"""Backends: what is served, whatever the entry and the environment."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import textwrap
from pathlib import Path

import pytest

from .working import HELLO, HOST, Workspace, answering

ENTRIES = {
    "asgi": (HELLO, "app:app"),
    "starlette": (
        """
        from starlette.applications import Starlette
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route

        async def hello(request):
            return PlainTextResponse("hello")

        app = Starlette(routes=[Route("/", hello)])
        """,
        "app:app",
    ),
    "fastapi": (
        """
        from fastapi import FastAPI
        from fastapi.responses import PlainTextResponse
        app = FastAPI()

        @app.get("/", response_class=PlainTextResponse)
        def hello(): return "hello"
        """,
        "app:app",
    ),
    "wsgi": (
        """
        def application(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"hello"]
        """,
        "app:application",
    ),
    "factory": (
        """
        def create_app():
            async def app(scope, receive, send):
                await send({"type": "http.response.start", "status": 200, "headers": []})
                await send({"type": "http.response.body", "body": b"hello"})
            return app
        """,
        "app:create_app()",
    ),
    "file": (HELLO, "app.py"),
    "own_server": (HELLO + "\nimport uvicorn\nuvicorn.run(app, port=8000)\n", "app:app"),
}


@pytest.mark.parametrize("kind", ENTRIES)
async def test_whatever_the_entry_is_it_is_served(workspace: Workspace, kind: str) -> None:
    source, entry = ENTRIES[kind]
    app = workspace.allowed(textwrap.dedent(source), manifest=f'kind = "fullstack"\nentry = "{entry}"')
    assert await workspace.get(app) == (200, "hello")


async def test_flask_app_is_served(workspace: Workspace) -> None:
    pytest.importorskip("flask")
    source = "from flask import Flask\napp = Flask('x')\napp.route('/')(lambda: 'hello')\napp.run()\n"
    assert await workspace.get(workspace.allowed(source)) == (200, "hello")


async def test_page_is_named_to_an_app_that_builds_addresses(workspace: Workspace) -> None:
    source = """
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def place(request):
        return PlainTextResponse(str(request.url_for("place")))

    app = Starlette(routes=[Route("/place", place, name="place")])
    """
    app = workspace.allowed(textwrap.dedent(source))
    forwarded = [
        (b"x-forwarded-prefix", b"/base/townie/apps/one/cap"),
        (b"x-forwarded-host", b"example.org"),
        (b"x-forwarded-proto", b"https"),
    ]
    pool = (await workspace.apps.endpoint(app.id)).pool
    response = await pool.request("GET", "/place", [*HOST, *forwarded])
    text = b"".join([piece async for piece in response.body()])
    assert text == b"https://example.org/base/townie/apps/one/cap/place"


async def test_answer_that_is_not_ready_streams(workspace: Workspace) -> None:
    source = """
    import asyncio

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await asyncio.sleep(60)
    """
    app = workspace.allowed(textwrap.dedent(source))
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", HOST)
    first = await asyncio.wait_for(response.body().__anext__(), 3)
    response.close()
    assert first == b"one"


async def test_modules_of_the_app_are_found(workspace: Workspace) -> None:
    app = workspace.allowed("from lib.words import app\n", **{"lib/words.py": HELLO})
    assert await workspace.get(app) == (200, "hello")


async def test_where_nothing_confines_it_the_app_runs_with_the_persons_rights(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.apps.backend.available", lambda: False)
    monkeypatch.setattr("jupyter_townie.apps.confinement.available", lambda: False)
    app = workspace.allowed(answering("import os\ndef answer(path): return 'passwd' in os.listdir('/etc')"))
    assert await workspace.get(app) == (200, "True")
    assert workspace.apps.info(app.id).rights == "user"


def other_pythons() -> list[str]:
    """Pythons of this machine, which have nothing installed that an app needs."""
    found = [shutil.which(f"python3.{minor}") for minor in (10, 12, 13, 14)]
    return [path for path in found if path and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0]


@pytest.mark.parametrize("python", other_pythons() or [pytest.param("", marks=pytest.mark.skip("no other Python"))])
async def test_environment_without_a_server_is_lent_one(workspace: Workspace, python: str, tmp_path: Path) -> None:
    subprocess.run([python, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)

    async def bare(_: str | None) -> str:
        return str(tmp_path / "venv" / "bin" / "python")

    object.__setattr__(workspace.apps._running._context, "python", bare)
    app = workspace.allowed(answering("import sys, townie\ndef answer(path): return sys.prefix"))
    assert await workspace.get(app) == (200, str(tmp_path / "venv"))
