"""The edit of a tool call: one text replaced by another, which may begin and end within a line."""

from __future__ import annotations

from .diagnosis import ambiguous, left_out
from .edit import Edit, Place
from .hunk import Hunk
from .match import Match
from .refusal import EditRefused, refuse
from .source import Source


def exact_replacement(source: Source, hunk: Hunk) -> Edit | None:
    """The edit when the old text occurs exactly once, in lines or within one; None leaves it to the ladder."""
    before = source.original
    old, new = "\n".join(hunk.old), "\n".join(hunk.new)
    if not old.strip():
        if before.strip():
            raise refuse("no_location", "the old text is empty; give the lines to replace.")
        if not old or old not in before:
            return Edit(before, new, (hunk,), (Place(0, 0, source.count, 0),)) if new != before else None
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
    start = before.count("\n", 0, at)
    return Edit(before, after, (hunk,), (Place(0, start, start + len(hunk.old), 0),))


def _rows_at(before: str, old: str) -> list[int]:
    rows: list[int] = []
    at = before.find(old)
    while at >= 0 and len(rows) < 12:
        rows.append(before.count("\n", 0, at))
        at = before.find(old, at + 1)
    return list(dict.fromkeys(rows))


def as_lines(source: Source, hunk: Hunk) -> Hunk:
    """A replacement as whole lines: a final line end on a side is not a further line.

    Where the old text is in the text as it is, nothing needs to be guessed.
    """
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
