"""What the code of an app asks of the server while it runs: the person's model, secrets, and connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from .llm import AppLlm, LlmEnd, LlmRefused
from .outgoing import Reach, Refused, connect

AT_ONCE = 8
"""Requests to the model, and connections that are being made, of one backend at a time."""


class Send(Protocol):
    """Sends an answer, and with it a socket."""

    def __call__(self, message: Mapping[str, Any], handed_over: socket.socket | None = None) -> None: ...


class Answers:
    """For one running app."""

    def __init__(
        self, send: Send, llm: Callable[[], AppLlm], secret: Callable[[str], str | None], reach: Reach
    ) -> None:
        self._send = send
        self._llm = llm
        self._secret = secret
        self._reach = reach
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def take(self, message: dict[str, Any]) -> None:
        """Answer a request, or give up answering one; what is none is left alone."""
        kind = message.get("type")
        if kind == "cancel":
            request = message.get("request")
            task = self._tasks.get(request) if isinstance(request, int) else None
            if task is not None:
                task.cancel()
        elif kind in ("llm", "secret", "connect") and isinstance(message.get("request"), int):
            self._answer(kind, message["request"], message)

    def close(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()

    def _answer(self, kind: str, request: int, message: dict[str, Any]) -> None:
        if kind == "secret":
            value = self._secret(str(message.get("name", ""))[:200])
            self._send({"reply": request, "end": True, "value": value})
        elif len(self._tasks) >= AT_ONCE or request in self._tasks:
            text = f"The app waits for {AT_ONCE} answers already."
            self._send({"reply": request, "end": True, "refused": text, "code": "llm_rate"})
        else:
            work = self._stream(request, message) if kind == "llm" else self._connect(request, message)
            task = asyncio.create_task(work)
            self._tasks[request] = task
            task.add_done_callback(lambda _: self._tasks.pop(request, None))

    async def _connect(self, request: int, message: dict[str, Any]) -> None:
        host, port = message.get("host"), message.get("port")
        try:
            made = await connect(
                self._reach, host if isinstance(host, str) else "", port if isinstance(port, int) else 0
            )
        except Refused as refused:
            self._send({"reply": request, "end": True, "refused": str(refused)})
        else:
            self._send({"reply": request, "end": True, "with_descriptor": True}, made)

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
                        self._send(
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
                        self._send({"reply": request, "text": event.text})
        except LlmRefused as refused:
            text = f"{refused.problem.message} {refused.problem.remedy}".strip()
            self._send({"reply": request, "end": True, "refused": text, "code": refused.problem.code})
        except Exception:
            self._send({"reply": request, "end": True, "refused": "The language model gave no answer."})
            raise
