"""Answers that stop half-way until a test has seen what it wants to see, however slow the machine is."""

from __future__ import annotations

from tests.wire import Reply

CHUNK = 8


def _deltas(text: str, shown: str) -> int:
    return (text.index(shown) + len(shown)) // CHUNK + 1


def held_at(text: str, shown: str, *, delay: float = 0.005) -> Reply:
    """Falls silent once ``shown``, a piece of ``text``, has arrived."""
    return Reply.text(text, chunk=CHUNK, delay=delay).hang_after(_deltas(text, shown))


def waiting_at(text: str, shown: str, *, delay: float = 0.005) -> Reply:
    """Waits there for ``wire.go_on()``."""
    return Reply.text(text, chunk=CHUNK, delay=delay).wait_after(_deltas(text, shown))
