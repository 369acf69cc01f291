"""Other ways to read a hunk, tried only where the plain reading has no place at the same rung."""

from __future__ import annotations

import re

from .hunk import Hunk, hunk_of
from .linediff import Line
from .source import Source
from .typography import (
    first_number,
    has_numbers,
    number_mark,
    plain,
    with_escapes_resolved,
    without_entities,
    without_numbers,
)


def fallback_readings(source: Source, hunk: Hunk) -> list[Hunk]:
    """Readings in which marks or wrappers were lost or added: context without its blank, marks followed by a blank."""
    if not hunk.marked:
        unfenced = _unfenced(source, hunk)
        return [unfenced] if unfenced else _without_outer_blanks(hunk)
    found = (
        *raw_contexts(source, hunk.marked),
        spaced_marks(hunk.marked),
        _without_tail(source, hunk),
        _unmarked_additions(source, hunk),
    )
    return [reread(hunk, marked) for marked in found if marked]


def may_be_exact(source: Source, hunk: Hunk) -> bool:
    """Whether any other reading could fit exactly: they change a blank at the start of a line at most, or its mark."""
    if not hunk.marked:
        return True
    first = next((line for line in hunk.old if line.strip()), "")
    has = source.exact.has
    return has(first) or has(" " + first) or has(first[1:])


def unescaped(hunk: Hunk) -> Hunk:
    """The hunk with HTML entities resolved on both sides."""
    if hunk.marked:
        texts = without_entities([text for _, text in hunk.marked])
        return (
            hunk
            if texts is None
            else reread(hunk, [(mark, text) for (mark, _), text in zip(hunk.marked, texts, strict=False)])
        )
    old, new = without_entities(hunk.old), without_entities(hunk.new)
    return hunk._replace(old=hunk.old if old is None else tuple(old), new=hunk.new if new is None else tuple(new))


def plain_readings(hunk: Hunk) -> list[Hunk]:
    """Readings of the whole hunk without entities, copied line numbers or literal escapes.

    Where line numbers were copied, ``start`` is the first of them.
    """
    tabs = _with_tabs(hunk.marked) if hunk.marked else None
    return [*([reread(hunk, tabs)] if tabs else []), *_changed_readings(hunk)]


def _with_tabs(marked: tuple[Line, ...]) -> list[Line] | None:
    """The lines with real tabs, and line ends, for the ``\\t`` at the start of lines and the ``\\n`` within them."""
    if not any("\\t" in text or "\\n" in text for mark, text in marked if mark != "+"):
        return None
    lone = sum(1 for mark, _ in marked if mark == "-") <= 1 and sum(1 for mark, _ in marked if mark == "+") <= 1
    out: list[Line] = []
    for mark, text in marked:
        rows = text.split("\\n") if lone and mark != " " else [text]
        out += [(mark, _LITERAL_TABS.sub(lambda match: match[0].replace("\\t", "\t"), row)) for row in rows]
    return out if out != list(marked) else None


_LITERAL_TABS = re.compile(r"^[ \t]*(?:\\t)+")


def _changed_readings(hunk: Hunk) -> list[Hunk]:
    readings: list[Hunk] = []
    for change in (without_entities, without_numbers):
        start = first_number(hunk.old) if change is without_numbers else hunk.start
        if hunk.marked:
            texts = change([text for _, text in hunk.marked])
            if texts is None and change is without_numbers:
                old = change(hunk.old)
                if old is not None:
                    rest = iter(old)
                    texts = [text if mark == "+" else next(rest) for mark, text in hunk.marked]
            if texts is not None:
                reading = reread(hunk, [(mark, text) for (mark, _), text in zip(hunk.marked, texts, strict=False)])
                readings.append(reading._replace(start=start))
        else:
            old, new = change(hunk.old), change(hunk.new)
            if change is without_numbers and old is not None and new is None:
                mark = number_mark(hunk.old)
                new = without_numbers(hunk.new, like=mark)
                if new is None and has_numbers(hunk.new, mark) and not has_numbers(old, mark):
                    continue
            if old is not None or (new is not None and change is without_entities):
                kept_old = tuple(old) if old is not None else hunk.old
                kept_new = tuple(new) if new is not None else hunk.new
                readings.append(Hunk(kept_old, kept_new, hunk.form, start=start))
    if not hunk.marked:
        old, new = with_escapes_resolved(hunk.old), with_escapes_resolved(hunk.new)
        if old is not None:
            readings.append(Hunk(tuple(old), tuple(new) if new is not None else hunk.new, hunk.form, start=hunk.start))
    return readings


