"""Dry runs: candidates are tried in forks of the user's kernel before they are offered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ..protocol import Proof, RawError
from .errors import KernelBusy, KernelDied, KernelTimeout
from .questions import answer, expression

Candidate = str | Sequence[str]
"""Code to be tried: one cell, or several that run one after the other."""
_EXPRESSION = "townie_dryrun"
KEPT_OUTPUT = 2_000
"""Characters of printed text up to which the lines of a trial are compared with those of the real run."""
PARALLEL = 4
"""Candidates that run side by side; further ones wait for these."""
OUTPUT = 20_000
"""Characters of printed text that a child keeps (``inside/trial.py``)."""
LONGEST_NAMES = 200
"""Characters of a variable's name and its type's together that are told."""
_LONGEST, _MOST = 3_600, 1_000_000_000
_Line = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\n\r\x1b]*$")]
_Shown = Annotated[str, StringConstraints(max_length=400)]
_Size = Annotated[list[Annotated[int, Field(ge=0, lt=1 << 63)]], Field(max_length=64)]
_Frame = Annotated[str, StringConstraints(max_length=4_000)]


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
    kernel: SilentKernel, candidates: Sequence[Candidate], *, seconds: float = 10.0, language: str = "python"
) -> list[Trial]:
    """Try *candidates*, each in a fork of *kernel*; the kernel itself stays as it is.

    Never raises for what the kernel or a candidate does: a trial that cannot be made says why.
    """
    if not candidates:
        return []
    if language.lower() not in ("python", "ipython"):
        return [untried(f"the kernel runs {language}, not Python")] * len(candidates)
    rounds = (len(candidates) + PARALLEL - 1) // PARALLEL
    timeout = rounds * (seconds + 2.0) + 5.0
    try:
        reply = await kernel.execute_silently("", trial_expressions(candidates, seconds), timeout=timeout)
    except KernelBusy:
        return [untried("the kernel is busy")] * len(candidates)
    except (KernelTimeout, TimeoutError):
        return [untried("the kernel did not answer in time")] * len(candidates)
    except KernelDied:
        return [untried("the kernel has died")] * len(candidates)
    return read_trials(reply, len(candidates))


def trial_expressions(candidates: Sequence[Candidate], seconds: float) -> dict[str, str]:
    """The ``user_expressions`` of a silent execute request, whose code is empty, that have *candidates* tried."""
    cells = [[one] if isinstance(one, str) else list(one) for one in candidates]
    request = json.dumps({"candidates": cells, "seconds": seconds})
    return {_EXPRESSION: expression("dryrun", "try_candidates", request)}


def read_trials(reply: dict[str, Any], count: int) -> list[Trial]:
    """The trials of *count* candidates out of the content of the ``execute_reply``."""
    told = answer(reply, _EXPRESSION)
    if not isinstance(told, dict):
        return [untried("the kernel gave no answer")] * count
    if told.get("refused"):
        return [untried(str(told["refused"]))] * count
    return [_read(one) for one in told["trials"]]


async def try_candidates(
    kernel: SilentKernel, candidates: Sequence[Candidate], *, seconds: float = 10.0, language: str = "python"
) -> list[Proof]:
    """The proofs of :func:`run_trials`, in the order of the candidates."""
    return [trial.proof for trial in await run_trials(kernel, candidates, seconds=seconds, language=language)]


def best(proofs: Sequence[Proof], candidates: Sequence[str], original: str) -> int | None:
    """The candidate that runs and changes least of the original text; None when none runs."""
    from rapidfuzz.distance import Indel

    running = [index for index, proof in enumerate(proofs) if proof.status == "ran"]
    return min(running, key=lambda index: (Indel.distance(original, candidates[index]), index), default=None)


class _Report(BaseModel):
    """What came over a child's pipe.  The candidate may have written it itself: within these bounds it can say what it
    likes, and that is all that it can do."""

    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)

    status: Literal["ran", "failed", "untried"]
    reason: _Line = "the copy of the kernel gave no answer"
    seconds: float | None = Field(None, ge=0, le=_LONGEST)
    lines: int = Field(0, ge=0, le=_MOST)
    images: int = Field(0, ge=0, le=_MOST)
    output: str = Field("", max_length=OUTPUT)
    shown: list[_Shown] = Field([], max_length=5)
    ename: _Line = ""
    evalue: str = Field("", max_length=2_000)
    traceback: list[_Frame] = Field([], max_length=40)
    changes: list[tuple[str, str, _Size | None]] = Field([], max_length=20)


def _read(report: Any) -> Trial:
    try:
        return _trial(_Report.model_validate(report or {"status": "untried"}))
    except ValidationError:
        return untried("the copy of the kernel gave no answer that makes sense")


def _trial(report: _Report) -> Trial:
    error = None
    if report.ename:
        error = RawError(ename=report.ename, evalue=report.evalue, traceback=report.traceback)
    if report.status == "untried" or (report.status == "ran" and report.seconds is None):
        return Trial(untried(report.reason).proof, error)
    if report.status == "failed":
        message = report.evalue.split("\n")[0][:300]
        detail = f"fails with {report.ename}" + (f": {message}" if message else "")
        proof = Proof(status="failed", seconds=report.seconds, detail=detail)
        return Trial(proof, error, output=report.output)
    changes = tuple(
        Change(name, kind, tuple(size) if size is not None else None)
        for name, kind, size in report.changes
        if name.isidentifier() and kind.isidentifier() and len(name + kind) <= LONGEST_NAMES
    )
    proof = Proof(
        status="ran",
        seconds=report.seconds,
        detail=_did(report, changes),
        lines=_lines(report),
        images=report.images,
    )
    return Trial(proof, output=report.output, images=report.images, changes=changes)


def _lines(report: _Report) -> int | None:
    """Lines below the cell that are not empty, as they would be in the notebook; None where that is not known."""
    texts = [report.output, *report.shown]
    whole = len(report.output) < KEPT_OUTPUT and len(report.shown) < 5 and all(len(one) < 400 for one in texts[1:])
    if not whole or "\r" in report.output or "\x1b" in report.output:
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


def _did(report: _Report, changes: Sequence[Change]) -> str:
    seconds = report.seconds or 0.0
    parts = ["runs, under 0.1 s" if seconds < 0.1 else f"runs, {seconds:.1f} s"]
    if report.lines:
        parts.append(f"prints {report.lines} line{'s' if report.lines > 1 else ''}")
    if report.images:
        parts.append(f"draws {report.images} figure{'s' if report.images > 1 else ''}")
    if report.shown:
        parts.append("shows a result")
    parts += [f"`{change.name}` would be {_shape(change)}" for change in changes[:3]]
    return ", ".join(parts)
