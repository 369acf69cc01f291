"""Section headings of a hunk (``@@ class A``), used to tell equal places apart and never to find one."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

from .hunk import Hunk
from .match import Match, MatchAt
from .source import Source

_OPENERS = ("class ", "def ", "async def ", "function ", "interface ", "struct ", "impl ", "enum ", "fn ", "func ")
_MAX_SCOPES = 32
_MAX_ANCHORS = 8


def inside_anchors(source: Source, hunk: Hunk, found: list[Match]) -> list[Match]:
    """Those of ``found`` that lie in the section the anchors name; all when the anchors name none."""
    scopes = _scopes(source, hunk.anchors)
    if not scopes:
        return found
    inside = [match for match in found if any(a <= match.start and match.end <= b for a, b in scopes)]
    if inside or len(scopes) > 1:
        return inside
    following = scopes[0][0]
    return [match for match in found if match.start >= following]


def contradicted(source: Source, hunk: Hunk, match: Match) -> str | None:
    """The anchor that speaks against the only place of a hunk, or None.

    Only V4A anchors can: the heading of a unified diff is the last function *before* the hunk, not the one it is in.
    A single anchor that the text does not have says nothing; of several that follow each other all must be there, each
    in the block of the one before.
    """
    if hunk.form != "v4a" or not hunk.anchors or hunk.start is not None:
        return None
    if len(hunk.anchors) > 1:
        scopes = _scopes(source, hunk.anchors, narrow=True)
        if not any(_reaches(scope, match) for scope in scopes):
            return " ".join(filter(None, hunk.anchors))
    for anchor in filter(None, hunk.anchors[-_MAX_ANCHORS:]):
        if isinstance(match, MatchAt) and _plainly_below(source.exact.framed, anchor.strip(), match):
            continue
        scopes = _scopes(source, (anchor,))
        if not scopes:
            continue
        if all(match.end <= start for start, _ in scopes):
            return anchor
        if anchor.lstrip().startswith(_OPENERS) and not any(
            _reaches(scope, match) or _last_before(source, scope, match) for scope in scopes
        ):
            return anchor
    return None


def _plainly_below(framed: str, anchor: str, match: MatchAt) -> bool:
    """Whether the line of an anchor is above a match, with nothing but deeper lines between.

    That is the usual hunk, for which neither the other places of the anchor nor the ends of blocks are needed.
    """
    begin = framed.rfind(f"{anchor}\n", 0, match.offset + 1)
    above = framed.rfind("\n", 0, max(begin, 0))
    if begin < 0 or not anchor or framed.count(anchor) > _MAX_SCOPES:
        return False
    blanks = framed[above + 1 : begin]
    return not blanks.strip() and _as_deep(len(blanks)).search(framed, begin + len(anchor), match.offset) is None


@lru_cache(64)
def _as_deep(indent: int) -> re.Pattern[str]:
    """A line end and a line that is indented by no more than this."""
    return re.compile(rf"\n[^\S\n]{{0,{indent}}}\S")


def _reaches(scope: tuple[int, int], match: Match) -> bool:
    """Whether a match lies in a scope, touches it or reaches into it."""
    return scope[0] <= match.end and match.start <= scope[1]


def _last_before(source: Source, scope: tuple[int, int], match: Match) -> bool:
    """Whether nothing else is opened between the block of an anchor and a match: the heading that a diff would have."""
    between = source.stripped[scope[1] : match.start]
    return scope[1] <= match.start and not any(line.startswith(_OPENERS) for line in between)


def anchor_line(source: Source, anchors: tuple[str, ...]) -> int | None:
    """The one line that the anchors name, or None."""
    scopes = _scopes(source, anchors, narrow=True)
    return scopes[0][0] if len(scopes) == 1 else None


def _scopes(source: Source, anchors: tuple[str, ...], narrow: bool = False) -> list[tuple[int, int]]:
    """Line ranges (0-based, half-open) from the last anchor to the end of its block, within those of the others."""
    within = [(0, source.count)]
    known = False
    for anchor in anchors[-_MAX_ANCHORS:]:
        text = anchor.strip()
        if not text:
            continue
        everywhere = source.rows_beginning(text)
        rows: list[int] = []
        for a, b in within:
            first = bisect_left(everywhere, a)
            rows += everywhere[first : min(bisect_left(everywhere, b), first + _MAX_SCOPES)]
            if len(rows) >= _MAX_SCOPES:
                break
        if not rows:
            if narrow:
                return []
            continue
        known = True
        within = [(row, source.block_end(row)) for row in rows[:_MAX_SCOPES]]
    return within if known else []
