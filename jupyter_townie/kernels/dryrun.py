"""Dry runs: candidates are tried in forks of the user's kernel before they are offered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..protocol import Proof, RawError
from .errors import KernelBusy, KernelDied, KernelTimeout
from .questions import answer, expression

_EXPRESSION = "townie_dryrun"
KEPT_OUTPUT = 2_000
"""Characters of printed text up to which the lines of a trial are compared with those of the real run."""
PARALLEL = 4
"""Candidates that run side by side; further ones wait for these."""


class SilentKernel(Protocol):
    """What a dry run needs of a kernel; :class:`~jupyter_townie.kernels.client.KernelClient` has it."""

    async def execute_silently(
        self, code: str, user_expressions: dict[str, str] | None = None, *, timeout: float = ...
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Change:
    """A variable that the candidate would make, rebind or resize."""

    name: str
    kind: str
    size: tuple[int, ...] | None


@dataclass(frozen=True)
class Trial:
    """What one candidate did in its fork."""

    proof: Proof
    error: RawError | None = None
    """For a candidate that failed, or could not be tried because of an error."""
    output: str = ""
    images: int = 0
    changes: tuple[Change, ...] = field(default=())


def untried(reason: str) -> Trial:
    return Trial(Proof(status="untried", detail=f"could not be tried: {reason}"))


async def run_trials(
    kernel: SilentKernel, candidates: Sequence[str], *, seconds: float = 10.0, language: str = "python"
) -> list[Trial]:
    """Try *candidates*, each in a fork of *kernel*; the kernel itself stays as it is.

    Never raises for what the kernel or a candidate does: a trial that cannot be made says why.
    """
    if not candidates:
        return []
    if language.lower() not in ("python", "ipython"):
        return [untried(f"the kernel runs {language}, not Python")] * len(candidates)
    request = json.dumps({"candidates": list(candidates), "seconds": seconds})
    code = expression("dryrun", "try_candidates", request)
    rounds = (len(candidates) + PARALLEL - 1) // PARALLEL
    try:
        reply = await kernel.execute_silently("", {_EXPRESSION: code}, timeout=rounds * (seconds + 2.0) + 5.0)
    except KernelBusy:
        return [untried("the kernel is busy")] * len(candidates)
    except (KernelTimeout, TimeoutError):
        return [untried("the kernel did not answer in time")] * len(candidates)
    except KernelDied:
        return [untried("the kernel has died")] * len(candidates)
    told = answer(reply, _EXPRESSION)
    if not isinstance(told, dict):
        return [untried("the kernel gave no answer")] * len(candidates)
    if told.get("refused"):
        return [untried(str(told["refused"]))] * len(candidates)
    return [_read(one) for one in told["trials"]]


async def try_candidates(
    kernel: SilentKernel, candidates: Sequence[str], *, seconds: float = 10.0, language: str = "python"
) -> list[Proof]:
    """The proofs of :func:`run_trials`, in the order of the candidates."""
    return [trial.proof for trial in await run_trials(kernel, candidates, seconds=seconds, language=language)]


def best(proofs: Sequence[Proof], candidates: Sequence[str], original: str) -> int | None:
    """The candidate that runs and changes least of the original text; None when none runs."""
    from rapidfuzz.distance import Indel

    running = [index for index, proof in enumerate(proofs) if proof.status == "ran"]
    return min(running, key=lambda index: (Indel.distance(original, candidates[index]), index), default=None)


def _read(report: Any) -> Trial:
    """A trial of what came over a child's pipe, which the candidate may have written itself."""
    try:
        return _trial(report or {})
    except (KeyError, TypeError, ValueError, AttributeError):
        return untried("the copy of the kernel gave no answer that makes sense")


def _trial(report: dict[str, Any]) -> Trial:
    seconds = report.get("seconds")
    error = None
    if report.get("ename"):
        error = RawError(ename=report["ename"], evalue=report["evalue"], traceback=report.get("traceback", []))
    if report.get("status") == "ran":
        changes = tuple(
            Change(name, kind, tuple(size) if size is not None else None) for name, kind, size in report["changes"]
        )
        detail = _did(report, changes)
        return Trial(
            Proof(status="ran", seconds=seconds, detail=detail, lines=_lines(report), images=report["images"]),
            output=report["output"],
            images=report["images"],
            changes=changes,
        )
    if report.get("status") == "failed":
        message = report["evalue"].split("\n")[0][:300]
        detail = f"fails with {report['ename']}" + (f": {message}" if message else "")
        return Trial(Proof(status="failed", seconds=seconds, detail=detail), error, output=report.get("output", ""))
    return Trial(untried(report.get("reason") or "the copy of the kernel gave no answer").proof, error)


def _lines(report: dict[str, Any]) -> int | None:
    """Lines below the cell that are not empty, as they would be in the notebook; None where that is not known."""
    texts = [report["output"], *report["shown"]]
    whole = (
        len(report["output"]) < KEPT_OUTPUT and len(report["shown"]) < 5 and all(len(one) < 400 for one in texts[1:])
    )
    if not whole or "\r" in report["output"] or "\x1b" in report["output"]:
        return None
    return sum(1 for text in texts for line in text.splitlines() if line.strip())


def _shape(change: Change) -> str:
    """How people say it: "344 x 7", "an ndarray of 3", "a dict"."""
    article = "an" if change.kind[:1].lower() in "aeiou" or change.kind.startswith("nd") else "a"
    if change.size is None or change.kind in ("str", "bytes"):
        return f"{article} {change.kind}"
    if len(change.size) == 1:
        return f"{article} {change.kind} of {change.size[0]}"
    return " x ".join(map(str, change.size)) or "a single value"


def _did(report: dict[str, Any], changes: Sequence[Change]) -> str:
    parts = ["runs, under 0.1 s" if report["seconds"] < 0.1 else f"runs, {report['seconds']:.1f} s"]
    if report["lines"]:
        parts.append(f"prints {report['lines']} line{'s' if report['lines'] > 1 else ''}")
    if report["images"]:
        parts.append(f"draws {report['images']} figure{'s' if report['images'] > 1 else ''}")
    if report["shown"]:
        parts.append("shows a result")
    parts += [f"`{change.name}` would be {_shape(change)}" for change in changes[:3]]
    return ", ".join(parts)
