"""Fitting what there is to show into a number of tokens, in a stated order.

What is given up first is what the answer can best do without.  :class:`Stage` is that order; within a stage the cell
farthest from the one the turn is about goes first, and cells below it count as twice as far as cells above, because
code depends on what stands above it.  What has no reduction is never given up: the message, the failure, the selection,
and the source of the cell that the turn is about.  A context of such pieces alone may exceed its budget, and says so.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class Stage(IntEnum):
    """What is given up, first to last."""

    FAR_OUTPUT = 1
    """The outputs of cells that are not near, then"""
    IMAGE = 2
    """images, the nearest last, then"""
    FAR_SOURCE = 3
    """sources of cells that are not near: one line stands for each, then"""
    FILE = 4
    """the middle of attached files, then"""
    NEAR_OUTPUT = 5
    """the outputs of near cells, to their head and tail and then altogether, then"""
    VARIABLE = 6
    """variable summaries: first their columns and samples, then the whole of them, then"""
    FAR_LINE = 7
    """the one-line stand-ins, then"""
    NEAR_SOURCE = 8
    """sources of near cells, then"""
    REST_OF_FILE = 9
    """attached files altogether, and at the very last"""
    OWN_OUTPUT = 10
    """the outputs of the cell that the turn is about."""


NEAR = 5
"""Cells whose distance is not more than this are near."""


@dataclass(frozen=True)
class Reduction:
    """A smaller form of a piece, and when it is taken."""

    stage: Stage
    tokens: int
    """Of the piece in this form."""


@dataclass(frozen=True)
class Piece:
    """Something to show, with its reductions in the order of their stages, each smaller than the one before."""

    tokens: int
    distance: int = 0
    reductions: tuple[Reduction, ...] = ()


def distance(index: int, anchor: int) -> int:
    """How far the cell at ``index`` is from the one at ``anchor``."""
    return anchor - index if index <= anchor else 2 * (index - anchor)


def fit(pieces: Sequence[Piece], budget: int) -> list[int]:
    """For each piece, how many of its reductions are taken (0: it is whole) so that the sum is within ``budget``.

    When even everything given up does not suffice, everything is given up.  Takes O(n log n).
    """
    taken = [0] * len(pieces)
    total = sum(piece.tokens for piece in pieces)
    if total <= budget:
        return taken
    queue = [
        (piece.reductions[0].stage, -piece.distance, index) for index, piece in enumerate(pieces) if piece.reductions
    ]
    heapq.heapify(queue)
    while total > budget and queue:
        _, _, index = heapq.heappop(queue)
        piece = pieces[index]
        before = piece.tokens if taken[index] == 0 else piece.reductions[taken[index] - 1].tokens
        total += piece.reductions[taken[index]].tokens - before
        taken[index] += 1
        if taken[index] < len(piece.reductions):
            heapq.heappush(queue, (piece.reductions[taken[index]].stage, -piece.distance, index))
    return taken
