"""Pages of apps that stopped JupyterLab, told by the server, since nothing in a page that is stopped can tell it.

Firefox and WebKit run an app's page in JupyterLab's own thread, and so may Chromium: a loop in it that never ends stops
both.  The browser itself still answers the pings of a WebSocket then.  So JupyterLab says every few seconds that it is
there while a page of an app is loaded in it; a browser that answers while its JupyterLab says nothing has one that is
stopped.  A computer that sleeps, or a network that is gone, answers neither.

One that takes all memory has its browser's process ended, and JupyterLab with it, which says farewell in every other
case.  Once that may have any cause; twice in a row, soon after the same page was loaded, it counts as a stop.

Such a page is remembered, also when the server ends, and is not loaded by itself until its files change or somebody
wants it: JupyterLab, which opens again what was open, would be stopped again.  Pages have no say in this.  All that
they can do is to stop JupyterLab, and where several were loaded in it, none of them is called the cause.
"""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from .. import protocol as p
from .app import App
from .refusal import NoSuchApp
from .register import Register

EVERY = 2.0
"""Seconds between two pings, and between two pulses of a page."""
UNHEARD = 3
"""Pings that the browser answers in a row, without a word from the page, after which that is stopped."""

SOON = 60.0
"""Seconds after a page was loaded in which the end of its JupyterLab may have come of it."""
MOST_SESSIONS = 100


_SCHEMA = "CREATE TABLE IF NOT EXISTS freezes (path TEXT PRIMARY KEY, root TEXT NOT NULL, freeze TEXT NOT NULL);"


class Told(Protocol):
    """Where what is found goes."""

    def state_changed(self) -> None: ...

    def report(self, app: App, report: p.AppReport) -> object: ...


_WORDS = {
    False: "JupyterLab stopped answering while this page was open: a loop in its script may never end.",
    True: "The browser ended JupyterLab twice soon after this page was loaded: it may take more memory than there is.",
}


class Pulse:
    """The page of one app in one JupyterLab, as far as the server hears of it."""

    def __init__(self, freezes: Freezes, app: str) -> None:
        self.app = app
        self.session = ""
        self.loaded = False
        """Whether a page of the app is loaded in it, in a tab that can be seen: others may rest."""
        self.held = False
        """It was stopped, and has not answered since."""
        self.place: tuple[str, int | None] = ("", None)
        self._freezes = freezes
        self._unheard = 0
        self._reported = False
        self._since = 0.0

    def heard(self, pulse: p.AppPulse) -> None:
        """JupyterLab is there."""
        if pulse.loaded and not self.loaded:
            self._since = time.monotonic()
        self.session, self.loaded, self._unheard = pulse.session, pulse.loaded, 0
        self.place = (pulse.url, pulse.line)
        self._freezes.lives(self)
        if self.held and pulse.answered:
            # It only took long.
            self._freezes.release(self.app)

    def pong(self) -> None:
        """The browser is there."""
        if not self.loaded:
            return
        self._unheard += 1
        if self._unheard == UNHEARD and not self.held:
            self.held, self._reported = True, False
            self._freezes.stopped(self)

    def hung(self) -> None:
        """JupyterLab is there again, and has told that this page is not, as when the browser has ended its script."""
        if self.held and not self._reported:
            self._reported = True
            self._freezes.found(self)

    def close(self) -> None:
        """The connection has ended: JupyterLab was closed, or the browser was."""
        if self.held:
            self._freezes.ended(self, tell=not self._reported)
        elif self.session:
            # Whoever leaves or closes JupyterLab has it say so first.
            self._freezes.left(self, cut=self.loaded and time.monotonic() - self._since < SOON)
        self._freezes.forget(self)
        self.loaded = self.held = False


