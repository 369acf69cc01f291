"""A model that has begun to say the same thing over and over, as small ones do."""

from __future__ import annotations

LENGTH = 2000
"""Characters that are nothing but one passage again and again, before it counts: tables and lists repeat too."""
LONGEST = 200
"""Characters of such a passage at most, so that it has been said ten times."""
STEP = 500
"""Characters between two looks."""


class Repetition:
    """Looks at the text of an answer while it arrives."""

    def __init__(self) -> None:
        self._tail = ""
        self._new = 0

    def seen(self, text: str) -> bool:
        """Whether the answer, with ``text`` as its next piece, does nothing but repeat itself by now."""
        self._tail = (self._tail + text)[-LENGTH:]
        self._new += len(text)
        if self._new < STEP or len(self._tail) < LENGTH:
            return False
        self._new = 0
        return _period(self._tail) is not None


def _period(text: str) -> int | None:
    """The length of the passage that ``text`` repeats from its first character to its last; None when there is none."""
    begin, at = text[:20], 0
    while 0 <= (at := text.find(begin, at + 1)) <= LONGEST:
        if text.startswith(text[at:]):
            return at
    return None
