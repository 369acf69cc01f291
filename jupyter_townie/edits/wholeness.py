"""What one hunk shows about how an edit was written holds for all its hunks: characters, entities, tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .diagnosis import ambiguous
from .hunk import Hunk
from .indentation import SAME, Reindent, leading
from .match import Match
from .readings import unescaped
from .refusal import EditRefused
from .source import Source
from .typography import blanks_were_hardened, markup_was_escaped, quotes_were_curled, swaps_between


def settle_as_one(source: Source, hunks: Sequence[Hunk], matches: Sequence[list[Match]]) -> None:
    """Brings matches that fit as they were into line with those that needed another typography or indentation.

    Raises `EditRefused` where a hunk only fits by chance, in another indentation than the others show.
    """
    located = [match for group in matches for match in group]
    if any(match.rung for match in located):
        _same_shift(source, matches)
        _same_tabs(located)
    lines = [line for hunk in hunks for line in hunk.new]
    if not any("&" in line or not line.isascii() for line in lines):
        return
    lines += [line for hunk in hunks for line in hunk.old]
    if any(match.unescaped for match in located) or markup_was_escaped(lines, source.body):
        for match in located:
            if not match.unescaped:
                match.reading = unescaped(match.reading)
    odd = [match for match in located if match.odd_characters]
    if odd or quotes_were_curled(lines, source.body) or blanks_were_hardened(lines, source.body):
        swaps = swaps_between([pair for match in odd for pair in _pairs(source, match)])
        for match in located:
            match.odd_characters = True
            match.swaps = swaps
            if match.rows is None:
                match.rows = list(range(match.start, match.end))


def _same_shift(source: Source, matches: Sequence[list[Match]]) -> None:
    """Refuses a hunk that fits as it is by chance: others had to be moved, and moved it would fit elsewhere too."""
    if not any(match.rule != SAME and not match.rule.first_only for group in matches for match in group):
        return
    for number, group in enumerate(matches):
        for match in group:
            if match.rung > 1 or match.rule != SAME or not match.reading.old:
                continue
            rows = source.without_indents.rows_of([line.strip() for line in match.reading.old], 6)
            if len(rows) > 1:
                size = len(match.reading.old)
                places = [Match(match.reading, 2, row, row + size) for row in rows]
                raise EditRefused([ambiguous(source, number, places, False)], total=len(matches))


def _pairs(source: Source, match: Match) -> list[tuple[str, str]]:
    rows = match.rows or range(match.start, match.end)
    return [
        (text, source.lines[row])
        for text, row in zip(match.reading.old, rows, strict=False)
        if row is not None and text.strip()
    ]


def _same_tabs(located: list[Match]) -> None:
    converting = [match.rule for match in located if match.rule.converts]
    kinds = {Reindent(to_tabs=rule.to_tabs, to_spaces=rule.to_spaces, scale=rule.scale) for rule in converting}
    if len(kinds) != 1:
        return
    rule = kinds.pop()
    for match in located:
        if (
            match.rule == SAME
            and match.reading.old
            and not any(leading(line) for line in match.reading.old if line.strip())
        ):
            match.rule = replace(rule)
            match.rung = max(match.rung, 2)
            if match.rows is None:
                match.rows = list(range(match.start, match.end))
