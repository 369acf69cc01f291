"""The usual edit: the old lines of each hunk are in the text once, as they are written, and nothing speaks against it.

What the ladder would come to with an index of the text and a walk over all its rungs is here a search for each hunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .anchors import contradicted
from .doubt import doubt, left_out
from .edit import Edit, Place
from .hunk import Hunk
from .match import Match
from .source import Source
from .splice import Cut, with_cuts
from .wholeness import settle_as_one

_MOST = 6
"""Hunks that are searched for one by one; for more of them the text is indexed."""


def exact_edit(source: Source, hunks: Sequence[Hunk]) -> Edit | None:
    """The edit, which is the same that the ladder finds; None leaves it, and every refusal, to the ladder."""
    if len(hunks) > _MOST or source.empty or source.mixed:
        return None
    written = "\n".join(["\n".join([*hunk.old, *hunk.new]) for hunk in hunks])
    if not written.isascii() or "&" in written or "\r" in written or "<<<<" in written:
        return None
    text = source.exact
    matches: list[Match] = []
    ends: list[tuple[int, int]] = []
    for number, hunk in enumerate(hunks):
        old = "\n".join(hunk.old)
        if hunk.others or hunk.everywhere or hunk.leaves_one_blank or not old.strip():
            return None
        at = text.only_offset(old)
        if at < 0:
            return None
        row = text.row_at(at)
        match = Match(hunk, 0, row, row + len(hunk.old))
        if (
            hunk.old_unterminated != hunk.new_unterminated
            or left_out(source, hunk, number)
            or contradicted(source, hunk, match)
            or doubt(source, hunks, number, match)
        ):
            return None
        matches.append(match)
        ends.append((at, at + len(old) + 1))
    if not any(len(hunk.marked) > len(hunk.new) for hunk in hunks):  # a removed line shows how all marks are meant
        settle_as_one(source, hunks, [[match] for match in matches], ordinary=True)
    cuts: list[Cut] = sorted([(*place, match.reading.new) for place, match in zip(ends, matches, strict=True)])
    if any(two[0] < one[1] for one, two in pairwise(cuts)):
        return None
    after = with_cuts(source, cuts, source.terminated)
    if after == source.original:
        return None
    places = tuple([Place(number, match.start, match.end, 0) for number, match in enumerate(matches)])
    return Edit(source.original, after, tuple(hunks), places)
