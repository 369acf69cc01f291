"""Apps of the frameworks that bring servers of their own, from Townie's templates, confined like every other.

They run with ``$TOWNIE_FRAMEWORKS_PYTHON``, or the Python of the tests; those that it does not have are skipped.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
from wsproto.frame_protocol import FrameProtocol, Opcode

from jupyter_townie import protocol as p
from jupyter_townie.apps import AppRefused
from jupyter_townie.apps.connection import Pool

from .working import HOST, Workspace

PYTHON = os.environ.get("TOWNIE_FRAMEWORKS_PYTHON", sys.executable)
PREFIX = [(b"x-forwarded-prefix", b"/base/townie/apps/one/cap"), (b"x-forwarded-host", b"example.org")]
UPGRADE = [
    (b"connection", b"Upgrade"),
    (b"upgrade", b"websocket"),
    (b"sec-websocket-version", b"13"),
    (b"sec-websocket-key", base64.b64encode(b"0123456789abcdef")),
    (b"origin", b"http://localhost"),
]


@functools.cache
def run(code: str) -> str:
    return subprocess.run([PYTHON, "-c", code], capture_output=True, text=True).stdout


def need(framework: str) -> None:
    code = f"import importlib.util; print(importlib.util.find_spec({framework!r}) is not None)"
    if run(code).strip() != "True":
        pytest.skip(f"{framework} is not installed")


async def made(workspace: Workspace, kind: p.AppKind, source: str | None = None) -> Pool:
    """The pool of a new app of *kind*, from its template or from *source*."""
    need(kind)

    async def python(_: str | None) -> str:
        return PYTHON

    object.__setattr__(workspace.apps._running._context, "python", python)
    app = await workspace.apps.create(kind, "Example", "one")
    if source is not None:
        assert app.manifest is not None
        file = app.manifest.entry.partition(":")[0].removesuffix(".py")
        workspace.write(app, app.manifest.entry if kind == "voila" else f"{file}.py", source)
    workspace.apps.allow(app.id)
    return (await workspace.apps.endpoint(app.id)).pool


async def page(pool: Pool, target: str = "/") -> str:
    response = await pool.request("GET", target, [*HOST, *PREFIX])
    assert response.status == 200
    return b"".join([piece async for piece in response.body()]).decode()


async def messages(pool: Pool, target: str, protocol: str = "", first: bytes = b"") -> AsyncIterator[bytes]:
    """What a WebSocket says, after *first* was sent to it."""
    offered = [(b"sec-websocket-protocol", protocol.encode())] if protocol else []
    tunnel = await pool.upgrade(target, [*HOST, *UPGRADE, *offered])
    try:
        assert tunnel.status == 101
        agreed = dict(tunnel.headers).get(b"sec-websocket-protocol", b"").decode()
        assert agreed == protocol.partition(",")[0]
        frames = FrameProtocol(client=True, extensions=[])
        if first:
            tunnel.writer.write(frames._serialize_frame(Opcode.BINARY, first))
        data = tunnel.first
        while True:
            frames.receive_bytes(data)
            for frame in frames.received_frames():
                yield frame.payload if isinstance(frame.payload, bytes) else str(frame.payload).encode()
            data = await asyncio.wait_for(tunnel.reader.read(65_536), 10)
            if not data:
                return
    finally:
        tunnel.close()


async def said(pool: Pool, target: str, expected: bytes, protocol: str = "", first: bytes = b"") -> bool:
    heard = b""
    async for message in messages(pool, target, protocol, first):
        heard += message
        if expected in heard:
            return True
    return False


RERUN = (
    "from streamlit.proto.BackMsg_pb2 import BackMsg\n"
    "m = BackMsg(); m.rerun_script.query_string = ''\n"
    "print(m.SerializeToString().hex())"
)


async def test_streamlit_script_runs_for_a_visitor(workspace: Workspace) -> None:
    pool = await made(workspace, "streamlit", "import streamlit as st\nst.title('Hello ' + 'there')\n")
    assert "<div" in await page(pool)
    asked = bytes.fromhex(run(RERUN))
    assert await said(pool, "/_stcore/stream", b"Hello there", protocol="streamlit, TOKEN", first=asked)
    lines = workspace.apps.log(workspace.apps.list()[0].id)
    assert [line.text for line in lines if line.stream == "stderr"] == []


async def test_exception_of_a_streamlit_script_is_told(workspace: Workspace) -> None:
    pool = await made(workspace, "streamlit", "import streamlit as st\n1 / 0\n")
    await said(pool, "/_stcore/stream", b"ZeroDivisionError", first=bytes.fromhex(run(RERUN)))
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert failure.failure.frames[-1].file == "apps/one/app.py"


async def test_panel_script_runs_for_a_visitor(workspace: Workspace) -> None:
    pool = await made(workspace, "panel", "import panel as pn\npn.Column('Hello there').servable()\n")
    token = re.search(r'"token":"([^"]+)"', await page(pool))
    assert token is not None
    assert await said(pool, "/ws", b"ACK", protocol=f"bokeh, {token[1]}")


async def test_exception_of_a_panel_script_is_told(workspace: Workspace) -> None:
    pool = await made(workspace, "panel", "import panel as pn\n1 / 0\n")
    await page(pool)
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert failure.failure.ename == "ZeroDivisionError"


async def test_dash_puts_its_addresses_below_the_visitors_path(workspace: Workspace) -> None:
    pool = await made(workspace, "dash")
    assert 'src="/base/townie/apps/one/cap/_dash-component-suites/' in await page(pool)
    assert "Example" in await page(pool, "/_dash-layout")


async def test_exception_of_a_dash_callback_is_told(workspace: Workspace) -> None:
    source = (
        "from dash import Dash, Input, Output, html\napp = Dash(__name__)\n"
        "app.layout = html.Div([html.Button(id='b'), html.P(id='p')])\n"
        "@app.callback(Output('p', 'children'), Input('b', 'n_clicks'))\ndef click(n): return 1 / 0\n"
    )
    pool = await made(workspace, "dash", source)
    call = (
        b'{"output":"p.children","outputs":{"id":"p","property":"children"},'
        b'"inputs":[{"id":"b","property":"n_clicks","value":1}],"changedPropIds":["b.n_clicks"]}'
    )
    headers = [*HOST, (b"content-type", b"application/json")]
    (await pool.request("POST", "/_dash-update-component", headers, call)).close()
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert (failure.failure.ename, failure.failure.frames[-1].function) == ("ZeroDivisionError", "click")


NOTEBOOK = """{"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": {"name": "python3", "display_name": "",
"language": "python"}}, "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": null,
"outputs": [], "source": "print('Hello ' + 'there')\\n%s"}]}"""


async def test_voila_runs_the_notebook_for_a_visitor_with_the_persons_rights(workspace: Workspace) -> None:
    pool = await made(workspace, "voila", NOTEBOOK % "1")
    text = await page(pool)
    assert "Hello there" in text
    assert 'data-base-url="/base/townie/apps/one/cap/voila/"' in text
    # What would be refused to the page, or needs a JupyterLab around it, is not asked for.
    assert "cdn.jsdelivr.net" not in text
    assert "jupyter-townie" not in text
    assert "@voila-dashboards/widgets-manager8" in text
    assert workspace.apps.list()[0].rights == "user"


async def test_exception_of_a_voila_cell_is_told(workspace: Workspace) -> None:
    pool = await made(workspace, "voila", NOTEBOOK % "1 / 0")
    assert "Whoever made this app is told" in await page(pool)
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert (failure.failure.ename, failure.failure.frames[-1].file) == ("ZeroDivisionError", "apps/one/app.ipynb")


async def test_exception_that_an_output_widget_catches_is_told(workspace: Workspace) -> None:
    source = "import ipywidgets\\nwith ipywidgets.Output():\\n    1 / 0"
    pool = await made(workspace, "voila", NOTEBOOK % source)
    await page(pool)
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert (failure.failure.ename, failure.failure.frames[-1].file) == ("ZeroDivisionError", "apps/one/app.ipynb")


async def test_package_that_a_voila_cell_lacks_is_named_with_the_remedy(workspace: Workspace) -> None:
    pool = await made(workspace, "voila", NOTEBOOK % "import no_such_package")
    await page(pool)
    failure = await workspace.failure(workspace.apps.get(workspace.apps.list()[0].id))
    assert "pip install no_such_package" in failure.hint


async def test_framework_that_is_missing_is_named_with_the_remedy(workspace: Workspace) -> None:
    if run("import importlib.util; print(importlib.util.find_spec('voila') is not None)").strip() == "True":
        pytest.skip("voila is installed")
    app = await workspace.apps.create("voila", "Example", "one")
    workspace.apps.allow(app.id)
    with pytest.raises(AppRefused) as refused:
        await workspace.apps.start(app.id)
    assert "pip install voila" in refused.value.problem.remedy


async def test_gradio_names_the_visitors_path_as_its_root(workspace: Workspace) -> None:
    pool = await made(workspace, "gradio")
    assert "/base/townie/apps/one/cap" in await page(pool)
