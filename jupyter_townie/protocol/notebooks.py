"""A notebook as it is read, and the operations on its cells."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .vocabulary import CellType, Message, RawError


class Image(Message):
    """An image among the outputs of a cell."""

    mime: str
    data: str
    """Base64."""


class CellSnapshot(Message):
    """One cell as it stood at the moment of reading."""

    id: str
    cell_type: CellType
    source: str
    execution_count: int | None = None
    edited_since_run: bool = False
    output: str = ""
    """The outputs as plain text, head and tail kept when they are long."""
    images: list[Image] = []
    error: RawError | None = None


class NotebookSnapshot(Message):
    """A notebook as it stood at the moment of reading."""

    path: str
    cells: list[CellSnapshot]
    language: str = "python"
    kernel_id: str | None = None
    kernel_status: Literal["idle", "busy", "starting", "dead", "none", "unknown"] = "unknown"
    active_cell: str | None = None
    dirty: bool = False
    read_only: bool = False


class InsertCell(Message):
    """Insert a cell; its id is chosen by the sender (8 hex digits)."""

    op: Literal["insert"] = "insert"
    cell_id: str
    cell_type: CellType = "code"
    source: str = ""
    after: str | None = None
    """The cell above it; None is the end of the notebook, the empty string is its top."""
    turn: str | None = None
    """The turn that made it: the page marks the cell as new until the user keeps it."""


class AppendText(Message):
    """Append to a cell that is being streamed; refused when its source is no longer ``before``."""

    op: Literal["append"] = "append"
    cell_id: str
    before: str
    text: str


class ReplaceSource(Message):
    """Replace a cell's source; refused when it is no longer ``before``."""

    op: Literal["replace"] = "replace"
    cell_id: str
    before: str
    after: str
    cell_type: CellType | None = None


class DeleteCell(Message):
    """Delete a cell; refused when its source is no longer ``before``."""

    op: Literal["delete"] = "delete"
    cell_id: str
    before: str


CellOperation = Annotated[InsertCell | AppendText | ReplaceSource | DeleteCell, Field(discriminator="op")]


class OperationResult(Message):
    """What became of one operation, read back from the document after it was applied."""

    ok: bool
    cell_id: str
    source: str | None = None
    """The cell's source as it is now; None when there is no such cell."""
    problem: Literal["changed", "missing", "read_only", "closed"] | None = None


class CellRun(Message):
    """What running one cell did."""

    cell_id: str
    status: Literal["ok", "error", "aborted", "not_run"]
    execution_count: int | None = None
    seconds: float | None = None
    output: str = ""
    images: list[Image] = []
    error: RawError | None = None
    message: str = ""
    """Why it was not run (no kernel, kernel busy, ...)."""
