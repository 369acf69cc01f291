"""Hunks that leave out lines of the text in the middle: marked with dots, or two hunks run together."""

from __future__ import annotations

from .hunk import Hunk, hunk_of
from .linediff import Line
from .match import Match
from .placeholders import is_elision
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

    Each part is the longest stretch of old lines that follow each other in the text, must occur exactly once, and the
    parts must be in order; the gap lies between two old lines, at least one of them context.
    """
    marked = hunk.marked
    old = [(n, mark, text.rstrip()) for n, (mark, text) in enumerate(marked) if mark != "+"]
    if len(old) < 4 or hunk.form not in ("udiff", "v4a") or source.empty:
        return None
    cuts: list[int] = []
    k = 0
    while k < len(old):
        if len(cuts) >= _MAX_PARTS:
            return None
        size = _longest(source, [text for _, _, text in old[k:]])
        if size == 0:
            return None
        k += size
        if k < len(old):
            before, after = old[k - 1], old[k]
            if after[0] != before[0] + 1 or (before[1] == "-" and after[1] == "-"):
                return None
            cuts.append(after[0])
    if not cuts:
        return None
    matches: list[Match] = []
    for begin, end in zip([0, *cuts], [*cuts, len(marked)], strict=False):
        part = list(marked[begin:end])
        if sum(1 for mark, text in part if mark != "+" and text.strip()) < 2:
            return None
        match = _only_match(source, hunk_of(part, hunk.form))
        if match is None or (matches and match.start < matches[-1].end):
            return None
        matches.append(match)
    return matches


def _longest(source: Source, lines: list[str]) -> int:
    """How many of the first ``lines`` follow each other somewhere in the text."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        if source.without_tails.rows_of(lines[:middle], 1):
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
