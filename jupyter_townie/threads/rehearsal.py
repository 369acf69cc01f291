"""Trying a change in a copy of the kernel before it is offered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from .. import protocol as p
from ..failures import failure_from_error
from ..kernels.client import KernelClient
from ..kernels.dryrun import run_trials, untried
from ..kernels.errors import KernelError

TRY_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a change came to when it was tried."""

    proof: p.Proof
    failure: p.Failure | None = None
    """When it fails; None also when it could not be tried."""


Rehearse = Callable[[p.EditAction], Awaitable[Rehearsal | None]]


async def rehearse(
    kernel: KernelClient | None, cells: Sequence[p.CellSnapshot], failed: str, body: p.EditAction, language: str
) -> Rehearsal:
    """Run what ``body`` makes of its cell, and then the cell that had failed when that is another one.

    Never raises for what kernels and candidates do: what can not be tried says why.
    """
    if kernel is None:
        return Rehearsal(untried("no kernel is running").proof)
    candidate = body.after
    if body.cell_id != failed:
        rest = next((cell.source for cell in cells if cell.id == failed), "")
        if candidate.lstrip().startswith("%%") or rest.lstrip().startswith("%%"):
            return Rehearsal(untried("a cell magic can only be tried by itself").proof)
        candidate = f"{candidate}\n\n{rest}"
    try:
        (trial,) = await run_trials(kernel, [candidate], seconds=TRY_SECONDS, language=language)
    except KernelError as error:
        return Rehearsal(untried(error.problem.message).proof)
    if trial.proof.status != "failed" or trial.error is None:
        return Rehearsal(trial.proof)
    sources = [(cell.id, body.after if cell.id == body.cell_id else cell.source) for cell in cells]
    failure = failure_from_error(
        trial.error, source="run", path=body.path, cell_id=failed, cells=sources, language=language
    )
    return Rehearsal(trial.proof, failure)
