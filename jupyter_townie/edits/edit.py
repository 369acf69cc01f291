"""An edit of one text: what it was, what it is now, and how that came about."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from .hunk import Hunk
from .linediff import changed_ranges

RUNGS = ("exact", "trailing blanks", "indentation", "blank lines", "typography", "context off")
"""What each rung of the ladder forgives, strictest first; `Edit.rung` indexes it."""


class Place(NamedTuple):
    """Where a hunk was found: 0-based lines ``start`` up to, not including, ``end`` of the text before."""

    hunk: int
    start: int
    end: int
    rung: int


@dataclass(frozen=True, slots=True)
class Change:
    """Lines ``start`` up to, not including, ``end`` (0-based, of the text before) become ``lines``."""

    start: int
    end: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is ready to be applied. ``note`` is a warning to show with it, for example a syntax error."""

    before: str
    after: str
    hunks: tuple[Hunk, ...] = ()
    places: tuple[Place, ...] = ()
    note: str | None = None

    @property
    def base(self) -> str:
        """The SHA-256 of ``before`` in UTF-8, in hexadecimal."""
        return text_hash(self.before)

    @property
    def rung(self) -> int:
        """The loosest rung that any hunk needed."""
        return max((place.rung for place in self.places), default=0)

    @property
    def added(self) -> int:
        """Lines that are new."""
        return sum(j2 - j1 for _, _, j1, j2 in self._ranges())

    @property
    def removed(self) -> int:
        """Lines that are gone."""
        return sum(i2 - i1 for i1, i2, _, _ in self._ranges())

    @property
    def changes(self) -> tuple[Change, ...]:
        """The smallest line ranges that differ, in order."""
        after = self.after.split("\n")
        return tuple(Change(i1, i2, tuple(after[j1:j2])) for i1, i2, j1, j2 in self._ranges())

    def _ranges(self) -> list[tuple[int, int, int, int]]:
        return changed_ranges(self.before.split("\n"), self.after.split("\n"))


def text_hash(text: str) -> str:
    """The hash by which versions of a text are told apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
