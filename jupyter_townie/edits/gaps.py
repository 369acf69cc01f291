"""Hunks that leave out lines of the text in the middle: marked with dots, or two hunks run together."""

from __future__ import annotations

from .hunk import Hunk, hunk_of
from .linediff import Line
from .match import Match, Splice
from .placeholders import is_elision
from .refusal import Unclear
from .source import Source

_MAX_PARTS = 12


def elided_parts(source: Source, hunk: Hunk) -> list[Match] | None:
    """The places of the parts between lines of dots in the context, if each has exactly one and they are in order."""
    if not any(mark == " " and is_elision(text) for mark, text in hunk.lines):
        return None
    parts: list[list[Line]] = [[]]
    for mark, text in hunk.lines:
        if mark == " " and is_elision(text):
            parts.append([])
        else:
            parts[-1].append((mark, text))
    parts = [_trimmed(part) for part in parts]
    parts = [part for part in parts if part]
    if len(parts) > _MAX_PARTS or not parts:
        return None
    matches: list[Match] = []
    for part in parts:
        if all(mark == "+" or not text.strip() for mark, text in part):
            return None
        match = _only_match(source, hunk_of(part, hunk.form))
        if match is None or (matches and match.start < matches[-1].end):
            return None
        matches.append(match)
    return matches


def merged_parts(source: Source, hunk: Hunk) -> list[Match] | None:
    """The places of a hunk that is two or more run together without a header between them.

    Each part changes something, is the longest stretch of old lines that follow each other in the text, and occurs
    exactly once; the parts are in order, and the gap lies between two old lines, at least one of them context.
    Stretches taken from above and from below must come to the same change.
    """
    marked = hunk.marked
    old = [(n, mark, text.rstrip()) for n, (mark, text) in enumerate(marked) if mark != "+"]
    if len(old) < 4 or hunk.form not in ("udiff", "v4a") or source.empty:
        return None
    texts = [text for _, _, text in old]
    above = _at_cuts(source, hunk, old, _stretches(source, texts))
    below = _at_cuts(source, hunk, old, _stretches_from_below(source, texts)) if above else None
    if above is None or below is None:
        return None
    return above if _changes(source, above) == _changes(source, below) else None


def _at_cuts(source: Source, hunk: Hunk, old: list[tuple[int, str, str]], ends: list[int] | None) -> list[Match] | None:
    """The places of the parts of a hunk that end after so many old lines each."""
    if ends is None or len(ends) < 2:
        return None
    cuts: list[int] = []
    for k in ends[:-1]:
        before, after = old[k - 1], old[k]
        if after[0] != before[0] + 1 or (before[1] == "-" and after[1] == "-"):
            return None
        cuts.append(after[0])
    matches: list[Match] = []
    for begin, end in zip([0, *cuts], [*cuts, len(hunk.marked)], strict=False):
        part = list(hunk.marked[begin:end])
        if sum(1 for mark, text in part if mark != "+" and text.strip()) < 2 or all(mark == " " for mark, _ in part):
            return None
        match = _only_match(source, hunk_of(part, hunk.form))
        if match is None or (matches and (match.start < matches[-1].end or _goes_on(source, matches[-1], match))):
            return None
        matches.append(match)
    return matches


def _goes_on(source: Source, one: Match, other: Match) -> bool:
    """Whether two parts are one stretch of the text after all, in which a line has changed.

    It is where most of the lines of one of them are also right beside the other.
    """
    for written, start in ((other.reading.old, one.end), (one.reading.old, other.start - len(one.reading.old))):
        there = source.trimmed[max(start, 0) : max(start + len(written), 0)]
        said = [(line.rstrip(), real) for line, real in zip(written, there, strict=False) if line.strip()]
        equal = sum(1 for line, real in said if line == real)
        if equal and equal * 2 >= len([line for line in written if line.strip()]) - 1:
            return True
    return False


def _changes(source: Source, matches: list[Match]) -> list[Splice] | None:
    try:
        return [splice for match in matches for splice in match.splices(source)]
    except Unclear:
        return None


def _stretches(source: Source, lines: list[str]) -> list[int] | None:
    """Where each stretch of lines that follow each other in the text ends, the longest first; None for too many."""
    ends: list[int] = []
    k = 0
    while k < len(lines):
        size = _longest(source, lines[k:], last=False)
        if size == 0 or len(ends) >= _MAX_PARTS:
            return None
        k += size
        ends.append(k)
    return ends


def _stretches_from_below(source: Source, lines: list[str]) -> list[int] | None:
    ends: list[int] = []
    k = len(lines)
    while k > 0:
        size = _longest(source, lines[:k], last=True)
        if size == 0 or len(ends) >= _MAX_PARTS:
            return None
        ends.append(k)
        k -= size
    return ends[::-1]


def _longest(source: Source, lines: list[str], *, last: bool) -> int:
    """How many of the first, or the last, of ``lines`` follow each other somewhere in the text."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        part = lines[len(lines) - middle :] if last else lines[:middle]
        if source.without_tails.rows_of(part, 1):
            low = middle
        else:
            high = middle - 1
    return low


def _only_match(source: Source, part: Hunk) -> Match | None:
    rows = source.without_tails.rows_of([line.rstrip() for line in part.old], 2)
    if len(rows) != 1:
        return None
    start = rows[0]
    end = start + len(part.old)
    return Match(part, 1, start, end, list(range(start, end)))


def _trimmed(part: list[Line]) -> list[Line]:
    while part and part[0][0] == " " and not part[0][1].strip():
        part = part[1:]
    while part and part[-1][0] == " " and not part[-1][1].strip():
        part = part[:-1]
    return part