def reread(hunk: Hunk, marked: list[Line]) -> Hunk:
    return hunk_of(marked, hunk.form, anchors=hunk.anchors, at_end=hunk.at_end)


def raw_contexts(source: Source, marked: tuple[Line, ...]) -> list[list[Line]]:
    """Context lines that lost the blank before them: what was read as the mark is their own first character.

    Those that are in the text only so, then all that are in it so.
    """
    known = source.known
    raw = [mark == " " and text != "" and " " + text in known for mark, text in marked]
    sure = [lost and text not in known for lost, (_, text) in zip(raw, marked, strict=True)]
    if not any(sure):
        return []
    return [
        [(mark, " " + text if lost else text) for lost, (mark, text) in zip(chosen, marked, strict=True)]
        for chosen in ([sure, raw] if raw != sure else [sure])
    ]


def _unmarked_additions(source: Source, hunk: Hunk) -> list[Line] | None:
    """Lines without a mark that are nowhere in the text, amid added ones: additions that lost their mark."""
    marked = list(hunk.marked)
    changed = False
    for n in hunk.unmarked:
        if 0 < n < len(marked) - 1 and marked[n - 1][0] == "+" and marked[n][1].strip() not in source.known_stripped:
            after = next((mark for k, (mark, _) in enumerate(marked[n:], n) if k not in hunk.unmarked), " ")
            if after != "+":
                return None
            marked[n] = ("+", marked[n][1])
            changed = True
    return marked if changed else None


def spaced_marks(marked: tuple[Line, ...]) -> list[Line] | None:
    """``- old`` and ``+ new`` with a blank after the mark that is not part of the line."""
    changed = [text for mark, text in marked if mark != " " and text]
    if not changed or any(text[0] != " " for text in changed):
        return None
    return [(mark, text if mark == " " else text[1:]) for mark, text in marked]


def _without_tail(source: Source, hunk: Hunk) -> list[Line] | None:
    """The hunk without lines after its last change that have no mark and are nowhere in the text: prose, or a fence.

    The last line of a reply that ends in its middle is such a line, too.
    """
    marked = hunk.marked
    mark, text = marked[-1]
    if mark != " " or (text in source.known and text.strip()):
        return None
    end = len(marked)
    while end and marked[end - 1][0] == " ":
        end -= 1
    keep = end
    while keep < len(marked) and (marked[keep][1] in source.known and marked[keep][1].strip()):
        keep += 1
    if keep == len(marked) or not any(text.strip() for _, text in marked[keep:]):
        return None
    loose = {*hunk.unmarked, len(marked) - 1} if hunk.ends_mid_line else hunk.unmarked
    if any(n not in loose for n, (_, text) in enumerate(marked[keep:], keep) if text.strip()):
        return None
    tail = [text.strip() for _, text in marked[keep:] if text.strip()]
    if any(text in source.known_stripped or plain(text) in source.plain_positions for text in tail):
        return None
    kept = [mark for mark, text in marked[:keep] if mark != "+" and text.strip()]
    return list(marked[:keep]) if len(kept) > 1 or "-" in kept else None


def _unfenced(source: Source, hunk: Hunk) -> Hunk | None:
    """Both sides without a fence that was put inside the markers."""
    sides = []
    for side in (hunk.old, hunk.new):
        lines = list(side)
        fenced = len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```"
        if not fenced or lines[0].strip() in source.known_stripped:
            return None
        sides.append(tuple(lines[1:-1]))
    return Hunk(sides[0], sides[1], hunk.form, start=hunk.start)


def _without_outer_blanks(hunk: Hunk) -> list[Hunk]:
    """Both sides without the blank lines that both begin or end with, where it is as many: one of them, then all."""
    readings: list[Hunk] = []
    old, new = list(hunk.old), list(hunk.new)
    head = _blanks(old) if _blanks(old) == _blanks(new) else 0
    tail = _blanks(old[::-1]) if _blanks(old[::-1]) == _blanks(new[::-1]) else 0
    if head + tail < min(len(old), len(new)):
        for a, b in ((min(head, 1), min(tail, 1)), (head, tail)):
            reading = hunk._replace(old=tuple(old[a : len(old) - b]), new=tuple(new[a : len(new) - b]))
            if a + b and reading not in readings:
                readings.append(reading)
    return readings


def _blanks(lines: list[str]) -> int:
    return next((n for n, line in enumerate(lines) if line.strip()), len(lines))
