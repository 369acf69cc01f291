"""Measures the edit engine: right, wrong and wrongly accepted, with times, beside `mpatch` and GNU `patch`.

    python benchmarks/edits.py [--changes N] [--git PATH ...] [--seed N] [--failures N] [--only-ours] [--sample FILE]

The corpus is made on the spot (`edits_corpus`) from the sources of installed packages and the history of the given
repositories, by default this one. A case is right when the result is byte for byte the expected one; GNU patch is
given unified diffs, `mpatch` unified diffs and search/replace blocks, each without fuzz and with its own defaults.

Times are those of one pass; the line below the table also has ours as the fastest of three passes over all cases.
Machines differ, builds of Python do (one without profile-guided optimisation takes 1.3 times as long here), and so
does one machine from one minute to the next. ``x copy`` is therefore the median time of a case over that of a copy
of its text line by line right after it, and the last line says how fast this Python was at counting.
"""

from __future__ import annotations

import argparse
import collections
import json
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from edits_corpus.block_slips import block_slips_of  # noqa: E402
from edits_corpus.changes import from_git, from_packages  # noqa: E402
from edits_corpus.damage import Case, cases_of  # noqa: E402
from edits_corpus.large import large_cases  # noqa: E402
from edits_corpus.slips import slips_of  # noqa: E402
from edits_corpus.wrapped import wrapped_of  # noqa: E402

from jupyter_townie.edits import EditRefused, apply_reply  # noqa: E402

Tool = Callable[[Case], "str | None"]

_PASSES = 3


def main() -> int:
    options = _options()
    rng = random.Random(options.seed)
    changes = from_packages(options.changes, rng)
    for repository in options.git or [ROOT]:
        changes += from_git(Path(repository), options.changes, rng)
    kinds = (cases_of, slips_of, block_slips_of, wrapped_of)
    cases = [case for change in changes for kind in kinds for case in kind(change, rng)]
    per_kind = collections.Counter(case.format for case in cases)
    print(f"{len(changes)} changes, {len(cases)} cases: " + ", ".join(f"{n} {name}" for name, n in per_kind.items()))
    tools: dict[str, Tool] = {"townie": _townie}
    if not options.only_ours:
        tools |= _others()
    print(
        f"{'format':<15}{'tool':<16}{'right':>14}{'wrong':>7}{'accepted':>12}"
        f"{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}{'x copy':>9}"
    )
    failures: list[tuple[str, Case, str | None]] = []
    loops: list[float] = []
    first: list[float] = []
    best: list[float] = []
    clean: list[float] = []
    for format in per_kind:
        loops.append(_counting())
        chosen = [case for case in cases if case.format == format]
        for name, tool in tools.items():
            if name != "townie" and format not in _SPOKEN[name]:
                continue
            some = chosen if name != "gnu patch" else rng.sample(chosen, min(len(chosen), 600))
            once, fastest = _row(format, name, tool, some, failures)
            if name == "townie":
                first += once
                best += fastest
                clean += [time for time, case in zip(once, some, strict=True) if case.kind == "clean"]
    print(
        f"townie, all formats: p50 {_p50(first):.3f} ms, {_p50(best):.3f} as the fastest of {_PASSES} passes; "
        f"{_p50(clean):.3f} for the {len(clean)} replies without any damage"
    )
    _report(failures, options.failures)
    _large()
    loops.append(_counting())
    fastest, slowest = min(loops), max(loops)
    print(f"meanwhile Python {platform.python_version()} counted to ten million in {fastest:.0f} to {slowest:.0f} ms")
    if options.sample:
        _write_sample(options.sample, cases, rng)
    return 0


