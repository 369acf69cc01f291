"""The channels of a kernel, read in one place: each message goes to the request that it belongs to.

A kernel's death is noticed in three ways, because no single one works everywhere: the client's own ``is_alive``
(process, heartbeat or gateway), a ``starting`` status on IOPub, and the session id in the replies to our own requests,
which a restarted kernel chooses anew (Jupyter messaging protocol 5.x, ``header.session``).
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import anyio
import zmq
import zmq.asyncio

from jupyter_townie.kernels.errors import KernelDied, KernelTimeout
from jupyter_townie.kernels.vitals import LOOK, Vitals, settled
from jupyter_townie.protocol import RawError

OUTPUT_MESSAGES = frozenset(
    {"stream", "display_data", "execute_result", "error", "update_display_data", "clear_output"}
)
"""The IOPub messages that change what stands below a cell."""

SHELL_WORK = frozenset({"execute_request", "comm_open", "comm_msg", "comm_close"})
"""The requests during which a kernel counts as busy."""
MOST_PRINTING = 500
"""Messages of comms whose output is still told to whoever sent them."""
QUIET_PROBE = 2.0
"""Seconds of silence after which a waiting request asks the control channel who answers."""
SUBSCRIPTION_TRIES = 10
"""Fifths of a second to wait for the IOPub subscription."""

Message = dict[str, Any]


@dataclass
class Request:
    """A message that was sent, and what has come back."""

    reply: asyncio.Future[Message]
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    began: float | None = None
    heard: bool = False
    """Whether the kernel has said anything about it."""
    error: RawError | None = None
    on_output: Callable[[Message], None] | None = None
    fault: Exception | None = None
    """What ``on_output`` raised after the reply: outputs may trail behind it."""


class Connection:
    """The open channels of one ``jupyter_client`` asynchronous client."""

    def __init__(self, client: Any, language: str) -> None:
        self.language = language
        self.dead = False
        self.known = False
        """Whether the kernel has answered on the shell channel."""
        self.busy_with: set[str] = set()
        """The requests of anybody that the kernel is working on."""
        self.changed = asyncio.Event()
        """Set whenever the status may be another."""
        self.comms: dict[str, tuple[Callable[[dict[str, Any]], None], Callable[[], None]]] = {}
        """By the ids of comms that were opened here: what takes their data, and what is told that they are gone."""
        self._client = client
        self._vitals = Vitals(client)
        self._printed: OrderedDict[str, Callable[[Message], None]] = OrderedDict()
        self._requests: dict[str, Request] = {}
        self._unseen: set[str] = set()
        self._kernel_session: str | None = None
        self._heard = 0.0
        self._tasks: list[asyncio.Task[None]] = []
        self._owns_channels = False
        self._published = asyncio.Event()

    async def open(self, timeout: float) -> None:
        """Start the channels if they are not, and learn the kernel's language and whether it is busy.

        :raises KernelDied: there is no living kernel behind the client.
        """
        if not self._client.channels_running:
            self._take_own_identity()
            # A heartbeat is a thread that asks every second, and for ever once the kernel is gone.
            await settled(self._client.start_channels(stdin=False, hb=self._vitals.needs_heartbeat))
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
        """Stop reading, and stop the channels if they were started here."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._fail_all(KernelDied("The connection to the kernel was closed"))
        self._lose_comms()
        if self._owns_channels:
            self._owns_channels = False
            await settled(self._client.stop_channels())

    async def is_alive(self) -> bool:
        """Whether the process, its heartbeat, or the gateway's word of it is there."""
        return not self.dead and await self._vitals.is_alive()

    @property
    def exit_code(self) -> int | None:
        return self._vitals.exit_code

    def send_silently(self, content: Message, subshell: str | None = None) -> tuple[str, Request]:
        """Send an ``execute_request`` that does not make the kernel count as busy: it is short, and the word of its end
        may come after its reply."""
        message_id, request = self.send("shell", "execute_request", content, subshell=subshell)
        self._unseen.add(message_id)
        return message_id, request

    def send(
        self,
        channel: str,
        kind: str,
        content: Message,
        on_output: Callable[[Message], None] | None = None,
        *,
        subshell: str | None = None,
    ) -> tuple[str, Request]:
        """Send a request; its id and what will come back.  Call :meth:`forget` with the id in the end.

        :raises KernelDied: there is nobody to send it to.
        """
        if self.dead:
            raise KernelDied
        message = self._message(kind, content, subshell)
        message_id = message["header"]["msg_id"]
        request = Request(asyncio.get_running_loop().create_future(), on_output=on_output)
        self._requests[message_id] = request
        self._heard = time.monotonic()
        self._put(getattr(self._client, f"{channel}_channel"), message)
        return message_id, request

    def post(
        self,
        kind: str,
        content: Message,
        subshell: str | None = None,
        on_output: Callable[[Message], None] | None = None,
    ) -> None:
        """Send a message of a comm, which nothing answers; the kernel does not count as busy because of it.

        :raises KernelDied: there is nobody to send it to.
        """
        if self.dead:
            raise KernelDied
        message = self._message(kind, content, subshell)
        message_id = message["header"]["msg_id"]
        self._unseen.add(message_id)
        if on_output is not None:
            self._printed[message_id] = on_output
            while len(self._printed) > MOST_PRINTING:
                self._printed.popitem(last=False)
        self._put(self._client.shell_channel, message)

    @staticmethod
    def _put(channel: Any, message: Message) -> None:
        """Send, and look whether an answer to an earlier message has come meanwhile.

        A ZeroMQ socket tells of what arrives once, by its file descriptor, and sending takes that word away
        (``zmq_getsockopt``, ``ZMQ_FD``: "edge-triggered").  ``jupyter_client`` sends past the asyncio socket, which
        would look by itself; asking it for its events makes it do so.  Without that, the answer and every later one
        lie unread.
        """
        channel.send(message)
        socket = getattr(channel, "socket", None)
        if isinstance(socket, zmq.asyncio.Socket) and not socket.closed:
            socket.get(zmq.EVENTS)

    def _message(self, kind: str, content: Message, subshell: str | None) -> Message:
        message: Message = self._client.session.msg(kind, content)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        return message

    def forget(self, message_id: str) -> None:
        """Let go of a request."""
        request = self._requests.pop(message_id, None)
        if request is not None and request.reply.done() and not request.reply.cancelled():
            request.reply.exception()  # seen: asyncio would otherwise report it as never retrieved

    async def reply(self, sent: tuple[str, Request], timeout: float) -> Message:
        """The content of the reply to what was sent, which is let go of.

        :raises KernelTimeout: it did not come within *timeout* seconds.
        :raises KernelDied: the kernel ended or was restarted.
        """
        message_id, request = sent
        try:
            with anyio.fail_after(timeout):
                reply = await asyncio.shield(request.reply)
        except TimeoutError:
            raise KernelTimeout(timeout) from None
        finally:
            self.forget(message_id)
        return dict(reply["content"])

    async def _learn(self, timeout: float) -> None:
        if not await self._vitals.comes_alive():
            self.dead = True
            raise KernelDied("There is no living kernel")
        shell_id, shell = self.send("shell", "kernel_info_request", {})
        control_id, control = self.send("control", "kernel_info_request", {})
        replies = {shell.reply, control.reply}
        try:
            done, _ = await asyncio.wait(replies, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if shell.reply not in done:
                await asyncio.wait({shell.reply}, timeout=LOOK)
            for reply in (shell.reply, control.reply):
                if reply.done():
                    info = reply.result()["content"].get("language_info") or {}
                    self.language = str(info.get("name") or self.language).lower()
                    break
            await self._subscribed()
        finally:
            self.forget(control_id)
            if shell.reply.done():
                self.forget(shell_id)
            elif not self.dead:
                # The shell channel is taken: the kernel is running something that began before we listened.
                self.busy_with.add("before")
                shell.reply.add_done_callback(partial(self._idle_again, shell_id))

    async def _subscribed(self) -> None:
        """Wait for a first IOPub message: what a kernel publishes before the subscription has reached it is lost."""
        for _ in range(SUBSCRIPTION_TRIES):
            with anyio.move_on_after(0.2):
                await self._published.wait()
                return
            for channel in ("shell", "control"):
                message_id, request = self.send(channel, "kernel_info_request", {})
                request.reply.add_done_callback(partial(self._settle, message_id))

    def _settle(self, message_id: str, _: object) -> None:
        self.forget(message_id)

    def _idle_again(self, message_id: str, _: object) -> None:
        self.forget(message_id)
        self.busy_with.discard("before")
        self.changed.set()

    async def _pump(self, channel: str) -> None:
        get = getattr(self._client, f"get_{channel}_msg")
        faults = 0
        while True:
            try:
                message = await get(timeout=None)
                faults = 0
            except asyncio.CancelledError:
                raise
            except ConnectionError:
                self._mark_dead(KernelDied("The connection to the kernel broke"))
                return
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
                self.known = True
                self.changed.set()
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
        elif kind in ("comm_msg", "comm_close") and content.get("comm_id") in self.comms:
            take, lost = self.comms[content["comm_id"]]
            if kind == "comm_msg":
                take(content.get("data") or {})
            else:
                lost()
        elif parent_id in self._printed and kind in OUTPUT_MESSAGES:
            self._printed[parent_id]({"msg_type": kind, "content": content})
        elif request is not None:
            if kind == "execute_input":
                request.began = time.monotonic()
            elif kind in OUTPUT_MESSAGES:
                if kind == "error":
                    request.error = raw_error(content)
                if request.on_output is not None:
                    request.on_output({"msg_type": kind, "content": content, "buffers": message.get("buffers") or []})

    def _take_status(self, state: str, parent_id: str, parent: Message, request: Request | None) -> None:
        if state == "busy":
            # What the control channel does runs beside the user's code and does not keep the kernel from ours.
            if str(parent.get("msg_type")) in SHELL_WORK and parent_id not in self._unseen:
                self.busy_with.add(parent_id)
            if request is not None and request.began is None:
                request.began = time.monotonic()
        elif state == "idle":
            self.busy_with.discard(parent_id)
            self._unseen.discard(parent_id)
            if request is not None:
                request.idle.set()
        elif state == "dead":
            self._mark_dead(KernelDied())
        self.changed.set()

    def _compare_kernel(self, request: Request, session: str) -> None:
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
        self.busy_with.clear()
        self._unseen.clear()
        self._lose_comms()
        self._kernel_session = None
        unheard = [request for request in self._requests.values() if not request.heard]
        self._fail_all(KernelDied("The kernel was restarted"), unheard)
        if unheard:
            message_id, request = self.send("shell", "kernel_info_request", {})
            request.reply.add_done_callback(partial(self._fail_lost, message_id, unheard))
        self.changed.set()

    def _fail_lost(self, message_id: str, unheard: list[Request], _: object) -> None:
        self.forget(message_id)
        for request in unheard:
            if not request.heard and not request.reply.done():
                request.reply.set_exception(KernelDied("The kernel was restarted"))
                request.idle.set()

    async def _watch(self) -> None:
        probed = 0.0
        while not self.dead:
            await asyncio.sleep(self._vitals.interval)
            if not self._requests and not self.busy_with:
                continue
            alive = await self._vitals.is_alive()
            if self._vitals.has_died(alive):
                self._mark_dead(KernelDied())
                return
            now = time.monotonic()
            if alive and now - max(self._heard, probed) > QUIET_PROBE:
                probed = now
                message_id, request = self.send("control", "kernel_info_request", {})
                request.reply.add_done_callback(partial(self._settle, message_id))

    def _mark_dead(self, error: KernelDied) -> None:
        self.dead = True
        self.busy_with.clear()
        self._lose_comms()
        self._fail_all(error)
        self.changed.set()

    def _lose_comms(self) -> None:
        comms, self.comms = self.comms, {}
        self._printed.clear()
        for _, lost in comms.values():
            lost()

    def _fail(self, message: Message, error: Exception) -> None:
        request = self._requests.get(str((message.get("parent_header") or {}).get("msg_id") or ""))
        if request is None:
            return
        if request.reply.done():
            request.fault = error
        else:
            request.reply.set_exception(error)

    def _fail_all(self, error: KernelDied, kept: Sequence[Request] = ()) -> None:
        for request in list(self._requests.values()):
            if any(request is one for one in kept):
                continue
            if not request.reply.done():
                request.reply.set_exception(error)
            request.idle.set()


def raw_error(content: Message) -> RawError:
    """The error in an ``error`` message or an ``execute_reply``."""
    return RawError(
        ename=str(content.get("ename") or "Error"),
        evalue=str(content.get("evalue") or ""),
        traceback=[str(line) for line in content.get("traceback") or ()],
    )
