"""New cells: written while their text arrives, and never lost with the page that they were written into.

A notebook that is open in a page may go away with everything that was not saved, when the page is reloaded or the
notebook is closed.  A cell that is missing from another *sitting* (see ``Host.sitting``) than the one in which it was
last seen was lost with that one, and is inserted again.  A cell that is missing from the same sitting was deleted by
the user, and stays away.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import protocol as p
from ..notebooks.surface import SurfaceError, SurfaceGone
from .host import SAVED
from .refusals import refusal, words
from .state import ActionRecord, ThreadState

if TYPE_CHECKING:
    from .actions import Actions
    from .host import Host
    from .log import Log

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.04
"""How long text for a cell is collected before it goes to the page: below what the eye sees as a pause."""
AWAY_SECONDS = 0.25
"""How often a stream looks whether a notebook that was away is back."""

_DELETED = "The cell was deleted in the notebook; its code is kept here."


class Insertions:
    """The new cells of one thread."""

    def __init__(self, actions: Actions, log: Log, state: ThreadState, host: Host) -> None:
        self._actions, self._log, self._state, self._host = actions, log, state, host
        self._seen: dict[str, str] = {}
        """The sitting in which the cell of an action was last seen."""
        self.streaming: set[str] = set()
        """Actions whose cell is being written by a stream, which also sees to what is held."""

    def sitting(self, record: ActionRecord) -> str:
        return self._host.sitting(record.body.path, self._actions.page.get(record.turn))

    def saw(self, record: ActionRecord) -> None:
        """The cell of an action is there now."""
        self._seen[record.id] = self.sitting(record)

    def moved(self, record: ActionRecord) -> bool:
        """Whether the cell was seen, but in another sitting than the present one, which may have lost it."""
        here = self.sitting(record)
        return here != SAVED and self._seen.get(record.id, here) != here

    def arrived(self, record: ActionRecord) -> str:
        """The source of a new cell as far as it is known."""
        body = record.body
        assert isinstance(body, p.InsertAction)
        if body.source or record.part is None:
            return body.source
        return self._log.part(record.turn, record.part).removesuffix("\n")

    def said(self, record: ActionRecord, message: str) -> bool:
        """Whether another new cell of the answer and the notebook was said to fail for the same reason."""
        return any(
            isinstance(event, p.ActionChanged)
            and event.message == message
            and event.action != record.id
            and self._state.actions[event.action].body.path == record.body.path
            for event in self._state.turns[record.turn].events
        )

    async def complete(self, record: ActionRecord, *, wanted: bool) -> bool:
        """Have the cell there with its whole source: inserted, completed, or found; True when it is.

        :param wanted: the user asks for it, so that it comes back even when they had deleted it.
        """
        body = record.body
        assert isinstance(body, p.InsertAction)
        source = self.arrived(record)
        whole = body.model_copy(update={"source": source})
        try:
            result = await self.put(record, source, wanted=wanted)
        except SurfaceGone as error:
            self._actions.change(record, "held", error.problem.message, body=whole)
            return False
        except SurfaceError as error:
            self._actions.change(record, "failed", words(error), body=whole)
            return False
        except asyncio.CancelledError:
            self._actions.change(record, "held", "Townie was stopped before the cell was inserted.", body=whole)
            raise
        if not result.ok:
            self._not_put(record, result, whole)
            return False
        self._actions.change(record, "done", body=whole)
        return True

    async def put(
        self,
        record: ActionRecord,
        source: str,
        *,
        ours: Callable[[str], bool] | None = None,
        wanted: bool = False,
    ) -> p.OperationResult:
        """Bring the cell to ``source`` wherever it is in the process of getting there.

        :param ours: whether a text that was found in the cell is what Townie had written; by default any beginning of
            ``source`` is.
        :raises SurfaceError: the notebook can not be reached.
        """
        body = record.body
        assert isinstance(body, p.InsertAction)
        surface = self._actions.surface(record.turn, body.path)
        snapshot = await surface.read(outputs=False)
        there = {cell.id: cell.source for cell in snapshot.cells}
        found = there.get(body.cell_id)
        if found == source:
            self.saw(record)
            return p.OperationResult(ok=True, cell_id=body.cell_id, source=found)
        operations: list[p.CellOperation] = []
        lost: list[ActionRecord] = []
        if found is None:
            if record.id in self._seen and not self.moved(record) and not wanted:
                return p.OperationResult(ok=False, cell_id=body.cell_id, problem="missing")
            lost = self._lost(record, there)
            for other in lost:
                assert isinstance(other.body, p.InsertAction)
                operations.append(_insertion(other.body, self.arrived(other), other.turn, self._place(other, there)))
                there[other.body.cell_id] = self.arrived(other)
            operations.append(_insertion(body, source, record.turn, self._place(record, there)))
        elif (ours or source.startswith)(found):
            operations.append(p.ReplaceSource(cell_id=body.cell_id, before=found, after=source))
        else:
            return p.OperationResult(ok=False, cell_id=body.cell_id, source=found, problem="changed")
        result = (await self._actions.operate(record.turn, body.path, operations))[-1]
        if result.ok:
            for done in [*lost, record]:
                self.saw(done)
        return result

    async def bring_back(self, turn: str) -> None:
        """Insert again what a running turn had inserted and a reload has lost."""
        for record in list(self._state.turns[turn].actions.values()):
            if not self._went(record) or record.id in self.streaming:
                continue
            try:
                await self.put(record, self.arrived(record), ours=lambda _: False)
            except SurfaceError as error:
                logger.info("Not inserted again: %s", error.problem.message)
                return

    def _lost(self, before: ActionRecord, there: dict[str, str]) -> list[ActionRecord]:
        """The earlier new cells of the turn that went away with another sitting, and belong above this one."""
        found = []
        for record in self._state.turns[before.turn].actions.values():
            if record is before:
                break
            body = record.body
            if not isinstance(body, p.InsertAction) or body.path != before.body.path or body.cell_id in there:
                continue
            if self._went(record):
                found.append(record)
            else:
                # It is known to be deleted now, and stays so over the next reload.
                self._seen.pop(record.id, None)
        return found

    def _went(self, record: ActionRecord) -> bool:
        """Whether a cell that was inserted may have gone with its sitting."""
        return record.state == "done" and isinstance(record.body, p.InsertAction) and self.moved(record)

    def _place(self, record: ActionRecord, there: dict[str, str]) -> str | None:
        """Below which cell it goes: what it was meant to follow, or what that was meant to follow, and so on."""
        made = {
            other.body.cell_id: other.body
            for other in self._state.actions.values()
            if isinstance(other.body, p.InsertAction)
        }
        body = record.body
        assert isinstance(body, p.InsertAction)
        after = body.after
        while after and after not in there:
            above = made.pop(after, None)
            after = above.after if above is not None else None
        return after

    def _not_put(self, record: ActionRecord, result: p.OperationResult, body: p.InsertAction) -> None:
        self._actions.change(
            record, "conflict" if result.problem == "changed" else "failed", refusal(result), body=body
        )


class CellStream:
    """A new cell that is written while its text arrives.

    :param text: what has arrived, and whether that is all.
    :param goes_on: whether an answer that was cut off has begun it.
    """

    def __init__(
        self,
        actions: Actions,
        record: ActionRecord,
        text: Callable[[], tuple[str, bool]],
        done: Callable[[ActionRecord], None],
        *,
        goes_on: bool = False,
    ) -> None:
        self._actions, self._record, self._text, self._done = actions, record, text, done
        self._insertions = actions.insertions
        self._begun = self._goes_on = goes_on
        self._written: str | None = None
        self._lengths: set[int] = set()
        """Of every text that the cell has held."""
        self._tried = ""
        """The sitting that was asked last."""
        self.arrived = asyncio.Event()

    async def write(self) -> None:
        """Write until all has arrived; the action then is done, or says why it is not."""
        self._insertions.streaming.add(self._record.id)
        try:
            await self._write()
        except asyncio.CancelledError:
            if self._record.state in ("streaming", "held"):
                message = "Townie was stopped before the notebook's page had answered."
                self._actions.change(self._record, "held", message, body=self._body())
            raise
        finally:
            self._insertions.streaming.discard(self._record.id)

    async def _write(self) -> None:
        while True:
            self.arrived.clear()
            text, ended = self._text()
            if text != self._written:
                try:
                    result = await self._put(text)
                except SurfaceGone as error:
                    if await self._back(error.problem.message):
                        continue
                    self._actions.change(self._record, "held", error.problem.message, body=self._body())
                    return
                except SurfaceError as error:
                    await self._end("failed", words(error))
                    return
                if not result.ok:
                    await self._refused(result)
                    return
                self._wrote(text)
            if ended:
                break
            await self.arrived.wait()
            await asyncio.sleep(BATCH_SECONDS)
        self._actions.change(self._record, "done", body=self._body())
        self._done(self._record)

    async def _put(self, text: str) -> p.OperationResult:
        body, written = self._record.body, self._written
        assert isinstance(body, p.InsertAction)
        if self._goes_on:
            result = await self._insertions.put(self._record, text)
            self._goes_on = False
            return result
        operation: p.CellOperation
        if written is None:
            operation = _insertion(body, text, self._record.turn, body.after)
        elif text.startswith(written):
            operation = p.AppendText(cell_id=body.cell_id, before=written, text=text[len(written) :])
        else:
            operation = p.ReplaceSource(cell_id=body.cell_id, before=written, after=text)
        known = self._tried = self._insertions.sitting(self._record)
        moved = self._insertions.moved(self._record)
        if not moved:
            (result,) = await self._actions.operate(self._record.turn, body.path, [operation])
            moved = self._insertions.sitting(self._record) != known
            # Above a new cell there may be nothing any more; a cell that had been there and is gone is not wanted.
            if result.ok or not (moved or (written is None and result.problem == "missing")):
                return result
        return await self._insertions.put(self._record, text, ours=lambda found: self._ours(found, text))

    def _ours(self, found: str, text: str) -> bool:
        """Whether the cell holds what it held at some moment of the stream, as a saved notebook does."""
        return text.startswith(found) and (len(found) in self._lengths or not found)

    def _wrote(self, text: str) -> None:
        self._written = text
        self._lengths.add(len(text))
        self._insertions.saw(self._record)
        if self._record.state == "held":
            self._actions.change(self._record, "streaming")

    async def _back(self, message: str) -> bool:
        """Wait until the notebook is reached another way; False when all has arrived before that."""
        if self._record.state != "held" and not self._text()[1]:
            self._actions.change(self._record, "held", message)
        while self._insertions.sitting(self._record) == self._tried:
            if self._text()[1]:
                return False
            await asyncio.sleep(AWAY_SECONDS)
        return True

    async def _refused(self, result: p.OperationResult) -> None:
        message = refusal(result)
        if result.problem == "missing" and (self._written is not None or self._begun):
            message = _DELETED
        elif result.problem == "read_only" and self._insertions.said(self._record, message):
            message = ""
        await self._end("conflict" if result.problem == "changed" else "failed", message)

    async def _end(self, state: p.ActionState, message: str) -> None:
        """It goes no further; the action gets the whole code all the same, so that it can still be inserted."""
        self._actions.change(self._record, state, message)
        while not self._text()[1]:
            self.arrived.clear()
            await self.arrived.wait()
        self._actions.change(self._record, state, message, body=self._body())

    def _body(self) -> p.InsertAction:
        body = self._record.body
        assert isinstance(body, p.InsertAction)
        return body.model_copy(update={"source": self._text()[0]})


def _insertion(body: p.InsertAction, source: str, turn: str, after: str | None) -> p.InsertCell:
    return p.InsertCell(cell_id=body.cell_id, cell_type=body.cell_type, source=source, after=after, turn=turn)
