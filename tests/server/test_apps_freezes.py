"""The channel of an app notices that the JupyterLab at its other end is stopped."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from tornado.websocket import WebSocketClientConnection

from jupyter_townie.apps.app import app_id

from .visiting import make

__all__ = ["make"]

LOADED = {"command": "pulse", "session": "s", "loaded": True}
SOON = 0.02


@pytest.fixture
def app(make: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> str:
    """An app of one page; what the server waits for comes a hundred times as fast."""
    monkeypatch.setattr("jupyter_townie.apps.freezes.EVERY", SOON)
    return app_id("apps/" + make(index_html="<p>Hello"))


@pytest.fixture
def state(jp_fetch: Any, app: str) -> Callable[[], Any]:
    async def read() -> Any:
        return json.loads((await jp_fetch("townie", "api", "apps", app)).body)

    return read


async def read_all(page: WebSocketClientConnection) -> None:
    while await page.read_message() is not None:
        pass


async def held(state: Callable[[], Any]) -> bool:
    """Whether its page is held back within the time in which it would be."""
    for _ in range(40):
        if (await state())["freeze"] is not None:
            return True
        await asyncio.sleep(SOON)
    return False


async def test_browser_that_answers_while_its_jupyterlab_does_not(
    app: str, state: Callable[[], Any], jp_ws_fetch: Any
) -> None:
    page: WebSocketClientConnection = await jp_ws_fetch("townie", "api", "apps", app, "channel")
    page.write_message(json.dumps(LOADED))
    # This client answers pings by itself, as browsers do, as long as it is read.
    reading = asyncio.ensure_future(read_all(page))
    assert await held(state)
    page.write_message(json.dumps({"command": "release"}))
    page.write_message(json.dumps({**LOADED, "loaded": False}))
    await asyncio.sleep(5 * SOON)
    assert not await held(state)
    page.write_message(json.dumps(LOADED))
    assert await held(state)
    assert (await state())["failures"] == 0
    page.close()
    await asyncio.wait_for(reading, 5)
    while (await state())["failures"] != 1:
        await asyncio.sleep(SOON)


async def test_computer_that_sleeps_is_not_taken_for_one_that_is_stopped(
    app: str, state: Callable[[], Any], jp_serverapp: Any, jp_auth_header: dict[str, str]
) -> None:
    address = urlsplit(jp_serverapp.connection_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = f"GET {address.path}townie/api/apps/{app}/channel HTTP/1.1\r\nHost: {address.netloc}\r\n"
    head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    head += f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
    head += f"Authorization: {jp_auth_header['Authorization']}\r\n\r\n"
    writer.write(head.encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    body = json.dumps(LOADED).encode()
    # Masked with zeros, as which it stays what it is.
    writer.write(bytes([0x81, 0x80 | len(body)]) + bytes(4) + body)
    assert not await held(state)
    # It wakes, and answers all that has waited for it, while nothing in it has run yet.
    waited = await asyncio.wait_for(reader.read(1_000_000), 5)
    ping = b"\x89\x05pulse"
    assert waited.count(ping) == 1
    writer.write(bytes([0x8A, 0x85]) + bytes(4) + b"pulse")
    # From then on there is one ping for each answer.
    await asyncio.wait_for(reader.readuntil(ping), 5)
    assert (await state())["freeze"] is None
    writer.close()
