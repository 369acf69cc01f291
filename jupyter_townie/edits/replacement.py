"""The edit of a tool call: one text replaced by another, which may begin and end within a line."""

from __future__ import annotations

from bisect import bisect_right

from .diagnosis import ambiguous
from .doubt import left_out
from .edit import Edit
from .hunk import Hunk
from .match import Match
from .refusal import EditRefused, Refusal, refuse
from .source import Source

_MOST_INNER = 32
"""Occurrences of the old text in the new one that are looked for in the text."""


def exact_replacement(source: Source, hunk: Hunk) -> Edit | None:
    """The edit when the old text occurs exactly once, in lines or within one; None leaves it to the ladder."""
    before = source.original
    old, new = "\n".join(hunk.old), "\n".join(hunk.new)
    if not old.strip():
        if before.strip():
            raise refuse("no_location", "the old text is empty; give the lines to replace.")
        if not old or old not in before:
            return Edit(before, new) if new != before else None
    if source.has_crlf:
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
        if source.mixed:
            return None
    at = before.find(old)
    if at < 0:
        return None
    if before.find(old, at + 1) >= 0:
        rows = _rows_at(before, old)
        raise EditRefused([ambiguous(source, 0, [Match(hunk, 0, row, row + len(hunk.old)) for row in rows], False)])
    if _joined(before[max(at - 1, 0) : at], old[0]) != _joined(old[-1], before[at + len(old) : at + len(old) + 1]):
        row = before.count("\n", 0, at)
        shown = ((row + 1, source.lines[row]),)
        reason = "the old text begins or ends within a longer name or number of the text; give whole ones."
        raise EditRefused([Refusal(0, "not_found", reason, nearest=shown, places=(row + 1,))])
    if new.startswith(old) or new.endswith(old):
        rest = new[len(old) :] if new.startswith(old) else new[: -len(old)]
        there = before.startswith(rest, at + len(old)) if new.startswith(old) else before.endswith(rest, 0, at)
        if there and rest.strip():
            raise refuse("already_applied", "the text to add is already there.")
    why = left_out(source, hunk, 0)
    if why:
        raise EditRefused([why])
    after = before[:at] + new + before[at + len(old) :]
    if after == before:
        raise refuse("no_change", "the new text is the same as the old one.")
    return Edit(before, after)


def _rows_at(before: str, old: str) -> list[int]:
    rows: list[int] = []
    at = before.find(old)
    while at >= 0 and len(rows) < 12:
        rows.append(before.count("\n", 0, at))
        at = before.find(old, at + 1)
    return list(dict.fromkeys(rows))


def as_lines(source: Source, hunk: Hunk) -> Hunk:
    """A replacement as whole lines: a final line end on a side is not a further line.

    Where the old text is in the text as it is, nothing needs to be guessed. One for every occurrence of a text that has
    none is for the one place that the ladder finds.
    """
    if hunk.everywhere:
        if not "".join(hunk.old).strip() or "\n".join(hunk.old) in f"{source.body}\n":
            return hunk
        hunk = hunk._replace(everywhere=False)
    old, new = list(hunk.old), list(hunk.new)
    if source.exact.rows_of(old, 1):
        return hunk
    if len(old) > 1 and old[-1] == "":
        old.pop()
        if new and new[-1] == "":
            new.pop()
    elif len(new) > 1 and new[-1] == "" and old and old[-1] != "":
        new.pop()
    return Hunk(tuple(old), tuple(new), "replacement", start=hunk.start)


def occurrences(source: Source, hunk: Hunk, number: int) -> list[Match] | Refusal:
    """Every occurrence of the old text, as the whole lines that each is in, changed.

    Refused where one is a part of a longer name or number, or of the new text already.
    """
    old, new = "\n".join(hunk.old), "\n".join(hunk.new)
    if not old.strip():
        return Refusal(number, "no_location", "the old text is empty; give the text to replace.")
    body = f"{source.body}\n"
    starts = source.exact.starts
    blocks: list[tuple[int, int]] = []
    within: list[int] = []
    draws_in = old.endswith("\n") and new != "" and not new.endswith("\n")
    at = body.find(old)
    while at >= 0:
        first, last = bisect_right(starts, at) - 1, bisect_right(starts, at + len(old) - 1) - 1
        if _amid(body, at, new, old):
            there = (first + 1,)
            return Refusal(
                number, "already_applied", "the new text is there already, with the old one in it.", places=there
            )
        if _joined(body[at - 1 : at], old[0]) or _joined(old[-1], body[at + len(old) : at + len(old) + 1]):
            within.append(first)
        last = min(last + draws_in, source.count - 1)
        if blocks and first <= blocks[-1][1]:
            blocks[-1] = blocks[-1][0], max(last, blocks[-1][1])
        else:
            blocks.append((first, last))
        at = body.find(old, at + len(old))
    if within:
        rows = list(dict.fromkeys(within))
        why = "the old text is also a part of longer names, which all would change; change the places one by one."
        shown = tuple([(row + 1, source.lines[row]) for row in rows[:6]])
        return Refusal(number, "ambiguous", why, nearest=shown, places=tuple([row + 1 for row in rows]))
    return [_changed(source, old, new, first, last + 1) for first, last in blocks]


def _changed(source: Source, old: str, new: str, start: int, end: int) -> Match:
    lines = source.lines[start:end]
    text = "".join([f"{line}\n" for line in lines]).replace(old, new)
    after = text.removesuffix("\n").split("\n") if text else []
    return Match(Hunk(tuple(lines), tuple(after), "replacement"), 0, start, end)


def _amid(body: str, at: int, new: str, old: str) -> bool:
    """Whether what occurs at ``at`` is the part of an occurrence of ``new`` that ``old`` is."""
    inner = new.find(old)
    for _ in range(_MOST_INNER):
        if inner < 0 or inner > at:
            break
        if body.startswith(new, at - inner):
            return True
        inner = new.find(old, inner + 1)
    return False


def _joined(one: str, other: str) -> bool:
    """Whether two characters side by side belong to one name; scripts without blanks between words say nothing."""
    return all(char == "_" or (char.isalnum() and char < "\u0e00") for char in (one, other)) if one and other else False
