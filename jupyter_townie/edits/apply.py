"""From hunks to an edit: every hunk located on the original text, then all of them or none."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from .anchors import anchor_line
from .contextual import context_off
from .diagnosis import already_done, ambiguous, not_found, overlap
from .doubt import beside_blank, blank_or_nothing, cut_off, doubt, left_out, unmerged
from .edit import Edit
from .exact import exact_edit
from .gaps import elided_parts, merged_parts
from .hunk import BYTE_ORDER_MARK, Hunk, without_byte_order_mark
from .locate import MAX_CANDIDATES, Search
from .match import Match, Splice
from .refusal import EditRefused, Refusal, Unclear, refuse
from .replacement import as_lines, exact_replacement, occurrences
from .source import Source
from .splice import kept_line_ends, spliced
from .wholeness import settle_as_one

_MAX_INEXACT = 150
"""Hunks that the rungs which compare line by line do not find; each costs a walk over its candidates."""

_MAX_REFUSALS = 24
_TOO_MANY = (
    "more than {0} of the {1} hunks are not in the text as they are written, which is too many to guess at. Send them "
    "in parts of at most {0} hunks, or send the whole text."
)
_MAX_UNLIKE = 6
"""Hunks that are not found for which lines are sought that are only alike; more would not be read."""


def apply(before: str, hunks: Sequence[Hunk]) -> Edit:
    """``before`` with all ``hunks`` applied.

    Raises `EditRefused` when any hunk has no place, several places, is already applied, overlaps another, leaves text
    out, or when nothing would change; ``before`` is never partly changed. Line ends, the final line end and the
    indentation of ``before`` are kept.
    """
    if not hunks:
        raise refuse("bad_format", "there is no hunk to apply.")
    if before.startswith(BYTE_ORDER_MARK):
        unmarked = apply(before[1:], [without_byte_order_mark(hunk) for hunk in hunks])
        return replace(unmarked, before=before, after=BYTE_ORDER_MARK + unmarked.after)
    if hunks[0].form == "whole":
        after = kept_line_ends(before, hunks[0].new)
        if after == before:
            raise refuse("no_change", "the new text is the same as the old one.")
        return Edit(before, after)
    source = Source(before)
    if len(hunks) == 1 and hunks[0].form == "replacement" and not hunks[0].everywhere:
        edit = exact_replacement(source, hunks[0])
        if edit is not None:
            return edit
    hunks = [as_lines(source, hunk) if hunk.form == "replacement" else hunk for hunk in hunks]
    return exact_edit(source, hunks) or by_ladder(source, hunks)


def by_ladder(source: Source, hunks: Sequence[Hunk]) -> Edit:
    """The edit of a text by hunks of lines, each at the place that the ladder finds; raises `EditRefused`."""
    found = _Located(source, hunks)
    splices = found.splices()
    after = spliced(source, hunks, found.matches, splices, returns=found.returns)
    if after == source.original:
        raise refuse("no_change", "applying it would leave the text as it is.", total=len(hunks))
    return Edit(source.original, after)


class _Located:
    """The place of every hunk; building one raises `EditRefused` when any has none."""

    def __init__(self, source: Source, hunks: Sequence[Hunk]) -> None:
        self.source = source
        self.hunks = hunks
        self.matches: list[list[Match]] = []
        self._slow = 0
        self._unlike = 0
        self._numbers_hold = True
        self._numbers_seen = 0
        written = "\n".join(["\n".join([*hunk.old, *hunk.new]) for hunk in hunks])
        self.returns = "\r" in written
        """Whether the hunks have carriage returns."""
        self._angles = "<<<<" in written
        searches = self._searches()
        refusals: list[Refusal] = []
        for number, (hunk, search) in enumerate(zip(hunks, searches, strict=False)):
            result = self._result(hunk, search, number)
            if isinstance(result, Refusal):
                refusals.append(result)
                if len(refusals) == _MAX_REFUSALS:
                    break
            self.matches.append([] if isinstance(result, Refusal) else result)
        if refusals:
            fitting = [n for n, matches in enumerate(self.matches) if matches]
            raise EditRefused(refusals, total=len(hunks), fitting=fitting)
        if len(searches) < len(hunks):
            raise refuse("not_found", _TOO_MANY.format(_MAX_INEXACT, len(hunks)))
        settle_as_one(source, hunks, self.matches, ordinary=written.isascii() and "&" not in written)

    def _searches(self) -> list[Search | None]:
        """The candidates of each hunk, as far as not too many are inexact; notes whether the line numbers are right."""
        searches: list[Search | None] = []
        inexact = 0
        for hunk in self.hunks:
            if inexact >= _MAX_INEXACT:
                break
            search = _search(self.source, hunk)
            searches.append(search)
            if search is None:
                continue
            found = search.matches
            inexact += not found or (len(found) > 1 and hunk.start is None)
            if len(found) == 1 and found[0].rung == 0 and hunk.counts_right:
                self._numbers_hold = self._numbers_hold and hunk.start == found[0].start + 1
                self._numbers_seen += 1
        return searches

    def _result(self, hunk: Hunk, search: Search | None, number: int) -> Refusal | list[Match]:
        source = self.source
        why = left_out(source, hunk, number) or (unmerged(source, hunk, number) if self._angles else None)
        if why is not None:
            return why
        if hunk.everywhere:
            return occurrences(source, hunk, number)
        if search is not None:
            return self._place(hunk, search, number)
        if hunk.creates and source.written and not (self._numbers_hold and self._numbers_seen):
            clash = "it is written for an empty text, but there is one already: nothing says where its lines belong."
            return Refusal(number, "no_location", clash)
        return self._insert(hunk, number)

    def splices(self) -> list[Splice]:
        """All changes in order of place; raises `EditRefused` where two hunks want the same lines."""
        try:
            coarse = sorted((splice, number) for number, splice in self._all(fine=self.source.mixed or self.returns))
            if not _overlapping(coarse):
                return [splice for splice, _ in coarse]
            fine = sorted((splice, number) for number, splice in self._all(fine=True))
        except _UnclearHunk as unclear:
            raise EditRefused([unclear.refusal], total=len(self.hunks)) from None
        kept: list[tuple[Splice, int]] = []
        for item in fine:
            if not kept or item[0] != kept[-1][0]:
                kept.append(item)
        pair = _overlapping(kept) or self._same_block()
        if pair:
            raise EditRefused([overlap(self.source, *pair)], total=len(self.hunks))
        return [splice for splice, _ in kept]

    def _same_block(self) -> tuple[int, int, int] | None:
        """Two search/replace blocks with the same place, which become two different things."""
        seen: dict[tuple[int, int], int] = {}
        for number, matches in enumerate(self.matches):
            for match in matches:
                other = seen.setdefault((match.start, match.end), number)
                if other != number and not match.reading.marked and not _same(self.hunks[other], self.hunks[number]):
                    return other, number, match.start
        return None

    def _all(self, fine: bool) -> list[tuple[int, Splice]]:
        out = []
        for number, matches in enumerate(self.matches):
            for match in matches:
                try:
                    splices = match.splices(self.source, fine)
                except Unclear as unclear:
                    real = self.source.lines[match.start : min(match.end, match.start + 12)]
                    there = tuple(enumerate(real, match.start + 1))
                    raise _UnclearHunk(Refusal(number, "not_found", str(unclear), nearest=there)) from None
                if (
                    match.rung
                    and splices
                    and all(self.source.lines[start:end] == lines for start, end, lines in splices)
                ):
                    why = "it is already applied: its lines are in the text as they should become."
                    raise _UnclearHunk(Refusal(number, "already_applied", why, places=(match.start + 1,)))
                out.extend([(number, splice) for splice in splices])
        return out

    def _place(self, hunk: Hunk, search: Search, number: int) -> Refusal | list[Match]:
        source = self.source
        if not search.matches:
            done = already_done(source, hunk, number)
            if done:
                return done
            parts = elided_parts(source, hunk) or merged_parts(source, hunk)
            if parts:
                return cut_off(source, self.hunks, number, parts[-1]) or parts
            near = context_off(source, hunk) if not hunk.others and self._slow < 4 else []
            if len(near) != 1:
                self._slow += not near
                if near:
                    return ambiguous(source, number, near, False)
                self._unlike += 1
                return not_found(source, hunk, number, by_likeness=self._unlike <= _MAX_UNLIKE)
            return cut_off(source, self.hunks, number, near[0]) or near
        if (len(search.matches) > 1 or search.cut_short) and self._numbers_hold:
            search.point()
        if len(search.matches) > 1 and search.cut_short:
            search = Search(source, hunk, trust_numbers=False)
        if len(search.matches) > 1 or search.cut_short:
            return ambiguous(source, number, search.matches, search.cut_short)
        match = search.matches[0]
        if search.contradiction is not None:
            why = f"the lines are in the text, but not under the heading {search.contradiction!r}."
            return Refusal(number, "not_found", why, places=(match.start + 1,))
        why_not = doubt(source, self.hunks, number, match)
        if why_not is None and match.reading.leaves_one_blank:
            if not beside_blank(source, match):
                return blank_or_nothing(source, match, number)
            match.reading = match.reading._replace(new=())
        return why_not or [match]

    def _insert(self, hunk: Hunk, number: int) -> Refusal | list[Match]:
        """A hunk without any old line that says something: only a certain position will do."""
        source = self.source
        at: int | None = None
        if source.empty or (not source.written and hunk.form != "udiff"):
            return [Match(hunk._replace(old=(), marked=()), 0, 0, source.count)]
        if hunk.at_end and hunk.form == "v4a" and not hunk.old:
            at = source.count
        elif hunk.counts_right and hunk.start is not None and not hunk.old and self._numbers_hold:
            at = hunk.start if hunk.start <= source.count else None
        elif hunk.anchors and not hunk.old:
            row = anchor_line(source, hunk.anchors)
            at = None if row is None else row + 1
        elif hunk.old:
            search = Search(source, hunk, trust_numbers=self._numbers_hold)
            match = search.matches[0] if len(search.matches) == 1 and not search.cut_short else None
            if match and (not hunk.new or (hunk.counts_right and hunk.start == match.start + 1)):
                return search.matches
        if at is None:
            why = "it adds lines without saying where: it has no line of the text beside them."
            return Refusal(number, "no_location", why)
        size = len(hunk.new)
        new = [line.rstrip() for line in hunk.new]
        if (
            any(line for line in new)
            and new
            in (
                source.trimmed[at : at + size],
                source.trimmed[max(at - size, 0) : at],
            )
            and not (hunk.counts_right and hunk.form == "udiff")
        ):
            return Refusal(number, "already_applied", "the lines to add are already there.", places=(at + 1,))
        return [Match(hunk, 0, at, at)]


def _search(source: Source, hunk: Hunk) -> Search | None:
    """The candidates of a hunk, or None when it has no old line that could be found, or is for all of them.

    Blank lines alone are no place to add to, however rare they are.

    Where only a line number can decide, two are as good as all.
    """
    if hunk.everywhere or (not any(hunk.old) and (len(hunk.old) < 2 or any(map(str.strip, hunk.new)))):
        return None
    by_number = hunk.start is not None and not (hunk.at_end or hunk.anchors or hunk.others)
    return Search(source, hunk, trust_numbers=False, enough=2 if by_number else MAX_CANDIDATES)


def _same(one: Hunk, other: Hunk) -> bool:
    """Whether a hunk is another one sent again."""
    return one.old == other.old and one.new == other.new


class _UnclearHunk(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _overlapping(items: Sequence[tuple[Splice, int]]) -> tuple[int, int, int] | None:
    """``(hunk, other hunk, line)`` of the first two changes that touch the same lines, or add at the same point."""
    for (one, a), (two, b) in itertools.pairwise(items):
        if two[0] < one[1] or (one[0] == one[1] == two[0] == two[1]):
            return a, b, two[0]
        if one[:2] == two[:2]:
            return a, b, two[0]
    return None
