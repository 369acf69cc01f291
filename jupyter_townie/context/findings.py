"""What is known of a failure beside its traceback: locals, versions, and where its names come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jupyter_townie.context.staleness import marks
from jupyter_townie.protocol import CellSnapshot

if TYPE_CHECKING:
    from jupyter_townie.kernels.variables import PostMortem

MOST_NAMES = 40


@dataclass(frozen=True)
class Finding:
    """One part of a request, with its label in the receipt."""

    kind: Literal["variable", "failure"]
    label: str
    text: str


def findings(cells: Sequence[CellSnapshot], failed: str | None, told: PostMortem | None) -> list[Finding]:
    """What the notebook and, as far as it answered, the kernel tell of the failed cell."""
    found = []
    if told is not None and told.variables:
        where = f"{told.function}, line {told.line}"
        text = "\n".join(variable.text for variable in told.variables)
        found.append(Finding("variable", f"locals of {where}", text))
    if told is not None and told.versions:
        versions = "\n".join(f"{name} {version}" for name, version in told.versions.items())
        found.append(Finding("failure", "versions", versions))
    names = origins(cells, failed)
    if names:
        found.append(Finding("failure", "where its names come from", names))
    return found


def origins(cells: Sequence[CellSnapshot], failed: str | None) -> str:
    """One line for each name that the failed cell uses and a cell binds: which one, and whether that still holds."""
    from jupyter_townie.kernels.dataflow import cell_flow

    code = [cell for cell in cells if cell.cell_type == "code"]
    place = next((index for index, cell in enumerate(code) if cell.id == failed), None)
    if place is None:
        return ""
    flows = [cell_flow(cell.source) for cell in code]
    stale = marks(cells)
    own = code[place].execution_count
    lines = []
    for name in sorted(flows[place].uses | flows[place].changes)[:MOST_NAMES]:
        binding = [index for index, flow in enumerate(flows) if name in flow.defines and index != place]
        if not binding:
            continue
        ran = [index for index in binding if _before(code[index].execution_count, own)]
        above = [index for index in binding if index < place]
        if ran:
            chosen = max(ran, key=lambda index: code[index].execution_count or 0)
        else:
            chosen = above[-1] if above else binding[0]
        said = [f"cell {code[chosen].id}", *stale.get(code[chosen].id, ())]
        if chosen > place:
            said.append("below the failed cell")
        others = len(binding) - 1
        if others:
            said.append(f"{others} other {'cell binds' if others == 1 else 'cells bind'} it too")
        lines.append(f"{name}: {', '.join(said)}")
    return "\n".join(lines)


def _before(count: int | None, own: int | None) -> bool:
    return count is not None and (own is None or count <= own)
