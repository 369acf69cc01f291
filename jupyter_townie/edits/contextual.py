"""The last rung: a hunk whose removed lines are all there but whose context differs in a few lines.

Only context may be off, at most a quarter of it and of the old lines, and an off line must still resemble the real one.
Places are proposed by the rarest lines of the hunk and laid out by dynamic programming in a narrow window.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise

from .hunk import Hunk
from .indentation import SAME, leading
from .match import Match, rule_between
from .refusal import Unclear
from .source import Source
from .typography import plain

_MAX_PLACES = 12
_MAX_CELLS = 30_000
_MIN_WRITTEN = 4
_ALIKE = 0.6
_DEFINITION = re.compile(
    r"(?:(?:async|export|default|public|private|protected|static|abstract|pub|final) ){0,4}"
    r"(?:def|class|function\*?|interface|struct|enum|trait|impl|fn|func|type) ([\w$]+)"
)
_HEADING = re.compile(r"(#{2,6} .{1,120})$")
_OPENED = re.compile(r"[\"']?([\w$.#@-]{1,80})[\"']?(?: ?[:=])? ?[{\[(]$")
_NEVER = 1 << 20


def context_off(source: Source, hunk: Hunk) -> list[Match]:
    """All layouts of ``hunk`` with few enough context lines off; several mean that it is ambiguous."""
    old = [(i, mark, plain(text.strip())) for i, (mark, text) in _old_lines(hunk) if text.strip()]
    context = sum(1 for _, mark, _ in old if mark == " ")
    allowed = min(len(old) // 4, (context + 3) // 4)
    if len(old) < _MIN_WRITTEN or not source.written:
        return []
    positions = source.plain_positions
    if any(mark == "-" and text not in positions for _, mark, text in old):
        return []
    if sum(1 for _, _, text in old if text not in positions) > allowed:
        return []
    starts = _proposed(source, old)
    if starts is None:
        return []
    cells = 0
    equal: list[tuple[int, int, int]] = []
    wanted = Counter(text for _, _, text in old)
    found: dict[object, Match] = {}
    for start in starts:
        low = max(0, start - allowed)
        high = min(len(source.plain), start + len(old) + allowed)
        cells += len(old) * (high - low)
        if cells > _MAX_CELLS:
            return []
        equal.append((sum((wanted & Counter(source.plain[low:high])).values()), low, high))
        rows = _lay_out(source.plain[low:high], old, allowed)
        if rows is None:
            continue
        placed = [None if row is None else source.written[low + row] for row in rows]
        match = _as_match(source, hunk, old, placed, allowed)
        if match is not None:
            found.setdefault(_effect(source, match), match)
    if len(found) == 1 and _rival(source, next(iter(found.values())), equal):
        return []
    return list(found.values())


def _rival(source: Source, match: Match, equal: list[tuple[int, int, int]]) -> bool:
    """Whether another place has more of the lines: there a removed line has changed since the model saw it."""
    here = max((count for count, low, high in equal if _within(source, match, low, high)), default=0)
    return any(count >= here for count, low, high in equal if not _within(source, match, low, high))


def _within(source: Source, match: Match, low: int, high: int) -> bool:
    return source.written[low] < match.end and match.start <= source.written[high - 1]


def _section(text: str) -> str | None:
    """The name of the part of the text that a line begins: another name is another part, however much looks alike."""
    match = _DEFINITION.match(text) or _HEADING.match(text) or _OPENED.match(text)
    return match[1] if match else None


def _effect(source: Source, match: Match) -> object:
    """What a layout would change; layouts that change the same are one."""
    try:
        return tuple([(start, end, tuple(lines)) for start, end, lines in match.splices(source)])
    except Unclear:
        return match.start


def _old_lines(hunk: Hunk) -> list[tuple[int, tuple[str, str]]]:
    return list(enumerate([line for line in hunk.lines if line[0] != "+"]))


def _proposed(source: Source, old: list[tuple[int, str, str]]) -> list[int] | None:
    """Where the hunk could begin (index among the written lines), from the votes of its rarest lines."""
    votes: dict[int, int] = {}
    rare = sorted(
        (len(source.plain_positions[text]), k) for k, (_, _, text) in enumerate(old) if text in source.plain_positions
    )
    for count, k in rare[:16]:
        if count > 200:
            break
        for position in source.plain_positions[old[k][2]]:
            votes[position - k] = votes.get(position - k, 0) + 1
    if not votes:
        return None
    best = sorted(votes, key=lambda start: (-votes[start], start))
    needed = max(1, min(len(rare), 16) // 4)
    return [start for start in best if votes[start] >= needed][:_MAX_PLACES]


def _lay_out(real: list[str], old: list[tuple[int, str, str]], allowed: int) -> list[int | None] | None:
    """The cheapest pairing of old lines with real lines, or None when it costs more than ``allowed``.

    A replaced, missing or extra line costs one; extra lines before and after the block cost nothing. A removed line
    must be equal, one that begins a section must begin the same, and nothing may lie between two removed lines that
    follow each other.
    """
    n, m = len(old), len(real)
    present = set(real)
    cost = [[0] * (m + 1)]
    step: list[list[int]] = [[0] * (m + 1)]
    for i in range(1, n + 1):
        _, mark, text = old[i - 1]
        removed = mark == "-"
        may_lie_after = i < n and not (removed and old[i][1] == "-")
        above = cost[-1]
        section = None if removed or text in present else _section(text)
        needed = removed or section is not None
        row = [_NEVER if needed else above[0] + 1]
        steps = [1]
        unlike = removed or text in present
        for j in range(1, m + 1):
            if real[j - 1] == text:
                best, how = above[j - 1], 0
            elif not unlike and above[j - 1] < allowed and _alike(real[j - 1], text):
                same = section is None or section == _section(real[j - 1])
                best, how = (above[j - 1] + 1 if same else _NEVER), 0
            else:
                best, how = _NEVER, 0
            if not needed and above[j] + 1 < best:
                best, how = above[j] + 1, 1
            if may_lie_after and row[j - 1] + 1 < best:
                best, how = row[j - 1] + 1, 2
            row.append(best)
            steps.append(how)
        cost.append(row)
        step.append(steps)
        if min(row) > allowed:
            return None
    end = min(range(m + 1), key=lambda j: (cost[n][j], j))
    if cost[n][end] > allowed:
        return None
    rows: list[int | None] = [None] * n
    i, j = n, end
    while i:
        how = step[i][j] if j else 1
        if how == 0:
            rows[i - 1] = j - 1
            i, j = i - 1, j - 1
        elif how == 1:
            i -= 1
        else:
            j -= 1
    return rows


def _alike(real: str, text: str) -> bool:
    if abs(len(real) - len(text)) > 0.6 * max(len(real), len(text)) or len(real) + len(text) > 500:
        return False
    if real[:1] != text[:1] and real[-1:] != text[-1:]:
        return False
    matcher = SequenceMatcher(None, real, text, False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _as_match(
    source: Source, hunk: Hunk, old: list[tuple[int, str, str]], rows: list[int | None], allowed: int
) -> Match | None:
    """The layout as a match, if the lines that are equal agree on one indentation.

    A line that is indented by chance is off like any other: few of them are forgiven where the rest needs no change,
    and none beside an addition, whose own indentation would be in doubt. A line beside a change that is not in the
    text at all may be an addition that lost its mark.
    """
    texts = list(hunk.old)
    absent = {i for (i, _, _), row in zip(old, rows, strict=False) if row is None}
    if absent and _beside_change(hunk, absent):
        return None
    equal = [
        (i, texts[i], source.lines[row])
        for (i, _, text), row in zip(old, rows, strict=False)
        if row is not None and plain(source.stripped[row]) == text
    ]
    rule = rule_between([w for _, w, _ in equal], [r for _, _, r in equal])
    if rule is None:
        astray = {i for i, w, r in equal if leading(w) != leading(r)}
        if len(astray) + len(old) - len(equal) > allowed or _beside_addition(hunk, astray):
            return None
        rule = SAME
    placed = [row for row in rows if row is not None]
    if len(placed) < 2:
        return None
    odd = any(w.strip() != r.strip() for _, w, r in equal)
    full: list[int | None] = [None] * len(texts)
    for (i, _, _), row in zip(old, rows, strict=False):
        full[i] = row
    for i, text in enumerate(texts):
        if not text.strip() and i and full[i - 1] is not None:
            below = full[i - 1] + 1  # type: ignore[operator]
            if below < source.count and not source.stripped[below]:
                full[i] = below
    return Match(hunk, 5, placed[0], placed[-1] + 1, full, rule, odd_characters=odd)


def _beside_change(hunk: Hunk, numbers: set[int]) -> bool:
    """Whether any of these old lines stands next to a changed one, with none but others of them between."""
    number = -1
    changed = waiting = False
    for mark, _ in hunk.lines:
        number += mark != "+"
        if mark != " ":
            if waiting:
                return True
            changed = True
        elif number in numbers:
            if changed:
                return True
            waiting = True
        else:
            changed = waiting = False
    return False


def _beside_addition(hunk: Hunk, numbers: set[int]) -> bool:
    """Whether any of these old lines stands next to an added one."""
    before = -1
    marks: list[tuple[str, int]] = []
    for mark, _ in hunk.lines:
        before += mark != "+"
        marks.append((mark, before))
    near = [(one, two) for one, two in pairwise(marks) if "+" in (one[0], two[0])]
    return any(number in numbers for pair in near for mark, number in pair if mark != "+")
