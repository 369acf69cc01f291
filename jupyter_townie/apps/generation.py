"""One generation of an app's backend, seen from the server.  See :mod:`.runner.generation`."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any

from .control import Control
from .llm import AppLlm, LlmEnd, LlmRefused
from .outgoing import Reach, Refused, connect

AT_ONCE = 8
"""Requests to the model, and connections that are being made, of one backend at a time."""


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
        self._llm = llm
        self._secret = secret
        self._reach = reach
        self._loaded: asyncio.Future[None] = loop.create_future()
        self._ready: asyncio.Future[None] = loop.create_future()
        self._stopped = asyncio.Event()
        self._exited = asyncio.Event()
        self._failed = False
        self._answers: dict[int, asyncio.Task[None]] = {}
        self._control = Control(end, self._take, lambda: None)

    async def loaded(self) -> None:
        """Wait until the app's code is imported.  :raises StartFailed: it can not be."""
        await self._loaded

    async def serve(self) -> None:
        """Have it serve, and wait until it does.  :raises StartFailed: it does not."""
        self._control.send({"command": "serve"})
        await self._ready

    async def stop_accepting(self, timeout: float) -> None:
        """Have it end; returns when it takes no connections any more, or after *timeout* seconds."""
        self.ending = True
        self._control.send({"command": "stop"})
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), timeout)

    async def exited(self, timeout: float) -> bool:
        """Whether it is gone within *timeout* seconds."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._exited.wait(), timeout)
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
        for task in list(self._answers.values()):
            task.cancel()
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
        elif kind == "hung":
            self.hung = True
        elif kind == "cancel":
            task = self._answers.get(message.get("request", -1))
            if task is not None:
                task.cancel()
        elif kind in ("llm", "secret", "connect") and isinstance(message.get("request"), int):
            self._answer(kind, message["request"], message)

    def _answer(self, kind: str, request: int, message: dict[str, Any]) -> None:
        if kind == "secret":
            value = self._secret(str(message.get("name", ""))[:200])
            self._control.send({"reply": request, "end": True, "value": value})
        elif len(self._answers) >= AT_ONCE:
            text = f"The app waits for {AT_ONCE} answers already."
            self._control.send({"reply": request, "end": True, "refused": text, "code": "llm_rate"})
        else:
            work = self._stream(request, message) if kind == "llm" else self._connect(request, message)
            task = asyncio.create_task(work)
            self._answers[request] = task
            task.add_done_callback(lambda _: self._answers.pop(request, None))

    async def _connect(self, request: int, message: dict[str, Any]) -> None:
        host, port = message.get("host"), message.get("port")
        try:
            made = await connect(
                self._reach, host if isinstance(host, str) else "", port if isinstance(port, int) else 0
            )
        except Refused as refused:
            self._control.send({"reply": request, "end": True, "refused": str(refused)})
        else:
            self._control.send({"reply": request, "end": True, "with_descriptor": True}, made)

    async def _stream(self, request: int, message: dict[str, Any]) -> None:
        model, limit = message.get("model"), message.get("max_tokens")
        try:
            answer = self._llm().stream(
                message.get("messages"),
                model=model if isinstance(model, str) else None,
                max_tokens=limit if isinstance(limit, int) else None,
            )
            async with contextlib.aclosing(answer):
                async for event in answer:
                    if isinstance(event, LlmEnd):
                        self._control.send(
                            {
                                "reply": request,
                                "end": True,
                                "model": event.model,
                                "input_tokens": event.input_tokens,
                                "output_tokens": event.output_tokens,
                                "stop": event.stop,
                            }
                        )
                    else:
                        self._control.send({"reply": request, "text": event.text})
        except LlmRefused as refused:
            text = f"{refused.problem.message} {refused.problem.remedy}".strip()
            self._control.send({"reply": request, "end": True, "refused": text, "code": refused.problem.code})
        except Exception:
            self._control.send({"reply": request, "end": True, "refused": "The language model gave no answer."})
            raise
