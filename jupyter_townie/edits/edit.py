"""An edit of one text: what it was, and what it is now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from .linediff import changed_ranges


@dataclass(frozen=True)
class Edit:
    """A change that is ready to be applied."""

    before: str
    after: str

    @property
    def base(self) -> str:
        """The SHA-256 of ``before`` in UTF-8, in hexadecimal."""
        return text_hash(self.before)

    @property
    def added(self) -> int:
        """Lines that are new."""
        return sum(j2 - j1 for _, _, j1, j2 in self._ranges)

    @property
    def removed(self) -> int:
        """Lines that are gone."""
        return sum(i2 - i1 for i1, i2, _, _ in self._ranges)

    @cached_property
    def _ranges(self) -> list[tuple[int, int, int, int]]:
        return changed_ranges(self.before.split("\n"), self.after.split("\n"))


def text_hash(text: str) -> str:
    """The hash by which versions of a text are told apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
