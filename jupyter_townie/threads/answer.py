"""One answer of the model, taken apart as it streams: parts in the log, cells in the notebook, changes to review."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import (
    BlockEnded,
    BlockStarted,
    BlockText,
    Edit,
    EditRefused,
    Prose,
    ReplyParser,
    apply,
    hunks_of,
    syntax_problem,
)
from ..notebooks.surface import SurfaceError
from .actions import edit_action
from .gate import verdict
from .log import Log

if TYPE_CHECKING:
    from ..edits import Target
    from .actions import Actions
    from .state import ActionRecord

BATCH_SECONDS = 0.04
"""How long text for a cell is collected before it goes to the page: below what the eye sees as a pause."""


@dataclass(slots=True)
class Outcome:
    """What the parts of one answer came to, for the loop to act on."""

    refused: list[str] = field(default_factory=list)
    """Why edits could not be applied, in words for the model."""
    inserted: list[ActionRecord] = field(default_factory=list)
    proposed: list[ActionRecord] = field(default_factory=list)
    applied: list[ActionRecord] = field(default_factory=list)
    ran: list[p.CellsRan] = field(default_factory=list)


class Answer:
    """Consumes the text of one answer.

    :param part: number of the first part that this answer may use.
    :param after: the cell below which new cells go, None for the end.
    """

    def __init__(
        self,
        log: Log,
        actions: Actions,
        turn: str,
        part: int,
        binding: p.Binding,
        mode: p.Mode,
        read_text: Callable[[str], Awaitable[str]],
        after: str | None,
    ) -> None:
        self._log, self._actions, self._turn = log, actions, turn
        self._binding, self._mode = binding, mode
        self._read_text = read_text
        self._after = after
        self._next_part = part
        self._prose: int | None = None
        self._thinking: int | None = None
        self._blocks: dict[int, _Block] = {}
        self._parser = ReplyParser()
        self._jobs: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue()
        self._runs: asyncio.Queue[str | None] = asyncio.Queue()
        self._worker = asyncio.create_task(self._work())
        self._runner = asyncio.create_task(self._run_cells())
        self.outcome = Outcome()
        self.text = ""

    @property
    def next_part(self) -> int:
        """The first part number that is still free."""
        return self._next_part

    @property
    def last_cell(self) -> str | None:
        """Where further new cells go."""
        return self._after

    # ------------------------------------------------------------------------------------------------------- feeding

    def thinking(self, text: str) -> None:
        """More of the model's reasoning."""
        if self._thinking is None:
            self._end_prose()
            self._thinking = self._start_part("thinking")
        self._log.text(self._turn, self._thinking, text)

    def feed(self, text: str) -> None:
        """More of the answer."""
        self._end_thinking()
        self.text += text
        for piece in self._parser.feed(text):
            self._take(piece)

    async def finish(self, *, complete: bool = True) -> Outcome:
        """The answer has ended; returns when everything that it asked for is done."""
        self._end_thinking()
        for piece in self._parser.close():
            self._take(piece, complete=complete)
        self._end_prose(complete)
        self._jobs.put_nowait(None)
        try:
            await self._worker
            self._runs.put_nowait(None)
            await self._runner
        except asyncio.CancelledError:
            self._worker.cancel()
            self._runner.cancel()
            raise
        return self.outcome

    async def abandon(self) -> None:
        """The user pressed Stop: keep what has arrived, start nothing new."""
        self._end_thinking()
        for piece in self._parser.close():
            self._take(piece, complete=False)
        self._end_prose(False)
        self._runner.cancel()
        self._jobs.put_nowait(None)
        done, _ = await asyncio.wait([self._worker], timeout=2)
        if not done:
            self._worker.cancel()

    def _take(self, piece: object, *, complete: bool = True) -> None:
        if isinstance(piece, Prose):
            if self._prose is None:
                if not piece.text.strip():
                    return
                self._prose = self._start_part("prose")
            self._log.text(self._turn, self._prose, piece.text)
        elif isinstance(piece, BlockStarted):
            self._end_prose()
            self._start_block(piece)
        elif isinstance(piece, BlockText):
            block = self._blocks[piece.block]
            self._log.text(self._turn, block.part, piece.text)
            block.text += piece.text
            if block.cell is not None:
                block.cell.arrived.set()
        elif isinstance(piece, BlockEnded):
            self._end_block(piece)

    # --------------------------------------------------------------------------------------------------------- parts

    def _start_part(self, kind: str, language: str = "", target: Target | None = None, form: str | None = None) -> int:
        part = self._next_part
        self._next_part += 1
        where = p.Target(kind=target.kind, ref=target.ref) if target else None
        self._log.append(
            p.PartStarted, turn=self._turn, part=part, kind=kind, language=language, target=where, form=form
        )
        return part

    def _end_prose(self, complete: bool = True) -> None:
        if self._prose is not None:
            self._log.append(p.PartEnded, turn=self._turn, part=self._prose, complete=complete)
            self._prose = None

    def _end_thinking(self) -> None:
        if self._thinking is not None:
            self._log.append(p.PartEnded, turn=self._turn, part=self._thinking, complete=True)
            self._thinking = None

    # -------------------------------------------------------------------------------------------------------- blocks

    def _start_block(self, piece: BlockStarted) -> None:
        part = self._start_part("code", piece.language, piece.target, piece.form)
        block = self._blocks[piece.block] = _Block(part, piece.language, piece.target, piece.form)
        target, path = piece.target, self._binding.path
        if target is None or target.kind != "new_cell" or path is None or self._binding.kind == "file":
            return
        if verdict(self._mode, "insert") == "deny":
            return
        cell_type: p.CellType = "markdown" if piece.language in ("markdown", "md") else "code"
        after = target.after or self._after
        body = p.InsertAction(path=path, cell_id=uuid.uuid4().hex[:8], cell_type=cell_type, after=after)
        self._after = body.cell_id
        block.action = self._actions.start(self._turn, body, "insert", "streaming", part=part)
        block.cell = _CellStream(self._actions, block, block.action, body, self._turn, self._inserted)
        self._jobs.put_nowait(block.cell.stream)

    def _end_block(self, piece: BlockEnded) -> None:
        block = self._blocks[piece.block]
        self._log.append(p.PartEnded, turn=self._turn, part=block.part, complete=piece.complete)
        block.text = piece.text
        block.ended = True
        if block.cell is not None:
            block.cell.arrived.set()
        elif block.target is not None and block.target.kind in ("cell", "file"):
            self._jobs.put_nowait(lambda: self._propose(block, piece.complete))

    async def _work(self) -> None:
        while (job := await self._jobs.get()) is not None:
            await job()

    async def _run_cells(self) -> None:
        """In *auto* mode new cells run as they complete, one after the other, until one fails."""
        failed = False
        while (cell_id := await self._runs.get()) is not None:
            if failed or self._binding.path is None:
                continue
            ran = await self._actions.run(self._turn, self._binding.path, [cell_id])
            self.outcome.ran.append(ran)
            failed = any(run.status != "ok" for run in ran.runs)

    def _inserted(self, record: ActionRecord) -> None:
        self.outcome.inserted.append(record)
        body = record.body
        if isinstance(body, p.InsertAction) and body.cell_type == "code" and verdict(self._mode, "run") == "allow":
            self._runs.put_nowait(body.cell_id)

    async def _propose(self, block: _Block, complete: bool) -> None:
        """Make an edit of a block that changes an existing cell or a file."""
        assert block.target is not None
        if verdict(self._mode, "edit") == "deny":
            return
        path, cell_id = self._binding.path, block.target.ref
        if block.target.kind == "file":
            path, cell_id = block.target.ref, None
        if not path:
            self.outcome.refused.append("No notebook is open, so no cell can be changed. Name a file instead.")
            return
        try:
            before = await self._before(path, cell_id)
            if not complete:
                raise ValueError("The answer ended in the middle of this block; nothing was changed.")
            edit = _edit(before, block)
            note = syntax_problem(before, edit.after, block.language or "python") or edit.note or ""
        except EditRefused as refusal:
            self.outcome.refused.append(f"{cell_id or path}: {refusal}")
            return
        except (ValueError, OSError, SurfaceError) as error:
            self.outcome.refused.append(f"{cell_id or path}: {error}")
            return
        if edit.after == before:
            self.outcome.refused.append(f"{cell_id or path}: this changes nothing; the source is like that already.")
            return
        body = edit_action(path, cell_id, before, edit.after, note)
        # A result that no longer parses is never applied unseen.
        may = verdict(self._mode, "edit") == "allow" and not note
        record = self._actions.start(self._turn, body, "edit", "running" if may else "waiting", part=block.part)
        if not may:
            self.outcome.proposed.append(record)
        elif await self._actions.apply_edit(record):
            self.outcome.applied.append(record)

    async def _before(self, path: str, cell_id: str | None) -> str:
        if cell_id is None:
            try:
                return await self._read_text(path)
            except FileNotFoundError:
                return ""
        snapshot = await self._actions.surface(self._turn, path).read(outputs=False)
        for cell in snapshot.cells:
            if cell.id == cell_id:
                return cell.source
        known = ", ".join(cell.id for cell in snapshot.cells[:50])
        raise ValueError(f"there is no cell {cell_id!r} in {path}. The cells are: {known}.")


