"""Why a hunk has no single place: the first line that differs, the nearest real lines, every place it could go."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from .hunk import Hunk
from .indentation import leading
from .match import Match
from .placeholders import is_elision
from .refusal import Refusal
from .source import Source
from .typography import plain

_SHOWN = 12
_SHIFTS = sorted(range(-8, 9), key=abs)
"""How far from the likeliest place a line of a hunk is still looked for."""
_WORD = re.compile(r"\w{2,60}")


def already_done(source: Source, hunk: Hunk, number: int) -> Refusal | None:
    """A refusal when the old lines are not in the text but the new ones are, once."""
    new = [line.strip() for line in hunk.new]
    if not any(new) or source.empty:
        return None
    rows = source.without_indents.rows_of(new, 2)
    if len(rows) != 1 or (len(new) == 1 and len(new[0]) <= 3):
        return None
    why = f"it is already applied: the new lines are in the text (line {rows[0] + 1}) and the old ones are not."
    return Refusal(number, "already_applied", why, places=(rows[0] + 1,))


def not_found(source: Source, hunk: Hunk, number: int, *, by_likeness: bool = True) -> Refusal:
    """Why there is no place: an elision that cannot be resolved, a divider too many, or a line that differs."""
    for line in hunk.old:
        if is_elision(line) and line.strip() not in source.known_stripped:
            why = "the old lines leave text out, and what is before and after does not say where that is."
            return Refusal(number, "placeholder", why, wrote=line)
    if hunk.others and source.without_indents.rows_of([line.strip() for line in hunk.old], 1):
        why = (
            f"the block has {len(hunk.others) + 1} ======= lines, and the new lines would hold one of them; only one "
            "belongs there, between the old and the new lines."
        )
        return Refusal(number, "bad_format", why)
    return _nearest(source, hunk, number, by_likeness)


def _nearest(source: Source, hunk: Hunk, number: int, by_likeness: bool) -> Refusal:
    old = [(n, line) for n, line in enumerate(hunk.old, 1) if line.strip()]
    if not old or not source.written:
        return Refusal(number, "not_found", "the old lines are not in the text, which is empty.")
    keys = [plain(line.strip()) for _, line in old[:200]]
    votes: dict[int, int] = {}
    for k, key in enumerate(keys):
        positions = source.plain_positions.get(key, ())
        if len(positions) <= 100:
            for position in positions:
                votes[position - k] = votes.get(position - k, 0) + 1
    best = max(votes, key=lambda start: (votes[start], -start), default=None)
    if best is None or votes[best] * 4 <= len(keys):
        alike = _most_alike(source, keys) if by_likeness else None
        best = alike if alike is not None or votes.get(best, 0) * 3 < len(keys) else best  # type: ignore[arg-type]
    if best is None:
        unknown = next((line for line, key in zip(old, keys, strict=False) if key not in source.plain_positions), None)
        if unknown is None:
            why = "the old lines are in the text, but not one after the other as they are written."
            return Refusal(number, "not_found", why)
        why = f"line {unknown[0]} of the old text is not in the text, nor is anything like it."
        return Refusal(number, "not_found", why, wrote=unknown[1], wrote_line=unknown[0])
    return _differing(source, number, old, keys, best)


def _most_alike(source: Source, keys: list[str]) -> int | None:
    """Where the hunk would begin if the real line that shares most words with one of its longest lines were that."""
    best = (0.0, 0, 0)
    for k in sorted(range(min(len(keys), 40)), key=lambda k: -len(keys[k]))[:3]:
        wanted = set(_WORD.findall(keys[k][:300]))
        for word in sorted(wanted, key=len, reverse=True)[:4]:
            for row in _rows_with(source, word):
                words = set(_WORD.findall(source.lines[row][:300]))
                score = len(words & wanted) / max(1, len(words | wanted))
                if score > best[0]:
                    best = (score, row, k)
    return None if best[0] < 0.34 else bisect_left(source.written, best[1]) - best[2]


def _rows_with(source: Source, word: str) -> list[int]:
    """The first rows that contain ``word``."""
    rows: list[int] = []
    starts = source.exact.starts
    at = source.body.find(word)
    while at >= 0 and len(rows) < 25:
        rows.append(bisect_right(starts, at) - 1)
        at = source.body.find(word, starts[rows[-1] + 1]) if rows[-1] + 1 < source.count else -1
    return rows


def _differing(source: Source, number: int, old: list[tuple[int, str]], keys: list[str], start: int) -> Refusal:
    """The first line that differs from the text when the old lines are laid beside it at ``start``.

    ``old`` are the written old lines with their numbers, ``keys`` the same in plain typography; ``start`` counts the
    lines of the text that are not blank. Lines may be missing or added on either side.
    """
    at = _laid_beside(source.plain, source.plain_positions, keys, start)
    found = [row for row in at if row is not None]
    first = next((k for k, row in enumerate(at) if row is None), None)
    if first is not None:
        before = next((at[k] + first - k for k in range(first - 1, -1, -1) if at[k] is not None), None)  # type: ignore[operator]
        position = start + first if before is None else before
        why = f"line {old[first][0]} of the old text differs from the text"
    elif (gap := next((k for k in range(1, len(at)) if found[k] != found[k - 1] + 1), None)) is not None:
        first, position = gap, found[gap - 1] + 1
        why = f"above line {old[gap][0]} of the old text, the text has another line"
    else:
        first = _first_astray(source, old, found)
        position = found[first]
        why = f"line {old[first][0]} of the old text is indented differently, and not by as much as the other lines"
    line, wrote = old[first]
    low = max(0, min(*found, position, len(source.written) - 1) if found else min(start, position))
    high = max(low, min(max([*found, position]), len(source.written) - 1))
    if high - low >= _SHOWN:
        low = max(low, min(position - 3, high - _SHOWN + 1))
        high = min(high, low + _SHOWN - 1)
    rows = range(source.written[low], min(source.written[high], source.written[low] + _SHOWN - 1) + 1)
    nearest = tuple([(row + 1, source.lines[row]) for row in rows])
    places: tuple[int, ...] = ()
    if 0 <= position < len(source.written):
        places = (source.written[position] + 1,)
    return Refusal(number, "not_found", why, wrote, line, nearest, (len(found), len(keys)), places)


def _laid_beside(real: list[str], positions: dict[str, list[int]], keys: list[str], start: int) -> list[int | None]:
    """The row of each key in order, or None; from ``start`` on, with small shifts where lines are missing or extra.

    A shift needs two lines in a row, or one that is rare, so that a bracket does not lead astray.
    """
    at: list[int | None] = []
    offset, free = start, 0
    for k, key in enumerate(keys):
        row: int | None = None
        for shift in _SHIFTS:
            there = offset + shift + k
            if not free <= there < len(real) or real[there] != key:
                continue
            follows = k + 1 < len(keys) and there + 1 < len(real) and real[there + 1] == keys[k + 1]
            if shift == 0 or follows or len(positions[key]) <= 2:
                row = there
                break
        if row is not None:
            offset, free = row - k, row + 1
        at.append(row)
    return at


def _first_astray(source: Source, old: list[tuple[int, str]], found: list[int]) -> int:
    """The first line whose indentation does not follow the rule that most of the lines follow; 0 for none."""
    shifts = [
        (leading(line), leading(source.lines[source.written[row]])) for (_, line), row in zip(old, found, strict=False)
    ]
    widths = [len(real.expandtabs(4)) - len(written.expandtabs(4)) for written, real in shifts]
    usual = max(widths, key=widths.count) if len(widths) < 500 else widths[0]
    return next((k for k, width in enumerate(widths) if width != usual), 0)


def ambiguous(source: Source, number: int, matches: list[Match], more: bool) -> Refusal:
    """Every place a hunk could go, each with the nearest line above it that the others do not have."""
    rows = [match.start for match in matches]
    count = f"more than {len(rows) - 1}" if more else str(len(rows))
    shown: list[tuple[int, str]] = []
    for row in rows[:6]:
        above = next((n for n in range(row - 1, max(row - 40, -1), -1) if source.stripped[n]), None)
        apart = next((n for n in range(row - 1, max(row - 40, -1), -1) if _tells_apart(source, n)), above)
        for n in (apart, row):
            if n is not None and 0 <= n < source.count and (n + 1, source.lines[n]) not in shown:
                shown.append((n + 1, source.lines[n]))
    shown.sort()
    why = f"the old lines are in the text at {count} places."
    return Refusal(number, "ambiguous", why, nearest=tuple(shown), places=tuple(row + 1 for row in rows))


def _tells_apart(source: Source, row: int) -> bool:
    """Whether the text has this line only once."""
    line = source.stripped[row]
    return bool(line) and len(source.without_indents.rows_of([line], 2)) == 1


def overlap(source: Source, one: int, other: int, row: int) -> Refusal:
    """Two hunks that want the same lines."""
    first, second = sorted((one, other))
    nearest = tuple([(n + 1, source.lines[n]) for n in range(max(row - 1, 0), min(row + 3, source.count))])
    why = f"hunks {first + 1} and {second + 1} change the same lines."
    return Refusal(second, "overlap", why, nearest=nearest, places=(row + 1,))
