"""One generation of an app's backend, seen from the server.  See :mod:`.runner.generation`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import anyio

from .answers import Answers
from .control import Control
from .llm import AppLlm
from .outgoing import Reach


class StartFailed(Exception):
    """The app did not come to serve; ``error`` is what the runner told of it, empty when it told nothing."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(str(error.get("evalue", "")))
        self.error = error


class Generation:
    """From the fork to its end.  *on_error* gets what the runner reports, *on_end* is called once when it is gone."""

    def __init__(
        self,
        number: int,
        end: socket.socket,
        *,
        on_error: Callable[[dict[str, Any]], None],
        on_end: Callable[[Generation], None],
        llm: Callable[[], AppLlm],
        secret: Callable[[str], str | None],
        reach: Reach,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.number = number
        self.pid = 0
        self.code: int | None = None
        self.signal: int | None = None
        self.hung = False
        self.ending = False
        """Whether it was told to end."""
        self._on_error = on_error
        self._on_end = on_end
        self._loaded: asyncio.Future[None] = loop.create_future()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._where: asyncio.Future[list[str]] = loop.create_future()
        self._stopped = asyncio.Event()
        self._exited = asyncio.Event()
        self._failed = False
        self._control = Control(end, self._take, lambda: None)
        self._answers = Answers(self._control.send, llm, secret, reach)

    async def loaded(self) -> None:
        """Wait until the app's code is imported.  :raises StartFailed: it can not be."""
        await self._loaded

    async def serve(self) -> None:
        """Have it serve, and wait until it does.  :raises StartFailed: it does not."""
        self._control.send({"command": "serve"})
        await self._ready

    async def where(self, timeout: float) -> list[str]:
        """Where its code is at this moment, as lines of a traceback; none when it does not say so in time (seconds)."""
        self._control.send({"command": "where"})
        await asyncio.wait([self._where], timeout=timeout)
        return self._where.result() if self._where.done() else []

    async def stop_accepting(self, timeout: float) -> None:
        """Have it end; returns when it takes no connections any more, or after *timeout* seconds."""
        self.ending = True
        self._control.send({"command": "stop"})
        with anyio.move_on_after(timeout):
            await self._stopped.wait()

    async def exited(self, timeout: float) -> bool:
        """Whether it is gone within *timeout* seconds."""
        with anyio.move_on_after(timeout):
            await self._exited.wait()
        return self._exited.is_set()

    def has_exited(self, code: int | None, signal: int | None) -> None:
        """The process is gone."""
        self.code, self.signal = code, signal
        self._exited.set()
        self._stopped.set()
        # What it sent before its end is still to be read.
        asyncio.get_running_loop().call_later(0.05, self._end)

    def _end(self) -> None:
        self._fail({})
        self.close()
        self._on_end(self)

    def close(self) -> None:
        """Let go of the control socket; the process ends itself."""
        self.ending = True
        self._answers.close()
        self._control.close()
        self._fail({})

    def _fail(self, error: dict[str, Any]) -> None:
        for future in (self._loaded, self._ready):
            if not future.done():
                future.set_exception(StartFailed(error))
                future.exception()  # not everybody waits for both

    # ---------------------------------------------------------------------------------------------- what the app says

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "loaded" and not self._loaded.done():
            self._loaded.set_result(None)
        elif kind == "ready" and not self._ready.done():
            self._ready.set_result(None)
        elif kind == "stopped":
            self._stopped.set()
        elif kind == "failed":
            self._fail(message)
        elif kind == "error":
            self._on_error(message)
        elif kind == "where" and not self._where.done():
            lines = message.get("traceback")
            self._where.set_result([str(line) for line in lines] if isinstance(lines, list) else [])
        elif kind == "hung":
            self.hung = True
        else:
            self._answers.take(message)
