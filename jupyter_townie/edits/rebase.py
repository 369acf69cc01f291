"""An edit moved to a text that the user has changed meanwhile.

A three-way merge by lines ("A Formal Investigation of Diff3", Khanna, Kunal and Pierce, 2007): both sides are compared
with their common base, and where they touch the same lines the user's stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from .linediff import changed_ranges

_Range = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A change of the edit that was left out because the user changed the same lines.

    ``line`` is the 0-based line of the result where ``current`` stands; ``base`` and ``proposed`` are what was there
    and what the edit wanted.
    """

    line: int
    base: tuple[str, ...]
    current: tuple[str, ...]
    proposed: tuple[str, ...]


def rebase(base: str, after: str, current: str) -> tuple[str, tuple[Conflict, ...]]:
    """``current`` with the edit ``base`` to ``after`` where it fits, and the parts of the edit that do not.

    Nothing the user typed is overwritten: each line that ``current`` adds or changes is in the result, each line that
    it removed is not brought back by the edit's context. Lines next to each other are in nobody's way. Line ends are
    compared and kept with their lines.
    """
    if current == base:
        return after, ()
    if after in (base, current):
        return current, ()
    end = "\r\n" if any("\r\n" in text for text in (base, after, current)) else "\n"
    # With a line end after the last line, too, it is the same line wherever it stands.
    base_lines, after_lines, current_lines = (_with_ends(text + end) for text in (base, after, current))
    edits = changed_ranges(base_lines, after_lines)
    typed = changed_ranges(base_lines, current_lines)
    out: list[str] = []
    conflicts: list[Conflict] = []
    at = e = t = 0
    while e < len(edits) or t < len(typed):
        own, others = _group(edits, typed, e, t)
        start = min(change[0] for change in (*own, *others))
        stop = max(change[1] for change in (*own, *others))
        out.extend(base_lines[at:start])
        at = stop
        e += len(own)
        t += len(others)
        mine = _side(base_lines, after_lines, own, start, stop)
        theirs = _side(base_lines, current_lines, others, start, stop)
        if not own or mine == theirs:
            out.extend(theirs)
        elif not others:
            out.extend(mine)
        else:
            conflicts.append(Conflict(len(out), tuple(base_lines[start:stop]), tuple(theirs), tuple(mine)))
            out.extend(theirs)
    out.extend(base_lines[at:])
    return "".join(out).removesuffix(end), tuple(conflicts)


def _group(edits: list[_Range], typed: list[_Range], e: int, t: int) -> tuple[list[_Range], list[_Range]]:
    """The next change of either side, with all changes of both that are in its way."""
    own: list[_Range] = []
    others: list[_Range] = []
    if t == len(typed) or (e < len(edits) and edits[e][:2] <= typed[t][:2]):
        own.append(edits[e])
    else:
        others.append(typed[t])
    while True:
        next_own, next_other = e + len(own), t + len(others)
        if others and next_own < len(edits) and _overlap(edits[next_own], others[-1]):
            own.append(edits[next_own])
        elif own and next_other < len(typed) and _overlap(typed[next_other], own[-1]):
            others.append(typed[next_other])
        else:
            return own, others


def _overlap(one: _Range, other: _Range) -> bool:
    """Whether two changes are of the same lines; two insertions at one place are, for their order would be a guess."""
    (start, end), (other_start, other_end) = one[:2], other[:2]
    if start == end and other_start == other_end:
        return start == other_start
    return start < other_end and other_start < end


def _side(base: list[str], lines: list[str], changes: list[_Range], start: int, end: int) -> list[str]:
    """What one side made of ``base[start:end]``."""
    if not changes:
        return base[start:end]
    first, last = changes[0], changes[-1]
    return lines[first[2] - (first[0] - start) : last[3] + (end - last[1])]


def _with_ends(text: str) -> list[str]:
    """The lines of a text that ends with a line end, each with its own."""
    return [row + "\n" for row in text.split("\n")[:-1]]
