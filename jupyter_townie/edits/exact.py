"""The usual edit: the old lines of each hunk are in the text once, as they are written, and nothing speaks against it.

What the ladder would come to with an index of the text and a walk over all its rungs is here a search for each hunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter

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
    """The edit, which is the same that the ladder finds; None leaves it to the ladder.

    Raises `EditRefused` where the ladder would at the end, when the hunks as a whole leave open what is meant; all
    other refusals are left to it, too.
    """
    if len(hunks) > _MOST or source.empty or source.mixed:
        return None
    text = source.exact
    matches: list[Match] = []
    cuts: list[Cut] = []
    ordinary = True
    for number, hunk in enumerate(hunks):
        old, new = "\n".join(hunk.old), "\n".join(hunk.new)
        if hunk.others or hunk.everywhere or "\r" in old or "\r" in new or "<<<<" in new or not old.strip():
            return None
        at = text.only_offset(old)
        if at < 0:
            return None
        row = text.row_at(at)
        match = Match(hunk, 0, row, row + len(hunk.old))
        if (
            hunk.old_unterminated != hunk.new_unterminated
            or hunk.leaves_one_blank
            or left_out(source, hunk, number)
            or contradicted(source, hunk, match)
            or doubt(source, hunks, number, match)
        ):
            return None
        matches.append(match)
        cuts.append((at, at + len(old) + 1, new if hunk.new else None))
        ordinary = ordinary and new.isascii() and "&" not in new
    removing = any(len(hunk.marked) > len(hunk.new) for hunk in hunks)  # which shows how all marks are meant
    if not (removing and ordinary):
        settle_as_one(source, hunks, [[match] for match in matches], ordinary=ordinary)
        if any(match.rows is not None for match in matches):
            return None
        news = [match.reading.new for match in matches]
        cuts = [(at, end, "\n".join(new) if new else None) for (at, end, _), new in zip(cuts, news, strict=True)]
    if len(cuts) > 1:
        cuts.sort(key=itemgetter(0))
        if any(two[0] < one[1] for one, two in pairwise(cuts)):
            return None
    after = with_cuts(source, cuts, source.terminated)
    if after == source.original:
        return None
    places = tuple([Place(number, match.start, match.end, 0) for number, match in enumerate(matches)])
    return Edit(source.original, after, tuple(hunks), places)
