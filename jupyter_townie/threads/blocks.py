"""The code blocks of one answer: each becomes a new cell, a file of an app or a change to review, in their order."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, cast

from .. import protocol as p
from ..edits import EditRefused, Target
from ..notebooks.surface import SurfaceError
from .block import Block
from .blockedit import BlockEdits, UnknownCell
from .candidates import Candidates
from .insertions import CellStream
from .previews import Preview

if TYPE_CHECKING:
    from ..edits import BlockEnded, BlockStarted, Hunk
    from ..edits.pieces import BlockForm
    from .actions import Actions
    from .appfiles import AppFiles
    from .joining import OpenPart
    from .log import Log
    from .rehearsal import Rehearse
    from .scope import Scope
    from .state import ActionRecord

logger = logging.getLogger(__name__)

STOP_SECONDS = 2.0
"""How long a stopped answer waits for the notebook to take what has arrived."""


@dataclass(slots=True)
class Outcome:
    """What the parts of one answer came to, for the loop to act on."""

    refused: list[str] = field(default_factory=list)
    """Why edits could not be applied, in words for the model."""
    there: list[str] = field(default_factory=list)
    """The same of edits whose result is in the source already: nothing is amiss when the model leaves it at that."""
    inserted: list[ActionRecord] = field(default_factory=list)
    applied: list[ActionRecord] = field(default_factory=list)
    failed: list[p.Failure] = field(default_factory=list)
    """Of candidates that failed when they were tried, and that the model may try to better."""
    ran: list[p.CellsRan] = field(default_factory=list)


class Blocks:
    """What becomes of the blocks of one answer, which arrive by their numbers.

    :param scope: where they go; is told of new cells and of what is applied.
    :param rehearse: tries a change before it is offered; None when nothing is to be tried.
    :param may_better: whether a candidate that fails then goes back to the model.
    :param app_files: writes the files of apps; None where there are no apps.
    """

    def __init__(
        self,
        log: Log,
        actions: Actions,
        scope: Scope,
        read_text: Callable[[str], Awaitable[str]],
        *,
        rehearse: Rehearse | None = None,
        may_better: Callable[[], bool] = lambda: False,
        app_files: AppFiles | None = None,
    ) -> None:
        self._log, self._actions, self._scope = log, actions, scope
        self._rehearse, self._may_better = rehearse, may_better
        self._app_files = app_files
        self._blocks: dict[int, Block] = {}
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue()
        self._runs: asyncio.Queue[str | None] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work())
        self._runner = asyncio.create_task(self._run_cells())
        self._stopped = False
        self._error: Exception | None = None
        self.cut = False
        """Whether the answer has ended before its end."""
        self.outcome = Outcome()
        self._edits = BlockEdits(actions, scope, read_text)
        self._candidates = Candidates(actions, scope, rehearse, self.outcome)

    def part(self, number: int) -> int:
        """The part of the answer that a block is."""
        return self._blocks[number].part

    # ----------------------------------------------------------------------------------------------- as they arrive

    def begin(self, piece: BlockStarted, part: int) -> None:
        """A block has begun, and is that part of the answer."""
        block = self._blocks[piece.block] = Block(part, piece.language, piece.target, piece.form)
        target = piece.target
        if target is not None and target.kind != "new_cell":
            if not self._write_app_file(block, target):
                self._preview(block)
            return
        # Where one text is to be changed, a new cell may be its new version: that is known when all has come.
        if target is not None and self._scope.home is None and self._begin_cell(block, target):
            assert block.cell is not None
            self._jobs.put_nowait(block.cell.write)

    def resume(self, number: int, open_: OpenPart) -> None:
        """A block goes on where it was cut off: in its very cell or file."""
        started = open_.started
        target = Target(started.target.kind, started.target.ref) if started.target else None
        block = self._blocks[number] = Block(started.part, started.language, target, started.form, open_.text)
        if target is not None and target.kind != "new_cell":
            if not self._write_app_file(block, target):
                self._preview(block)
        elif open_.takes_more and open_.action is not None:
            block.action = open_.action
            self._actions.change(block.action, "streaming")
            block.cell = CellStream(self._actions, block.action, block.arrived, self._inserted, goes_on=True)
            self._jobs.put_nowait(block.cell.write)

    def add(self, number: int, text: str) -> None:
        """More of its text."""
        block = self._blocks[number]
        block.text += text
        for stream in (block.cell, block.file):
            if stream is not None:
                stream.arrived.set()

    def preview(self, number: int, piece: str | Hunk) -> None:
        """More of what can be shown of a change before it is whole."""
        if (preview := self._blocks[number].preview) is not None:
            preview.add(piece)

    def end(self, piece: BlockEnded) -> None:
        """A block has ended; what has to be done with it begins."""
        block = self._blocks[piece.block]
        block.text = piece.text
        block.ended, block.complete = True, piece.complete
        if block.preview is not None:
            block.preview.end()
        if block.file is not None:
            block.file.arrived.set()
        elif block.cell is not None:
            block.cell.arrived.set()
        elif block.target is not None and block.target.kind in ("cell", "file"):
            self._jobs.put_nowait(lambda: self._propose(block))
        elif block.target is None and piece.complete and block.is_edit:
            self._jobs.put_nowait(lambda: self._propose_where_it_fits(block))

    # ---------------------------------------------------------------------------------------------------------- ends

    async def finish(self) -> Outcome:
        """The answer has ended; returns when everything that it asked for is done."""
        self._jobs.put_nowait(self._settle_at_home)
        self._jobs.put_nowait(self._offer_candidates)
        self._jobs.put_nowait(None)
        # Not awaited by themselves: a Stop would cancel them in the middle of what they write.
        await asyncio.wait([self._worker])
        self._runs.put_nowait(None)
        await asyncio.wait([self._runner])
        if self._error is not None:
            raise self._error
        return self.outcome

    async def abandon(self) -> None:
        """The user pressed Stop, or the answer broke: keep what has arrived, start nothing new."""
        self._stopped = True
        self._runner.cancel()
        self._jobs.put_nowait(self._offer_candidates)
        self._jobs.put_nowait(None)
        _, slow = await asyncio.wait([self._worker, self._runner], timeout=STOP_SECONDS)
        for task in slow:
            task.cancel()
        if slow:
            await asyncio.wait(slow)
        self._leave_nothing_open()

    def _leave_nothing_open(self) -> None:
        """New cells that were not begun with keep their code for when the notebook is reached."""
        for block in self._blocks.values():
            record = block.action
            if record is not None and record.state == "streaming" and isinstance(record.body, p.InsertAction):
                body = record.body.model_copy(update={"source": block.text})
                self._actions.change(record, "held", "Townie was stopped before the cell was inserted.", body=body)
            elif block.file is not None:
                block.file.leave()

    # --------------------------------------------------------------------------------------------------- where it goes

    def _begin_cell(self, block: Block, target: Target) -> bool:
        """Announce a new cell; False where none may be inserted."""
        path = self._scope.binding.path
        if path is None or self._scope.binding.kind == "file" or self._scope.verdict("insert") == "deny":
            return False
        cell_type: p.CellType = "markdown" if block.language in ("markdown", "md") else "code"
        after = target.after or self._scope.after
        body = p.InsertAction(path=path, cell_id=uuid.uuid4().hex[:8], cell_type=cell_type, after=after)
        self._scope.after = body.cell_id
        block.action = self._actions.start(self._scope.turn, body, "insert", "streaming", part=block.part)
        block.cell = CellStream(self._actions, block.action, block.arrived, self._inserted)
        return True

    def _write_app_file(self, block: Block, target: Target) -> bool:
        """Whether the block is a file of an app, which is then written while it arrives."""
        if target.kind != "file" or self._app_files is None:
            return False
        whole = partial(self._edits.whole, block)
        block.file = self._app_files.begin(target.ref or "", block, whole, self.outcome)
        if block.file is not None:
            self._jobs.put_nowait(block.file.write)
        return block.file is not None

    def _preview(self, block: Block) -> None:
        """Show what becomes of a source while its change arrives; a fix is shown when it has been tried."""
        assert block.target is not None
        if self._rehearse is not None or self._scope.verdict("edit") == "deny":
            return
        path, cell_id = self._edits.place(block.target)
        if path is None or (cell_id is not None and cell_id not in self._scope.seen):
            return

        async def source() -> str:
            return self._scope.seen[cell_id] if cell_id is not None else (await self._edits.before(path, None))[0]

        form = cast("BlockForm | None", block.form)
        block.preview = Preview(self._log, self._scope.turn, block.part, path, cell_id, form, source)

    # ------------------------------------------------------------------------------------------------ what is done

    async def _work(self) -> None:
        while (job := await self._jobs.get()) is not None:
            await self._do(job)

    async def _do(self, job: Callable[[], Awaitable[None]]) -> None:
        try:
            await job()
        except Exception as error:
            # One block that trips must not take the others with it; the turn ends with the first error.
            logger.exception("A block of an answer could not be dealt with")
            self._error = self._error or error

    async def _run_cells(self) -> None:
        """In *auto* mode new cells run as they complete, one after the other, until one fails."""
        failed = False
        while (cell_id := await self._runs.get()) is not None:
            if failed or self._scope.binding.path is None:
                continue
            try:
                ran = await self._actions.run(self._scope.turn, self._scope.binding.path, [cell_id])
            except Exception as error:
                logger.exception("A new cell could not be run")
                self._error = self._error or error
                failed = True
                continue
            self.outcome.ran.append(ran)
            failed = any(run.status != "ok" for run in ran.runs)

    def _inserted(self, record: ActionRecord) -> None:
        self.outcome.inserted.append(record)
        body = record.body
        if self._scope.binding.kind == "app":
            # Whoever opens the app runs its notebook.
            return
        if self.cut and not next(block for block in self._blocks.values() if block.action is record).complete:
            # Half a cell is not run.
            return
        if isinstance(body, p.InsertAction) and body.cell_type == "code" and self._scope.verdict("run") == "allow":
            self._runs.put_nowait(body.cell_id)

    async def _propose_where_it_fits(self, block: Block) -> None:
        """A change that does not say of what: of the file that its header names, or of the one cell that it fits."""
        try:
            block.target = await self._edits.place_by_header(block)
            if block.target is None and self._scope.binding.kind == "notebook":
                block.target = await self._edits.place_by_text(block)
        except ValueError as error:
            self.outcome.refused.append(str(error))
        if block.target is not None:
            await self._propose(block)

    async def _settle_at_home(self) -> None:
        """Of an answer that was to change one text: what its only block is, if it does not say so; its new cells."""
        if self._scope.home is None:
            return
        loose = [block for block in self._blocks.values() if block.target is None or block.target.kind == "new_cell"]
        if len(self._blocks) == len(loose) == 1 and loose[0].is_whole:
            target = await self._edits.place_of_whole(loose[0], self._scope.home)
            if target is not None:
                loose[0].target = target
                await self._propose(loose[0])
                return
        for block in loose:
            if block.target is not None and block.action is None and self._begin_cell(block, block.target):
                assert block.cell is not None
                await block.cell.write()

    async def _propose(self, block: Block) -> None:
        """Offer what a block makes of an existing cell or a file; the model hears why that can not be."""
        assert block.target is not None
        if self._scope.verdict("edit") == "deny":
            return
        path, cell_id = await self._edits.found(block.target)
        if not path:
            self.outcome.refused.append("No notebook is open, so no cell can be changed. Name a file instead.")
            return
        if self._app_files is not None:
            await self._app_files.before(path)
        try:
            change = await self._edits.change(block, path, cell_id)
        except EditRefused as refusal:
            told = self.outcome.there if refusal.kind == "already_applied" else self.outcome.refused
            told.append(f"{cell_id or path}: {refusal}")
        except UnknownCell as error:
            target = await self._edits.place_of_misnamed(block, self._scope.home)
            if target is None:
                self.outcome.refused.append(str(error))
            else:
                block.target = target
                await self._propose(block)
        except (ValueError, OSError, SurfaceError) as error:
            why = str(error)
            self.outcome.refused.append(why if (cell_id or path) in why else f"{cell_id or path}: {why}")
        else:
            await self._candidates.add(block.part, change.body, change.joins)

    async def _offer_candidates(self) -> None:
        await self._candidates.offer(may_better=self._may_better(), stopped=self._stopped)
