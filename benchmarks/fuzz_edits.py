"""Fuzzes the edit engine for a bounded time: no reply may make it fail otherwise than by refusing, or take long.

    python benchmarks/fuzz_edits.py [--seconds 60]

Uses hypothesis, and atheris for half of the time where it is installed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

try:
    import atheris
except ImportError:
    atheris = None
    from jupyter_townie.edits import EditRefused, ReplyParser, apply_reply, rebase
else:
    with atheris.instrument_imports(include=["jupyter_townie.edits"]):
        from jupyter_townie.edits import EditRefused, ReplyParser, apply_reply, rebase

FORMATS = (None, "udiff", "search_replace", "v4a", "whole")
_PARTS = [
    "<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "@@",
    "@@ -1,2 +1,3 @@ def f():",
    "*** Begin Patch",
    "*** End Patch",
    "*** Update File: f",
    "*** End of File",
    "--- a/f",
    "+++ b/f",
    "diff --git a/f b/f",
    "\\ No newline at end of file",
    "```",
    "```diff",
    "~~~~",
    "-",
    "+",
    " ",
    "\n",
    "\n",
    "\n",
    "\n",
    "\r\n",
    "\t",
    "    ",
    "a",
    "b = 1",
    "def f():",
    "...",
    "# ... rest unchanged",
    ":start_line:1",
    "-------",
    "<old>",
    "</old>",
    "<new>",
    "</new>",
    "\u201c",
    "&lt;",
    "1 | ",
]
TEXT = st.lists(st.one_of(st.sampled_from(_PARTS), st.text(max_size=5)), max_size=60).map("".join)
SLOW_SECONDS = 1.0


def check(before: str, reply: str, format: str | None) -> None:
    """Raises AssertionError when the engine breaks one of its promises."""
    begin = time.perf_counter()
    try:
        after = apply_reply(before, reply, format)
    except EditRefused as refused:
        assert refused.hunks and str(refused), "a refusal without a reason"
    else:
        assert after != before, "a success that changes nothing"
        merged, _ = rebase(before, after, before)
        assert merged == after, "an edit that does not rebase onto its own base"
    assert time.perf_counter() - begin < SLOW_SECONDS, "too slow"
    parser = ReplyParser()
    whole = parser.feed(reply) + parser.close()
    assert whole or not reply, "a reply without pieces"


def with_hypothesis(seconds: float) -> int:
    """Runs until the time is over; the number of examples."""
    count = 0
    end = time.monotonic() + seconds

    @settings(
        max_examples=500,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(TEXT, TEXT, st.sampled_from(FORMATS))
    def run(before: str, reply: str, format: str | None) -> None:
        nonlocal count
        if time.monotonic() < end:
            count += 1
            check(before, reply, format)

    while time.monotonic() < end:
        run()
    return count


def with_atheris(seconds: float) -> None:
    """Coverage-guided; ends the process when done, as atheris does."""

    def text(source: Any, most: int) -> str:
        """Half of it parts of edits, so that more than the first line is understood."""
        parts = []
        for _ in range(source.ConsumeIntInRange(0, most)):
            known = source.ConsumeBool()
            parts.append(source.PickValueInList(_PARTS) if known else source.ConsumeUnicodeNoSurrogates(4))
        return "".join(parts)

    def one(data: bytes) -> None:
        source = atheris.FuzzedDataProvider(data)
        format = FORMATS[source.ConsumeIntInRange(0, len(FORMATS) - 1)]
        check(text(source, 30), text(source, 120), format)

    atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}"], one)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    seconds = parser.parse_args().seconds
    if atheris is None:
        print(
            f"{with_hypothesis(seconds)} examples in {seconds:.0f} s (hypothesis; atheris is not installed): no failure"
        )
        return 0
    print(f"{with_hypothesis(seconds / 2)} examples in {seconds / 2:.0f} s (hypothesis): no failure", flush=True)
    with_atheris(seconds / 2)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
