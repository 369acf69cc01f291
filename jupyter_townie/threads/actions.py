"""Doing what was proposed: the one place where a thread changes documents and runs cells.

Every action is in the log before anything happens and again afterwards; "done" is only said of what was read back.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import Edit
from ..notebooks.surface import SurfaceError, SurfaceGone
from .insertions import Insertions
from .refusals import refusal, words
from .state import ActionRecord, ThreadState
from .unsaved import Unsaved

if TYPE_CHECKING:
    from ..notebooks.surface import Surface
    from .host import Host
    from .log import Log


_ON_DOCUMENTS = (p.EditAction, p.InsertAction, p.DeleteAction, p.RunAction)
_LASTING: tuple[p.ActionState, ...] = ("waiting", "held", "conflict", "failed", "done", "undone")
"""States that may follow one another later; what is being done goes on where it is."""


def edit_action(path: str, cell_id: str | None, before: str, after: str, note: str = "") -> p.EditAction:
    """An edit with its line counts."""
    edit = Edit(before, after)
    return p.EditAction(
        path=path,
        cell_id=cell_id,
        before=before,
        after=after,
        base_hash=edit.base,
        added=edit.added,
        removed=edit.removed,
        note=note,
    )


class Actions:
    """The actions of one thread."""

    def __init__(self, log: Log, state: ThreadState, host: Host) -> None:
        self._log = log
        self._state = state
        self._host = host
        self.page: dict[str, str | None] = {}
        """The page that submitted each turn; it is asked first."""
        self.insertions = Insertions(self, log, state, host)
        self.unsaved = Unsaved(state, self, host)

    # ------------------------------------------------------------------------------------------------------- the log

    def start(
        self,
        turn: str,
        body: p.ActionBody,
        gate: p.GateClass,
        state: p.ActionState,
        *,
        part: int | None = None,
        call: str | None = None,
        proof: p.Proof | None = None,
    ) -> ActionRecord:
        """Put a new action into the log."""
        action = uuid.uuid4().hex[:12]
        self._log.append(
            p.ActionStarted,
            turn=turn,
            action=action,
            body=body,
            gate=gate,
            state=state,
            part=part,
            call=call,
            proof=proof,
        )
        return self._state.actions[action]

    def change(
        self,
        record: ActionRecord,
        state: p.ActionState,
        message: str = "",
        body: p.ActionBody | None = None,
        proof: p.Proof | None = None,
    ) -> None:
        """Put a new state of an action into the log."""
        self._log.append(
            p.ActionChanged, turn=record.turn, action=record.id, state=state, message=message, body=body, proof=proof
        )
        if state in ("done", "undone") and getattr(record.body, "cell_id", None):
            self.unsaved.changed(record)

    def tell(self, turn: str, doing: str) -> None:
        """Put into the log what a turn is at, which nothing else tells."""
        self._log.append(p.Waiting, turn=turn, reason=doing)

    def waiting_for(self, turn: str, path: str, cell_id: str | None, before: str) -> ActionRecord | None:
        """The change of a turn to the same text that still waits, from which its next one goes on."""
        for record in self._state.actions.values():
            body = record.body
            if (
                record.turn == turn
                and isinstance(body, p.EditAction)
                and record.state in ("waiting", "held")
                and (body.path, body.cell_id) == (path, cell_id)
            ):
                return record if body.before == before and record.state == "waiting" else None
        return None

    def at(self, path: str) -> list[ActionRecord]:
        """The actions on the notebook or file at ``path``, or below that folder, that something may still come of."""
        return [
            record
            for record in self._state.actions.values()
            if isinstance(record.body, _ON_DOCUMENTS)
            and record.state in _LASTING
            and f"{record.body.path}/".startswith(f"{path}/")
        ]

    def move(self, source: str, target: str) -> None:
        """Have them at ``target``, as the document is called now."""
        for record in self.at(source):
            before = record.body.path
            body = record.body.model_copy(update={"path": target + before[len(source) :]})
            message = self._state.turns[record.turn].said_of(record.id)
            self._log.append(
                p.ActionChanged, turn=record.turn, action=record.id, state=record.state, message=message, body=body
            )
            self.unsaved.moved(record, before)

    def surface(self, turn: str, path: str) -> Surface:
        return self._host.surface(path, self.page.get(turn))

    # ------------------------------------------------------------------------------------------------------ applying

    async def operate(self, turn: str, path: str, operations: Sequence[p.CellOperation]) -> Sequence[p.OperationResult]:
        """Apply all operations to a notebook, or none, and tell the user what else that took."""
        surface = self.surface(turn, path)
        results = await surface.apply(operations)
        for note in surface.notes:
            self._log.append(p.Notice, turn=turn, level="info", problem=note)
        return results

    async def insert(self, record: ActionRecord, *, wanted: bool = False) -> bool:
        """Have a new cell in its notebook with its whole source; True when it was read back as meant.

        :param wanted: the user asks for it, so that it comes back even when they had deleted it.
        """
        return await self.insertions.complete(record, wanted=wanted)

    async def apply_edit(self, record: ActionRecord, text: str | None = None, base: str | None = None) -> bool:
        """Apply an edit, or ``text`` in its place; True when it was read back as meant.

        ``base`` is the source that ``text`` was reviewed against, when the document has moved on since the proposal: an
        undo then gives that back, with all that the user had typed.
        """
        body = record.body
        assert isinstance(body, p.EditAction)
        after = body.after if text is None else text
        before = body.before if base is None else base
        changed = after != body.after or before != body.before
        if changed:
            made = edit_action(body.path, body.cell_id, before, after, body.note)
            body = made.model_copy(update={"creates": body.creates, "deletes": False, "takes_back": body.takes_back})
        if changed or record.state != "running":
            self.change(record, "running", body=body if changed else None)
        if await self._apply_edit(record, body):
            for taken in body.takes_back:
                self.change(self._state.actions[taken], "undone")
            return True
        return False

    async def _apply_edit(self, record: ActionRecord, body: p.EditAction) -> bool:
        if body.cell_id is None:
            return await self._write_file(record, body)
        operation: p.CellOperation = p.ReplaceSource(cell_id=body.cell_id, before=body.before, after=body.after)
        if body.deletes:
            operation = p.DeleteCell(cell_id=body.cell_id, before=body.before)
        return await self.apply(record, body.path, operation)

    async def apply(self, record: ActionRecord, path: str, operation: p.CellOperation) -> bool:
        """Apply one operation for an action and say in the log what became of it."""
        try:
            (result,) = await self.operate(record.turn, path, [operation])
        except SurfaceGone as error:
            self.change(record, "held", error.problem.message)
            return False
        except SurfaceError as error:
            self.change(record, "failed", words(error))
            return False
        except asyncio.CancelledError:
            # Whether the page has done it is not known; a later try finds out.
            self.change(record, "held", "Townie was stopped before the notebook's page had answered.")
            raise
        if not result.ok and not already_done(operation, result):
            state: p.ActionState = "conflict" if result.problem == "changed" else "failed"
            self.change(record, state, refusal(result))
            return False
        self.change(record, "done")
        return True

    async def _write_file(self, record: ActionRecord, body: p.EditAction) -> bool:
        before = None if body.creates else body.before
        after = None if body.deletes else body.after
        try:
            if body.creates and "/" in body.path:
                await self._host.make_folder(body.path.rpartition("/")[0])
            await self._host.write_text(body.path, after, before)
            try:
                there: str | None = await self._host.read_text(body.path)
            except FileNotFoundError:
                there = None
        except (ValueError, OSError) as error:
            changed = getattr(error, "changed", False)
            self.change(record, "conflict" if changed else "failed", str(error))
            return False
        if there != after:
            self.change(record, "conflict", "The file holds something else after writing.")
            return False
        self.change(record, "done")
        return True

    # ------------------------------------------------------------------------------------------------------- running

    async def run(
        self, turn: str, path: str, cell_ids: Sequence[str], record: ActionRecord | None = None, call: str | None = None
    ) -> p.CellsRan:
        """Run cells in order and put what they did into the log; stops at the first error."""
        if record is None:
            record = self.start(turn, p.RunAction(path=path, cell_ids=list(cell_ids)), "run", "running", call=call)
        else:
            self.change(record, "running")
        surface = self.surface(turn, path)
        try:
            runs = await surface.run(cell_ids)
        except SurfaceError as error:
            message = words(error)
            if isinstance(error, SurfaceGone):
                message += " What had begun to run goes on in the kernel."
            runs = [p.CellRun(cell_id=cell_id, status="not_run", message=message) for cell_id in cell_ids]
        except asyncio.CancelledError:
            # Stop stops Townie, never the user's kernel: the cell goes on, only nobody here waits for it.
            self.change(record, "failed", "Townie stopped waiting; the kernel was not interrupted.")
            raise
        stopped: asyncio.CancelledError | None = None
        try:
            failure = await self._failure(runs, path, surface)
        except asyncio.CancelledError as error:
            # What has run is written down even so.
            stopped = error
            failure = await self._failure(runs, path)
        ran = self._log.append(p.CellsRan, turn=turn, action=record.id, path=path, runs=list(runs), failure=failure)
        unhappy = next((run for run in runs if run.status != "ok"), None)
        self.change(record, "done" if unhappy is None else "failed", unhappy.message if unhappy else "")
        if stopped is not None:
            raise stopped
        return ran

    async def _failure(self, runs: Sequence[p.CellRun], path: str, surface: Surface | None = None) -> p.Failure | None:
        """The failure of the run that failed, with the cells around it where ``surface`` can be read."""
        run = next((run for run in runs if run.error is not None), None)
        if run is None or run.error is None:
            return None
        from ..failures import failure_from_error

        cells: list[tuple[str, str]] = []
        language = "python"
        if surface is not None:
            # The traceback alone still makes a failure.
            with contextlib.suppress(SurfaceError):
                snapshot = await surface.read(outputs=False)
                cells = [(cell.id, cell.source) for cell in snapshot.cells]
                language = snapshot.language
        return failure_from_error(
            run.error,
            source="cell",
            path=path,
            cell_id=run.cell_id,
            execution_count=run.execution_count,
            cells=cells,
            language=language,
        )


def already_done(operation: p.CellOperation, result: p.OperationResult) -> bool:
    """Whether a refused operation is refused because it was done before, when an answer had got lost."""
    if isinstance(operation, p.ReplaceSource):
        return result.problem == "changed" and result.source == operation.after
    return isinstance(operation, p.DeleteCell) and result.problem == "missing"
