"""Edits of texts of 20,000 lines: what takes long, applied or refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from .case import Case

LINES = 20_000
_WORDS = ("alpha", "beta", "gamma", "delta", "return", "self", "value", "index", "row", "path", "load", "save")


def large_cases(seed: int = 3) -> Iterator[Case]:
    """Cases whose ``expected`` says nothing; their time is what matters."""
    rng = random.Random(seed)
    distinct = [f"{_indent(rng, 4)}{' '.join(rng.choices(_WORDS, k=rng.randrange(2, 7)))} = {n}" for n in range(LINES)]
    repeated = [f"{_indent(rng, 3)}{rng.choice(_WORDS)} = {rng.choice(_WORDS)}" for _ in range(LINES)]
    for name, lines in (
        ("distinct lines", distinct),
        ("repeated lines", repeated),
        ("one line throughout", ["x = 1"] * LINES),
    ):
        for kind, format, before, reply in _of(lines):
            yield Case(format, f"{kind} ({name})", before, reply, None)


def _indent(rng: random.Random, most: int) -> str:
    return "    " * rng.randrange(most)


def _of(lines: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    text = "\n".join(lines) + "\n"
    spread = range(4, LINES - 5, 10)
    yield "one hunk", "udiff", text, _diff(lines, [15_000], 3)
    for count in (100, 1_000, 2_000, 10_000):
        yield f"{count:,} hunks", "udiff", text, _diff(lines, range(0, LINES, LINES // count), 0)
    yield "2,000 hunks with context", "udiff", text, _diff(lines, spread, 3)
    yield "2,000 hunks without numbers", "udiff", text, _diff(lines, spread, 3, numbers=False)
    for kind, alter in _DAMAGE:
        yield f"2,000 hunks {kind}", "udiff", text, _diff([alter(line) for line in lines], spread, 3, numbers=False)
    yield "2,000 hunks", "v4a", text, _patch(_diff(lines, spread, 3, numbers=False))
    headed = "".join([f"@@ {lines[n].strip()}\n-{lines[n + 1]}\n+z\n" for n in range(0, LINES - 2, 10)])
    yield "2,000 hunks with headings", "v4a", text, _patch(headed)
    off = [line if n % 20 else line + "q" for n, line in enumerate(lines)]
    yield "a hunk of 8,000 lines with context off", "udiff", text, _diff(off, [10_001], 4_000)
    yield "2,000 blocks", "search_replace", text, "".join([_block(lines[n : n + 2], [lines[n], "z"]) for n in spread])
    wrong = "".join([_block([lines[n] + "q", lines[n + 1]], ["z"]) for n in spread])
    yield "2,000 blocks that are not there", "search_replace", text, wrong
    yield (
        "a block that is not there",
        "search_replace",
        text,
        _block([line + "x" for line in lines[9_000:9_020]], ["z"]),
    )
    yield "a block of the whole text", "search_replace", text, _block(lines, lines[::-1])
    yield (
        "dots for kept lines",
        "search_replace",
        text,
        _block([*lines[9_000:9_003], "...", *lines[9_017:9_020]], ["z"]),
    )
    yield "a new text", "whole", text, "\n".join(["```python", *lines[:9_000], "z", *lines[9_000:], "```"])
    yield "a part of the text", "whole", text, "\n".join(["```python", *lines[3_000:9_000], "```"])


_DAMAGE: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("indented by two", lambda line: f"  {line}"),
    ("with trailing blanks", lambda line: f"{line}  "),
    ("of other lines", lambda line: f"{line}zz"),
)


def _diff(lines: Sequence[str], rows: Sequence[int] | range, context: int, *, numbers: bool = True) -> str:
    out = []
    for row in rows:
        low, high = max(0, row - context), min(len(lines), row + context + 1)
        out.append(f"@@ -{low + 1},{high - low} +{low + 1},{high - low} @@" if numbers else "@@")
        out += [f" {line}" for line in lines[low:row]]
        out += [f"-{lines[row]}", f"+{lines[row]}  # changed"]
        out += [f" {line}" for line in lines[row + 1 : high]]
    return "\n".join(out) + "\n"


def _patch(body: str) -> str:
    return f"*** Begin Patch\n*** Update File: f\n{body}*** End Patch\n"


def _block(old: Sequence[str], new: Sequence[str]) -> str:
    return "\n".join(["<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE"]) + "\n"
