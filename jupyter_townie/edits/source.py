"""The text to edit, indexed only as far as the search for a place needs it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from .typography import plain


class Source:
    """A text as lines without line ends, and the projections of them that each rung of the ladder compares.

    Lines end at ``\\n`` or ``\\r\\n`` only, never at form feeds or other separators. A text that ends with a line end
    has no further empty line; an empty text has no line.
    """

    def __init__(self, text: str) -> None:
        self.original = text
        self._asked = 0
        self.offset_of: dict[int, int] = {}
        self.has_crlf = "\r\n" in text
        self.mixed = self.has_crlf and text.count("\r\n") != text.count("\n")
        body = text.replace("\r\n", "\n") if self.has_crlf else text
        self.terminated = body.endswith("\n")
        self.empty = not body
        self.body = body[:-1] if self.terminated else body
        self.framed = f"\n{self.body}\n"

    def row_at(self, offset: int) -> int:
        """The row that follows the line end at ``offset`` of ``framed``; indexes the lines only when asked often."""
        self._asked += 1
        row = self.framed.count("\n", 0, offset) if self._asked < 12 else bisect_right(self.starts, offset) - 1
        self.offset_of[row] = offset
        return row

    @cached_property
    def lines(self) -> list[str]:
        return [] if self.empty else self.body.split("\n")

    @cached_property
    def count(self) -> int:
        return 0 if self.empty else self.body.count("\n") + 1

    @cached_property
    def ends(self) -> list[str]:
        """The line end of each line; the last may have none."""
        pieces = self.original.split("\n")
        ends = ["\r\n" if piece.endswith("\r") else "\n" for piece in pieces[: self.count]]
        if ends and not self.terminated:
            ends[-1] = ""
        return ends

    @cached_property
    def starts(self) -> list[int]:
        """The offset in ``body`` at which each line starts."""
        return [0, *accumulate(len(line) + 1 for line in self.lines)]

    @cached_property
    def trimmed(self) -> list[str]:
        return [line.rstrip() for line in self.lines]

    @cached_property
    def framed_trimmed(self) -> str:
        return "\n" + "\n".join(self.trimmed) + "\n"

    @cached_property
    def stripped(self) -> list[str]:
        return [line.strip() for line in self.lines]

    @cached_property
    def framed_stripped(self) -> str:
        return "\n" + "\n".join(self.stripped) + "\n"

    @cached_property
    def written(self) -> list[int]:
        """The numbers of the lines that are not blank."""
        return [n for n, line in enumerate(self.stripped) if line]

    @cached_property
    def framed_written(self) -> str:
        return "\n" + "\n".join([line for line in self.stripped if line]) + "\n"

    @cached_property
    def plain(self) -> list[str]:
        """The lines that are not blank, stripped, in plain typography."""
        whole = "\n".join([line for line in self.stripped if line])
        return plain(whole).split("\n") if whole else []

    @cached_property
    def framed_plain(self) -> str:
        return "\n" + "\n".join(self.plain) + "\n"

    @cached_property
    def framed_plain_stripped(self) -> str:
        return plain(self.framed_stripped)

    @cached_property
    def plain_positions(self) -> dict[str, list[int]]:
        """Indices into ``plain`` of each of its lines."""
        positions: dict[str, list[int]] = {}
        for n, line in enumerate(self.plain):
            positions.setdefault(line, []).append(n)
        return positions

    @cached_property
    def known(self) -> frozenset[str]:
        """Every line, for membership."""
        return frozenset(self.lines)

    @cached_property
    def known_stripped(self) -> frozenset[str]:
        return frozenset(self.stripped)


def block_offsets(framed: str, block: str, limit: int) -> list[int]:
    """Offsets in a framed text of whole-line occurrences of ``block``, at most ``limit``; overlapping ones count."""
    needle = f"\n{block}\n"
    found: list[int] = []
    at = framed.find(needle)
    while at >= 0:
        found.append(at)
        if len(found) >= limit:
            break
        at = framed.find(needle, at + 1)
    return found
