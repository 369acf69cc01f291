"""Instant fixes on failing notebooks that really fail: fixed, wrong, silent, false alarms, median time.

``python benchmarks/fixes.py [--only TEXT] [--verbose] [--without-kernel]``

Every case of ``fixes_corpus/`` runs in a real kernel, every proposal is really applied and run in it.
"""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from jupyter_townie.failures import instant_fix

CORPUS = Path(__file__).parent / "fixes_corpus"
COMMON = {
    "@df": "import pandas as pd\n"
    "df = pd.DataFrame({'city': ['Rome', 'Oslo', 'Rome', 'Bern'], 'age': [30, 40, 50, 60], 'salary': [1.5, 2.5, 3.5, 4.5]})",
    "@np": "import numpy as np",
    "@ml": "from sklearn.datasets import make_classification\nX, y = make_classification(60, 5, random_state=0)",
}
SECONDS = 180
"""When a kernel is given up: a deep recursion takes IPython half a minute to render on a loaded machine."""


@dataclass
class FailingNotebook:
    """One case of the corpus."""

    name: str
    expected: str = "silent"
    """``fix``, ``may`` or ``silent``."""
    reference: str = ""
    check: str = ""
    why: str = ""
    """Why that is the right answer, as it was written down before the first run."""
    files: dict[str, str] = field(default_factory=dict)
    cells: list[str] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    """What was run of each cell; differs from ``cells`` where a cell was edited since."""
    marks: list[str] = field(default_factory=list)

    @property
    def failing(self) -> int:
        return self.marks.index("failing") if "failing" in self.marks else len(self.cells) - 1


def read_corpus(only: str = "") -> Iterator[FailingNotebook]:
    for path in sorted(CORPUS.glob("*.txt")):
        for block in path.read_text(encoding="utf-8").split("\n## ")[0:]:
            block = block.removeprefix("## ")
            if block.strip():
                case = _case(block)
                case.name = f"{path.stem}/{case.name}"
                if only in case.name:
                    yield case


def _case(block: str) -> FailingNotebook:
    lines = block.rstrip("\n").split("\n")
    case = FailingNotebook(lines[0].strip())
    body = 1
    for line in lines[1:]:
        word, _, rest = line.partition(":")
        if line == "silent":
            case.expected = "silent"
        elif word in ("fix", "may"):
            case.expected, case.reference = word, f"fix:{rest}"
        elif line.startswith(("rerun ", "install ", "edit ")):
            case.expected, case.reference = "fix", line
        elif word == "check":
            case.check = rest.strip()
        elif word == "why":
            case.why = rest.strip()
        elif word == "file":
            name, _, text = rest.partition(" | ")
            case.files[name.strip()] = text.replace("\\n", "\n")
        else:
            break
        body += 1
    cells: list[tuple[str, list[str]]] = [("", [])]
    for line in lines[body:]:
        if line.startswith("---"):
            cells.append((line[3:].strip(), []))
        else:
            cells[-1][1].append(COMMON.get(line, line).replace("\\u00a0", "\u00a0"))
    for mark, text in cells:
        source = "\n".join(text)
        if not source and not mark and len(cells) > 1:
            continue
        before, edited, now = source.partition("\n~~~\n")
        case.cells.append(now if edited else source)
        case.ran.append(before)
        case.marks.append(mark)
    return case


class Kernel:
    """A real kernel that the cases are run in, one after the other."""

    def __init__(self) -> None:
        from jupyter_client.manager import start_new_kernel

        self.manager, self.client = start_new_kernel()
        self.connection_file = self.manager.connection_file

    def run(self, source: str) -> dict[str, Any]:
        reply: dict[str, Any] = self.client.execute_interactive(
            source, output_hook=lambda message: None, timeout=SECONDS, allow_stdin=False
        )["content"]
        return reply

    def clean(self, folder: str) -> None:
        # %reset needs the names that a case may have shadowed.
        self.run(
            "import builtins\n"
            "for _ in [_ for _ in builtins.list(builtins.globals()) if not _.startswith('_') and _ not in "
            "('In', 'Out', 'get_ipython', 'exit', 'quit', 'open', 'builtins')]: builtins.globals().pop(_)\n"
            "builtins.globals().pop('builtins')"
        )
        reply = self.run(
            f"import os, sys; os.chdir({folder!r})\n"
            "plt = sys.modules.get('matplotlib.pyplot')\n"
            "if plt: plt.close('all'); plt.rcdefaults()\n"
            "for name in [name for name, module in sys.modules.items() if module is None]: del sys.modules[name]\n"
            "for name in ('os', 'sys', 'plt', 'name'): globals().pop(name, None)\n"
            # What another case ran was not run in this one.
            "In[:] = [''] * len(In)"
        )
        assert reply["status"] == "ok", reply

    def restart(self) -> None:
        self.close()
        self.__init__()  # type: ignore[misc]

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@dataclass
class Outcome:
    case: FailingNotebook
    verdict: str
    seconds: float
    detail: str = ""
    fix: dict[str, Any] | None = None
    repeated: bool = False
    """The kernel did not answer the first time; this is what a fresh one said."""


def settle_case(case: FailingNotebook, kernel: Kernel, **options: Any) -> Outcome:
    """The outcome of a case, in a fresh kernel where the first does not answer (a deep recursion on a loaded machine)."""
    try:
        return try_case(case, kernel, **options)
    except TimeoutError:
        kernel.restart()
    try:
        outcome = try_case(case, kernel, **options)
    except TimeoutError:
        kernel.restart()
        outcome = Outcome(case, "no answer", 0.0, f"twice no answer in {SECONDS} s")
    outcome.repeated = True
    return outcome


