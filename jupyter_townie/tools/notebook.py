"""Tools on the notebook of the turn."""

from __future__ import annotations

from pydantic import Field

from ..context.redaction import put_back
from ..edits import EditRefused, apply_replacement
from ..notebooks.surface import Surface
from ..protocol import CellSnapshot, NotebookSnapshot
from .tool import Arguments, Bench, Tool, ToolError

MOST_CELLS = 40


class ReadCells(Arguments):
    cell_ids: list[str] = Field(description="Ids of cells, as the notebook shows them", min_length=1, max_length=40)


class EditCell(Arguments):
    cell_id: str
    old: str = Field(description="The exact text to replace, with enough of it to occur only once")
    new: str
    replace_all: bool = Field(False, description="Replace every occurrence of old, to rename something")


class RunCells(Arguments):
    cell_ids: list[str] = Field(description="Run in this order; stops at the first error", min_length=1, max_length=40)


async def _read_cells(bench: Bench, arguments: ReadCells) -> str:
    outputs = bench.privacy == "outputs"
    snapshot = await _surface(bench).read(outputs=outputs)
    return "\n\n".join(_shown(_cell(snapshot, cell_id), outputs) for cell_id in arguments.cell_ids)


async def _edit_cell(bench: Bench, arguments: EditCell) -> str:
    surface = _surface(bench)
    cell = _cell(await surface.read(outputs=False), arguments.cell_id)
    source = bench.proposed(cell.id, surface.path, cell.source)
    old, new = (put_back(text, [cell.source, source]) for text in (arguments.old, arguments.new))
    try:
        edit = apply_replacement(source, old, new, everywhere=arguments.replace_all)
    except EditRefused as refusal:
        raise ToolError(str(refusal)) from None
    return await bench.propose(cell.id, surface.path, cell.source, edit)


async def _run_cells(bench: Bench, arguments: RunCells) -> str:
    snapshot = await _surface(bench).read(outputs=False)
    for cell_id in arguments.cell_ids:
        _cell(snapshot, cell_id)
    ran = await bench.run_cells(arguments.cell_ids)
    lines = []
    for run in ran.runs:
        took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
        lines.append(f"{run.cell_id}: {run.status}{took} {run.message}".rstrip())
        if bench.privacy == "outputs" and run.output:
            lines.append(run.output)
    if ran.failure is not None:
        lines.append(ran.failure.summary)
    return "\n".join(lines)


def _surface(bench: Bench) -> Surface:
    if bench.surface is None:
        raise ToolError("No notebook is open in this turn; answer without it or ask the person to open one.")
    return bench.surface


def _cell(snapshot: NotebookSnapshot, cell_id: str) -> CellSnapshot:
    for cell in snapshot.cells:
        if cell.id == cell_id:
            return cell
    known = ", ".join(cell.id for cell in snapshot.cells[:MOST_CELLS])
    raise ToolError(f"There is no cell {cell_id!r} in {snapshot.path}. The cells are: {known}.")


def _shown(cell: CellSnapshot, outputs: bool) -> str:
    count = f" [{cell.execution_count}]" if cell.execution_count is not None else ""
    text = f"cell {cell.id} ({cell.cell_type}){count}\n{cell.source}"
    return f"{text}\noutput:\n{cell.output}" if outputs and cell.output else text


READ_CELLS = Tool("read_cells", "The whole source of cells of the notebook.", ReadCells, "read", _read_cells)
EDIT_CELL = Tool(
    "edit_cell",
    "Change a part of a cell. The person sees the change as a diff and decides, unless they have chosen auto.",
    EditCell,
    "read",  # the gate is asked by Bench.propose, which can show without applying
    _edit_cell,
)
RUN_CELLS = Tool("run_cells", "Run cells in the notebook's kernel and see what happens.", RunCells, "run", _run_cells)