def _row(
    format: str, name: str, tool: Tool, cases: list[Case], failures: list[tuple[str, Case, str | None]]
) -> tuple[list[float], list[float]]:
    """Prints a row; returns the milliseconds of each case in the first pass, and in its fastest."""
    right = wrong = accepted = 0
    first: list[float] = []
    copies = []
    for case in cases:
        begin = time.perf_counter()
        result = tool(case)
        end = time.perf_counter()
        first.append((end - begin) * 1000)
        _copy(case.before)
        copies.append((end - begin) / (time.perf_counter() - end))
        if case.expected is None:
            accepted += result is not None
        else:
            right += result == case.expected
            wrong += result is not None and result != case.expected
        if name == "townie" and result != case.expected:
            failures.append(
                ("accepted" if case.expected is None else "wrong" if result is not None else "refused", case, result)
            )
    best = first
    for _ in range(_PASSES - 1 if name == "townie" else 0):
        again = []
        for case in cases:
            begin = time.perf_counter()
            tool(case)
            again.append((time.perf_counter() - begin) * 1000)
        best = list(map(min, best, again))
    should = sum(1 for case in cases if case.expected is not None)
    times, copies = sorted(first), sorted(copies)
    p50, p95 = _p50(times), times[len(times) * 95 // 100]
    share = 100 * right / max(1, should)
    print(
        f"{format:<15}{name:<16}{right:>6}/{should:<5}{share:>4.0f}%{wrong:>5}{accepted:>7}/{len(cases) - should:<6}"
        f"{p50:>7.3f}{p95:>9.2f}{times[-1]:>9.1f}{copies[len(copies) // 2]:>9.1f}"
    )
    return first, best


def _p50(times: list[float]) -> float:
    return sorted(times)[len(times) // 2]


def _copy(text: str) -> str:
    return "\n".join([line[:] for line in text.split("\n")])


def _large() -> None:
    """The slowest edits of texts of 20,000 lines: large diffs, refusals, texts that repeat themselves."""
    times = []
    for case in large_cases():
        best = float("inf")
        for _ in range(2):
            begin = time.perf_counter()
            result = _townie(case)
            best = min(best, (time.perf_counter() - begin) * 1000)
        times.append((best, case.kind, "applied" if result is not None else "refused"))
    times.sort(reverse=True)
    print(f"{len(times)} edits of a text of 20,000 lines, the slowest:")
    for best, kind, verdict in times[:8]:
        print(f"  {best:>7.1f} ms  {kind}, {verdict}")


def _counting() -> float:
    """How long this Python takes to count to ten million, in milliseconds."""
    begin = time.perf_counter()
    sum(range(1_000_000))
    return (time.perf_counter() - begin) * 10_000


def _townie(case: Case) -> str | None:
    try:
        return apply_reply(case.before, case.reply, case.format)
    except EditRefused:
        return None


_SPOKEN = {"gnu patch": ("udiff",), "mpatch": ("udiff", "search_replace"), "mpatch fuzz 0": ("udiff", "search_replace")}


def _others() -> dict[str, Tool]:
    tools: dict[str, Tool] = {}
    try:
        import mpatch
    except ImportError:
        print("mpatch is not installed (pip install mpatch); left out", file=sys.stderr)
    else:
        tools["mpatch"] = lambda case: _mpatch(mpatch, case, None)
        tools["mpatch fuzz 0"] = lambda case: _mpatch(mpatch, case, 0.0)
    if shutil.which("patch"):
        tools["gnu patch"] = _gnu_patch
    else:
        print("GNU patch is not installed; left out", file=sys.stderr)
    return tools


def _mpatch(mpatch: object, case: Case, fuzz: float | None) -> str | None:
    arguments = {} if fuzz is None else {"fuzz_factor": fuzz}
    try:
        result = mpatch.patch_content(case.reply, case.before, **arguments)  # type: ignore[attr-defined]
    except Exception:
        return None
    text = (
        result if isinstance(result, str) else getattr(result, "new_content", None) or getattr(result, "content", None)
    )
    return None if text is None or text == case.before else text


def _gnu_patch(case: Case) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "text"
        target.write_bytes(case.before.encode())
        done = subprocess.run(
            ["patch", "--batch", "--forward", "--binary", "--no-backup-if-mismatch", "--silent", str(target)],
            input=case.reply.encode(),
            capture_output=True,
            check=False,
            cwd=folder,
        )
        text = target.read_bytes().decode("utf-8", "replace") if target.exists() else ""
        return text if done.returncode == 0 and text != case.before else None


def _report(failures: list[tuple[str, Case, str | None]], shown: int) -> None:
    counts = collections.Counter((verdict, case.format, case.kind) for verdict, case, _ in failures)
    for (verdict, format, kind), n in sorted(counts.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"  {verdict:<9}{n:>4}  {format}: {kind}")
    for verdict, case, result in failures[:shown]:
        print("=" * 100, f"\n{verdict} {case.format} {case.kind}\n{case.reply}")
        if result is None:
            try:
                apply_reply(case.before, case.reply, case.format)
            except EditRefused as refused:
                print(f"--- {refused.kind}: {refused}")


def _write_sample(path: str, cases: list[Case], rng: random.Random) -> None:
    """A small case of every kind, as JSON lines."""
    kinds: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        if len(case.before) + len(case.reply) < 2_200:
            kinds.setdefault((case.format, case.kind), []).append(case)
    with Path(path).open("w", encoding="utf-8", newline="\n") as out:
        for group in kinds.values():
            for case in rng.sample(group, 1):
                row = {
                    "format": case.format,
                    "kind": case.kind,
                    "before": case.before,
                    "reply": case.reply,
                    "expected": case.expected,
                }
                out.write(json.dumps(row, ensure_ascii=True) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--changes", type=int, default=60, help="changes to take from the packages, and from each repository"
    )
    parser.add_argument("--git", nargs="*", help="repositories whose history to use")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=int, default=0, help="print this many of the engine's failures")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--sample", help="also write a fixed sample of cases to this file")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