def try_case(
    case: FailingNotebook, kernel: Kernel, *, live: bool = True, propose: Callable[..., Any] = instant_fix
) -> Outcome:
    """Run the case, ask for a fix, apply and run it."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in case.files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        kernel.clean(folder)
        statuses = []
        reply: dict[str, Any] = {"status": "ok"}
        for index, mark in enumerate(case.marks):
            if index > case.failing or mark == "not-run":
                statuses.append("not-run")
                continue
            reply = kernel.run(case.ran[index])
            statuses.append(reply["status"])
        error_reply = reply
        if case.failing != len(case.cells) - 1 or error_reply["status"] != "error":
            error_reply = kernel.run(case.ran[case.failing]) if statuses[case.failing] == "error" else error_reply
        if error_reply["status"] != "error":
            return Outcome(case, "does not fail", 0.0)
        error = {key: error_reply[key] for key in ("ename", "evalue", "traceback")}
        started = time.perf_counter()
        fix = propose(
            case.cells,
            case.failing,
            error,
            statuses=statuses,
            connection_file=kernel.connection_file if live else None,
            cwd=folder,
        )
        seconds = time.perf_counter() - started
        said = f"{error['ename']}: {error['evalue'][:100]}"
        if fix is None:
            verdict = {"fix": "missed", "may": "silent", "silent": "silent"}[case.expected]
            if verdict == "missed":
                problem = _reference_problem(case, kernel)
                said += f" [reference: {problem}]" if problem else ""
            return Outcome(case, verdict, seconds, said)
        if case.expected == "silent":
            return Outcome(case, "false alarm", seconds, said, fix)
        problem = _problem(case, fix, kernel)
        return Outcome(case, "wrong" if problem else "fixed", seconds, f"{said} -> {problem}" if problem else said, fix)


def _problem(case: FailingNotebook, fix: dict[str, Any], kernel: Kernel) -> str:
    if "install" in fix:
        wanted = case.reference.removeprefix("install ").strip()
        return "" if fix["install"] == wanted else f"installs {fix['install']}, not {wanted}"
    sources = []
    failing = case.cells[case.failing]
    if "failing_cell" in fix:
        sources = [fix["failing_cell"]]
    elif "edit" in fix:
        between = [
            case.cells[index] for index in range(fix["edit"] + 1, case.failing) if case.marks[index] != "not-run"
        ]
        sources = [fix["source"], *between, failing]
    elif "rerun" in fix:
        sources = [*(case.cells[index] for index in fix["rerun"]), failing]
    for source in sources:
        reply = kernel.run(source)
        if reply["status"] != "ok":
            return f"{reply['ename']}: {reply['evalue'][:100]}"
    if case.check:
        reply = kernel.run(f"assert {case.check}")
        if reply["status"] != "ok":
            return f"runs, but not {case.check}"
    return ""


def _reference_problem(case: FailingNotebook, kernel: Kernel) -> str:
    """Why the reference itself does not run, or nothing."""
    kind, _, rest = (
        case.reference.partition(":") if case.reference.startswith("fix:") else case.reference.partition(" ")
    )
    if kind == "install":
        return ""
    if kind == "rerun":
        return _problem(case, {"rerun": [int(one) for one in rest.split(",")]}, kernel)
    if kind == "edit":
        index, _, change = rest.partition(":")
        return _problem(case, {"edit": int(index), "source": _changed(case.cells[int(index)], change)}, kernel)
    return _problem(case, {"failing_cell": _changed(case.cells[case.failing], rest)}, kernel)


def _changed(source: str, change: str) -> str:
    for one in change.split(" ;; "):
        old, _, new = one.partition(">>>")
        old, new = old.strip(" ").replace("\\t", "\t"), new.strip(" ").replace("\\n", "\n").replace("__", "")
        if old not in source:
            return f"raise LookupError({old!r})"
        source = source.replace(old, new)
    return source


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--without-kernel", action="store_true", help="rules that need no live state alone")
    options = parser.parse_args()
    kernel = Kernel()
    outcomes = []
    try:
        for case in read_corpus(options.only):
            outcome = settle_case(case, kernel, live=not options.without_kernel)
            outcomes.append(outcome)
            if options.verbose or outcome.verdict in ("wrong", "missed", "false alarm", "does not fail", "no answer"):
                print(
                    f"{outcome.verdict:12} {outcome.case.name:40} {outcome.detail[:150]} {outcome.fix or ''}"[:420],
                    flush=True,
                )
    finally:
        kernel.close()
    counts = Counter(outcome.verdict for outcome in outcomes)
    should = sum(outcome.case.expected == "fix" for outcome in outcomes)
    silent = sum(outcome.case.expected == "silent" for outcome in outcomes)
    fixed = sum(outcome.verdict == "fixed" and outcome.case.expected == "fix" for outcome in outcomes)
    print(f"\n{len(outcomes)} failing notebooks: {should} to be fixed, {silent} to stay silent")
    print(f"fixed         {fixed:4} of {should}  {fixed / max(should, 1):6.1%}")
    print(f"wrong         {counts['wrong']:4} of {len(outcomes)}  {counts['wrong'] / max(len(outcomes), 1):6.1%}")
    print(f"silent wrongly{counts['missed']:4} of {should}  {counts['missed'] / max(should, 1):6.1%}")
    print(f"false alarms  {counts['false alarm']:4} of {silent}  {counts['false alarm'] / max(silent, 1):6.1%}")
    print(f"repeated      {sum(outcome.repeated for outcome in outcomes):4}, of these no answer {counts['no answer']}")
    times = sorted(outcome.seconds * 1000 for outcome in outcomes if outcome.verdict != "no answer")
    if times:
        print(f"median {statistics.median(times):.0f} ms, 95 % under {times[int(len(times) * 0.95) - 1]:.0f} ms")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
