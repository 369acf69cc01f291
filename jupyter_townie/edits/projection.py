"""The lines of a text as one rung of the ladder compares them, and where a block of lines occurs among them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import accumulate, pairwise

_SCANS = 6
"""Searches that are done on the bare text; from the next one on the lines are indexed."""
_SOME, _MANY = 12, 200
"""Occurrences of a block's rarest line, and searches, from which on pairs of lines are indexed too."""
_FEW = 400
"""Occurrences of a block's rarest line up to which each is looked at; beyond, the text is searched as a whole."""


class Projection:
    """A text of lines; ``framed`` is all of them between line ends, so that whole lines can be searched for.

    It is one line end for a text without any line.
    """

    def __init__(self, framed: str) -> None:
        self.framed = framed
        self.offset_of: dict[int, int] = {}
        """Of rows that were found: where in ``framed`` the line end before each is."""
        self._searches = 0
        self._counted = 0, 0
        """An offset in ``framed``, and how many line ends are before it."""
        self._known: dict[tuple[str, int], list[int]] = {}

    @cached_property
    def lines(self) -> list[str]:
        return self.framed[1:-1].split("\n") if len(self.framed) > 1 else []

    @cached_property
    def positions(self) -> dict[str, list[int]]:
        """The rows of each line."""
        positions: dict[str, list[int]] = {}
        for row, line in enumerate(self.lines):
            rows = positions.get(line)
            if rows is None:
                positions[line] = [row]
            else:
                rows.append(row)
        return positions

    @property
    def _indexed(self) -> bool:
        return self._searches > _SCANS or "positions" in self.__dict__

    @property
    def known(self) -> Set[str]:
        """The lines, for membership."""
        return self.positions.keys() if "positions" in self.__dict__ else frozenset(self.lines)

    @cached_property
    def pairs(self) -> dict[tuple[str, str], list[int]]:
        """The rows of each two lines that follow each other."""
        pairs: dict[tuple[str, str], list[int]] = {}
        for row, pair in enumerate(pairwise(self.lines)):
            pairs.setdefault(pair, []).append(row)
        return pairs

    def rows_of(self, block: Sequence[str], limit: int) -> list[int]:
        """The rows at which ``block`` begins, at most ``limit``, in order; overlapping occurrences count."""
        if not block:
            return []
        self._searches += 1
        if self._searches <= _SCANS:
            return self._scanned("\n".join(block), limit)
        positions = self.positions
        rarest: list[int] = []
        at = -1
        for k, line in enumerate(block):
            rows = positions.get(line)
            if rows is None:
                return []
            if at < 0 or len(rows) < len(rarest):
                rarest, at = rows, k
                if len(rows) == 1:
                    break
        if len(rarest) > _FEW and len(block) > 1:
            return self._scanned("\n".join(block), limit)
        if len(block) == 1:
            return rarest[:limit]
        lines, size, wanted = self.lines, len(block), list(block)
        beside = 1 if at + 1 < size else -1
        neighbour = wanted[at + beside]
        if len(rarest) > _SOME and self._searches > _MANY:
            at = at if beside > 0 else at - 1
            rarest = self.pairs.get((wanted[at], wanted[at + 1]), [])
            beside, neighbour = 1, wanted[at + 1]
        found: list[int] = []
        for row in rarest:
            start = row - at
            if start < 0 or start + size > len(lines) or lines[row + beside] != neighbour:
                continue
            if lines[start : start + size] == wanted:
                found.append(start)
                if len(found) >= limit:
                    break
        return found

    def rows_of_line(self, line: str) -> list[int]:
        """The rows of one line, all of them."""
        if self._indexed:
            return self.positions.get(line, [])
        self._searches += 1
        return [self.row_at(at) for at in block_offsets(self.framed, line, len(self.framed))]

    def has(self, line: str) -> bool:
        """Whether any line is ``line``, for a few that are looked for; `known` is for many."""
        if self._indexed:
            return line in self.positions
        return f"\n{line}\n" in self.framed

    def has_block(self, block: Sequence[str]) -> bool:
        """Whether these lines follow each other anywhere."""
        return "\n".join(["", *block, ""]) in self.framed

    def rows_of_beginning(self, text: str) -> list[int]:
        """The rows of lines that begin with ``text``."""
        rows: list[int] = []
        at = self.framed.find(f"\n{text}")
        while at >= 0:
            rows.append(bisect_right(self.starts, at) - 1)
            at = self.framed.find(f"\n{text}", at + 1)
        return rows

    def _scanned(self, block: str, limit: int) -> list[int]:
        key = (block, limit)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = [self.row_at(at) for at in block_offsets(self.framed, block, limit)]
        return found

    def lines_at(self, row: int, count: int) -> list[str]:
        """At most ``count`` lines from ``row`` on, without an index of all."""
        if row < 0:
            return []
        if "lines" in self.__dict__:
            return self.lines[row : row + count]
        begin = end = _line_end(self.framed, row)
        for _ in range(count):
            last, end = end, self.framed.find("\n", end + 1)
            if end < 0:
                end = last
                break
        return self.framed[begin + 1 : end].split("\n") if 0 <= begin < end else []

    def is_row(self, row: int, offset: int) -> bool:
        """Whether ``row`` begins after the line end at ``offset`` in ``framed``, in a third of the time of a count."""
        at, above = self._counted
        if at > offset or above > row:
            at = above = 0
        right = row >= 0 and _line_end(self.framed[at : offset + 1], row - above) == offset - at
        if right:
            self._counted = offset, row
        return right

    def only_offset(self, block: str) -> int:
        """The offset in ``framed`` of the only place that ``block`` has; -1 for none, or several."""
        needle = f"\n{block}\n"
        at = self.framed.find(needle)
        return at if at >= 0 and self.framed.find(needle, at + 1) < 0 else -1

    def row_at(self, offset: int) -> int:
        """The row that begins after the line end at ``offset`` in ``framed``."""
        if self._searches > _SCANS:
            row = bisect_right(self.starts, offset) - 1
        else:
            at, row = self._counted if self._counted[0] <= offset else (0, 0)
            row += self.framed.count("\n", at, offset)
            self._counted = offset, row
        self.offset_of[row] = offset
        return row

    @cached_property
    def starts(self) -> list[int]:
        """The offset at which each line starts, in the text without the first line end of ``framed``."""
        return [0, *accumulate([len(line) + 1 for line in self.lines])]


def _line_end(framed: str, row: int) -> int:
    """The offset of the line end before ``row``; -1 where there are not as many."""
    return framed.replace("\n", "\r", row).find("\n")


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
