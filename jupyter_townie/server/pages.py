"""The browser pages that are connected, what they have open, and asking one of them for something."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from .. import protocol as p
from ..notebooks.live import PageGone

Send = Callable[[str], None]

RECONNECT_SECONDS = 15.0
"""How long a page that lost its connection is waited for: a network change, a laptop that wakes up."""


class Page:
    """One page, over any number of WebSockets; implements :class:`jupyter_townie.notebooks.live.Page`."""

    def __init__(self, page: str) -> None:
        self.id = page
        self.open: frozenset[str] = frozenset()
        """Paths of the notebooks that it has open."""
        self.sends: list[Send] = []
        self._pending: dict[str, asyncio.Future[p.PageReply]] = {}
        self._connected = asyncio.Event()
        self._gone: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        return bool(self.sends)

    async def request(self, body: p.PageVerb) -> p.PageReply:
        """Have the page do something and wait for its reply.

        :raises PageGone: it was closed, or did not come back in time.
        """
        if not self.sends:
            try:
                await asyncio.wait_for(self._connected.wait(), RECONNECT_SECONDS)
            except asyncio.TimeoutError:
                raise PageGone from None
        request = uuid.uuid4().hex[:12]
        reply: asyncio.Future[p.PageReply] = asyncio.get_running_loop().create_future()
        self._pending[request] = reply
        try:
            self.sends[-1](p.RequestFrame(request=request, body=body).model_dump_json())
            return await reply
        finally:
            self._pending.pop(request, None)

    def reply(self, request: str, reply: p.PageReply) -> None:
        """The page has answered."""
        waiting = self._pending.get(request)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)

    def attach(self, send: Send) -> None:
        self.sends.append(send)
        self._connected.set()
        if self._gone is not None:
            self._gone.cancel()
            self._gone = None

    def detach(self, send: Send, forget: Callable[[], None]) -> None:
        if send in self.sends:
            self.sends.remove(send)
        if not self.sends:
            self._connected.clear()

            def gone() -> None:
                for waiting in self._pending.values():
                    if not waiting.done():
                        waiting.set_exception(PageGone())
                forget()

            self._gone = asyncio.get_running_loop().call_later(RECONNECT_SECONDS, gone)

    def close(self) -> None:
        if self._gone is not None:
            self._gone.cancel()
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(PageGone())


class Pages:
    """Every page of this server's user."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}

    def connect(self, page: str, thread: str, send: Send) -> Page:
        """A WebSocket of a page was opened; pages without a name are only known by their socket."""
        name = page or uuid.uuid4().hex
        known = self._pages.setdefault(name, Page(name))
        known.attach(send)
        return known

    def disconnect(self, page: Page, send: Send) -> None:
        page.detach(send, lambda: self._forget(page))

    def _forget(self, page: Page) -> None:
        self._pages.pop(page.id, None)

    def having(self, path: str, first: str | None = None) -> Page | None:
        """A page that has ``path`` open: the page ``first`` if it is one, else one that is connected, else any."""
        found = [page for page in self._pages.values() if path in page.open]
        found.sort(key=lambda page: (page.id != first or not page.connected, not page.connected))
        return found[0] if found else None

    def close(self) -> None:
        for page in self._pages.values():
            page.close()
        self._pages.clear()
