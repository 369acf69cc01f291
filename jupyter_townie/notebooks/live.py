"""A notebook that is open in a browser page: the page does it, and what it says it did is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import anyio

from jupyter_townie.notebooks.surface import SurfaceError, SurfaceGone
from jupyter_townie.protocol import (
    AppendText,
    ApplyReply,
    ApplyRequest,
    CellOperation,
    CellRun,
    DeleteCell,
    InsertCell,
    NotebookSnapshot,
    OperationResult,
    PageReply,
    PageVerb,
    Problem,
    ReadReply,
    ReadRequest,
    RefusedReply,
    ReplaceSource,
    RunReply,
    RunRequest,
)

ANSWER_TIMEOUT = 30.0
"""Seconds that a page may take to read or to apply.  A run has no limit of its own: cells take as long as they take."""


class PageGone(Exception):
    """The page was closed, reloaded, or lost its connection before it answered."""


class Page(Protocol):
    """A connected browser page."""

    async def request(self, body: PageVerb) -> PageReply:
        """Have the page do something and wait for its reply.

        :raises PageGone: it will not come.
        """
        ...


class LiveSurface:
    """A notebook that ``page`` has open."""

    def __init__(self, path: str, page: Page, *, timeout: float = ANSWER_TIMEOUT) -> None:
        self.path = path
        self.kind: Literal["live"] = "live"
        self.notes: list[Problem] = []
        self._page = page
        self._timeout = timeout

    async def read(self, *, outputs: bool = True) -> NotebookSnapshot:
        """See :meth:`Surface.read`; includes what is typed but not saved."""
        reply = await self._ask(ReadRequest(path=self.path, outputs=outputs), self._timeout)
        if not isinstance(reply, ReadReply):
            raise self._misunderstood(reply)
        return reply.notebook

    async def apply(self, operations: Sequence[CellOperation]) -> list[OperationResult]:
        """See :meth:`Surface.apply`.  "Done" is only said of what the document was read back to hold."""
        if not operations:
            return []
        reply = await self._ask(ApplyRequest(path=self.path, operations=list(operations)), self._timeout)
        if isinstance(reply, RefusedReply) and reply.reason == "read_only":
            return [OperationResult(ok=False, cell_id=one.cell_id, problem="read_only") for one in operations]
        if not isinstance(reply, ApplyReply) or len(reply.results) != len(operations):
            raise self._misunderstood(reply)
        if reply.upgraded_from is not None:
            self.notes.append(_upgraded(self.path, reply.upgraded_from))
        return _checked(operations, reply.results)

    async def run(self, cell_ids: Sequence[str]) -> list[CellRun]:
        """See :meth:`Surface.run`."""
        if not cell_ids:
            return []
        reply = await self._ask(RunRequest(path=self.path, cell_ids=list(cell_ids)), None)
        if not isinstance(reply, RunReply):
            raise self._misunderstood(reply)
        told = {run.cell_id: run for run in reply.runs}
        missing = "The page did not report a run of this cell."
        return [told.get(one) or CellRun(cell_id=one, status="not_run", message=missing) for one in cell_ids]

    async def _ask(self, body: PageVerb, timeout: float | None) -> PageReply:
        try:
            # Until Python 3.12 `asyncio.wait_for` loses a stop that comes with the answer.
            with anyio.fail_after(timeout):
                reply = await self._page.request(body)
        except PageGone:
            raise SurfaceGone(_gone(self.path)) from None
        except TimeoutError:
            raise SurfaceGone(_silent(self.path)) from None
        if isinstance(reply, RefusedReply) and reply.reason == "not_open":
            raise SurfaceGone(_gone(self.path))
        return reply

    def _misunderstood(self, reply: PageReply) -> SurfaceError:
        detail = reply.message if isinstance(reply, RefusedReply) else f"unexpected {reply.verb!r} reply"
        return SurfaceError(
            Problem(
                code="notebook_page_failed",
                message=f"The page that has {self.path} open could not do it.",
                remedy="Reload the page, then try again.",
                detail=detail,
            )
        )


def _checked(operations: Sequence[CellOperation], results: Sequence[OperationResult]) -> list[OperationResult]:
    """Compare the sources read back with what was meant; several operations on one cell count by their last."""
    meant: dict[str, str | None] = {}
    for operation in operations:
        meant[operation.cell_id] = intended_source(operation)
    return [
        result if not result.ok or _same(result.source, meant[operation.cell_id])
        else OperationResult(ok=False, cell_id=operation.cell_id, source=result.source, problem="changed")
        for operation, result in zip(operations, results, strict=True)
    ]  # fmt: skip


def intended_source(operation: CellOperation) -> str | None:
    """The source that a cell has after ``operation``; None when the cell is gone."""
    match operation:
        case InsertCell():
            return operation.source
        case AppendText():
            return operation.before + operation.text
        case ReplaceSource():
            return operation.after
        case DeleteCell():
            return None


def _same(found: str | None, meant: str | None) -> bool:
    if found is None or meant is None:
        return found is meant
    return found.replace("\r\n", "\n") == meant.replace("\r\n", "\n")


def _gone(path: str) -> Problem:
    return Problem(
        code="notebook_gone",
        message=f"{path} is no longer open in the page that this turn was started from.",
        remedy="Open the notebook again; what is waiting will go on from there.",
    )


def _upgraded(path: str, minor: int) -> Problem:
    return Problem(
        code="notebook_upgraded",
        message=f"{path} was in format 4.{minor}, which has no cell ids; it will be saved in format 4.5.",
    )


def _silent(path: str) -> Problem:
    return Problem(
        code="notebook_page_silent",
        message=f"The page that has {path} open does not answer.",
        remedy="Bring its browser tab to the front or reload it; what is waiting will go on from there.",
    )
