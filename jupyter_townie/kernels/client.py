"""Running code in somebody's kernel, politely: nothing is interrupted, nothing hangs, nothing is left waiting.

:class:`KernelClient` works on any ``jupyter_client`` asynchronous client: one made by a server's own kernel, one of a
Kernel Gateway, or one made from a connection file.  It reads the channels itself and hands every message to the
request that it belongs to, so several requests may be under way at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import anyio

from jupyter_townie.kernels.comm import Comm
from jupyter_townie.kernels.connection import OUTPUT_MESSAGES, Connection, Message, raw_error
from jupyter_townie.kernels.errors import KernelBusy, KernelDied, KernelTimeout
from jupyter_townie.protocol import RawError

__all__ = ["OUTPUT_MESSAGES", "Execution", "KernelClient", "KernelStatus", "Message"]

KernelStatus = Literal["idle", "busy", "starting", "dead", "none", "unknown"]

IDLE_GRACE = 5.0
"""Seconds that outputs may trail behind the reply to their request."""


@dataclass(frozen=True)
class Execution:
    """What running one piece of code came to; its outputs went to ``on_output`` while it ran."""

    status: Literal["ok", "error", "aborted"]
    execution_count: int | None
    seconds: float
    """From the moment the kernel began with it."""
    error: RawError | None = None
    payload: tuple[Message, ...] = ()
    """What the kernel asks of its front end, for example to show the page of ``object?``."""


class KernelClient:
    """One client of one kernel.

    ``client`` is an ``AsyncKernelClient`` (or what speaks like one); its channels are started here if they are not, and
    are stopped by :meth:`close` exactly when they were started here.

    Use as ``async with KernelClient(client) as kernel``.
    """

    def __init__(self, client: Any, *, language: str = "", kernel_id: str | None = None) -> None:
        self.kernel_id = kernel_id
        self._connection = Connection(client, language)

    async def __aenter__(self) -> KernelClient:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # ------------------------------------------------------------------------------------------------------ life

    async def start(self, timeout: float = 10.0) -> None:
        """Open the channels and learn the kernel's language and whether it is busy.

        Returns as soon as that is known; a busy kernel is told by its silence on the shell channel while the
        control channel answers, or by half a second without any answer.

        :raises KernelDied: there is no living kernel behind the client.
        """
        await self._connection.open(timeout)

    async def close(self) -> None:
        """Stop listening.  The kernel and whatever it is running go on."""
        await self._connection.close()

    @property
    def language(self) -> str:
        """The kernel's language in lower case ("python", "r", "julia"), or "" while that is not known."""
        return self._connection.language

    @property
    def status(self) -> KernelStatus:
        """The last known status; it follows the kernel's own messages and costs nothing."""
        if self._connection.dead:
            return "dead"
        if self._connection.busy_with:
            return "busy"
        return "idle" if self._connection.known else "unknown"

    async def is_alive(self) -> bool:
        """Whether the process, or its heartbeat, is there."""
        return await self._connection.is_alive()

    async def look(self, timeout: float = 5.0) -> None:
        """Hear of the kernel, whatever it runs: that another one has taken its place is noticed by its answer."""
        with contextlib.suppress(KernelTimeout, KernelDied):
            await self._connection.reply(self._connection.send("control", "kernel_info_request", {}), timeout)

    @property
    def exit_code(self) -> int | None:
        """Of a kernel that has ended, where it was a process of this machine; negative for a signal."""
        return self._connection.exit_code

    async def wait_until_idle(self, timeout: float | None = None) -> None:
        """Wait for the kernel to be idle.

        :raises KernelBusy: it was not within ``timeout`` seconds.
        :raises KernelDied: it ended meanwhile.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.status != "idle":
            if self._connection.dead:
                raise KernelDied
            self._connection.changed.clear()
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise KernelBusy
            with anyio.move_on_after(left):
                await self._connection.changed.wait()

    def comm(
        self,
        on_message: Callable[[dict[str, Any]], None],
        on_lost: Callable[[], None],
        on_text: Callable[[str, str], None],
    ) -> Comm:
        """A comm of this client, not open yet; see :class:`~jupyter_townie.kernels.comm.Comm`."""
        return Comm(self._connection, on_message, on_lost, on_text)

    # -------------------------------------------------------------------------------------------------- requests

    async def execute_silently(
        self,
        code: str,
        user_expressions: dict[str, str] | None = None,
        *,
        timeout: float = 10.0,
        wait: float = 0.0,
    ) -> Message:
        """Run ``code`` unseen: no history, no execution count, no prompt, no outputs.

        :param wait: seconds to wait for a busy kernel to become idle before anything is sent.
        :returns: the content of the kernel's ``execute_reply``; its ``status`` may be ``error``.
        :raises KernelBusy: the kernel was running something, nothing was sent.
        :raises KernelTimeout: no answer within ``timeout`` seconds; the code may still run afterwards.
        :raises KernelDied: the kernel ended or was restarted.
        """
        await self.wait_until_idle(wait)
        content = {
            "code": code,
            "silent": True,
            "store_history": False,
            "user_expressions": user_expressions or {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        return await self._connection.reply(self._connection.send_silently(content), timeout)

    async def inputs(self, *, timeout: float = 10.0) -> list[tuple[int, str]]:
        """What was run since the kernel started and is in its history, oldest first, with the execution counts.

        :raises KernelError: as for :meth:`execute_silently`; a kernel that keeps no history may not answer.
        """
        await self.wait_until_idle(0.0)
        wanted = {"hist_access_type": "range", "session": 0, "start": 1, "stop": None, "output": False, "raw": True}
        reply = await self._connection.reply(self._connection.send("shell", "history_request", wanted), timeout)
        return [(int(number), str(source)) for _, number, source in reply.get("history") or []]

    async def execute(
        self,
        code: str,
        on_output: Callable[[Message], None] | None = None,
        *,
        store_history: bool = True,
        timeout: float | None = None,
        stop_on_error: bool = True,
    ) -> Execution:
        """Run ``code`` as a cell.  It is queued when the kernel is busy; ask :attr:`status` first to avoid that.

        :param on_output: called with every IOPub message of :data:`OUTPUT_MESSAGES` as it arrives (``msg_type`` and
            ``content`` are set, as in the messaging protocol).
        :param timeout: seconds, or None to wait for as long as it takes.
        :raises KernelTimeout: it took longer; the kernel is not interrupted and the code goes on.
        :raises KernelDied: the kernel ended or was restarted.

        Cancelling the call stops listening and leaves the kernel alone.
        """
        if not await self.is_alive():
            raise KernelDied
        content = {
            "code": code,
            "silent": False,
            "store_history": store_history,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        sent = time.monotonic()
        message_id, request = self._connection.send("shell", "execute_request", content, on_output)
        try:
            with anyio.fail_after(timeout):
                reply = await asyncio.shield(request.reply)
            seconds = time.monotonic() - (request.began or sent)
            with anyio.move_on_after(IDLE_GRACE):
                await request.idle.wait()
            if request.fault is not None:
                raise request.fault
        except TimeoutError:
            raise KernelTimeout(timeout or 0.0) from None
        finally:
            self._connection.forget(message_id)
        content = reply["content"]
        status = content.get("status")
        error = request.error
        if status == "error" and error is None:
            error = raw_error(content)
        count = content.get("execution_count")
        return Execution(
            status=status if status in ("ok", "error") else "aborted",
            execution_count=count if isinstance(count, int) else None,
            seconds=seconds,
            error=error,
            payload=tuple(part for part in content.get("payload") or () if isinstance(part, dict)),
        )
