"""Whether what stands below a cell still follows from the notebook: the marks the model sees beside a cell."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_townie.protocol import CellSnapshot

NOT_RUN = "not run"
EDITED = "edited since run"
OUT_OF_ORDER = "run before a cell above it"


def marks(cells: Sequence[CellSnapshot]) -> dict[str, tuple[str, ...]]:
    """The marks of each code cell that has any, by cell id.

    A cell is out of order when some code cell above it has a higher execution count: what it shows was made before the
    cell above ran (again).  Counts of different kernel sessions cannot be told apart; a lower count is then reported as
    out of order too, which is true of the notebook as it reads.
    """
    found: dict[str, tuple[str, ...]] = {}
    highest = 0
    for cell in cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        count = cell.execution_count
        if count is None:
            found[cell.id] = (NOT_RUN,)
            continue
        these = []
        if cell.edited_since_run:
            these.append(EDITED)
        if count < highest:
            these.append(OUT_OF_ORDER)
        highest = max(highest, count)
        if these:
            found[cell.id] = tuple(these)
    return found
