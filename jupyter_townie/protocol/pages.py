"""What the server asks of a page that has a notebook open, and the answers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .notebooks import CellOperation, CellRun, NotebookSnapshot, OperationResult
from .vocabulary import Message


class ReadRequest(Message):
    """Read an open notebook."""

    verb: Literal["read"] = "read"
    path: str
    outputs: bool = True


class ApplyRequest(Message):
    """Apply cell operations, all or none."""

    verb: Literal["apply"] = "apply"
    path: str
    operations: list[CellOperation]


class RunRequest(Message):
    """Run cells in order as if the user had; stops at the first error."""

    verb: Literal["run"] = "run"
    path: str
    cell_ids: list[str]


PageVerb = Annotated[ReadRequest | ApplyRequest | RunRequest, Field(discriminator="verb")]


class ReadReply(Message):
    verb: Literal["read"] = "read"
    notebook: NotebookSnapshot


class ApplyReply(Message):
    verb: Literal["apply"] = "apply"
    results: list[OperationResult]
    upgraded_from: int | None = None
    """The minor version of the notebook's format before, when it had none of the cell ids that an undo goes by."""


class RunReply(Message):
    verb: Literal["run"] = "run"
    runs: list[CellRun]


class RefusedReply(Message):
    """The page cannot do it: the notebook is not open there (any more), or it is read only."""

    verb: Literal["refused"] = "refused"
    reason: Literal["not_open", "read_only", "error"]
    message: str = ""


PageReply = Annotated[ReadReply | ApplyReply | RunReply | RefusedReply, Field(discriminator="verb")]
