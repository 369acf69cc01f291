"""An IPython session as a notebook: its inputs are the cells, the next input is where new ones go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, TypeVar

from ..notebooks.outputs import plain
from ..protocol import (
    AppendText,
    CellOperation,
    CellRun,
    CellSnapshot,
    CellType,
    DeleteCell,
    InsertCell,
    NotebookSnapshot,
    OperationResult,
    Problem,
)
from .capture import listening
from .foreground import Foreground
from .history import SessionHistory, raw_error

T = TypeVar("T")

Cells = dict[str, tuple[CellType, str]]
"""Type and source by id, in order."""


class IPythonSurface:
    """The session of one shell.

    What has been run cannot be changed: a new version of an earlier input is kept here until it is offered as the next
    input or run, exactly like a new cell.
    """

    kind: Literal["kernel"] = "kernel"

    def __init__(self, path: str, shell: Any, history: SessionHistory, foreground: Foreground) -> None:
        self._path = path
        self._shell = shell
        self._history = history
        self._foreground = foreground
        self._versions: dict[str, str] = {}
        self._new: Cells = {}
        self._before: dict[str, Any] | None = None
        self.turn = ""
        """The turn that was begun last, to which what is offered belongs."""
        self.parent: Any = None
        """The header of the input whose output shows what is run after that input has ended."""
        self.before_run: Callable[[], None] = lambda: None
        """Called before code is run, while nothing of it has been shown."""
        self.interrupted = False
        """Whether the user has interrupted code of the turn that was begun last."""
        self._tried: dict[str, str] = {}
        self._readable: set[str] | None = None

    @property
    def path(self) -> str:
        return self._path

    @property
    def notes(self) -> list[Problem]:
        return []

    @property
    def offered(self) -> list[str]:
        """Sources that are not run yet: new code cells, and new versions of earlier inputs."""
        waiting = {**self._versions, **{cell: source for cell, (kind, source) in self._new.items() if kind == "code"}}
        return [source for cell, source in waiting.items() if source.strip() and self._tried.get(cell) != source]

    def sources(self, cell_ids: Sequence[str]) -> list[str]:
        """The sources of these cells as they are now; those that are not here are left out."""
        found = (self._source(cell_id) for cell_id in cell_ids)
        return [source for source in found if source]

    def begin(self, readable: set[str] | None) -> None:
        """A new turn begins: what was offered belongs to the user now.

        :param readable: ids of the earlier inputs that the turn may see, None for all of them.
        """
        self._versions.clear()
        self._new.clear()
        self._tried.clear()
        self._before = None
        self.interrupted = False
        self._readable = readable

    @property
    def changed_names(self) -> list[str]:
        """Variables that are not what they were before this turn ran anything."""
        if self._before is None:
            return []
        now, before = self._names(), self._before
        missing = object()
        changed = {
            name for name in now.keys() | before.keys() if now.get(name, missing) is not before.get(name, missing)
        }
        return sorted(changed)

    def restore_names(self) -> list[str]:
        """Bind every variable to what it was before this turn ran anything; returns which ones that changed.

        Called in the user's thread.  An object that was changed in place stays changed.
        """
        changed, before, namespace = self.changed_names, self._before or {}, self._shell.user_ns
        for name in changed:
            if name in before:
                namespace[name] = before[name]
            else:
                namespace.pop(name, None)
        self._before = None
        return changed

    def _names(self) -> dict[str, Any]:
        hidden = self._shell.user_ns_hidden
        return {
            name: value
            for name, value in self._shell.user_ns.items()
            if not name.startswith("_") and name not in hidden and name not in ("In", "Out")
        }

    async def read(self, *, outputs: bool = True) -> NotebookSnapshot:
        """The session's inputs as they ran last, then what is offered."""
        cells = await self._call(self._cells)
        if not outputs:
            cells = [cell.model_copy(update={"output": "", "error": None}) for cell in cells]
        return NotebookSnapshot(path=self._path, cells=cells, language="python", kernel_status="idle")

    async def apply(self, operations: Sequence[CellOperation]) -> list[OperationResult]:
        return await self._call(lambda: self._apply(operations))

    async def run(self, cell_ids: Sequence[str]) -> list[CellRun]:
        """Run in the user's namespace and thread, with history, as if the user had typed it."""
        runs: list[CellRun] = []
        for cell_id in cell_ids:
            if runs and runs[-1].status != "ok":
                runs.append(CellRun(cell_id=cell_id, status="not_run", message="A cell before it failed."))
            else:
                runs.append(await self._call(partial(self._run, cell_id)))
        return runs

    async def _call(self, function: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._foreground.call(function))

    # ---------------------------------------------------------------------------------------- in the user's thread

    def _cells(self) -> list[CellSnapshot]:
        readable = self._readable
        earlier = [cell for cell in self._history.cells() if readable is None or cell.id in readable]
        cells = [
            cell.model_copy(update={"source": self._versions[cell.id], "edited_since_run": True})
            if cell.id in self._versions
            else cell
            for cell in earlier
        ]
        cells += [
            CellSnapshot(id=cell_id, cell_type=kind, source=source) for cell_id, (kind, source) in self._new.items()
        ]
        return cells

    def _apply(self, operations: Sequence[CellOperation]) -> list[OperationResult]:
        cells = self._cells()
        earlier = {cell.id: cell.source for cell in self._history.cells()}
        if any(isinstance(operation, DeleteCell) and operation.cell_id in earlier for operation in operations):
            return [
                OperationResult(
                    ok=False,
                    cell_id=operation.cell_id,
                    source=earlier.get(operation.cell_id),
                    problem="read_only" if operation.cell_id in earlier else None,
                )
                for operation in operations
            ]
        now: Cells = {cell.id: (cell.cell_type, cell.source) for cell in cells}
        after = dict(now)
        problems = [_apply(after, operation) for operation in operations]
        done = not any(problems)
        if done:
            self._versions = {
                cell: source for cell, (_, source) in after.items() if cell in earlier and source != earlier[cell]
            }
            self._new = {cell: content for cell, content in after.items() if cell not in earlier}
        final = after if done else now
        return [
            OperationResult(
                ok=done,
                cell_id=operation.cell_id,
                source=final[operation.cell_id][1] if operation.cell_id in final else None,
                problem=problem,
            )
            for operation, problem in zip(operations, problems, strict=True)
        ]

    def _run(self, cell_id: str) -> CellRun:
        source = self._source(cell_id)
        if source is None:
            return CellRun(cell_id=cell_id, status="not_run", message="It is not part of this session.")
        if self._waits(source):
            message = "It uses `await`, which can only run as a cell of its own: run it from the next input."
            return CellRun(cell_id=cell_id, status="not_run", message=message)
        self._tried[cell_id] = source
        self.before_run()
        began = time.monotonic()
        with listening(self._shell) as outputs, self._foreground.interruptible():
            result = self._run_nested(source, cell_id)
        shown = plain(list(outputs))
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            self._versions.pop(cell_id, None)
            self._new.pop(cell_id, None)
        if isinstance(error, KeyboardInterrupt):
            self.interrupted = True
            self._foreground.interrupted()
        return CellRun(
            cell_id=cell_id,
            status="ok" if error is None else "error",
            execution_count=result.execution_count,
            seconds=time.monotonic() - began,
            output=shown.text,
            images=list(shown.images),
            error=raw_error(self._shell, error) if error is not None else None,
        )

    def _run_nested(self, source: str, cell_id: str) -> Any:
        shell = self._shell
        if self._before is None:
            self._before = self._names()
        if not self._foreground.serving:
            with self.under(self.parent):
                return shell.run_cell(source, store_history=True, cell_id=cell_id)
        # IPython numbers its history by position.  While the magic's own input is running, its number is still the
        # present one in some releases of IPython, so the nested input has to be moved on by one and the next one back.
        shift = 1 if len(shell.history_manager.input_hist_raw) == shell.execution_count + 1 else 0
        shell.execution_count += shift
        try:
            return shell.run_cell(source, store_history=True, cell_id=cell_id)
        finally:
            shell.execution_count -= shift

    @contextmanager
    def under(self, parent: Any) -> Iterator[None]:
        """Have everything that is shown meanwhile appear under the input with this header."""
        if parent is None or not hasattr(self._shell, "set_parent"):
            yield
            return
        present = self._shell.parent_header
        self._shell.set_parent(parent)
        try:
            yield
        finally:
            self._shell.set_parent(present)

    def _source(self, cell_id: str) -> str | None:
        if cell_id in self._versions:
            return self._versions[cell_id]
        if cell_id in self._new:
            return self._new[cell_id][1]
        return next((cell.source for cell in self._history.cells() if cell.id == cell_id), None)

    def _waits(self, source: str) -> bool:
        """Whether the source needs an event loop of its own while this thread's loop is running already."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        try:
            transformed = self._shell.transform_cell(source)
        except SyntaxError:
            return False
        return bool(self._shell.should_run_async(source, transformed_cell=transformed))


def _apply(cells: Cells, operation: CellOperation) -> Literal["changed", "missing"] | None:
    """Apply one operation to cells by id, as (type, source) in their order; the problem that kept it from being done.

    The notebook room does this on notebooks, for which it loads nbformat; in the user's kernel that would take longer
    than the answer.
    """
    at = operation.cell_id
    if isinstance(operation, InsertCell):
        if at in cells:
            return "changed"
        if operation.after and operation.after not in cells:
            return "missing"
        order = list(cells.items())
        place = len(order)
        if operation.after is not None:
            place = list(cells).index(operation.after) + 1 if operation.after else 0
        order.insert(place, (at, (operation.cell_type, operation.source)))
        cells.clear()
        cells.update(order)
        return None
    if at not in cells:
        return "missing"
    kind, source = cells[at]
    if source != operation.before:
        return "changed"
    if isinstance(operation, DeleteCell):
        del cells[at]
    elif isinstance(operation, AppendText):
        cells[at] = (kind, source + operation.text)
    else:
        cells[at] = (operation.cell_type or kind, operation.after)
    return None
