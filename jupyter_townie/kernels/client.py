"""Running code in somebody's kernel, politely: nothing is interrupted, nothing hangs, nothing is left waiting.

:class:`KernelClient` works on any ``jupyter_client`` asynchronous client: one made by a server's own kernel, one of a
Kernel Gateway, or one made from a connection file.  It reads the channels itself and hands every message to the
request that it belongs to, so several requests may be under way at once.

A kernel's death is noticed in three ways, because no single one works everywhere: the client's own ``is_alive``
(process or heartbeat), a ``starting`` status on IOPub, and the session id in the replies to our own requests, which a
restarted kernel chooses anew (Jupyter messaging protocol 5.x, ``header.session``).
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from jupyter_townie.kernels.errors import KernelBusy, KernelDied, KernelTimeout
from jupyter_townie.protocol import RawError

KernelStatus = Literal["idle", "busy", "starting", "dead", "none", "unknown"]

OUTPUT_MESSAGES = frozenset(
    {"stream", "display_data", "execute_result", "error", "update_display_data", "clear_output"}
)
"""The IOPub messages that change what stands below a cell."""

SHELL_WORK = frozenset({"execute_request", "comm_open", "comm_msg", "comm_close"})
"""The requests during which a kernel counts as busy."""
LOOK = 0.5
"""Seconds between two looks at whether the kernel lives."""
REMOTE_LOOK = 3.0
"""The same where each look is a request to a gateway, which also tells of a death by itself."""
MISSED_BEATS = 6
"""Looks that may fail in a row when only a heartbeat tells; one is enough when the process itself is watched."""
QUIET_PROBE = 2.0
"""Seconds of silence after which a waiting request asks the control channel who answers."""
SUBSCRIPTION_TRIES = 10
"""Fifths of a second to wait for the IOPub subscription."""
IDLE_GRACE = 5.0
"""Seconds that outputs may trail behind the reply to their request."""

Message = dict[str, Any]


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


@dataclass
class _Request:
    reply: asyncio.Future[Message]
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    began: float | None = None
    heard: bool = False
    """Whether the kernel has said anything about it."""
    error: RawError | None = None
    on_output: Callable[[Message], None] | None = None


class KernelClient:
    """One client of one kernel.

    ``client`` is an ``AsyncKernelClient`` (or what speaks like one); its channels are started here if they are not, and
    are stopped by :meth:`close` exactly when they were started here.

    Use as ``async with KernelClient(client) as kernel``.
    """

    def __init__(self, client: Any, *, language: str = "", kernel_id: str | None = None) -> None:
        self.kernel_id = kernel_id
        self._client = client
        self._language = language
        self._requests: dict[str, _Request] = {}
        self._busy_with: set[str] = set()
        self._unseen: set[str] = set()
        self._known = False
        self._dead = False
        self._kernel_session: str | None = None
        self._heard = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._owns_channels = False
        self._changed = asyncio.Event()
        self._published = asyncio.Event()

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
        if not self._client.channels_running:
            self._take_own_identity()
            await _settled(self._client.start_channels(stdin=False))
            self._owns_channels = True
        self._tasks = [asyncio.create_task(self._pump(name)) for name in ("iopub", "shell", "control")]
        self._tasks.append(asyncio.create_task(self._watch()))
        try:
            await self._learn(timeout)
        except BaseException:
            await self.close()
            raise

    def _take_own_identity(self) -> None:
        """Give the client a session of its own.

        All clients that one kernel manager makes share its session, whose id is also their ZeroMQ identity; a kernel
        answers only the newest connection of an identity, so that the others would wait forever.
        """
        session = self._client.session.clone()
        session.session = uuid.uuid4().hex
        self._client.session = session

    async def close(self) -> None:
        """Stop listening.  The kernel and whatever it is running go on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._fail_all(KernelDied("The connection to the kernel was closed"))
        if self._owns_channels:
            self._owns_channels = False
            await _settled(self._client.stop_channels())

    @property
    def language(self) -> str:
        """The kernel's language in lower case ("python", "r", "julia"), or "" while that is not known."""
        return self._language

    @property
    def status(self) -> KernelStatus:
        """The last known status; it follows the kernel's own messages and costs nothing."""
        if self._dead:
            return "dead"
        if self._busy_with:
            return "busy"
        return "idle" if self._known else "unknown"

    async def is_alive(self) -> bool:
        """Whether the process, or its heartbeat, is there."""
        if self._dead:
            return False
        # The client's own method asks for the process of its manager, which a gateway's manager does not have.
        parent = getattr(self._client, "parent", None)
        return bool(await _settled((parent if hasattr(parent, "is_alive") else self._client).is_alive()))

    async def wait_until_idle(self, timeout: float | None = None) -> None:
        """Wait for the kernel to be idle.

        :raises KernelBusy: it was not within ``timeout`` seconds.
        :raises KernelDied: it ended meanwhile.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.status != "idle":
            if self._dead:
                raise KernelDied
            self._changed.clear()
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise KernelBusy
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left)

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
        message_id, request = self._send("shell", "execute_request", content)
        self._unseen.add(message_id)
        try:
            reply = await asyncio.wait_for(asyncio.shield(request.reply), timeout)
        except asyncio.TimeoutError:
            raise KernelTimeout(timeout) from None
        finally:
            self._forget(message_id)
        return dict(reply["content"])

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
        if self._dead or not await self.is_alive():
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
        message_id, request = self._send("shell", "execute_request", content, on_output)
        try:
            reply = await asyncio.wait_for(asyncio.shield(request.reply), timeout)
            seconds = time.monotonic() - (request.began or sent)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(request.idle.wait(), IDLE_GRACE)
        except asyncio.TimeoutError:
            raise KernelTimeout(timeout or 0.0) from None
        finally:
            self._forget(message_id)
        content = reply["content"]
        status = content.get("status")
        error = request.error
        if status == "error" and error is None:
            error = _raw_error(content)
        count = content.get("execution_count")
        return Execution(
            status=status if status in ("ok", "error") else "aborted",
            execution_count=count if isinstance(count, int) else None,
            seconds=seconds,
            error=error,
            payload=tuple(part for part in content.get("payload") or () if isinstance(part, dict)),
        )

    # ------------------------------------------------------------------------------------------------- machinery

    def _send(
        self,
        channel: str,
        kind: str,
        content: Message,
        on_output: Callable[[Message], None] | None = None,
    ) -> tuple[str, _Request]:
        if self._dead:
            raise KernelDied
        message = self._client.session.msg(kind, content)
        message_id = message["header"]["msg_id"]
        request = _Request(asyncio.get_running_loop().create_future(), on_output=on_output)
        self._requests[message_id] = request
        self._heard = time.monotonic()
        getattr(self._client, f"{channel}_channel").send(message)
        return message_id, request

    def _forget(self, message_id: str) -> None:
        request = self._requests.pop(message_id, None)
        if request is not None and request.reply.done() and not request.reply.cancelled():
            request.reply.exception()  # seen: asyncio would otherwise report it as never retrieved

    async def _learn(self, timeout: float) -> None:
        if not await self.is_alive() and not await self._comes_alive():
            self._dead = True
            raise KernelDied("There is no living kernel")
        shell_id, shell = self._send("shell", "kernel_info_request", {})
        control_id, control = self._send("control", "kernel_info_request", {})
        replies = {shell.reply, control.reply}
        try:
            done, _ = await asyncio.wait(replies, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if shell.reply not in done:
                await asyncio.wait({shell.reply}, timeout=LOOK)
            for reply in (shell.reply, control.reply):
                if reply.done():
                    info = reply.result()["content"].get("language_info") or {}
                    self._language = str(info.get("name") or self._language).lower()
                    break
            await self._subscribed()
        finally:
            self._forget(control_id)
            if shell.reply.done():
                self._forget(shell_id)
            elif not self._dead:
                # The shell channel is taken: the kernel is running something that began before we listened.
                self._busy_with.add("before")
                shell.reply.add_done_callback(partial(self._idle_again, shell_id))

    async def _subscribed(self) -> None:
        """Wait for a first IOPub message: what a kernel publishes before the subscription has reached it is lost."""
        for _ in range(SUBSCRIPTION_TRIES):
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._published.wait(), 0.2)
                return
            for channel in ("shell", "control"):
                message_id, request = self._send(channel, "kernel_info_request", {})
                request.reply.add_done_callback(partial(self._settle, message_id))

    async def _comes_alive(self) -> bool:
        """Give a heartbeat that has just been started the time of its first beat."""
        for _ in range(20):
            await asyncio.sleep(0.1)
            if await self.is_alive():
                return True
        return False

    def _settle(self, message_id: str, _: object) -> None:
        self._forget(message_id)

    def _idle_again(self, message_id: str, _: object) -> None:
        self._forget(message_id)
        self._busy_with.discard("before")
        self._changed.set()

    async def _pump(self, channel: str) -> None:
        get = getattr(self._client, f"get_{channel}_msg")
        faults = 0
        while True:
            try:
                message = await get(timeout=None)
                faults = 0
            except asyncio.CancelledError:
                raise
            except Exception:
                # A message that cannot be parsed or verified is not ours to act on; a closed channel never recovers.
                faults += 1
                if faults > 100:
                    self._mark_dead(KernelDied("The connection to the kernel broke"))
                    return
                await asyncio.sleep(0.01 * min(faults, 50))
                continue
            try:
                self._take(channel, message)
            except Exception as error:  # an on_output that fails must not silence the other requests
                self._fail(message, error)

    def _take(self, channel: str, message: Message) -> None:
        self._heard = time.monotonic()
        parent = message.get("parent_header") or {}
        parent_id = str(parent.get("msg_id") or "")
        request = self._requests.get(parent_id)
        header = message["header"]
        kind = header["msg_type"]
        content = message.get("content") or {}
        if request is not None:
            self._compare_kernel(request, str(header.get("session") or ""))
        if channel != "iopub":
            if channel == "shell":
                self._known = True
                self._changed.set()
            if request is not None and not request.reply.done():
                request.reply.set_result(message)
            return
        self._published.set()
        if kind == "status":
            state = str(content.get("execution_state"))
            if state in ("starting", "restarting"):
                # A kernel that is slow to start says so after it has answered us; only another session is another one.
                if self._kernel_session not in (None, str(header.get("session") or "")):
                    self._restarted()
            else:
                self._take_status(state, parent_id, parent, request)
        elif request is not None:
            if kind == "execute_input":
                request.began = time.monotonic()
            elif kind in OUTPUT_MESSAGES:
                if kind == "error":
                    request.error = _raw_error(content)
                if request.on_output is not None:
                    request.on_output({"msg_type": kind, "content": content, "buffers": message.get("buffers") or []})

    def _take_status(self, state: str, parent_id: str, parent: Message, request: _Request | None) -> None:
        if state == "busy":
            # What the control channel does runs beside the user's code and does not keep the kernel from ours.  Our own
            # silent requests are short, and the word of their end may come after the reply.
            if str(parent.get("msg_type")) in SHELL_WORK and parent_id not in self._unseen:
                self._busy_with.add(parent_id)
            if request is not None and request.began is None:
                request.began = time.monotonic()
        elif state == "idle":
            self._busy_with.discard(parent_id)
            self._unseen.discard(parent_id)
            if request is not None:
                request.idle.set()
        elif state == "dead":
            self._mark_dead(KernelDied())
        self._changed.set()

    def _compare_kernel(self, request: _Request, session: str) -> None:
        """Notice from an answer to ``request`` that another kernel gives it than the one that was there before."""
        if not session:
            return
        if self._kernel_session not in (None, session):
            self._restarted()
        request.heard = True
        self._kernel_session = session

    def _restarted(self) -> None:
        """Fail what the old kernel took with it.

        A request of which nothing was heard may be lost or may wait in the new kernel's queue.  The queue keeps its
        order, so it is lost if a request that is sent now is answered before it.
        """
        self._busy_with.clear()
        self._unseen.clear()
        self._kernel_session = None
        unheard = [request for request in self._requests.values() if not request.heard]
        self._fail_all(KernelDied("The kernel was restarted"), unheard)
        if unheard:
            message_id, request = self._send("shell", "kernel_info_request", {})
            request.reply.add_done_callback(partial(self._fail_lost, message_id, unheard))
        self._changed.set()

    def _fail_lost(self, message_id: str, unheard: list[_Request], _: object) -> None:
        self._forget(message_id)
        for request in unheard:
            if not request.heard and not request.reply.done():
                request.reply.set_exception(KernelDied("The kernel was restarted"))
                request.idle.set()

    async def _watch(self) -> None:
        missed = 0
        probed = 0.0
        while not self._dead:
            await asyncio.sleep(LOOK if self._is_local() else REMOTE_LOOK)
            if not self._requests and not self._busy_with:
                continue
            alive = await self.is_alive()
            missed = 0 if alive else missed + 1
            if missed >= (1 if self._watches_process() else MISSED_BEATS):
                self._mark_dead(KernelDied())
                return
            now = time.monotonic()
            if alive and now - max(self._heard, probed) > QUIET_PROBE:
                probed = now
                message_id, request = self._send("control", "kernel_info_request", {})
                request.reply.add_done_callback(partial(self._settle, message_id))

    def _watches_process(self) -> bool:
        return hasattr(getattr(self._client, "parent", None), "is_alive")

    def _is_local(self) -> bool:
        """Whether looking costs nothing: a gateway is asked over HTTP."""
        return not self._watches_process() or getattr(self._client.parent, "provisioner", None) is not None

    def _mark_dead(self, error: KernelDied) -> None:
        self._dead = True
        self._busy_with.clear()
        self._fail_all(error)
        self._changed.set()

    def _fail(self, message: Message, error: Exception) -> None:
        request = self._requests.get(str((message.get("parent_header") or {}).get("msg_id") or ""))
        if request is not None and not request.reply.done():
            request.reply.set_exception(error)

    def _fail_all(self, error: KernelDied, kept: Sequence[_Request] = ()) -> None:
        for request in list(self._requests.values()):
            if any(request is one for one in kept):
                continue
            if not request.reply.done():
                request.reply.set_exception(error)
            request.idle.set()


def _raw_error(content: Message) -> RawError:
    return RawError(
        ename=str(content.get("ename") or "Error"),
        evalue=str(content.get("evalue") or ""),
        traceback=[str(line) for line in content.get("traceback") or ()],
    )


async def _settled(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
