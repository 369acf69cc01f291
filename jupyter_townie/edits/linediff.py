"""The difference of two sequences of lines.

Greedy shortest edit script (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986) between the lines that
occur once on both sides (the patience rule of Bram Cohen), with a bound on the work: where the bound is reached the
whole stretch counts as replaced, which is a correct difference, only not the shortest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

Line = tuple[str, str]
"""``(mark, text)`` with mark ``" "``, ``"-"`` or ``"+"``."""

Block = tuple[int, int, int]
"""``(i, j, n)``: ``a[i:i+n] == b[j:j+n]``."""

_MAX_EDITS = 300
_MAX_STEPS = 200_000
_NOWHERE = -(1 << 30)


def marked_lines(a: Sequence[str], b: Sequence[str]) -> tuple[Line, ...]:
    """All lines of both sides, marked; removals come before additions."""
    out: list[Line] = []
    i = j = 0
    for bi, bj, n in matching_blocks(a, b):
        out.extend([("-", text) for text in a[i:bi]])
        out.extend([("+", text) for text in b[j:bj]])
        out.extend([(" ", text) for text in a[bi : bi + n]])
        i, j = bi + n, bj + n
    out.extend([("-", text) for text in a[i:]])
    out.extend([("+", text) for text in b[j:]])
    return tuple(out)


def changed_ranges(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """``(i1, i2, j1, j2)``: ``a[i1:i2]`` became ``b[j1:j2]``; in order, never touching each other."""
    out = []
    i = j = 0
    for bi, bj, n in matching_blocks(a, b):
        if bi > i or bj > j:
            out.append((i, bi, j, bj))
        i, j = bi + n, bj + n
    if i < len(a) or j < len(b):
        out.append((i, len(a), j, len(b)))
    return out


def matching_blocks(a: Sequence[str], b: Sequence[str]) -> list[Block]:
    """Equal stretches of both sides, in order, merged where they touch."""
    budget = [_MAX_STEPS]
    blocks: list[Block] = []
    stack = [(0, len(a), 0, len(b))]
    while stack:
        a1, a2, b1, b2 = stack.pop()
        head = 0
        while a1 + head < a2 and b1 + head < b2 and a[a1 + head] == b[b1 + head]:
            head += 1
        if head:
            blocks.append((a1, b1, head))
            a1, b1 = a1 + head, b1 + head
        tail = 0
        while a2 - tail > a1 and b2 - tail > b1 and a[a2 - tail - 1] == b[b2 - tail - 1]:
            tail += 1
        if tail:
            blocks.append((a2 - tail, b2 - tail, tail))
            a2, b2 = a2 - tail, b2 - tail
        if a1 == a2 or b1 == b2:
            continue
        anchors = _unique_pairs(a, b, a1, a2, b1, b2) if (a2 - a1) + (b2 - b1) > 64 else []
        if not anchors:
            blocks.extend(_shortest(a, b, a1, a2, b1, b2, budget))
            continue
        i, j = a1, b1
        for x, y in anchors:
            stack.append((i, x, j, y))
            i, j = x, y
        stack.append((i, a2, j, b2))
    blocks.sort()
    merged: list[Block] = []
    for block in blocks:
        if merged and merged[-1][0] + merged[-1][2] == block[0] and merged[-1][1] + merged[-1][2] == block[1]:
            merged[-1] = (merged[-1][0], merged[-1][1], merged[-1][2] + block[2])
        else:
            merged.append(block)
    return merged


def _unique_pairs(a: Sequence[str], b: Sequence[str], a1: int, a2: int, b1: int, b2: int) -> list[tuple[int, int]]:
    """Lines that occur once in each stretch, thinned to the longest run that rises on both sides."""
    where_a: dict[str, int] = {}
    for i in range(a1, a2):
        where_a[a[i]] = -1 if a[i] in where_a else i
    where_b: dict[str, int] = {}
    for j in range(b1, b2):
        where_b[b[j]] = -1 if b[j] in where_b else j
    pairs = [(i, where_b[line]) for line, i in where_a.items() if i >= 0 and where_b.get(line, -1) >= 0]
    pairs.sort()
    tails: list[int] = []
    tail_pair: list[int] = []
    back: list[int] = [-1] * len(pairs)
    for k, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        back[k] = tail_pair[at - 1] if at else -1
        if at == len(tails):
            tails.append(j)
            tail_pair.append(k)
        else:
            tails[at] = j
            tail_pair[at] = k
    out: list[tuple[int, int]] = []
    k = tail_pair[-1] if tail_pair else -1
    while k >= 0:
        out.append(pairs[k])
        k = back[k]
    out.reverse()
    return out


def _shortest(a: Sequence[str], b: Sequence[str], a1: int, a2: int, b1: int, b2: int, budget: list[int]) -> list[Block]:
    """Myers' greedy search; nothing (all replaced) when it would take more than the remaining budget."""
    n, m = a2 - a1, b2 - b1
    reach = {1: 0}
    trace: list[dict[int, int]] = []
    for d in range(min(n + m, _MAX_EDITS) + 1):
        trace.append(dict(reach))
        budget[0] -= advance(reach, d, a, b, (a1, a2, b1, b2)) + len(reach)
        if reach.get(n - m, _NOWHERE) >= n:
            return _walk_back(trace, n, m, a1, b1)
        if budget[0] < 0:
            return []
    return []


def advance(reach: dict[int, int], d: int, a: Sequence[str], b: Sequence[str], box: tuple[int, int, int, int]) -> int:
    """One round of Myers' search: how far ``d`` edits get on each diagonal, from how far ``d - 1`` did.

    ``reach[k]`` is the number of lines of ``a[a1:a2]`` used up on diagonal ``k``, and less ``k`` that of ``b[b1:b2]``;
    it begins as ``{1: 0}`` for ``d = 0``, and ``box`` is ``(a1, a2, b1, b2)``. Returns the steps that it took.
    """
    a1, a2, b1, b2 = box
    n, m = a2 - a1, b2 - b1
    steps = 0
    for k in range(max(-d, -m + (m + d) % 2), min(d, n) + 1, 2):
        down = k == -d or (k != d and reach.get(k - 1, _NOWHERE) < reach.get(k + 1, _NOWHERE))
        x = reach.get(k + 1, _NOWHERE) if down else reach.get(k - 1, _NOWHERE) + 1
        if x < 0 or x > n or not 0 <= x - k <= m:
            reach[k] = _NOWHERE
            continue
        start = x
        while x < n and x - k < m and a[a1 + x] == b[b1 + x - k]:
            x += 1
        reach[k] = x
        steps += 1 + x - start
    return steps


def _walk_back(trace: list[dict[int, int]], n: int, m: int, a1: int, b1: int) -> list[Block]:
    blocks: list[Block] = []
    x, y = n, m
    for d in range(len(trace) - 1, -1, -1):
        reach = trace[d]
        k = x - y
        down = k == -d or (k != d and reach.get(k - 1, _NOWHERE) < reach.get(k + 1, _NOWHERE))
        before_k = k + 1 if down else k - 1
        before_x = reach.get(before_k, 0)
        before_y = before_x - before_k
        start_x = before_x if down else before_x + 1
        if d == 0:
            start_x = 0
        if x > start_x:
            blocks.append((a1 + start_x, b1 + start_x - k, x - start_x))
        x, y = before_x, before_y
    return blocks
