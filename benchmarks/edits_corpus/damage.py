"""The ways in which models get an edit wrong, each with what should become of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .block_damage import block_cases
from .case import Case
from .changes import Change
from .diff_damage import diff_cases, udiff_cases, v4a_cases
from .whole_damage import whole_cases
from .written import Diff, blocks_of, diff_of, v4a_text


def cases_of(change: Change, rng: random.Random) -> Iterator[Case]:
    """All cases of one change."""
    diff = diff_of(change)
    if not diff.hunks:
        return
    yield from diff_cases("udiff", change, diff, Diff.text, rng)
    yield from udiff_cases(change, diff, rng)
    yield from diff_cases("v4a", change, diff, v4a_text, rng)
    yield from v4a_cases(change, diff, rng)
    blocks = blocks_of(change)
    if blocks:
        yield from block_cases(change, blocks, rng)
    yield from whole_cases(change, rng)
