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
    it removed is not brought back by the edit's context. Line ends are compared and kept with their lines.
    """
    if current == base:
        return after, ()
    if after in (base, current):
        return current, ()
    base_lines, after_lines, current_lines = (_with_ends(text) for text in (base, after, current))
    edits = changed_ranges(base_lines, after_lines)
    typed = changed_ranges(base_lines, current_lines)
    out: list[str] = []
    conflicts: list[Conflict] = []
    at = e = t = 0
    while e < len(edits) or t < len(typed):
        start, end, own, others = _group(edits, typed, e, t)
        out.extend(base_lines[at:start])
        at = end
        e += len(own)
        t += len(others)
        mine = _side(base_lines, after_lines, own, start, end)
        theirs = _side(base_lines, current_lines, others, start, end)
        if not own or mine == theirs:
            out.extend(theirs)
        elif not others:
            out.extend(mine)
        else:
            conflicts.append(Conflict(len(out), tuple(base_lines[start:end]), tuple(theirs), tuple(mine)))
            out.extend(theirs)
    out.extend(base_lines[at:])
    return _ended(out), tuple(conflicts)


def _group(edits: list[_Range], typed: list[_Range], e: int, t: int) -> tuple[int, int, list[_Range], list[_Range]]:
    """The next stretch of the base that either side changed, with all changes of both that touch it."""
    own: list[_Range] = []
    others: list[_Range] = []
    start = min(side[k][0] for side, k in ((edits, e), (typed, t)) if k < len(side))
    end = start
    first = True
    while True:
        if e < len(edits) and (
            edits[e][0] < end or (first and edits[e][0] == start) or _touches(edits[e], others, end)
        ):
            own.append(edits[e])
            end = max(end, edits[e][1])
            e += 1
        elif t < len(typed) and (typed[t][0] < end or (first and typed[t][0] == start) or _touches(typed[t], own, end)):
            others.append(typed[t])
            end = max(end, typed[t][1])
            t += 1
        else:
            return start, end, own, others
        first = False


def _touches(change: _Range, others: list[_Range], end: int) -> bool:
    """Whether a change begins where one of the other side ends, and one of them only adds lines."""
    if change[0] != end or not others:
        return False
    last = others[-1]
    return last[1] == change[0] and (change[0] == change[1] or last[0] == last[1])


def _side(base: list[str], lines: list[str], changes: list[_Range], start: int, end: int) -> list[str]:
    """What one side made of ``base[start:end]``."""
    if not changes:
        return base[start:end]
    first, last = changes[0], changes[-1]
    return lines[first[2] - (first[0] - start) : last[3] + (end - last[1])]


def _with_ends(text: str) -> list[str]:
    rows = text.split("\n")
    lines = [row + "\n" for row in rows[:-1]]
    return [*lines, rows[-1]] if rows[-1] else lines


def _ended(lines: list[str]) -> str:
    """The lines as text; a line that was last on one side and is not any more gets its line end."""
    end = "\r\n" if any(line.endswith("\r\n") for line in lines) else "\n"
    return "".join([line if line.endswith("\n") or n + 1 == len(lines) else line + end for n, line in enumerate(lines)])
