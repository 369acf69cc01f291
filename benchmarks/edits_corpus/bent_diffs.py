"""Diffs with one thing wrong in them, and what they should still come to."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable

from .changes import Change
from .written import (
    Diff,
    lead,
    lines_of,
    occurrences,
)


def each_line(diff: Diff, change: Callable[[str, str], str]) -> Diff:
    damaged = copy.deepcopy(diff)
    for hunk in damaged.hunks:
        hunk.lines = [(mark, change(mark, line)) for mark, line in hunk.lines]
    return damaged


def with_new_lines(change: Change, diff: Diff, damaged: Diff) -> str | None:
    """What applying ``damaged`` should give: lines of the text where they are kept, those of ``damaged`` where new."""
    lines = lines_of(change.before)
    out: list[str] = []
    at = 0
    for hunk, other in zip(diff.hunks, damaged.hunks, strict=True):
        start = hunk.start - (1 if hunk.old else 0)
        out += lines[at:start]
        at = start
        for (mark, _), (_, text) in zip(hunk.lines, other.lines, strict=True):
            if mark == "+":
                out.append(text)
            else:
                if mark == " ":
                    out.append(lines[at])
                at += 1
    out += lines[at:]
    end = "\n" if change.before.endswith("\n") else ""
    if change.after.endswith("\n") != change.before.endswith("\n"):
        return None
    return "\n".join(out) + end


def carried(change: Change, diff: Diff, padded: str) -> str | None:
    return with_new_lines(
        Change(change.name, padded, padded if padded.endswith("\n") == change.after.endswith("\n") else padded + "\n"),
        diff,
        diff,
    )


def indented(diff: Diff) -> Diff | None:
    return each_line(diff, lambda mark, line: "    " + line if line.strip() else line)


def dedented(diff: Diff) -> Diff | None:
    damaged = copy.deepcopy(diff)
    some = False
    for hunk in damaged.hunks:
        common = min((lead(t) for _, t in hunk.lines if t.strip()), key=len, default="")
        if common and all(t.startswith(common) for _, t in hunk.lines if t.strip()):
            some = True
            hunk.lines = [(m, t[len(common) :] if t.strip() else t) for m, t in hunk.lines]
    return damaged if some else None


def still_one(change: Change, damaged: Diff, blank: bool = True) -> bool:
    lines = lines_of(change.before)
    if blank:
        return all(occurrences(lines, hunk.old) == 1 for hunk in damaged.hunks)
    lines = [line for line in lines if line.strip()]
    return all(occurrences(lines, [t for t in hunk.old if t.strip()]) == 1 for hunk in damaged.hunks)


def beside_addition(lines: list[tuple[str, str]], n: int) -> bool:
    """Whether a blank context line is what separates an addition from its neighbours."""
    near = lines[max(0, n - 1) : n + 2]
    return any(mark == "+" for mark, _ in near) or any(mark == "-" and not text.strip() for mark, text in near)


def one_context_line_off(diff: Diff, rng: random.Random) -> Diff | None:
    damaged = copy.deepcopy(diff)
    damaged.numbers = "bare"
    for hunk in damaged.hunks:
        rows = [
            n
            for n, (m, t) in enumerate(hunk.lines)
            if m == " " and len(t.strip()) > 14 and not _beside_change(hunk.lines, n)
        ]
        if rows and sum(1 for t in hunk.old if t.strip()) >= 6:
            n = rng.choice(rows)
            text = hunk.lines[n][1]
            at = len(lead(text)) + rng.randrange(4, 10)
            hunk.lines[n] = (" ", text[:at] + rng.choice("xyzq") + text[at + 1 :])
            return damaged
    return None


def one_context_line_missing(diff: Diff, rng: random.Random) -> Diff | None:
    damaged = copy.deepcopy(diff)
    damaged.numbers = "bare"
    for hunk in damaged.hunks:
        rows = [
            n
            for n, (m, t) in enumerate(hunk.lines)
            if m == " " and t.strip() and 0 < n < len(hunk.lines) - 1 and not _beside_change(hunk.lines, n)
        ]
        if rows and sum(1 for t in hunk.old if t.strip()) >= 6:
            del hunk.lines[rng.choice(rows)]
            return damaged
    return None


def _beside_change(lines: list[tuple[str, str]], n: int) -> bool:
    return any(mark != " " for mark, _ in lines[max(0, n - 1) : n + 2])