def _edit(before: str, block: _Block) -> Edit:
    """:raises EditRefused: it does not fit ``before``."""
    name = {"diff": "udiff", "search_replace": "search_replace", "v4a": "v4a"}.get(block.form or "", "whole")
    text = block.text
    if name == "whole":
        # The engine trusts a whole text that came in a fence, as this one did, more than a bare one.
        fence = "`" * (3 + max((len(run) for run in re.findall("`+", text)), default=0))
        text = f"{fence}\n{text}\n{fence}\n"
    return apply(before, hunks_of(text, name, before))


@dataclass(slots=True)
class _Block:
    part: int
    language: str
    target: Target | None
    form: str | None
    text: str = ""
    ended: bool = False
    action: ActionRecord | None = None
    cell: _CellStream | None = None


class _CellStream:
    """A new cell that is written while its text arrives."""

    def __init__(
        self,
        actions: Actions,
        block: _Block,
        record: ActionRecord,
        body: p.InsertAction,
        turn: str,
        done: Callable[[ActionRecord], None],
    ) -> None:
        self._actions, self._block, self._record, self._body, self._turn = actions, block, record, body, turn
        self._done = done
        self.arrived = asyncio.Event()

    async def stream(self) -> None:
        body, block = self._body, self._block
        insert = p.InsertCell(
            cell_id=body.cell_id, cell_type=body.cell_type, source="", after=body.after, turn=self._turn
        )
        if not await self._actions.apply(self._record, body.path, insert, final=False):
            return
        written = ""
        while True:
            self.arrived.clear()
            ended = block.ended
            # The newline that ends a line is held back until the next line: a cell has no final newline.
            text = block.text if ended else block.text.removesuffix("\n")
            if text != written:
                operation: p.CellOperation
                if text.startswith(written):
                    operation = p.AppendText(cell_id=body.cell_id, before=written, text=text[len(written) :])
                else:
                    operation = p.ReplaceSource(cell_id=body.cell_id, before=written, after=text)
                if not await self._actions.apply(self._record, body.path, operation, final=False):
                    return
                written = text
            if ended:
                break
            await self.arrived.wait()
            await asyncio.sleep(BATCH_SECONDS)
        self._actions.change(self._record, "done", body=body.model_copy(update={"source": written}))
        self._done(self._record)
