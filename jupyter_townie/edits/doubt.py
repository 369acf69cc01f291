"""What speaks against a hunk whose old lines were found: it is there already, cut off, or stands for text left out."""

from __future__ import annotations

from collections.abc import Sequence

from .hunk import Hunk
from .linediff import Line
from .match import Match
from .placeholders import first_conflict, first_placeholder, is_elision, may_elide
from .refusal import Refusal
from .source import Source


def doubt(source: Source, hunks: Sequence[Hunk], number: int, match: Match) -> Refusal | None:
    """A refusal when something speaks against the one place of hunk ``number``."""
    hunk, reading = hunks[number], match.reading
    why = None
    if not hunk.closed:
        why = cut_off(source, hunks, number, match)
    if why is None and reading is not hunk:
        why = left_out(source, reading, number)
    if why is None and len(reading.new) > len(reading.old) > 0:
        why = already_there(source, hunk, match, number)
    if why is None and hunk.start is not None:
        why = better_at_its_number(source, hunk, match, number)
    if why is None and not all(map(str.strip, reading.old)):
        why = among_blanks(source, hunk, match, number)
    return why


def left_out(source: Source, hunk: Hunk, number: int) -> Refusal | None:
    """A refusal when an added line stands for text that was left out."""
    added = [text for mark, text in hunk.marked if mark == "+"] if hunk.marked else hunk.new
    if not any(map(is_elision, may_elide(added))):
        return None
    wrote = first_placeholder(hunk.new, hunk.old, lambda line: _occurs(source, line))
    if wrote is None:
        return None
    why = "an added line stands for text that was left out; it would be written as it is."
    return Refusal(number, "placeholder", why, wrote=wrote)


def unmerged(source: Source, hunk: Hunk, number: int) -> Refusal | None:
    """A refusal when the added lines hold a whole merge conflict."""
    if "<<<<" not in "\n".join(hunk.new):
        return None
    kept = set(hunk.old)
    wrote = first_conflict([line for line in hunk.new if line not in kept], source.known.__contains__)
    if wrote is None:
        return None
    why = "the added lines hold a merge conflict; send the lines that it should be resolved to."
    return Refusal(number, "bad_format", why, wrote=wrote)


def cut_off(source: Source, hunks: Sequence[Hunk], number: int, match: Match) -> Refusal | None:
    """A refusal when a diff that was not closed shows that it ends too early.

    Models often count wrong, so too few lines alone say nothing: the hunk must also lack its context at the end, or be
    the only one of several whose counts are wrong.
    """
    hunk = hunks[number]
    if hunk.closed or hunk.form != "udiff" or (hunk.counts_right and not hunk.ends_mid_line):
        return None
    marks = [mark for mark, _ in hunk.lines]
    leading = next((n for n, mark in enumerate(marks) if mark != " "), 0)
    trailing = next((n for n, mark in enumerate(reversed(marks)) if mark != " "), 0)
    if hunk.ends_mid_line and match.end <= source.count:
        begun = hunk.lines[-1][1]
        dropped = len(match.reading.old) < len(hunk.old)
        beside = source.lines[max(0, match.end - 1) : match.end + (4 if dropped else 1)]
        broken = begun not in source.known and (begun.strip() or (dropped and hunk.in_fence)) and marks[-1] != "+"
        bare = leading >= 3 and not trailing and not hunk.counts_right and match.end < source.count
        open_end = marks[-1] == "+" and hunk.in_fence
        lost = dropped and len(hunk.marked) - 1 not in hunk.unmarked
        if bare or open_end or lost or (broken and any(line.startswith(begun) for line in beside)):
            return Refusal(number, "incomplete", "the reply ends in this hunk, in the middle of a line.", begun)
    if hunk.counts_right:
        return None
    if hunk.old_count is None or hunk.new_count is None:
        if hunk.in_fence:
            return Refusal(number, "incomplete", "the fenced block was not closed; the reply may end in this hunk.")
        return None
    missing_old, missing_new = hunk.old_count - len(hunk.old), hunk.new_count - len(hunk.new)
    if not hunk.in_fence:
        if missing_old < 0 or missing_new < 0 or match.end >= source.count:
            return None
        others_right = len(hunks) > 1 and all(other.counts_right for other in hunks[:-1])
        enough = trailing >= max(leading, 1) and trailing >= min(3, leading or 3)
        if enough and not others_right and min(missing_old, missing_new) < 3:
            return None
    why = f"the reply ends in this hunk: its header announces {hunk.old_count} old and {hunk.new_count} new lines."
    return Refusal(number, "incomplete", why)


