"""WebSocket handlers.  They hold no logic: they let in, pass on, and tell why they end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import ensure_async
from tornado import web
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from .handlers import AUTH_RESOURCE, from_app, number

if TYPE_CHECKING:
    from .. import protocol as p
    from ..threads import Thread
    from .app import TownieApp
    from .outbox import Outbox
    from .pages import Page

LARGEST_MESSAGE = 64 * 2**20
GONE, ELSEWHERE, FAILED = 4410, 4409, 1011
"""What a WebSocket is closed with when its thread was deleted, when another server works on it (both as in HTTP), and
when what it tells of can not be read now."""


class SocketHandler(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """Base of the WebSocket handlers."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, townie: TownieApp) -> None:
        self.townie = townie

    def set_default_headers(self) -> None:
        """The headers of JupyterHandler make no sense for a WebSocket."""

    def get_compression_options(self) -> Any:
        return self.settings.get("websocket_compression_options", None)

    def check_origin(self, origin: str | None = None) -> bool:
        return not from_app(self) and super().check_origin(origin)

    async def admit(self) -> None:
        """:raises web.HTTPError: 403 when the person may not use Townie."""
        allowed = self.authorizer.is_authorized(self, self.current_user, "execute", self.auth_resource)
        if not await ensure_async(allowed):
            raise web.HTTPError(403)


class ThreadHandler(SocketHandler):
    """The WebSocket of one thread: events go out, commands come in."""

    def initialize(self, townie: TownieApp) -> None:
        super().initialize(townie)
        self._page: Page | None = None
        self._outbox: Outbox | None = None
        self.thread: Thread | None = None

    @property
    def max_message_size(self) -> int:
        """Bytes; a page sends its whole notebook, which may be larger than Tornado's usual 10 MB."""
        return LARGEST_MESSAGE

    @ws_authenticated
    async def get(self, thread: str) -> None:
        from ..threads import StoreError

        await self.admit()
        try:
            self.thread = await self.townie.runtime.threads.open(thread)
        except KeyError:
            # A page hears why a connection ends, but not why one is refused: it would try again and again.
            self.thread = None
        except StoreError as error:
            raise web.HTTPError(500, str(error)) from None
        self.after = number(self.get_argument("after", "0"))
        await super().get(thread)

    def open(self, thread: str) -> None:
        super().open()
        if self.thread is None:
            from ..threads.lease import DELETED

            self.tell(DELETED, True)
            return
        self.set_nodelay(True)
        from .outbox import Outbox

        runtime = self.townie.runtime
        fresh, load = self.after == 0, self.get_argument("load", "")
        self._page = runtime.pages.connect(self.get_argument("page", ""), self.send, load, fresh=fresh)
        runtime.ready_to_answer()
        self.thread.told.append(self.tell)
        self._outbox = Outbox(self.thread, self.after, self._write)
        if self.thread.gone is not None:
            self.tell(self.thread.gone, True)

    async def _write(self, frame: str) -> None:
        await self.write_message(frame)

    def on_message(self, message: str | bytes) -> None:
        if self._page is not None and self.thread is not None:
            self.townie.runtime.channel(self.thread).take(message, self._page, self.send)

    def on_close(self) -> None:
        if self.thread is not None and self.tell in self.thread.told:
            self.thread.told.remove(self.tell)
        if self._outbox is not None:
            self._outbox.close()
        if self._page is not None:
            self.townie.runtime.pages.disconnect(self._page, self.send)
        super().on_close()

    def send(self, frame: str) -> None:
        """Send one frame; a page that is gone catches up when it comes back."""
        if self._outbox is not None:
            self._outbox.send(frame)

    def tell(self, problem: p.Problem, ends: bool) -> None:
        """Something that is not in the log; the end of the thread here ends the connection."""
        from ..threads.lease import DELETED
        from .channel import failed

        if not ends:
            self.send(failed(problem))
            return
        if self._outbox is not None:
            self._outbox.close()
        with contextlib.suppress(WebSocketClosedError):
            self.write_message(failed(problem))
        self.close(GONE if problem is DELETED else ELSEWHERE, problem.code)


class ThreadListHandler(SocketHandler):
    """The WebSocket of the list of threads, for as long as a page shows it: the whole list, whenever it is another."""

    def initialize(self, townie: TownieApp) -> None:
        super().initialize(townie)
        self._following: asyncio.Task[None] | None = None

    @ws_authenticated
    async def get(self) -> None:
        await self.admit()
        await super().get()

    def open(self) -> None:
        super().open()
        self._following = self.townie.runtime.follow_threads(self._tell)
        self._following.add_done_callback(self._ended)

    async def _tell(self, threads: Sequence[p.ThreadInfo]) -> None:
        with contextlib.suppress(WebSocketClosedError):
            await self.write_message("[" + ",".join(one.model_dump_json() for one in threads) + "]")

    def _ended(self, following: asyncio.Task[None]) -> None:
        if not following.cancelled() and following.exception() is not None:
            # Why is told to who asks for the list.
            self.close(FAILED)

    def on_message(self, message: str | bytes) -> None:
        """There is nothing to say to a list."""

    def on_close(self) -> None:
        # A connection may be lost before it is open.
        if self._following is not None:
            self._following.cancel()
        super().on_close()
