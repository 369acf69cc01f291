"""How many output tokens an edit takes in place of the whole text, over real commits.

    python benchmarks/tokens.py [--git PATH ...] [--commits N]

For each modification of a file with more than 30 lines: the tokens of the search/replace blocks (each with as many
lines of context as make it the only match), and of a unified diff, against those of the whole new text. Tokens are
counted with `tiktoken` where it is installed and its vocabulary is at hand, else estimated as words, marks and runs of
blanks, which affects both sides alike. Prints the percentiles; the aim is a median under 15 %.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from edits_corpus.changes import Change, from_git  # noqa: E402
from edits_corpus.written import blocks_of, diff_of, lines_of, search_replace_text  # noqa: E402

from jupyter_townie.edits import EditRefused, apply_reply  # noqa: E402

MIN_LINES = 30
_TOKEN = re.compile(r"[A-Za-z]{1,8}|\d{1,3}|[^\w\s]{1,2}|\n[ \t]*|[ \t]+(?=[ \t])|_")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--git", nargs="*", default=[str(ROOT)])
    parser.add_argument("--commits", type=int, default=400, help="changes to take from each repository")
    options = parser.parse_args()
    name, count = counter()
    rng = random.Random(1)
    changes = [change for path in options.git for change in from_git(Path(path), options.commits, rng)]
    changes = [change for change in changes if len(lines_of(change.before)) > MIN_LINES]
    rows = [row for change in changes if (row := shares(change, count)) is not None]
    if not rows:
        print("no modification of a file with more than 30 lines was found")
        return 1
    print(f"{len(rows)} changes of files with more than {MIN_LINES} lines; tokens counted by {name}")
    print(f"{'form':<16}{'p25':>8}{'median':>8}{'p75':>8}{'p95':>8}   of the tokens of the whole text")
    for form, values in (("search/replace", [row[0] for row in rows]), ("unified diff", [row[1] for row in rows])):
        cuts = statistics.quantiles(values, n=20) if len(values) > 1 else values * 19
        print(f"{form:<16}" + "".join(f"{100 * cuts[k]:>7.1f}%" for k in (4, 9, 14, 18)))
    return 0


def shares(change: Change, count: Callable[[str], int]) -> tuple[float, float] | None:
    """The parts of the whole text's tokens that both forms take; None where no edit can say it or it does not apply."""
    blocks = blocks_of(change)
    if blocks is None:
        return None
    written = search_replace_text(blocks)
    try:
        if apply_reply(change.before, written, "search_replace") != change.after:
            return None
    except EditRefused:
        return None
    diff = diff_of(change)
    diff.header, diff.numbers = "", "bare"
    whole = max(1, count(change.after))
    return count(written) / whole, count(diff.text()) / whole


def counter() -> tuple[str, Callable[[str], int]]:
    """The name of a way to count tokens, and it."""
    try:
        import tiktoken

        encoding = tiktoken.get_encoding("o200k_base")
    except Exception:
        return "an estimate", lambda text: len(_TOKEN.findall(text))
    return "tiktoken o200k_base", lambda text: len(encoding.encode(text, disallowed_special=()))


if __name__ == "__main__":
    raise SystemExit(main())
