"""Which variables the kernel still holds as undone cells had made them, and which cell would bring them back."""

from __future__ import annotations

from collections.abc import Sequence

from .. import protocol as p
from ..kernels.dataflow import cell_flow
from .state import ThreadState
from .takeback import TakeBack


def undone_variables(
    path: str, plans: Sequence[TakeBack], before: p.NotebookSnapshot, state: ThreadState
) -> list[p.UndoneVariable]:
    """The variables that undone code cells had assigned or changed, as far as they had been run.

    :param before: the notebook as it was before the undo.
    """
    if before.language not in ("python", "ipython"):
        return []
    ran = {
        run.cell_id
        for turn in state.turns.values()
        for event in turn.events
        if isinstance(event, p.CellsRan) and event.path == path
        for run in event.runs
        if run.status in ("ok", "error")
    }
    ran |= {cell.id for cell in before.cells if cell.execution_count is not None}
    undone = {plan.changes.cell_id: plan for plan in plans if plan.now is not None}
    remaining = [
        (index, cell.id, source)
        for index, cell in enumerate(before.cells)
        if cell.cell_type == "code" and (source := _source_after(cell, undone)) is not None
    ]
    found: dict[str, p.UndoneVariable] = {}
    for index, cell in enumerate(before.cells):
        plan = undone.get(cell.id)
        if plan is None or cell.cell_type != "code" or cell.id not in ran:
            continue
        flow = cell_flow(cell.source)
        for name in sorted(flow.defines | flow.changes | flow.deletes):
            found[name] = p.UndoneVariable(
                name=name, path=path, cell_id=cell.id, defined_by=_definer(name, index, remaining)
            )
    return [found[name] for name in sorted(found)]


def _source_after(cell: p.CellSnapshot, undone: dict[str | None, TakeBack]) -> str | None:
    plan = undone.get(cell.id)
    return cell.source if plan is None else plan.then


def _definer(name: str, at: int, cells: Sequence[tuple[int, str, str]]) -> str | None:
    """The nearest cell at or above the undone one that defines a name, else the nearest below."""
    defining = [(index, cell_id) for index, cell_id, source in cells if name in cell_flow(source).defines]
    above = [cell_id for index, cell_id in defining if index <= at]
    below = [cell_id for index, cell_id in defining if index > at]
    return above[-1] if above else below[0] if below else None
