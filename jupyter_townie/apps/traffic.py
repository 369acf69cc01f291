"""How much one capability may ask for at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

REQUESTS_A_SECOND = 50.0
BURST = 200.0
"""Requests that may come at once, as when a page with many files is loaded."""
CONCURRENT = 32
SOCKETS = 20
LARGEST_BODY = 25 * 1024 * 1024
LARGEST_RESPONSE = 100 * 1024 * 1024
LONGEST = 60.0
"""Seconds until the head of a response has to be there."""


@dataclass
class Meter:
    """Of one capability: a bucket of requests that fills again, and what is open at the moment."""

    clock: Callable[[], float] = monotonic
    open: int = 0
    sockets: int = 0
    _left: float = BURST
    _at: float = field(default=0.0)

    def admit(self) -> bool:
        """Whether one more request may begin now; it counts when it may."""
        now = self.clock()
        if self._at:
            self._left = min(BURST, self._left + (now - self._at) * REQUESTS_A_SECOND)
        self._at = now
        if self._left < 1 or self.open >= CONCURRENT:
            return False
        self._left -= 1
        return True