def already_there(source: Source, hunk: Hunk, match: Match, number: int) -> Refusal | None:
    """A refusal when a hunk that only adds lines has its result in the text already, be it at another place like it."""
    reading = match.reading
    if len(reading.new) <= len(reading.old) or not reading.old or not _only_adds(reading, match.rung):
        return None
    new = reading.new
    while len(new) > len(reading.old) + 1 and not new[-1].strip():
        new = new[:-1]
    if match.rung:
        rows = source.without_indents.rows_of([line.strip() for line in new], 64)
    elif source.exact.has_block(new):
        rows = source.exact.rows_of(new, 64)
    else:
        return None
    size = len(new)
    told = sum(1 for line in reading.old if line.strip()) >= 3
    there = any((row < match.end and match.start < row + size) or told for row in rows)
    if not there and (match.rung == 0 or not rows or not _only_adds(reading, 0)):
        return None
    if _certain(source, hunk, match):
        return None
    return Refusal(number, "already_applied", "the lines to add are already there.", places=(rows[0] + 1,))


def _only_adds(reading: Hunk, rung: int) -> bool:
    """Whether all old lines that say something are among the new ones, in order; moved ones too where they may be."""
    if reading.marked:
        if len(reading.marked) == len(reading.new):
            return True
        return not any(mark == "-" and text.strip() for mark, text in reading.marked)
    old, new = list(reading.old), list(reading.new)
    if rung >= 2:
        old, new = [line.strip() for line in old], [line.strip() for line in new]
    rest = iter(new)
    return all(line in rest for line in old if line.strip())


def _certain(source: Source, hunk: Hunk, match: Match) -> bool:
    """Whether a true diff would look like this hunk at this place: right numbers, no context only at the ends."""
    if match.rung or not hunk.counts_right or hunk.start is None or not hunk.marked:
        return False
    if hunk.marked[-1][0] == "+" and match.end != source.count:
        return False
    return match.begins(hunk.start - 1) and not (hunk.marked[0][0] == "+" and match.start)


def better_at_its_number(source: Source, hunk: Hunk, match: Match, number: int) -> Refusal | None:
    """A refusal when a hunk fits elsewhere than its line number says, but almost fits there too: that place changed."""
    if not hunk.counts_right or hunk.start is None or len(hunk.old) < 4:
        return None
    start = hunk.start - 1
    if match.begins(start):
        return None
    there = source.exact.lines_at(start, len(hunk.old))
    pairs = zip(hunk.old, there, strict=False)
    equal = sum([line == real or (match.rung > 0 and line.strip() == real.strip()) for line, real in pairs])
    if equal * 4 < len(hunk.old) * 3 or (start < match.end and match.start < start + len(hunk.old)):
        return None
    why = (
        f"the old lines are in the text at line {match.start + 1}, but at line {hunk.start}, which the hunk names, "
        "are almost the same ones."
    )
    shown = [(row + 1, source.lines[row]) for row in (match.start, start)]
    return Refusal(number, "ambiguous", why, nearest=tuple(shown), places=(match.start + 1, hunk.start))


def among_blanks(source: Source, hunk: Hunk, match: Match, number: int) -> Refusal | None:
    """A refusal when the first or last addition lies in blank lines of which the text has more than the hunk."""
    marked = match.reading.marked
    if not marked or hunk.counts_right or all(map(str.strip, match.reading.old)):
        return None
    for below, lines in enumerate((marked, marked[::-1])):
        if not _adds_among_blanks(lines):
            continue
        row = match.end if below else match.start - 1
        if 0 <= row < source.count and not source.lines[row].strip():
            why = "blank lines leave open where the added lines go; include the line beyond them."
            return Refusal(number, "not_found", why, nearest=tuple(_rows_around(source, row)), places=(row + 1,))
    return None


def _adds_among_blanks(lines: Sequence[Line]) -> bool:
    """Whether nothing but blank lines is before the first change, an addition, and a blank one right after it."""
    added = False
    for mark, text in lines:
        if mark == "+":
            added = True
        elif added or mark == "-" or text.strip():
            return added and mark == " " and not text.strip()
    return False


def _rows_around(source: Source, row: int) -> list[tuple[int, str]]:
    return [(n + 1, source.lines[n]) for n in range(max(row - 3, 0), min(row + 4, source.count))]


def beside_blank(source: Source, match: Match) -> bool:
    """Whether a blank line, or the end of the text, is next to a place; another blank line there means nothing."""
    rows = (match.start - 1, match.end)
    return any(not 0 <= row < source.count or not source.stripped[row] for row in rows)


def blank_or_nothing(source: Source, match: Match, number: int) -> Refusal:
    """A refusal of a block whose new side is one blank line between lines that are not blank."""
    why = (
        "the new side is one blank line: leave it out to remove the old lines, or add a neighbouring line to both "
        "sides to put a blank line in their place."
    )
    rows = range(max(0, match.start - 1), min(source.count, match.start + 10, match.end + 1))
    nearest = tuple([(row + 1, source.lines[row]) for row in rows])
    return Refusal(number, "bad_format", why, nearest=nearest, places=(match.start + 1,))


def _occurs(source: Source, line: str) -> bool:
    """Whether a line is in the text already; dots alone only count with the same indentation."""
    return line in source.known if not line.strip(" \t.\u2026") else line.strip() in source.known_stripped
