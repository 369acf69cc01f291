"""The fix that would be offered: by a local rule, else by the model's turn, and what came of trying it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..kernels.client import KernelClient
from ..kernels.errors import KernelError
from ..protocol import EditAction, Failure, InstallAction, Problem, Proof, RunAction
from .document import Document
from .execution import Run, sources

INSPECTION_SECONDS = 5.0
"""Nobody waits in front of a page: the kernel gets more time to answer than after a click."""


@dataclass(frozen=True)
class Fix:
    """One fix.  ``cell_id`` is the cell that is edited; for other kinds it is the one that failed."""

    kind: Literal["edit", "install", "run_cell"]
    cell_id: str
    by: str
    """What found it, in words."""
    edits: Mapping[str, str] = field(default_factory=dict)
    """New sources by cell id; the one of ``cell_id`` is the first."""
    package: str = ""
    run: tuple[str, ...] = ()
    """Cells to run first, and then the one that failed."""
    proof: Proof | None = None

    @property
    def stands(self) -> bool:
        """Whether it is worth offering: it was not seen to fail."""
        return self.proof is None or self.proof.status != "failed"


async def instant(document: Document, run: Run, kernel: KernelClient, failure: Failure) -> Fix | None:
    """The one certain fix by a local rule, or None."""
    assert run.failed is not None and run.error is not None
    if failure.language != "python" or not failure.fixable:
        return None
    from ..failures import instant_fix
    from ..failures.instant import needs_kernel

    cells = sources(document)
    ids = list(cells)
    failing, error = ids.index(run.failed), run.error.model_dump()
    found = await asyncio.to_thread(
        instant_fix,
        list(cells.values()),
        failing,
        error,
        statuses=[run.statuses.get(cell_id, "not-run") for cell_id in ids],
        cwd=str(document.folder),
        inspection=await _inspect(kernel, list(cells.values()), failing, error) if needs_kernel(error) else None,
    )
    return _read(found, ids, run.failed) if found else None


def of_actions(actions: list[Any], failed: str, model: str) -> Fix | None:
    """The fix that a turn of *model* came to, out of its proposed actions; None when it proposes none for cells."""
    changing = [
        action
        for action in actions
        if isinstance(action.body, EditAction) and action.body.cell_id is not None and not action.body.deletes
    ]
    edits = {action.body.cell_id: action.body.after for action in changing}
    if edits:
        first = failed if failed in edits else next(iter(edits))
        # A trial of one cell proves nothing of several.
        proof = changing[0].proof if len(changing) == 1 else None
        by = "a fix that was accepted earlier; no model was asked" if changing[0].body.found_by == "memory" else model
        return Fix("edit", first, by, edits={first: edits[first], **edits}, proof=proof)
    for action in actions:
        if isinstance(action.body, InstallAction):
            return Fix("install", failed, model, package=" ".join(action.body.packages))
        if isinstance(action.body, RunAction):
            return Fix("run_cell", failed, model, run=tuple(action.body.cell_ids))
    return None


async def prove(document: Document, fix: Fix, failed: str, kernel: KernelClient) -> Proof:
    """Try *fix* in a fork of the kernel: the cells that it edits or runs, and then the failed one."""
    from ..kernels.dryrun import try_candidates, untried

    if fix.kind == "install":
        return untried("an installation changes the environment").proof
    cells = sources(document) | dict(fix.edits)
    touched = [cell_id for cell_id in cells if cell_id in fix.edits or cell_id in fix.run]
    order = [*(cell_id for cell_id in touched if cell_id != failed), failed]
    candidate = [cells[cell_id] for cell_id in order]
    try:
        (proof,) = await try_candidates(kernel, [candidate], language=kernel.language or document.language)
    except KernelError as error:
        return untried(error.problem.message).proof
    return proof


def failure_of(document: Document, run: Run) -> Failure:
    """What stopped the run."""
    from ..failures import failure_from_error

    assert run.failed is not None and run.error is not None
    return failure_from_error(
        run.error,
        source="kernel" if run.died else "cell",
        path=document.file.name,
        cell_id=run.failed,
        execution_count=run.execution_count,
        cells=list(sources(document).items()),
        language=document.language,
    )


def nothing_found(failure: Failure) -> Problem:
    """Why there is no fix, when rules alone were asked."""
    if not failure.fixable:
        return Problem(code="not_fixable", message=f"{failure.ename} was meant to end the run; it is not repaired.")
    if failure.language != "python":
        return Problem(
            code="no_rules",
            message=f"The local rules know Python alone, and this notebook is in {failure.language}.",
            remedy="Leave out --instant to ask a model.",
        )
    return Problem(
        code="no_rule",
        message="No local rule is certain of a fix.",
        remedy="Leave out --instant to ask a model.",
    )


async def _inspect(
    kernel: KernelClient, cells: list[str], failing: int, error: dict[str, Any]
) -> dict[str, Any] | None:
    from ..failures.inspection import answer, expressions, question

    try:
        asked = expressions(question(cells, failing, error))
        return answer(await kernel.execute_silently("", asked, timeout=INSPECTION_SECONDS))
    except KernelError:
        return None


def _read(found: dict[str, Any], ids: list[str], failed: str) -> Fix | None:
    rule = "a local rule; no model was asked"
    if "failing_cell" in found:
        return Fix("edit", failed, rule, edits={failed: found["failing_cell"]})
    if "edit" in found:
        edited = ids[found["edit"]]
        return Fix("edit", edited, rule, edits={edited: found["source"]})
    if "install" in found:
        return Fix("install", failed, rule, package=found["install"])
    if "rerun" in found:
        first = [ids[index] for index in found["rerun"] if ids[index] != failed]
        return Fix("run_cell", failed, rule, run=(*first, failed))
    return None
