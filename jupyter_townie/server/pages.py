"""The browser pages that are connected, what they have open, and asking one of them for something."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Collection

import anyio

from .. import protocol as p
from ..notebooks.live import PageGone
from ..threads.host import FILE, LOST, SAVED

Send = Callable[[str], None]
Back = Callable[[Collection[str]], None]
Closed = Callable[[Collection[str], Collection[str]], None]

RECONNECT_SECONDS = 15.0
"""How long a page that lost its connection is waited for: a network change, a laptop that wakes up."""


RESTORE_SECONDS = 15.0
"""How long a page that was reloaded may take to open its notebooks again, before they count as closed."""


class Page:
    """One page, over any number of WebSockets; implements :class:`jupyter_townie.notebooks.live.Page`.

    :param back: told which notebooks can be reached again, one way or another.
    :param closed: told which notebooks it has closed: those whose changes are all saved, and the others.
    """

    def __init__(self, page: str, back: Back, closed: Closed) -> None:
        self.id = page
        self.open: frozenset[str] = frozenset()
        """Paths of the notebooks that it has open."""
        self.sends: list[Send] = []
        self._back = back
        self._closed = closed
        self._pending: dict[str, asyncio.Future[p.PageReply]] = {}
        self._changed = asyncio.Event()
        self._gone: asyncio.TimerHandle | None = None
        self._load = ""
        self._reloading: frozenset[str] = frozenset()
        self._reloaded: asyncio.TimerHandle | None = None
        self._openings: Counter[str] = Counter()

    @property
    def connected(self) -> bool:
        return bool(self.sends)

    def has(self, path: str) -> bool:
        """Whether it has a notebook open, or had it when it was reloaded a moment ago."""
        return path in self.open or path in self._reloading

    def sitting(self, path: str) -> str:
        """Names this opening of a notebook; what was unsaved in an earlier one is gone."""
        return f"{self.id}:{self._openings[path]}"

    async def request(self, body: p.PageVerb) -> p.PageReply:
        """Have the page do something and wait for its reply.

        :raises PageGone: it was closed, reloaded, or did not come back in time.
        """
        try:
            with anyio.fail_after(RECONNECT_SECONDS):
                await self._reachable(body.path)
        except TimeoutError:
            raise PageGone from None
        request = uuid.uuid4().hex[:12]
        reply: asyncio.Future[p.PageReply] = asyncio.get_running_loop().create_future()
        self._pending[request] = reply
        try:
            self.sends[-1](p.RequestFrame(request=request, body=body).model_dump_json())
            return await reply
        finally:
            self._pending.pop(request, None)

    async def _reachable(self, path: str) -> None:
        while not self.sends or (path in self._reloading and path not in self.open):
            self._changed.clear()
            await self._changed.wait()

    def reply(self, request: str, reply: p.PageReply) -> None:
        """The page has answered."""
        waiting = self._pending.get(request)
        if waiting is not None and not waiting.done():
            waiting.set_result(reply)
        elif waiting is None and self.open:
            # Too late for that request, but it answers again.
            self._back(self.open)

    def documents(self, paths: frozenset[str], unsaved: frozenset[str] = frozenset()) -> None:
        """The page has told which notebooks it has open, and which it has closed without saving them."""
        closed = self.open - paths
        for path in paths - self.open:
            self._openings[path] += 1
        self.open = paths
        self._reloading -= paths
        self._changed.set()
        self._closed(closed - unsaved, closed & unsaved)
        if paths or closed:
            self._back(paths | closed)

    def attach(self, send: Send, load: str, fresh: bool) -> None:
        """A WebSocket was opened.

        :param load: names the loading of the page, empty when it does not tell.
        :param fresh: whether it has nothing of the thread yet, as after a reload.
        """
        reloaded = load != self._load if load and self._load else not self.sends and fresh
        if reloaded and self._known():
            self._restart()
        self._load = load or self._load
        self.sends.append(send)
        self._changed.set()
        if self._gone is not None:
            self._gone.cancel()
            self._gone = None

    def detach(self, send: Send, forget: Callable[[], None]) -> None:
        if send in self.sends:
            self.sends.remove(send)
        if not self.sends:
            self._changed.clear()

            def gone() -> None:
                self._fail_pending()
                forget()
                self._back(self.open | self._reloading)

            if self._gone is not None:
                self._gone.cancel()
            self._gone = asyncio.get_running_loop().call_later(RECONNECT_SECONDS, gone)

    def _known(self) -> bool:
        return bool(self.open or self._pending)

    def _restart(self) -> None:
        """It was reloaded: nobody there will answer what was asked, and its notebooks open anew."""
        self._reloading |= self.open
        self.open = frozenset()
        self._fail_pending()
        if self._reloaded is not None:
            self._reloaded.cancel()

        def over() -> None:
            closed, self._reloading = self._reloading, frozenset()
            self._changed.set()
            self._closed((), closed)
            if closed:
                self._back(closed)

        self._reloaded = asyncio.get_running_loop().call_later(RESTORE_SECONDS, over)

    def _fail_pending(self) -> None:
        for waiting in self._pending.values():
            if not waiting.done():
                waiting.set_exception(PageGone())

    def close(self) -> None:
        for timer in (self._gone, self._reloaded):
            if timer is not None:
                timer.cancel()
        self._fail_pending()


class Pages:
    """Every page of this server's user."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}
        self._left: dict[str, str] = {}
        self.back: Back = lambda paths: None
        """Told which notebooks can be reached again."""

    def connect(self, page: str, send: Send, load: str = "", *, fresh: bool = False) -> Page:
        """A WebSocket of a page was opened; pages without a name are only known by their socket."""
        name = page or uuid.uuid4().hex
        known = self._pages.get(name)
        if known is None:
            known = self._pages[name] = Page(name, lambda paths: self.back(paths), self._closed)
        known.attach(send, load, fresh)
        return known

    def disconnect(self, page: Page, send: Send) -> None:
        page.detach(send, lambda: self._forget(page))

    def _forget(self, page: Page) -> None:
        self._pages.pop(page.id, None)

    def having(self, path: str, first: str | None = None) -> Page | None:
        """A page that has ``path`` open: the page ``first`` if it is one, else one that is connected, else any."""
        found = [page for page in self._pages.values() if page.has(path)]
        found.sort(key=lambda page: (page.id != first or not page.connected, not page.connected))
        return found[0] if found else None

    def sitting(self, path: str, first: str | None = None) -> str:
        """See :meth:`jupyter_townie.threads.Host.sitting`."""
        page = self.having(path, first)
        return page.sitting(path) if page is not None else self._left.get(path, FILE)

    def _closed(self, saved: Collection[str], lost: Collection[str]) -> None:
        self._left.update(dict.fromkeys(saved, SAVED), **dict.fromkeys(lost, LOST))

    def close(self) -> None:
        for page in self._pages.values():
            page.close()
        self._pages.clear()
