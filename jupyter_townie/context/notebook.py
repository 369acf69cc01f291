"""A notebook as compact text: one header line a cell, its source as it stands, and what it showed if that may be told.

A header reads ``--B cell 1f2e3d4c code [3] (edited since run)`` with ``B`` the boundary of the request, the cell's id,
its kind, its execution count, and its marks.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from jupyter_townie.context import budget, staleness
from jupyter_townie.context.boundary import name
from jupyter_townie.context.budget import Piece, Reduction, Stage
from jupyter_townie.context.tokens import estimate_image_tokens, estimate_tokens
from jupyter_townie.kernels.printed import head_and_tail, strip_ansi
from jupyter_townie.protocol import CellSnapshot, Image

SHORT_OUTPUT = 1_500
"""Bytes that stay of a near cell's output when room is short."""
OWN_OUTPUT = 4_000
"""Bytes that stay of the output of the cell that the turn is about."""
TRACEBACK = 3_000
"""Bytes of a stored traceback, for a cell that was attached; others show the error's name and message."""

_DEFINED = re.compile(r"^(?:async )?(?:def|class) (\w+)", re.MULTILINE)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True)
class Form:
    """One way to show something: a header line (made here) and a body (made by others).  Both empty: it is left out."""

    header: str = ""
    body: str = ""

    @property
    def tokens(self) -> int:
        return estimate_tokens(self.header) + estimate_tokens(self.body) + 2 if self.header else 0


LEFT_OUT = Form()


@dataclass(frozen=True)
class Shown:
    """A source, an output or an image of a cell, with its smaller forms."""

    kind: str
    """``source``, ``output`` or ``image``."""
    cell_id: str
    forms: tuple[Form, ...]
    piece: Piece
    image: Image | None = None


@dataclass(frozen=True)
class View:
    """Which cells are shown, and how."""

    cells: Sequence[CellSnapshot]
    """The whole notebook, in order."""
    shown: Collection[str] | None = None
    """Ids of the cells to show; None means all."""
    anchor: str | None = None
    """The cell from which distance is counted."""
    kept: Collection[str] = field(default_factory=frozenset)
    """Cells whose source is never given up: the bound one, the failed one, attached ones."""
    failed: str | None = None
    active: str | None = None
    outputs: bool = False
    """Whether outputs, errors and images may be told at all."""


def shown(view: View, boundary: str, most: int) -> list[Shown]:
    """Everything that ``view`` shows, in the order of the notebook.

    :param most: tokens; a source that alone is larger than this cannot be sent and is cut to its head and tail.
    """
    marks = staleness.marks(view.cells)
    anchor = next((at for at, cell in enumerate(view.cells) if cell.id == view.anchor), len(view.cells) - 1)
    found: list[Shown] = []
    for index, cell in enumerate(view.cells):
        if view.shown is not None and cell.id not in view.shown:
            continue
        kept = cell.id in view.kept
        away = 0 if kept else budget.distance(index, anchor)
        found.append(_source(cell, _header(cell, marks.get(cell.id, ()), view, boundary), away, kept, most))
        if view.outputs:
            found.extend(_outputs(cell, boundary, away, kept, told_elsewhere=cell.id == view.failed))
    return found


def _header(cell: CellSnapshot, marks: Sequence[str], view: View, boundary: str) -> str:
    count = f" [{cell.execution_count}]" if cell.execution_count is not None else ""
    told = list(marks)
    if cell.id == view.failed:
        told.append("FAILED")
    elif cell.error is not None:
        told.append("failed")
    if cell.id == view.active:
        told.append("ACTIVE")
    cell_id = cell.id if _ID.match(cell.id) else name(cell.id)
    return f"--{boundary} cell {cell_id} {cell.cell_type}{count}" + (f" ({', '.join(told)})" if told else "")


def _source(cell: CellSnapshot, header: str, away: int, kept: bool, most: int) -> Shown:
    whole = Form(header, cell.source)
    if kept:
        if whole.tokens > most:
            whole = Form(header, head_and_tail(cell.source, most * 2))
        return _made("source", cell, (whole,), (), away)
    line = Form(header, summary_line(cell))
    far = away > budget.NEAR
    if line.tokens >= whole.tokens:
        return _made("source", cell, (whole, LEFT_OUT), (Stage.FAR_LINE if far else Stage.NEAR_SOURCE,), away)
    if far:
        return _made("source", cell, (whole, line, LEFT_OUT), (Stage.FAR_SOURCE, Stage.FAR_LINE), away)
    return _made("source", cell, (whole, line, LEFT_OUT), (Stage.NEAR_SOURCE, Stage.NEAR_SOURCE), away)


def _outputs(cell: CellSnapshot, boundary: str, away: int, kept: bool, told_elsewhere: bool) -> list[Shown]:
    found = []
    text = cell.output
    if cell.error is not None and not told_elsewhere:
        error = f"{cell.error.ename}: {cell.error.evalue}"
        if kept and cell.error.traceback:
            error = head_and_tail(strip_ansi("\n".join(cell.error.traceback)), TRACEBACK)
        text = f"{text}\n{error}" if text else error
    if text:
        header = f"--{boundary} output"
        whole = Form(header, text)
        if not kept and away > budget.NEAR:
            found.append(_made("output", cell, (whole, LEFT_OUT), (Stage.FAR_OUTPUT,), away))
        else:
            stage = Stage.OWN_OUTPUT if kept else Stage.NEAR_OUTPUT
            short = Form(header, head_and_tail(text, OWN_OUTPUT if kept else SHORT_OUTPUT))
            forms = (whole, short, LEFT_OUT) if short.tokens < whole.tokens else (whole, LEFT_OUT)
            found.append(_made("output", cell, forms, (stage,) * (len(forms) - 1), away))
    for image in cell.images:
        tokens = estimate_image_tokens(image)
        form = Form(f"--{boundary} image")
        piece = Piece(tokens + form.tokens, away, (Reduction(Stage.IMAGE, 0),))
        found.append(Shown("image", cell.id, (form, LEFT_OUT), piece, image))
    return found


def _made(kind: str, cell: CellSnapshot, forms: tuple[Form, ...], stages: tuple[Stage, ...], away: int) -> Shown:
    reductions = tuple(Reduction(stage, form.tokens) for stage, form in zip(stages, forms[1:], strict=True))
    return Shown(kind, cell.id, forms, Piece(forms[0].tokens, away, reductions))


def summary_line(cell: CellSnapshot) -> str:
    """One line that stands for a source: its first telling line, how long it is, and what it defines."""
    first = ""
    for line in cell.source.split("\n", 20)[:20]:
        line = line.strip()
        if line and (not line.startswith("#") or cell.cell_type != "code"):
            first = line
            break
    first = first if len(first) <= 80 else first[:77] + "..."
    lines = cell.source.count("\n") + 1
    if lines == 1:
        return first
    defined = [found for found in _DEFINED.findall(cell.source) if found not in first][:5]
    defines = f", defines {', '.join(defined)}" if defined and cell.cell_type == "code" else ""
    return f"{first} [... {lines} lines{defines}]"
