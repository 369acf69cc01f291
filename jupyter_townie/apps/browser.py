"""Apps in a headless Chromium of the server: seen and used when no person has them open.

It needs the extra ``browser`` (Playwright) and an installed Chromium.  It starts with the first look and ends when
nobody has asked for a while.  An app is opened as in a person's JupyterLab: through a capability of its own, in the
same wrapper page, with the same policy.  The browser holds no cookie and no token of Jupyter; a request that does not
lead to the app is refused before it leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from . import chromium
from .refusal import AppRefused

if TYPE_CHECKING:
    from .. import protocol as p

logger = logging.getLogger(__name__)

IDLE = 120.0
"""Seconds without a question after which the browser ends."""
START = 20.0
"""Seconds in which it has to be there."""
LOAD = 15.0
"""Seconds in which an app's page has to be there."""
SIZE = (1280, 800)
MOST_PAGES = 4

_HOST = """<!doctype html><title>Townie</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block; overflow: hidden }</style>
<iframe src="@view@"></iframe>
<script>
  const said = [];
  let port = null, count = 0;
  const keep = data => { if (said.length < 500) said.push(data); };
  addEventListener('message', ({ origin, data, ports }) => {
    if (origin !== location.origin || !data || data.townie !== 1) return;
    if (port && ports[0]) port.close();
    if (ports[0]) { port = ports[0]; port.onmessage = message => keep(message.data); }
    keep({ ...data, v: 1, kind: 'wrapper' });
  });
</script>
"""


@dataclass(frozen=True, slots=True)
class Door:
    """How one app is opened by this server's own browser."""

    origin: str
    view: str
    """The wrapper's path, which never reaches the server: its page is given here."""
    prefix: str
    """The app's own paths, the only ones that are loaded."""
    wrapper: str
    headers: tuple[tuple[str, str], ...]
    hosts: tuple[str, ...] = ()
    """Other origins that the app was allowed to reach."""


Doors = Callable[[str], Door]
Reported = Callable[[str, "p.AppReport"], object]


@dataclass
class OpenApp:
    """An app in its page."""

    app: str
    page: Any
    prefix: str
    used: float = field(default_factory=time.monotonic)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def frame(self) -> Any:
        """The frame with the app's own document.  :raises AppRefused: there is none."""
        for frame in self.page.frames:
            if self.prefix in frame.url:
                return frame
        raise _refused("The app's page is not there.", "Look at its console, and try again.")


def available() -> bool:
    """Whether the extra is installed; what else is missing is said when it is used."""
    return importlib.util.find_spec("playwright") is not None


