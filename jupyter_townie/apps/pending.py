"""Requests of an app's pages that its backend has not answered yet: what comes of them may still be a failure."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

SLOW = 0.5
"""Seconds from which on a request is waited for; a page that asks every second for news is quiet all the same."""


class Pending:
    """Those of one app.  Times are those of ``time.time()``."""

    def __init__(self) -> None:
        self._began: dict[object, float] = {}
        self.answered = 0.0
        """When the last slow one was answered, or given up."""

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """One goes on to the backend, until the head of its answer is there."""
        key, began = object(), time.time()
        self._began[key] = began
        try:
            yield
        finally:
            del self._began[key]
            if time.time() - began >= SLOW:
                self.answered = time.time()

    def slow(self, since: float) -> int:
        """How many are under way that began after *since* and take long; earlier ones are of a page that is gone."""
        now = time.time()
        return sum(1 for began in self._began.values() if began >= since and now - began >= SLOW)
