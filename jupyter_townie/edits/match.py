"""A hunk laid over the lines of the text, and the changes that follow from it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from .fitting import fitted
from .hunk import Hunk
from .indentation import SAME, Reindent, leading, rule_for, shift_between
from .projection import Projection
from .refusal import Unclear
from .source import Source

Splice = tuple[int, int, list[str]]
"""``(start, end, lines)``: these lines of the text (0-based, half-open) become ``lines``."""

_MOST_CUT = 8
"""Blanks by which a single line may be indented less than it was written; beyond, it is another line."""

_MOST_COMPARED = 40
"""Added lines that are compared with a removed one to see which of them it became."""


@dataclass(slots=True)
class Match:
    """``rows[i]`` is the 0-based line of the text that old line ``i`` is, or None where there is none.

    ``swaps`` and ``copied`` hold what the whole edit shows of its typography: the characters of the text for those
    that were written, and its lines, without blanks around them, for those that were written in other characters.
    """

    reading: Hunk
    rung: int
    start: int
    end: int
    rows: list[int | None] | None = None
    rule: Reindent = SAME
    odd_characters: bool = False
    unescaped: bool = False
    swaps: dict[str, str] = field(default_factory=dict)
    copied: dict[str, str] = field(default_factory=dict)
    _splices: list[Splice] | None = field(default=None, repr=False)

    def begins(self, row: int) -> bool:
        """Whether it begins in this row."""
        return self.start == row

    def splices(self, source: Source, fine: bool = False) -> list[Splice]:
        """The changes; ``fine`` asks for the changed lines alone even where the whole block could be replaced.

        Raises `Unclear` when blanks or missing context leave the place of an added line open.
        """
        if self.rows is None and (not fine or not self.reading.old):
            return [(self.start, self.end, list(self.reading.new))]
        if self._splices is None:
            rows: list[int | None] = self.rows if self.rows is not None else [*range(self.start, self.end)]
            self._splices = _splices(source, self, rows)
        return self._splices


class MatchAt(Match):
    """The place of a hunk as it is written, known by its offset in a framed text; most edits never ask for its rows."""

    __slots__ = ("_size", "_text", "offset")

    def __init__(self, hunk: Hunk, text: Projection, offset: int) -> None:
        self.reading = hunk
        self.rung = 0
        self.rows = self._splices = None
        self.rule = SAME
        self.odd_characters = self.unescaped = False
        self.swaps, self.copied = {}, {}
        self._text, self.offset, self._size = text, offset, len(hunk.old)

    def begins(self, row: int) -> bool:
        return self._text.is_row(row, self.offset)

    def __getattr__(self, name: str) -> int:
        if name not in ("start", "end"):
            raise AttributeError(name)
        self.start = self._text.row_at(self.offset)
        self.end = self.start + self._size
        return self.start if name == "start" else self.end


def rule_between(written: Sequence[str], real: Sequence[str]) -> Reindent | None:
    """The indentation rule from the lines a model wrote to the real ones (pairwise, none of them blank)."""
    rule = shift_between(written, real)
    if rule is None:
        rule = rule_for([(leading(w), leading(r)) for w, r in zip(written, real, strict=False)])
    if rule is not None and len(written) == 1 and len(rule.cut.expandtabs(4)) > _MOST_CUT:
        return None
    return rule


def _splices(source: Source, match: Match, rows: list[int | None]) -> list[Splice]:
    """The changes line by line.

    A hunk may count the final line end as a blank line of its own. What is added after it then has a blank line before
    it, and where it is removed the blank line before becomes the final line end.
    """
    lines = source.lines
    out: list[Splice] = []
    index = 0
    marked = match.reading.lines
    if match.rung >= 3 and None in rows and match.reading.new and not any(map(str.strip, match.reading.new)):
        raise Unclear("which blank lines are to stay is not clear; include all of them.")
    k = 0
    total_old = len(match.reading.old)
    while k < len(marked):
        if marked[k][0] == " ":
            index += 1
            k += 1
            continue
        first = index
        added: list[str] = []
        removed: list[str] = []
        while k < len(marked) and marked[k][0] != " ":
            mark, text = marked[k]
            if mark == "-":
                removed.append(text)
                index += 1
            else:
                added.append(text)
            k += 1
        gone = [row for row in rows[first:index] if row is not None]
        if match.rung >= 3:
            _refuse_unsure_blanks(source, match.reading.old, rows, first, index)
        if gone:
            start, end = gone[0], gone[-1] + 1
            if index == total_old and end == source.count and not added and _counts_line_end(source, match, rows):
                start -= start > 0 and not source.stripped[start - 1]
            kept = {start, *gone}
            if any(row not in kept for row in range(start, end)):
                raise Unclear("between the removed lines the text has others (blank ones count); include them.")
            if match.rung >= 3 and added and removed:
                _refuse_loose_blanks(source, rows, start, end, removed, added)
        else:
            if match.rung >= 3:
                _refuse_among_more_blanks(match.reading.old, rows, first)
            start = end = _insertion_point(source, rows, first, index, total_old, match, added)
            if first == total_old and start == source.count and _counts_line_end(source, match, rows):
                added = ["", *(added if added[-1].strip() else added[:-1])]
        out.append((start, end, fitted(source, match, rows, removed, added, lines[start:end])))
    return out


def _counts_line_end(source: Source, match: Match, rows: list[int | None]) -> bool:
    """Whether the last old line is a blank one that can only be the final line end of the text."""
    old = match.reading.old
    return source.terminated and len(old) > 1 and rows[-1] is None and not old[-1].strip()


def _refuse_unsure_blanks(source: Source, old: tuple[str, ...], rows: list[int | None], first: int, after: int) -> None:
    """Blank lines may be missing from the context, but which ones are removed has to be certain.

    It is where the gap between two written lines holds as many blank lines in the hunk as in the text.
    """
    known = {row for row in rows if row is not None}
    n = first - 1
    while n + 1 < after:
        n += 1
        if old[n].strip():
            continue
        low = high = n
        while low and not old[low - 1].strip():
            low -= 1
        while high + 1 < len(old) and not old[high + 1].strip():
            high += 1
        n = high
        outer = low == 0 or high == len(old) - 1
        if outer and any(text.strip() for text in old[first:after]) and rows[low : high + 1].count(None) > high - low:
            continue
        gap = [row for row in rows[low : high + 1] if row is not None]
        beside = [near for row in gap for near in (row - 1, row + 1) if 0 <= near < source.count and near not in known]
        if len(gap) <= high - low or any(not source.stripped[near] for near in beside):
            raise Unclear("the removed blank line could be one of several, or is not there; include all of them.")


def _refuse_loose_blanks(
    source: Source, rows: list[int | None], start: int, end: int, removed: list[str], added: list[str]
) -> None:
    """Refuses where a blank line that the hunk does not have lies beside removed lines that become others.

    The additions may belong on either side of it, unless the outermost of them is what a removed line became.
    """
    known = {row for row in rows if row is not None}
    first, last = min(known), max(known)
    for beside, outer in ((start - 1, 0), (end, -1)):
        loose = first < beside < last and not source.stripped[beside] and beside not in known
        if loose and not _became(removed[outer], added, outer):
            raise Unclear("blank lines leave open where the added lines go; include them.")


def _refuse_among_more_blanks(old: tuple[str, ...], rows: list[int | None], at: int) -> None:
    """Refuses an addition between blank lines where the text has more of them than the hunk."""
    above = next((n for n in range(at - 1, -1, -1) if old[n].strip()), None)
    below = next((n for n in range(at, len(old)) if old[n].strip()), None)
    if above is None or below is None or at in (above + 1, below):
        return
    top, bottom = rows[above], rows[below]
    if top is not None and bottom is not None and bottom - top > below - above:
        raise Unclear("blank lines leave open where the added lines go; include them.")


def _became(line: str, added: list[str], outer: int) -> bool:
    """Whether a removed line became this one of the added lines, rather than another."""
    alike = [_likeness(line, other) for other in added[:_MOST_COMPARED]]
    return _likeness(line, added[outer]) >= max(0.5, *alike)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.strip()[:200], other.strip()[:200], False).ratio()


def _insertion_point(
    source: Source, rows: list[int | None], first: int, after: int, total: int, match: Match, added: list[str]
) -> int:
    old = match.reading.old
    above = below = None
    near_above = first > 0 and rows[first - 1] is not None
    near_below = after < total and rows[after] is not None
    for n in range(first - 1, -1, -1):
        above = rows[n]
        if above is not None or old[n].strip():
            break
    for n in range(after, total):
        below = rows[n]
        if below is not None or old[n].strip():
            break
    if match.rung == 5:
        beside = [n for n in (first - 1, after) if 0 <= n < total and rows[n] is None and old[n].strip()]
        if any(old[n].strip() in source.known_stripped for n in beside):
            raise Unclear("a line beside the addition is elsewhere in the text.")
    if above is None and below is None:
        raise Unclear("none of the lines around the addition is in the text.")
    at_end = above == source.count - 1 and _counts_line_end(source, match, rows)
    if (above is None and not near_below) or (below is None and not near_above and not at_end):
        raise Unclear("a blank line between the addition and the line beside it is not in the text; leave it out.")
    if above is None:
        return below  # type: ignore[return-value]
    if below is None or above + 1 == below:
        return above + 1
    if near_above and not near_below:
        return above + 1
    if near_below and not near_above:
        return below
    if below == above + 2 and not source.lines[above + 1].strip():
        if added and not added[0].strip() and added[-1].strip():
            return above + 1
        if added and not added[-1].strip() and added[0].strip():
            return below
        raise Unclear("blank lines leave open where the added lines go; include them.")
    raise Unclear("the lines around the addition are not next to each other in the text.")
