"""From a Unix socket to an application that lives in a kernel: HTTP and WebSockets come in, messages go out.

The kernel's end is :mod:`jupyter_townie.kernels.inside.asgi`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any

import anyio

Event = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]

_PASSED_ON = ("type", "http_version", "method", "scheme", "path", "root_path", "subprotocols")


class Raised(Exception):
    """The application raised an exception; ``error`` describes it."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("evalue") or ""))
        self.error = error


class Lost(Exception):
    """The kernel is gone, and with it who would have answered."""


class Bridge:
    """An ASGI application; *say* sends a message to the kernel."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        self._say = say
        self._numbers = itertools.count(1)
        self._open: dict[int, asyncio.Queue[dict[str, Any] | None]] = {}

    def take(self, message: dict[str, Any]) -> None:
        """A message of the kernel that is about one request."""
        events = self._open.get(message.get("id", -1))
        if events is not None:
            events.put_nowait(message)

    def lose(self) -> None:
        """Nobody will answer any more."""
        for events in self._open.values():
            events.put_nowait(None)

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        number = next(self._numbers)
        events = self._open[number] = asyncio.Queue()
        self._say({"type": "open", "id": number, "scope": _scope(scope)})
        feeding = asyncio.create_task(self._feed(number, receive))
        try:
            while True:
                message = await events.get()
                if message is None:
                    raise Lost("The kernel that the app runs in is gone.")
                if message["type"] == "end":
                    return
                if message["type"] == "raised":
                    raise Raised(message)
                await send(_decoded(message["event"]))
                self._say({"type": "ack", "id": number, "bytes": message.get("bytes", 0)})
        finally:
            feeding.cancel()
            del self._open[number]
            self._say({"type": "close", "id": number})

    async def _feed(self, number: int, receive: Receive) -> None:
        while True:
            event = await receive()
            self._say({"type": "event", "id": number, "event": _encoded(event)})
            if event["type"].endswith(".disconnect"):
                return


class Entrance:
    """The Unix socket of one app, in a folder that nobody else can enter, served in this process."""

    def __init__(self, application: Any) -> None:
        import uvicorn

        class Server(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                # They belong to the process that this is a part of.
                yield

        self._folder = Path(tempfile.mkdtemp(prefix="townie-"))
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(self.address)
        listening.listen(128)
        config = uvicorn.Config(
            application,
            http="h11",
            ws="wsproto",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            interface="asgi3",
            lifespan="off",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    @property
    def address(self) -> str:
        return str(self._folder / "s")

    async def close(self) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        with anyio.move_on_after(3):
            await self._serving
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


def _scope(scope: Event) -> dict[str, Any]:
    said = {key: scope[key] for key in _PASSED_ON if key in scope}
    said["raw_path"] = (scope.get("raw_path") or b"").decode("latin-1")
    said["query_string"] = (scope.get("query_string") or b"").decode("latin-1")
    said["headers"] = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
    return said


def _encoded(event: Event) -> dict[str, Any]:
    said = dict(event)
    for key in ("body", "bytes"):
        if said.get(key) is not None:
            said[key] = base64.b64encode(said[key]).decode("ascii")
    return said


def _decoded(event: dict[str, Any]) -> dict[str, Any]:
    for key in ("body", "bytes"):
        if event.get(key) is not None:
            event[key] = base64.b64decode(event[key])
    if "headers" in event:
        event["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in event["headers"]]
    return event
