"""Cell operations applied to an nbformat 4 notebook: all of them, or none."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from jupyter_townie.protocol import AppendText, CellOperation, DeleteCell, InsertCell, OperationResult, ReplaceSource

Notebook = Any
"""An ``nbformat.NotebookNode`` of major version 4, or a plain dictionary of that shape; every cell has an ``id``."""


def joined(value: Any) -> str:
    """A multi-line field of the notebook format as one string: it may be stored as a list of lines."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(part if isinstance(part, str) else "" for part in value)
    return ""


def source_of(notebook: Notebook, cell_id: str) -> str | None:
    """The source of a cell, or None when there is no such cell."""
    index = index_of(notebook, cell_id)
    return None if index is None else joined(notebook["cells"][index].get("source"))


def index_of(notebook: Notebook, cell_id: str) -> int | None:
    """The position of a cell, or None when there is no such cell."""
    return next((index for index, cell in enumerate(notebook["cells"]) if cell.get("id") == cell_id), None)


def apply(notebook: Notebook, operations: Sequence[CellOperation]) -> tuple[Notebook, list[OperationResult]]:
    """``notebook`` after all ``operations`` in order, and one result for each.

    The notebook that is handed in is never changed; it is returned itself when anything was refused.  Untouched cells
    are shared between the two.  Changing a cell's type to markdown or raw drops its outputs and execution count.
    """
    changed = copy.copy(notebook)
    changed["cells"] = list(notebook["cells"])
    problems = [_apply(changed["cells"], operation) for operation in operations]
    done = not any(problems)
    final = changed if done else notebook
    sources = {cell.get("id"): joined(cell.get("source")) for cell in final["cells"]}
    results = [
        OperationResult(ok=done, cell_id=operation.cell_id, source=sources.get(operation.cell_id), problem=problem)
        for operation, problem in zip(operations, problems, strict=True)
    ]
    return final, results


def _apply(cells: list[Any], operation: CellOperation) -> Any:
    """Apply one operation to ``cells`` in place; the problem that kept it from being done, or None."""
    at = next((index for index, cell in enumerate(cells) if cell.get("id") == operation.cell_id), None)
    if isinstance(operation, InsertCell):
        if at is not None:
            return "changed"
        if operation.after is None:
            place = len(cells)
        elif operation.after == "":
            place = 0
        else:
            above = next((index for index, cell in enumerate(cells) if cell.get("id") == operation.after), None)
            if above is None:
                return "missing"
            place = above + 1
        cells.insert(place, new_cell(operation.cell_id, operation.cell_type, operation.source))
        return None
    if at is None:
        return "missing"
    if joined(cells[at].get("source")) != operation.before:
        return "changed"
    if isinstance(operation, DeleteCell):
        del cells[at]
        return None
    cell = copy.copy(cells[at])
    cells[at] = cell
    if isinstance(operation, AppendText):
        cell["source"] = operation.before + operation.text
        return None
    cell["source"] = operation.after
    if operation.cell_type is not None and operation.cell_type != cell.get("cell_type"):
        cell["cell_type"] = operation.cell_type
        if operation.cell_type == "code":
            cell.pop("attachments", None)
            cell["outputs"], cell["execution_count"] = [], None
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)
    return None


def new_cell(cell_id: str, cell_type: str, source: str) -> Any:
    """A cell as nbformat 4.5 wants it."""
    cell: dict[str, Any] = {"cell_type": cell_type, "id": cell_id, "metadata": {}, "source": source}
    if cell_type == "code":
        cell |= {"execution_count": None, "outputs": []}
    return node(cell)


def node(value: Any) -> Any:
    """A plain value as nbformat holds it, dictionaries as ``NotebookNode``."""
    from nbformat import from_dict

    return from_dict(value)  # type: ignore[no-untyped-call]


def inverse(notebook: Notebook, operations: Sequence[CellOperation]) -> list[CellOperation]:
    """The operations that take ``operations`` back, for a notebook as it was before they were applied to it.

    They restore ids, types, order and sources.  The outputs and metadata of a deleted or retyped cell are not part of
    an operation and do not come back.

    :raises ValueError: ``operations`` cannot be applied to ``notebook``.
    """
    cells = list(notebook["cells"])
    back: list[CellOperation] = []
    for operation in operations:
        at = next((index for index, cell in enumerate(cells) if cell.get("id") == operation.cell_id), None)
        cell = None if at is None else cells[at]
        above = cells[at - 1].get("id") if at else ""
        problem = _apply(cells, operation)
        if problem:
            raise ValueError(f"{operation.op} of cell {operation.cell_id}: {problem}")
        match operation:
            case InsertCell():
                back.append(DeleteCell(cell_id=operation.cell_id, before=operation.source))
            case AppendText():
                now = operation.before + operation.text
                back.append(ReplaceSource(cell_id=operation.cell_id, before=now, after=operation.before))
            case ReplaceSource():
                kind = cell["cell_type"] if cell is not None and operation.cell_type else None
                back.append(
                    ReplaceSource(
                        cell_id=operation.cell_id, before=operation.after, after=operation.before, cell_type=kind
                    )
                )
            case DeleteCell():
                assert cell is not None
                back.append(
                    InsertCell(
                        cell_id=operation.cell_id,
                        cell_type=cell["cell_type"],
                        source=operation.before,
                        after=above,
                    )
                )
    return back[::-1]
