"""The usual edit: the old lines of each hunk are in the text once, as they are written, and nothing speaks against it.

What the ladder would come to with an index of the text and a walk over all its rungs is here a search for each hunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from operator import itemgetter

from .anchors import contradicted
from .doubt import doubt, left_out, unmerged
from .edit import Edit
from .hunk import Hunk
from .match import Match, MatchAt
from .refusal import EditRefused, Refusal
from .source import Source
from .splice import Cut, with_cuts
from .wholeness import marks_are_plain, settle_as_one

_MOST = 6
"""Hunks that are searched for one by one; for more of them the text is indexed."""


def exact_edit(source: Source, hunks: Sequence[Hunk]) -> Edit | None:
    """The edit, which is the same that the ladder finds; None leaves it to the ladder.

    Raises `EditRefused` where the ladder would: when something speaks against a hunk, or when the hunks as a whole
    leave open what is meant. Hunks that have no place, or several, are left to it.
    """
    if len(hunks) > _MOST or source.empty or source.mixed:
        return None
    text = source.exact
    matches: list[Match] = []
    cuts: list[Cut] = []
    ordinary = True
    refusals: list[Refusal] = []
    for number, hunk in enumerate(hunks):
        old, new = "\n".join(hunk.old), "\n".join(hunk.new)
        if hunk.others or hunk.everywhere or "\r" in old or "\r" in new or not old.strip():
            return None
        at = text.only_offset(old)
        if at < 0:
            return None
        match: Match = MatchAt(hunk, text, at)
        if hunk.old_unterminated != hunk.new_unterminated or (hunk.form == "search_replace" and hunk.leaves_one_blank):
            return None
        why = left_out(source, hunk, number) or (unmerged(source, hunk, number) if "<<<<" in new else None)
        if why is None and hunk.anchors and contradicted(source, hunk, match):
            return None
        why = why or doubt(source, hunks, number, match)
        if why is not None:
            refusals.append(why)
            continue
        matches.append(match)
        cuts.append((at, at + len(old) + 1, new if hunk.new else None))
        ordinary = ordinary and new.isascii() and "&" not in new
    if refusals:
        refused = {why.hunk for why in refusals}
        raise EditRefused(refusals, total=len(hunks), fitting=[n for n in range(len(hunks)) if n not in refused])
    if not (ordinary and marks_are_plain(hunks)):
        settle_as_one(source, hunks, [[match] for match in matches], ordinary=ordinary)
        for n, match in enumerate(matches):
            if match.rows is not None:
                return None
            lines = match.reading.new
            if lines is not hunks[n].new:
                cuts[n] = (*cuts[n][:2], "\n".join(lines) if lines else None)
    if len(cuts) > 1:
        cuts.sort(key=itemgetter(0))
        for one, two in pairwise(cuts):
            if two[0] < one[1]:
                return None
    after = with_cuts(source, cuts, source.terminated)
    return None if after == source.original else Edit(source.original, after)
