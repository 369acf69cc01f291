"""What is known of one app while the server runs: failures, log lines, documents that are open, and who watches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from .. import protocol as p
from .app import App
from .failures import BRING_UP_TO_DATE, backend_failure, follows, hint, of_published, page_failure, said_before
from .packages import explained
from .pending import Pending
from .refusal import NoSuchApp

logger = logging.getLogger(__name__)

MOST_FAILURES = 50
MOST_LINES = 2_000
LONGEST_LINE = 2_000
LINES_AT_FIRST = 200
"""Log lines that a new subscriber gets."""
REPORTS_A_SECOND = 20
"""Reports of pages that are looked at; what comes faster is dropped, because a page can send as much as it likes."""
PUSH_EVERY = 0.1
"""Seconds between two frames about failures or log lines; what comes in between is sent together."""

Callback = Callable[[p.AppFrame], None]


class Observation:
    """All of it for one app.  Used from the event loop alone."""

    def __init__(
        self,
        state: Callable[[], p.AppInfo],
        page: Callable[[], str],
        hide: Callable[[str], str],
        failed: Callable[[Mapping[str, object]], None] = lambda error: None,
    ) -> None:
        self._state = state
        self._page = page
        self._hide = hide
        self._failed = failed
        self._subscribers: list[Callback] = []
        self._failures: OrderedDict[str, p.AppFailure] = OrderedDict()
        self._lines: deque[p.AppLog] = deque(maxlen=MOST_LINES)
        self._unsent: list[p.AppLog] = []
        self._state_unsent = False
        self._push: asyncio.TimerHandle | None = None
        self._window = (0, 0)
        self._backend_errors: OrderedDict[str, str] = OrderedDict()
        self.unmet: deque[str] = deque(maxlen=100)
        """Ids of errors that came of a secret which nobody has given yet: no failures, but a question to the person."""
        self.left: float | None = None
        """When the last one who watched has gone (``time.monotonic()``); None while there is one, or was none."""
        self.loaded = 0.0
        """When a document last reported that it is ready."""
        self.reload_asked = 0.0
        """When watching pages were last told to load anew."""
        self.last_failure = 0.0
        self.pending = Pending()
        self._early: OrderedDict[str, list[str]] = OrderedDict()
        """Signatures of what pages have reported of an answer before its backend told of the error, by its id."""
        self._documents: OrderedDict[str, float] = OrderedDict()
        """When each document has reported that it is ready."""

    # ----------------------------------------------------------------------------------------------------- who watches

    @property
    def watched(self) -> bool:
        return bool(self._subscribers)

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._subscribers)

    def subscribe(self, callback: Callback) -> Callable[[], None]:
        """From now on *callback* gets every frame; first what is known at present.  Returns what ends it."""
        self._subscribers.append(callback)
        self.left = None
        self._send([callback], self._snapshot())
        if self._lines:
            self._send([callback], p.AppLogFrame(lines=list(self._lines)[-LINES_AT_FIRST:]))

        def unsubscribe() -> None:
            if callback in self._subscribers:
                self._subscribers.remove(callback)
                if not self._subscribers:
                    self.left = time.monotonic()

        return unsubscribe

    def tell(self, frame: p.AppFrame) -> None:
        """Send a frame to everybody who watches, after what is still to be sent."""
        self._flush()
        if isinstance(frame, p.AppReloadFrame) and self._subscribers:
            self.reload_asked = time.time()
        self._send(self._subscribers, frame)

    def state_changed(self) -> None:
        """Tell how the app is now; one whose folder is gone has nothing to tell."""
        self._state_unsent = True
        self._flush()

    def _snapshot(self) -> p.AppStateFrame:
        return p.AppStateFrame(app=self._state(), failures=self.failures, page=self._page())

    def _send(self, callbacks: Sequence[Callback], frame: p.AppFrame) -> None:
        for callback in list(callbacks):
            _call(callback, frame)

    def _later(self) -> None:
        if self._push is None:
            self._push = asyncio.get_running_loop().call_later(PUSH_EVERY, self._flush)

    def _flush(self) -> None:
        if self._push is not None:
            self._push.cancel()
            self._push = None
        if self._unsent:
            lines, self._unsent = self._unsent[-MOST_LINES:], []
            self._send(self._subscribers, p.AppLogFrame(lines=lines))
        if self._state_unsent:
            self._state_unsent = False
            with contextlib.suppress(NoSuchApp):
                self._send(self._subscribers, self._snapshot())

    # -------------------------------------------------------------------------------------------------------- failures

    @property
    def failures(self) -> list[p.AppFailure]:
        """Oldest first, each once."""
        return list(self._failures.values())

    def report(self, app: App, report: p.AppReport) -> p.AppFailure | None:
        """What a page says went wrong; None when it is dropped because there is too much of it."""
        second = int(time.time())
        count = self._window[1] + 1 if self._window[0] == second else 1
        self._window = (second, count)
        if count > REPORTS_A_SECOND:
            return None
        if report.backend_error and report.backend_error in self.unmet:
            return None
        if self._documents.get(report.document, self.reload_asked) < self.reload_asked:
            # It is about to go, and may find nothing of what it was made with.
            return None
        cause = self._backend_errors.get(report.backend_error) or follows(report, self.failures, time.time())
        if cause is not None and cause in self._failures:
            # The page tells of the answer to a request whose cause is known; only it knows what was done before.
            known = self._failures[cause]
            if report.after and not known.failure.after:
                after = self._hide(said_before(report))
                known = known.model_copy(update={"failure": known.failure.model_copy(update={"after": after})})
                self._failures[cause] = known
            return known
        said = {"message": self._hide(report.message), "stack": self._hide(report.stack), "url": self._hide(report.url)}
        said["after"] = self._hide(report.after)
        kept = self._keep(page_failure(app, report.model_copy(update=said)), "")
        if report.backend_error:
            # Frameworks answer first and raise then, so that the page may be the first to tell.
            self._early.setdefault(report.backend_error, []).append(kept.failure.signature)
            while len(self._early) > 500:
                self._early.popitem(last=False)
        return kept

    def backend_error(self, app: App, error: Mapping[str, object], *, published: bool = False) -> p.AppFailure | None:
        """What the runner reports; ``id`` is the one that the answer to the request carried.

        None when it is no failure: the app waits for a secret.

        :param published: it is that of the app's published copy.
        """
        if waits_for_secret(error):
            self.unmet.append(str(error.get("id") or ""))
            return None
        lines = error.get("traceback")
        error = explained(app, error)
        missing: list[str] = error["missing"]
        error = {
            **error,
            "evalue": self._hide(str(error.get("evalue") or "")),
            "traceback": [self._hide(str(line)) for line in lines] if isinstance(lines, list) else [],
        }
        failure = backend_failure(app, error)
        remedy = str(error.get("hint") or "") or hint(failure)
        if published:
            remedy = remedy if missing else f"{remedy} {BRING_UP_TO_DATE}".strip()
            return self._keep(of_published(failure), remedy, missing, published=True)
        kept = self._keep(failure, remedy, missing)
        identifier = error.get("id")
        if isinstance(identifier, str) and identifier:
            self._backend_errors[identifier] = failure.signature
            while len(self._backend_errors) > 500:
                self._backend_errors.popitem(last=False)
            for signature in self._early.pop(identifier, ()):
                if signature in self._failures and self._failures[signature].count == 1:
                    del self._failures[signature]
        self._failed(error)
        return kept

    def _keep(
        self, failure: p.Failure, hint: str, missing: Sequence[str] = (), *, published: bool = False
    ) -> p.AppFailure:
        now = time.time()
        known = self._failures.get(failure.signature)
        if known is not None:
            kept = known.model_copy(update={"count": known.count + 1, "last": now})
        else:
            kept = p.AppFailure(
                failure=failure, first=now, last=now, hint=hint, missing=list(missing), published=published
            )
        if known is not None or len(self._failures) < MOST_FAILURES:
            self._failures[failure.signature] = kept
        if not published:
            self.last_failure = now
        self._state_unsent = True
        self._later()
        return kept

    def clear_failures(self, source: Literal["browser", "backend"] | None = None, *, published: bool = True) -> None:
        """Forget the failures of *source*, or all; without *published*, those of the published copy stay."""
        self._keep_only(
            [
                (key, one)
                for key, one in self._failures.items()
                if (source is not None and one.failure.source != source) or (one.published and not published)
            ]
        )

    def clear_published(self) -> None:
        """Forget the failures of the published copy."""
        self._keep_only([(key, one) for key, one in self._failures.items() if not one.published])

    def _keep_only(self, kept: list[tuple[str, p.AppFailure]]) -> None:
        if len(kept) != len(self._failures):
            self._failures = OrderedDict(kept)
            self._state_unsent = True
            self._later()

    # ------------------------------------------------------------------------------------------------- documents, logs

    def ready(self, ready: p.AppReady) -> None:
        """A document is there."""
        self.loaded = time.time()
        self._documents[ready.document] = self.loaded
        while len(self._documents) > 50:
            self._documents.popitem(last=False)

    def log(self, stream: Literal["stdout", "stderr", "townie"], text: str) -> None:
        line = p.AppLog(time=time.time(), stream=stream, text=self._hide(text)[:LONGEST_LINE])
        self._lines.append(line)
        self._unsent.append(line)
        if len(self._unsent) > MOST_LINES:
            del self._unsent[: -MOST_LINES // 2]
        self._later()

    @property
    def lines(self) -> list[p.AppLog]:
        return list(self._lines)

    def close(self) -> None:
        if self._push is not None:
            self._push.cancel()
            self._push = None
        self._subscribers.clear()


def waits_for_secret(error: Mapping[str, object]) -> bool:
    """Whether what the runner reports is that ``townie.secrets`` lacks one."""
    return str(error.get("ename") or "").endswith("secrets.MissingSecret")


def _call(callback: Callback, frame: p.AppFrame) -> None:
    try:
        callback(frame)
    except Exception:
        logger.exception("A watcher of an app could not be told")