class HeadlessBrowser:
    """One for a server.  Used from the event loop alone."""

    def __init__(self, doors: Doors, reported: Reported) -> None:
        self._doors, self._reported = doors, reported
        self._playwright: Any = None
        self._browser: Any = None
        self._open: dict[str, OpenApp] = {}
        self._lock = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None

    async def app(self, app: str, *, fresh: bool = False) -> OpenApp:
        """The app in its page, loaded; *fresh* loads it anew.

        :raises AppRefused: there is no browser, or the app can not be loaded in it.
        """
        async with self._lock:
            self._later()
            opened = self._open.get(app)
            if opened is not None and (fresh or opened.page.is_closed()):
                await self._leave(opened)
                opened = None
            if opened is None:
                await self._start()
                opened = await self._load(app)
            opened.used = time.monotonic()
            return opened

    async def said(self, opened: OpenApp) -> list[dict[str, Any]]:
        """What the app's page has reported since the last time; its failures are told to who keeps these."""
        from pydantic import ValidationError

        from .. import protocol as p

        told = await opened.page.evaluate("said.splice(0)")
        messages = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
        known = set(p.AppReport.model_fields) - {"command"}
        for message in messages:
            fields = {name: value for name, value in message.items() if name in known and value is not None}
            with contextlib.suppress(ValidationError):
                # Other kinds of messages are no reports.
                self._reported(opened.app, p.AppReport.model_validate(fields))
        return messages

    async def close(self) -> None:
        """End it; a later question starts it again."""
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
                self._idle = None
            await self._end()

    # -------------------------------------------------------------------------------------------------------- internals

    async def _start(self) -> None:
        if self._browser is not None and self._browser.is_connected():
            return
        await self._end()
        try:
            from playwright.async_api import async_playwright
        except ImportError:
            remedy = "Install it with: pip install 'jupyter_townie[browser]'"
            raise _refused("There is no browser on the server to open the app with.", remedy, "no_browser") from None
        try:
            with anyio.fail_after(START):
                self._playwright = await async_playwright().start()
            path = chromium.installed(self._playwright.chromium.executable_path)
            if path is None:
                remedy = "Install one (python -m playwright install chromium), or set TOWNIE_CHROMIUM to its path."
                raise _refused("There is no Chromium on the server.", remedy, "no_browser")
            self._browser = await self._playwright.chromium.launch(
                executable_path=path,
                args=list(chromium.FLAGS),
                chromium_sandbox=chromium.sandboxed(),
                timeout=START * 1000,
            )
        except BaseException as error:
            await self._end()
            if isinstance(error, (AppRefused, asyncio.CancelledError)) or not isinstance(error, Exception):
                raise
            logger.warning("Chromium did not start: %s", error)
            remedy = "See the server's log. Where Chromium cannot have its sandbox, set TOWNIE_CHROMIUM_NO_SANDBOX=1."
            raise _refused("Chromium did not start.", remedy, "no_browser") from error

    async def _load(self, app: str) -> OpenApp:
        while len(self._open) >= MOST_PAGES:
            await self._leave(min(self._open.values(), key=lambda one: one.used))
        door = self._doors(app)
        context = await self._browser.new_context(
            viewport={"width": SIZE[0], "height": SIZE[1]},
            service_workers="block",
            ignore_https_errors=True,
        )
        context.set_default_timeout(5_000)
        host = door.origin + door.view + "/headless"
        pages = {
            host: (_HOST.replace("@view@", door.view), {"Content-Type": "text/html; charset=utf-8"}),
            door.origin + door.view: (door.wrapper, dict(door.headers)),
        }

        async def answer(route: Any) -> None:
            url = route.request.url.split("#")[0]
            with contextlib.suppress(Exception):
                # A page that is left meanwhile needs no answer.
                if url in pages:
                    await route.fulfill(body=pages[url][0], headers=pages[url][1])
                elif url.startswith((door.origin + door.prefix, *(host + "/" for host in door.hosts))):
                    await route.continue_()
                else:
                    await route.abort("blockedbyclient")

        try:
            await context.route("**/*", answer)
            page = await context.new_page()
            page.on("dialog", lambda dialog: asyncio.ensure_future(_dismissed(dialog)))
            opened = OpenApp(app, page, door.prefix)
            await page.goto(host, timeout=LOAD * 1000)
            await self._ready(opened)
        except BaseException as error:
            await context.close()
            if isinstance(error, AppRefused) or not isinstance(error, Exception):
                raise
            raise _refused(f"The app could not be opened: {_first(error)}", "Look at its console.") from error
        self._open[app] = opened
        return opened

    async def _ready(self, opened: OpenApp) -> None:
        until = time.monotonic() + LOAD
        while time.monotonic() < until:
            for message in await self.said(opened):
                if message.get("kind") == "ready":
                    return
                if message.get("event") in ("refused", "loop"):
                    what = str(message.get("message") or "It loads itself again and again.")[:300]
                    raise _refused(f"The app is not shown: {what}", "")
            await asyncio.sleep(0.1)
        raise _refused("The app's page did not come to rest.", "Look at its console.")

    async def _leave(self, opened: OpenApp) -> None:
        self._open.pop(opened.app, None)
        with contextlib.suppress(Exception), anyio.move_on_after(5):
            await opened.page.context.close()

    def _later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()

        def over() -> None:
            self._ending = asyncio.ensure_future(self.close())

        self._idle = asyncio.get_running_loop().call_later(IDLE, over)

    async def _end(self) -> None:
        self._open.clear()
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        for ends in (browser and browser.close, playwright and playwright.stop):
            if ends is not None:
                with contextlib.suppress(Exception), anyio.move_on_after(5):
                    await ends()


async def _dismissed(dialog: Any) -> None:
    with contextlib.suppress(Exception):
        await dialog.dismiss()


def _first(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:300]


def _refused(message: str, remedy: str, code: str = "not_opened") -> AppRefused:
    from .. import protocol as p

    return AppRefused(p.Problem(code=code, message=message, remedy=remedy))