class Freezes:
    """Those of all apps of a server.  Used from the event loop alone."""

    def __init__(self, register: Register, get: Callable[[str], App], observe: Callable[[str], Told]) -> None:
        self._register = register
        self._get = get
        self._observe = observe
        self._pulses: set[Pulse] = set()
        self._sessions: OrderedDict[str, set[str]] = OrderedDict()
        """Apps whose pages are loaded, or were to the end, in each JupyterLab."""
        self._cut: dict[str, set[str]] = {}
        """JupyterLabs that were cut off soon after the page of an app was loaded, one after the other, by its id."""
        register.prepare(_SCHEMA)
        rows = register.do("SELECT path, freeze FROM freezes WHERE root = ?", register.root)
        self._known = {register.path(key): p.AppFreeze.model_validate_json(str(text)) for key, text in rows}
        self._before = set(self._known)

    def of(self, app: App, updated: float) -> p.AppFreeze | None:
        """When the app's page stopped JupyterLab, if its files, last changed at *updated*, are still those."""
        freeze = self._known.get(app.path)
        if freeze is not None and updated > freeze.time:
            self._forget(app.path)
            return None
        return freeze

    def of_before(self, app: App, updated: Callable[[], float]) -> p.AppReport | None:
        """What was known before this server began, as a report; once."""
        if app.path not in self._before:
            return None
        self._before.remove(app.path)
        self.of(app, updated())
        return self._report(app)

    def pulse(self, app: str) -> Pulse:
        """For a new connection about the app."""
        pulse = Pulse(self, app)
        self._pulses.add(pulse)
        return pulse

    def release(self, app: str) -> None:
        """Its page may be loaded: it has answered, it is another one now, or somebody wants it."""
        for pulse in self._pulses:
            if pulse.app == app:
                pulse.held = False
        with contextlib.suppress(NoSuchApp):
            if self._forget(self._get(app).path):
                self._observe(app).state_changed()

    def close(self) -> None:
        """The server ends: that its connections do tells nothing of those at the other end."""
        for pulse in self._pulses:
            pulse.session, pulse.loaded, pulse.held = "", False, False

    # ------------------------------------------------------------------------------------------------- told by a Pulse

    def lives(self, pulse: Pulse) -> None:
        """JupyterLab is there, and the page loaded or not."""
        here = self._sessions.setdefault(pulse.session, set())
        (here.add if pulse.loaded else here.discard)(pulse.app)
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        # Only the network was gone.
        self._cut.get(pulse.app, set()).discard(pulse.session)

    def stopped(self, pulse: Pulse) -> None:
        """JupyterLab is stopped, at least for now."""
        self._keep(pulse, self._others(pulse))

    def found(self, pulse: Pulse) -> None:
        """It was this page: the others have answered since."""
        self._keep(pulse, [])

    def ended(self, pulse: Pulse, *, tell: bool) -> None:
        """JupyterLab was stopped to the end; without *tell* that is told already."""
        with contextlib.suppress(NoSuchApp):
            app = self._get(pulse.app)
            report = self._report(app) if tell else None
            if report is not None:
                self._observe(app.id).report(app, report)

    def left(self, pulse: Pulse, *, cut: bool) -> None:
        """JupyterLab has ended, or was *cut* off soon after the page was loaded."""
        if not cut:
            self._cut.pop(pulse.app, None)
            return
        sessions = self._cut.setdefault(pulse.app, set())
        sessions.add(pulse.session)
        if len(sessions) > 1:
            del self._cut[pulse.app]
            self._keep(pulse, self._others(pulse), ended=True)
            self.ended(pulse, tell=True)

    def forget(self, pulse: Pulse) -> None:
        """Its connection has ended."""
        self._pulses.discard(pulse)

    def _others(self, pulse: Pulse) -> list[str]:
        """Titles of the other apps whose pages are loaded in the same JupyterLab."""
        titles = []
        for app in sorted(self._sessions.get(pulse.session, set()) - {pulse.app}):
            with contextlib.suppress(NoSuchApp):
                found = self._get(app)
                titles.append(found.manifest.title if found.manifest else found.path)
        return titles

    def _report(self, app: App) -> p.AppReport | None:
        """None where another page may have been the cause."""
        freeze = self._known.get(app.path)
        if freeze is None or freeze.others:
            return None
        name = "PageCrashes" if freeze.ended else ""
        return p.AppReport(kind="hang", name=name, message=_WORDS[freeze.ended], url=freeze.url, line=freeze.line)

    def _keep(self, pulse: Pulse, others: list[str], *, ended: bool = False) -> None:
        with contextlib.suppress(NoSuchApp):
            path = self._get(pulse.app).path
            url, line = pulse.place
            freeze = p.AppFreeze(time=time.time(), others=others, url=url, line=line, ended=ended)
            self._known[path] = freeze
            values = self._register.key(path), self._register.root, freeze.model_dump_json()
            self._register.do("INSERT OR REPLACE INTO freezes VALUES (?, ?, ?)", *values)
            self._observe(pulse.app).state_changed()

    def _forget(self, path: str) -> bool:
        if self._known.pop(path, None) is None:
            return False
        self._register.do("DELETE FROM freezes WHERE path = ?", self._register.key(path))
        return True
