"""What one hunk shows about how an edit was written holds for all its hunks: characters, entities, tabs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .diagnosis import ambiguous
from .hunk import Hunk
from .indentation import OPENS, SAME, Reindent, leading
from .match import Match
from .readings import reread, spaced_marks, unescaped
from .refusal import EditRefused, refuse
from .source import Source
from .typography import (
    CURLED_QUOTES,
    HARD_BLANKS,
    blanks_were_hardened,
    markup_may_be_escaped,
    markup_was_escaped,
    plain,
    quotes_were_curled,
    swaps_between,
)

_OPENS = tuple(sign for sign in OPENS if sign != ",")


def settle_as_one(source: Source, hunks: Sequence[Hunk], matches: Sequence[list[Match]], *, ordinary: bool) -> None:
    """Brings matches that fit as they were into line with those that needed another typography or indentation.

    ``ordinary`` says that the hunks have neither entities nor characters beyond ASCII.
    Raises `EditRefused` where a hunk only fits by chance, in another indentation than the others show.
    """
    located = [match for group in matches for match in group]
    _same_marks(source, hunks, matches)
    if any(match.rung for match in located):
        _same_shift(source, matches)
        _same_tabs(located)
        _same_tails(source, located)
        _same_lines(source, located)
    if ordinary or all(text.isascii() and "&" not in text for text in ["".join(hunk.new) for hunk in hunks]):
        return
    lines = [line for hunk in hunks for line in hunk.new]
    lines += [line for hunk in hunks for line in hunk.old]
    if markup_may_be_escaped(lines, source.body):
        why = "< or > is written as &lt; or &gt;; write it as it is, or show a line that has it beside the change."
        raise refuse("bad_format", why, total=len(hunks))
    if any(match.unescaped for match in located) or markup_was_escaped(lines, source.body):
        for match in located:
            if not match.unescaped:
                match.reading = unescaped(match.reading)
    odd = [match for match in located if match.odd_characters]
    curled, hardened = quotes_were_curled(lines, source.body), blanks_were_hardened(lines, source.body)
    if hardened is None:
        why = "the only spaces are no-break spaces; write blanks, or show a line with blanks beside the change."
        raise refuse("bad_format", why, total=len(hunks))
    if odd or curled or hardened:
        assumed = (CURLED_QUOTES if curled else {}) | (HARD_BLANKS if hardened else {})
        swaps = assumed | swaps_between([pair for match in odd for pair in _pairs(source, match)])
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


def _same_tails(source: Source, located: list[Match]) -> None:
    """Takes the blanks off the ends of lines where every line of the edit ends in them and none of the text does."""
    sides = [side for match in located for side in (match.reading.old, match.reading.new)]
    written = [line for side in sides for line in side if line.strip()]
    tail = _tail(written[0]) if written else ""
    if not tail.strip("\r") or len(written) < 2 or any(_tail(line) != tail for line in written):
        return
    if any(_tail(real) for match in located for _, real in _pairs(source, match)):
        return
    for match in located:
        reading = match.reading
        if match.rows is None:
            match.rows = list(range(match.start, match.end))
        match.reading = reading._replace(
            old=tuple([line.removesuffix(tail) for line in reading.old]),
            new=tuple([line.removesuffix(tail) for line in reading.new]),
            marked=tuple([(mark, line.removesuffix(tail)) for mark, line in reading.marked]),
        )


def _tail(line: str) -> str:
    return line[len(line.rstrip()) :]


def _pairs(source: Source, match: Match) -> list[tuple[str, str]]:
    rows = match.rows or range(match.start, match.end)
    return [
        (text, source.lines[row])
        for text, row in zip(match.reading.old, rows, strict=False)
        if row is not None and text.strip()
    ]


def _same_marks(source: Source, hunks: Sequence[Hunk], matches: Sequence[list[Match]]) -> None:
    """Takes the blank after the marks (``+ new``) off all hunks where one shows that it is not part of the lines.

    Where no line is removed, nothing shows it but the indentation: each addition would be one blank deeper than the
    lines beside it, or all new lines would be the only odd ones.
    """
    as_they_are = all(len(group) == 1 and group[0].reading is hunk for hunk, group in zip(hunks, matches, strict=True))
    if as_they_are and marks_are_plain(hunks):
        return
    removing = any(len(hunk.marked) > len(hunk.new) for hunk in hunks)
    for hunk in hunks:
        for mark, text in hunk.marked:
            if mark != " " and text[:1] not in (" ", ""):
                return
    spaced = [spaced_marks(hunk.marked) for hunk in hunks]
    shown = [
        bool(marked) and len(group) == 1 and list(group[0].reading.marked) == marked
        for marked, group in zip(spaced, matches, strict=True)
    ]
    if removing or not all(spaced):
        if not any(shown):
            return
    elif not (all(map(_as_written, hunks, matches)) and _only_spaced(source, hunks)):
        return
    for marked, group, hunk, known in zip(spaced, matches, hunks, shown, strict=True):
        adds_only = not any(mark == "-" for mark, _ in hunk.marked)
        if marked and adds_only and not known and len(group) == 1 and group[0].rule == SAME:
            group[0].reading = reread(hunk, marked)


def marks_are_plain(hunks: Sequence[Hunk]) -> bool:
    """Whether it shows that no blank belongs to the marks of hunks that fit as they are.

    A removed line shows it, as it is in the text, and so do counts that are right.
    """
    counted = True
    for hunk in hunks:
        if len(hunk.marked) > len(hunk.new):
            return True
        counted = counted and (not hunk.marked or hunk.counts_right)
    return counted


def _only_spaced(source: Source, hunks: Sequence[Hunk]) -> bool:
    if all(hunk.counts_right for hunk in hunks):
        return False
    blanks = {text for hunk in hunks for mark, text in hunk.marked if mark == "+" and not text.strip()}
    return (blanks == {" "} and " " not in source.known) or _all_askew(hunks) or _only_odd(source, hunks)


def _as_written(hunk: Hunk, group: list[Match]) -> bool:
    return len(group) == 1 and group[0].reading.marked == hunk.marked and group[0].rule == SAME


def _all_askew(hunks: Sequence[Hunk]) -> bool:
    """Whether each addition begins one blank deeper than a line beside it, and no line beside it is as deep.

    Below a line that opens a block it is the next line of that block that counts.
    """
    for hunk in hunks:
        lines = [(mark, text) for mark, text in hunk.marked if text.strip()]
        for n, (mark, text) in enumerate(lines):
            if mark != "+" or (n and lines[n - 1][0] == "+"):
                continue
            above = lines[n - 1][1] if n else ""
            below = next((text for mark, text in lines[n:] if mark == " "), "")
            beside = {leading(line) for line in (above, below) if line}
            if above.rstrip().endswith(_OPENS):
                if not below or len(leading(below)) <= len(leading(above)):
                    return False
                beside = {leading(below)}
            if leading(text) in beside or leading(text)[1:] not in beside:
                return False
    return True


def _only_odd(source: Source, hunks: Sequence[Hunk]) -> bool:
    """Whether all added lines are indented by an odd number of blanks, and no line of the text is."""
    added = [leading(text) for hunk in hunks for mark, text in hunk.marked if mark == "+" and text.strip()]
    if not added or any(len(blanks) % 2 == 0 or "\t" in blanks for blanks in added):
        return False
    return not any(len(leading(line)) % 2 for line in source.lines if line.strip())


def _same_lines(source: Source, located: list[Match]) -> None:
    """Has all hunks add a line as it is in the text where any of them shows in which characters that is."""
    odd = [match for match in located if match.odd_characters]
    if not odd or len(located) < 2:
        return
    pairs = [(written.strip(), real.strip()) for match in odd for written, real in _pairs(source, match)]
    copied = {written: real for written, real in pairs if written != real and plain(written) == plain(real)}
    for match in located:
        match.copied = copied
        if not match.odd_characters and any(line.strip() in copied for line in match.reading.new):
            match.odd_characters = True
            if match.rows is None:
                match.rows = list(range(match.start, match.end))


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
            and all(rule.indent(leading(line)) == leading(line) for line in match.reading.old if line.strip())
        ):
            match.rule = replace(rule)
            match.rung = max(match.rung, 2)
            if match.rows is None:
                match.rows = list(range(match.start, match.end))
