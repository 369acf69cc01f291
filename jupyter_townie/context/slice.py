"""Which cells a failing cell depends on: a backward slice over the notebook's own order of execution."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

from collections.abc import Sequence

from ..kernels.dataflow import CellFlow, cell_flow

LOOKING = frozenset(
    {
        "head",
        "tail",
        "sample",
        "describe",
        "info",
        "show",
        "display",
        "plot",
        "hist",
        "boxplot",
        "memory_usage",
        "summary",
    }
)
"""Methods that are called for what they show, and leave their object as it was."""


def slice_cells(cells: Sequence[tuple[str, str, int | None]], failing_id: str) -> list[str]:
    """Ids of the cells that the failing cell depends on, nearest first, the failing one not among them.

    *cells* are ``(id, source, execution count)`` of the code cells in the notebook's order.  Cells that were run count in
    the order of their execution, up to the failing cell's own; a cell that was never run is a provider of last resort,
    since it may be the reason for the failure.  Cells that are not (correct) Python are passed over.

    :raises KeyError: there is no cell with that id.
    """
    ids = [cell_id for cell_id, _, _ in cells]
    if failing_id not in ids:
        raise KeyError(failing_id)
    failing = ids.index(failing_id)
    flows = [cell_flow(source) for _, source, _ in cells]
    order = _order(cells, failing)
    wanted: dict[str, int] = dict.fromkeys(_needs(flows[failing]), 0)
    found: dict[int, int] = {}
    pending = [(failing, name) for name in wanted]
    position = {index: place for place, index in enumerate(order)}
    position[failing] = len(order)
    seen: set[tuple[int, str]] = set()
    while pending:
        user, name = pending.pop(0)
        if (user, name) in seen:
            continue
        seen.add((user, name))
        for index in _providers(name, order[: position.get(user, len(order))], flows) or _others(
            name, failing, user, cells, flows
        ):
            if index == failing:
                continue
            found.setdefault(index, len(found))
            pending.extend((index, need) for need in _needs(flows[index]))
    return [ids[index] for index in sorted(found, key=lambda index: -position.get(index, -1))]


def _order(cells: Sequence[tuple[str, str, int | None]], failing: int) -> list[int]:
    """Cells that had run when the failing one did, oldest first; without any counts, those above it."""
    counts = {index: count for index, (_, _, count) in enumerate(cells) if count is not None and index != failing}
    if not counts:
        return list(range(failing))
    own = cells[failing][2]
    ran = sorted(counts, key=lambda index: counts[index])
    return [index for index in ran if own is None or counts[index] <= own]


def _needs(flow: CellFlow) -> frozenset[str]:
    return flow.uses | flow.changes | flow.deletes


def _providers(name: str, before: list[int], flows: Sequence[CellFlow]) -> list[int]:
    """The last cell that binds a name, and those after it that change the object in place."""
    providers: list[int] = []
    for index in reversed(before):
        flow = flows[index]
        if name in flow.defines:
            # What is called on a module changes nothing that another cell would have to be shown.
            return [index] if name in flow.imports else [*providers, index]
        if (name in flow.changes and not _only_looks(flow, name)) or name in flow.deletes:
            providers.append(index)
    stars = [index for index in before if flows[index].stars]
    return [*providers, *stars] if providers else stars


def _only_looks(flow: CellFlow, name: str) -> bool:
    """Whether all that a cell does to an object is to call methods that show it."""
    called = flow.methods.get(name, frozenset())
    assigned = name in flow.items or name in flow.attributes
    return bool(called) and called <= LOOKING and not assigned


def _others(
    name: str, failing: int, user: int, cells: Sequence[tuple[str, str, int | None]], flows: Sequence[CellFlow]
) -> list[int]:
    """Cells that would bind a name that no executed cell binds: the nearest above, else the nearest below."""
    binding = [index for index, flow in enumerate(flows) if name in flow.defines and index not in (user, failing)]
    above = [index for index in binding if index < failing]
    return above[-1:] or binding[:1]
