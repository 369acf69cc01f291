"""A comm that is opened from here, to code that was sent into the kernel.

Where the kernel has subshells (JEP 91, ipykernel 7), what is sent over the comm is taken while a cell runs; elsewhere
it waits for the cell.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from typing import Any

from .connection import Connection, Message
from .errors import KernelDied, KernelTimeout

SUBSHELLS = "kernel subshells"
ASKED_FOR = 5.0
"""Seconds that the kernel's control channel may take."""


class Comm:
    """*on_message* gets the data of each message, *on_lost* is called once when the kernel or its end of it is gone,
    *on_text* gets what is printed because of it, with the name of the stream."""

    def __init__(
        self,
        connection: Connection,
        on_message: Callable[[dict[str, Any]], None],
        on_lost: Callable[[], None],
        on_text: Callable[[str, str], None],
    ) -> None:
        self.id = uuid.uuid4().hex
        self.beside = False
        """Whether it goes on while a cell runs."""
        self._connection = connection
        self._on_message, self._on_lost, self._on_text = on_message, on_lost, on_text
        self._subshell: str | None = None
        self._open = False

    async def open(self, code: str, target: str, data: dict[str, Any], *, timeout: float) -> str:
        """Run *code*, an expression that registers *target*, and open the comm; the representation of its value.

        :raises KernelDied: there is no kernel any more.
        :raises KernelTimeout: it was busy for all of *timeout* seconds.
        """
        await self._beside()
        content = {
            "code": "",
            "silent": True,
            "store_history": False,
            "user_expressions": {"townie": code},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        reply = await self._connection.reply(self._connection.send_silently(content, self._subshell), timeout)
        answer = (reply.get("user_expressions") or {}).get("townie") or {}
        if answer.get("status") != "ok":
            reason = f"{answer.get('ename', 'Error')}: {answer.get('evalue', 'no answer')}"
            raise KernelDied(f"The kernel can not hold an app: {reason}")
        self._open = True
        self._connection.comms[self.id] = (self._take, self._lost)
        content = {"comm_id": self.id, "target_name": target, "data": data}
        self._connection.post("comm_open", content, self._subshell, self._printed)
        return str((answer.get("data") or {}).get("text/plain") or "")

    async def _beside(self) -> None:
        with contextlib.suppress(KernelTimeout):
            info = await self._control("kernel_info_request", {})
            if SUBSHELLS in (info.get("supported_features") or ()):
                made = await self._control("create_subshell_request", {})
                self._subshell = str(made.get("subshell_id") or "") or None
                self.beside = self._subshell is not None

    async def _control(self, kind: str, content: Message) -> Message:
        return await self._connection.reply(self._connection.send("control", kind, content), ASKED_FOR)

    def send(self, data: dict[str, Any]) -> None:
        """Send a message; nothing happens when the comm is not open any more."""
        if self._open:
            with contextlib.suppress(KernelDied):
                self._connection.post("comm_msg", {"comm_id": self.id, "data": data}, self._subshell, self._printed)

    async def close(self) -> None:
        """Close both ends."""
        opened, self._open = self._open, False
        self._connection.comms.pop(self.id, None)
        with contextlib.suppress(KernelDied, KernelTimeout):
            if opened:
                self._connection.post("comm_close", {"comm_id": self.id, "data": {}}, self._subshell)
            if self._subshell is not None:
                subshell, self._subshell = self._subshell, None
                # What was sent through it is taken first.
                await asyncio.sleep(0.05)
                await self._control("delete_subshell_request", {"subshell_id": subshell})

    def _take(self, data: dict[str, Any]) -> None:
        if self._open:
            self._on_message(data)

    def _printed(self, message: Message) -> None:
        if message["msg_type"] == "stream":
            self._on_text(str(message["content"].get("name")), str(message["content"].get("text")))

    def _lost(self) -> None:
        if self._open:
            self._open = False
            self._on_lost()
