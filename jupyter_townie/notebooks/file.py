"""A notebook that nobody has open: edited through the contents API, run in the kernel of its session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from jupyter_townie.kernels.client import Execution, KernelClient
from jupyter_townie.kernels.errors import KernelError
from jupyter_townie.notebooks import operations as cell_operations
from jupyter_townie.notebooks.identity import ensure_ids, upgrade
from jupyter_townie.notebooks.operations import index_of, joined, node
from jupyter_townie.notebooks.output_area import Displays, OutputArea, refresh
from jupyter_townie.notebooks.outputs import PlainOutputs, bounded_error, plain
from jupyter_townie.notebooks.surface import SurfaceError
from jupyter_townie.protocol import (
    AppendText,
    CellOperation,
    CellRun,
    CellSnapshot,
    NotebookSnapshot,
    OperationResult,
    Problem,
    RawError,
    ReplaceSource,
)

SAVE_TRIES = 3
"""How often a change is made anew on a file that somebody else saved in between."""

NO_KERNEL = "No kernel is running for this notebook. Open it and start one, then run again."
READ_ONLY = "The notebook is read only, so the outputs could not be stored."
NO_INPUT = (
    "The cell asks for input, which nobody can give while the notebook is closed. Open it and run the cell there."
)
RERUN = "Its source was changed while it ran, so the outputs were not stored."


class NotebookChanged(Exception):
    """The file is no longer the one that was read."""


@dataclass(frozen=True)
class StoredNotebook:
    """A notebook as the contents API gave it."""

    notebook: Any
    """An ``nbformat.NotebookNode`` of major version 4."""
    writable: bool
    version: str
    """Differs whenever what is stored differs."""


class Contents(Protocol):
    """Where notebooks are stored."""

    async def get(self, path: str) -> StoredNotebook:
        """:raises SurfaceError: there is no such notebook, or it cannot be read as one."""
        ...

    async def save(self, path: str, notebook: Any, expected: str) -> None:
        """Store ``notebook``, keeping the file's layout, if its version still is ``expected``.

        :raises NotebookChanged: it is not; nothing was written.
        :raises SurfaceError: it cannot be written.
        """
        ...


class Kernels(Protocol):
    """The kernels of notebooks."""

    async def client_for(self, path: str) -> KernelClient | None:
        """A started client of the kernel of the notebook's session, or None when it has none.  It stays the giver's.

        :raises KernelError: there is a kernel, but it is dead.
        """
        ...


class FileSurface:
    """The notebook at ``path`` in ``contents``.

    ``wait`` is how many seconds a run waits for a busy kernel before it reports ``not_run``.
    """

    def __init__(self, path: str, contents: Contents, kernels: Kernels, *, wait: float = 0.0) -> None:
        self.path = path
        self.kind: Literal["file"] = "file"
        self.notes: list[Problem] = []
        self._contents = contents
        self._kernels = kernels
        self._wait = wait
        self._displays: Displays = {}
        self._edited: set[str] = set()

    async def read(self, *, outputs: bool = True) -> NotebookSnapshot:
        """See :meth:`Surface.read`.  Edits since the last run are known only as far as this surface made them."""
        stored = await self._get()
        notebook = stored.notebook
        status: Any = "none"
        kernel_id = None
        try:
            client = await self._kernels.client_for(self.path)
            if client is not None:
                status, kernel_id = client.status, client.kernel_id
        except KernelError:
            status = "dead"
        return NotebookSnapshot(
            path=self.path,
            cells=[self._snapshot(cell, outputs) for cell in notebook["cells"]],
            language=language_of(notebook),
            kernel_id=kernel_id,
            kernel_status=status,
            read_only=not stored.writable,
        )

    async def apply(self, operations: Sequence[CellOperation]) -> list[OperationResult]:
        """See :meth:`Surface.apply`.  The results are read back from the file."""
        if not operations:
            return []
        results: list[OperationResult] = []

        def change(notebook: Any) -> Any:
            changed, made = cell_operations.apply(notebook, operations)
            results[:] = made
            return changed if all(result.ok for result in made) else None

        stored = await self._get()
        if not stored.writable:
            return [
                OperationResult(
                    ok=False,
                    cell_id=one.cell_id,
                    source=cell_operations.source_of(stored.notebook, one.cell_id),
                    problem="read_only",
                )
                for one in operations
            ]
        if not await self._change(change):
            return results
        now = (await self._get()).notebook
        for operation in operations:
            if isinstance(operation, (AppendText, ReplaceSource)):
                self._edited.add(operation.cell_id)
        return [self._read_back(result, now) for result in results]

    async def run(self, cell_ids: Sequence[str]) -> list[CellRun]:
        """See :meth:`Surface.run`.  Outputs, counts and errors are stored in the file after each cell."""
        if not cell_ids:
            return []
        refusal = ""
        client = None
        try:
            client = await self._kernels.client_for(self.path)
            if client is None:
                refusal = NO_KERNEL
            elif not (await self._get()).writable:
                refusal = READ_ONLY
            else:
                await client.wait_until_idle(self._wait)
        except KernelError as error:
            refusal = f"{error.problem.message} {error.problem.remedy}"
        runs: list[CellRun] = []
        for cell_id in cell_ids:
            if refusal or client is None:
                runs.append(CellRun(cell_id=cell_id, status="not_run", message=refusal))
                continue
            run, goes_on = await self._run_cell(client, cell_id)
            runs.append(run)
            if not goes_on:
                refusal = "An earlier cell failed."
        return runs

    # ------------------------------------------------------------------------------------------------- one cell

    async def _run_cell(self, client: KernelClient, cell_id: str) -> tuple[CellRun, bool]:
        """Run one cell; also whether the cells after it may run."""
        notebook = (await self._get()).notebook
        at = index_of(notebook, cell_id)
        if at is None:
            return CellRun(cell_id=cell_id, status="not_run", message="There is no such cell any more."), False
        cell = notebook["cells"][at]
        source = joined(cell.get("source"))
        if cell.get("cell_type") != "code" or not source.strip():
            return CellRun(cell_id=cell_id, status="ok"), True
        may_raise = "raises-exception" in (cell.get("metadata", {}).get("tags") or ())
        area = OutputArea(cell_id, self._displays)
        execution: Execution | None = None
        died: KernelError | None = None
        try:
            execution = await client.execute(source, area.take, stop_on_error=not may_raise)
            for part in execution.payload:
                if part.get("source") == "page" and isinstance(part.get("data"), dict):
                    area.page(part["data"])
        except KernelError as error:
            died = error
        except asyncio.CancelledError:
            await asyncio.shield(self._store(cell_id, source, area, None))
            raise
        message = await self._store(cell_id, source, area, execution)
        shown = plain(area.outputs())
        if execution is None:
            assert died is not None
            text = f"{died.problem.message} {died.problem.remedy}"
            death = RawError(ename=type(died).__name__, evalue=died.problem.message)
            return _run_of(cell_id, "error", shown, error=death, message=text), False
        self._edited.discard(cell_id)
        failure = execution.error
        if failure is not None:
            failure = bounded_error(failure.model_dump())
            if failure.ename == "StdinNotImplementedError":
                message = NO_INPUT
        run = _run_of(cell_id, execution.status, shown, error=failure, message=message, execution=execution)
        return run, execution.status == "ok" or may_raise

    async def _store(self, cell_id: str, source: str, area: OutputArea, execution: Execution | None) -> str:
        """Put the outputs into the file; why they could not be, or ""."""
        found = False

        def change(notebook: Any) -> Any:
            nonlocal found
            at = index_of(notebook, cell_id)
            found = at is not None and joined(notebook["cells"][at].get("source")) == source
            if at is None or not found:
                return None
            cell = notebook["cells"][at]
            cell["outputs"] = node(area.outputs())
            cell["execution_count"] = None if execution is None else execution.execution_count
            # The user had it run, so its outputs are trusted as they would be had it been run in a page.
            cell["metadata"]["trusted"] = True
            for other, index, content in area.updates:
                place = index_of(notebook, other)
                if place is not None:
                    refresh(notebook["cells"][place].get("outputs") or [], index, node(content))
            return notebook

        try:
            await self._change(change)
        except SurfaceError as error:
            return f"The outputs could not be stored: {error.problem.message}"
        return "" if found else RERUN

    # --------------------------------------------------------------------------------------------------- the file

    async def _get(self) -> StoredNotebook:
        stored = await self._contents.get(self.path)
        ensure_ids(stored.notebook)
        return stored

    async def _change(self, change: Callable[[Any], Any]) -> bool:
        """Save what ``change`` makes of the notebook, on a fresh reading each time; False when it makes None of it."""
        for _ in range(SAVE_TRIES):
            stored = await self._contents.get(self.path)
            note = upgrade(stored.notebook)
            changed = change(stored.notebook)
            if changed is None:
                return False
            try:
                await self._contents.save(self.path, changed, stored.version)
            except NotebookChanged:
                continue
            if note:
                self.notes.append(Problem(code="notebook_upgraded", message=f"{self.path}: {note}"))
            return True
        raise SurfaceError(
            Problem(
                code="notebook_changed",
                message=f"{self.path} is being changed by another program; nothing was overwritten.",
                remedy="Wait until the other program is done with it, then try again.",
            )
        )

    def _read_back(self, result: OperationResult, notebook: Any) -> OperationResult:
        source = cell_operations.source_of(notebook, result.cell_id)
        if source == result.source:
            return result
        return OperationResult(ok=False, cell_id=result.cell_id, source=source, problem="changed")

    def _snapshot(self, cell: Any, outputs: bool) -> CellSnapshot:
        shown = plain(cell.get("outputs") or ()) if outputs else PlainOutputs()
        kind = cell.get("cell_type")
        count = cell.get("execution_count")
        return CellSnapshot(
            id=cell["id"],
            cell_type=kind if kind in ("code", "markdown") else "raw",
            source=joined(cell.get("source")),
            execution_count=count if isinstance(count, int) else None,
            edited_since_run=isinstance(count, int) and cell["id"] in self._edited,
            output=shown.text,
            images=list(shown.images),
            error=shown.error,
        )


def language_of(notebook: Any) -> str:
    """The language of a notebook by its metadata, in lower case; Python when it does not say."""
    metadata = notebook.get("metadata") or {}
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        name = (metadata.get(section) or {}).get(key)
        if isinstance(name, str) and name:
            return name.lower()
    return "python"


def _run_of(
    cell_id: str,
    status: Literal["ok", "error", "aborted"],
    shown: PlainOutputs,
    *,
    error: RawError | None,
    message: str,
    execution: Execution | None = None,
) -> CellRun:
    return CellRun(
        cell_id=cell_id,
        status=status,
        execution_count=None if execution is None else execution.execution_count,
        seconds=None if execution is None else round(execution.seconds, 3),
        output=shown.text,
        images=list(shown.images),
        error=error,
        message=message,
    )
