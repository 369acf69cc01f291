"""Trying changes in copies of the kernel before one is offered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .. import protocol as p
from ..failures import failure_from_error
from ..kernels.client import KernelClient
from ..kernels.dryrun import Trial, best, run_trials, untried
from ..kernels.errors import KernelError

TRY_SECONDS = 10.0
SKIPPED_SECONDS = 3.0
"""Cells that were skipped may load or train for long, and nobody waits for that to be offered them."""

NOTICED = 0.7
"""Seconds of a trial after which people begin to wonder what is going on."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a change came to when it was tried."""

    proof: p.Proof
    failure: p.Failure | None = None
    """When it fails; None also when it could not be tried."""


Rehearse = Callable[[Sequence[p.EditAction]], Awaitable[Sequence[Rehearsal] | None]]
"""Tries alternatives for one cell side by side; None when there is nothing that could be tried."""


@contextmanager
def told_when_slow(tell: Callable[[str], None]) -> Iterator[None]:
    """Around a trial: ``tell`` is given what is going on, if it takes long."""
    timer = asyncio.get_running_loop().call_later(NOTICED, tell, "Trying it in a copy of the kernel")
    try:
        yield
    finally:
        timer.cancel()


async def rehearse(
    kernel: KernelClient | None,
    cells: Sequence[p.CellSnapshot],
    failed: str,
    bodies: Sequence[p.EditAction],
    language: str,
) -> list[Rehearsal]:
    """Run what each of ``bodies`` makes of its cell, and then the cell that had failed when that is another one.

    Never raises for what kernels and candidates do: what can not be tried says why.
    """
    if kernel is None:
        return [Rehearsal(untried("no kernel is running").proof)] * len(bodies)
    candidates = [_candidate(cells, failed, body) for body in bodies]
    try:
        trials = await run_trials(kernel, candidates, seconds=TRY_SECONDS, language=language)
    except KernelError as error:
        return [Rehearsal(untried(error.problem.message).proof)] * len(bodies)
    return [
        Rehearsal(trial.proof, _failure(trial, cells, failed, body, language))
        for body, trial in zip(bodies, trials, strict=True)
    ]


async def rehearse_run(
    kernel: KernelClient | None, cells: Sequence[p.CellSnapshot], body: p.RunAction, language: str
) -> p.Proof:
    """Run the cells that are offered to be run, in their order, in a copy of the kernel."""
    if kernel is None:
        return untried("no kernel is running").proof
    sources = {cell.id: cell.source for cell in cells}
    candidate = [sources[cell_id] for cell_id in body.cell_ids if cell_id in sources]
    try:
        (trial,) = await run_trials(kernel, [candidate], seconds=SKIPPED_SECONDS, language=language)
    except KernelError as error:
        return untried(error.problem.message).proof
    return trial.proof


def best_of(bodies: Sequence[p.EditAction], tried: Sequence[Rehearsal]) -> int | None:
    """The one that runs and changes least; None when none runs."""
    original = bodies[0].before if bodies else ""
    return best([one.proof for one in tried], [body.after for body in bodies], original)


def _candidate(cells: Sequence[p.CellSnapshot], failed: str, body: p.EditAction) -> list[str]:
    rest = [cell.source for cell in cells if cell.id == failed and cell.id != body.cell_id]
    return [body.after, *rest]


def _failure(
    trial: Trial, cells: Sequence[p.CellSnapshot], failed: str, body: p.EditAction, language: str
) -> p.Failure | None:
    if trial.proof.status != "failed" or trial.error is None:
        return None
    sources = [(cell.id, body.after if cell.id == body.cell_id else cell.source) for cell in cells]
    return failure_from_error(
        trial.error, source="run", path=body.path, cell_id=failed, cells=sources, language=language
    )
