"""A thread: its log, what it adds up to, and the commands that a person gives it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from .actions import Actions
from .appcontext import at_hand, concerned, knows
from .appwork import AppWork
from .bench import TurnBench
from .checkpoints import Checkpoints
from .decisions import DECIDABLE, Decisions
from .instantoffer import offer
from .interruption import mark_interrupted
from .joining import open_part
from .lease import DELETED, Lease, elsewhere
from .log import Log
from .prepare import Preparation, Shown
from .refusals import Refused as Refused, internal, turn_running
from .remembered import Remembered
from .state import ThreadState, TurnRecord, title_of
from .store import LeaseLost, Store, StoreError, logged
from .told import continue_message, was_cut
from .turn import Turn
from .work import Work

if TYPE_CHECKING:
    from ..apps.app import App
    from ..models.model import Model
    from .host import Host
    from .joining import OpenPart

logger = logging.getLogger(__name__)

OUTAGE_SECONDS = 60.0
"""How often the user is told that the disk takes nothing."""


class Thread:
    """One conversation.  Made by :class:`jupyter_townie.threads.Threads`."""

    def __init__(self, thread: str, store: Store, host: Host, events: list[p.Event]) -> None:
        self.id = thread
        self.host = host
        self.state = ThreadState()
        self.log = Log(thread, store, events)
        self.log.read(self.state.see)
        self.log.not_written = self._not_written
        for event in events:
            self.state.see(event)
        self.actions = Actions(self.log, self.state, host)
        self.remembered = Remembered(host)
        self.preparation = Preparation(host, self.actions, self.remembered)
        self.lease = Lease(store, thread, taken=self._catch_up, lost=self.leave, busy=lambda: self.busy)
        self.work = Work(self._work_failed, self.lease.settle)
        self.decisions = Decisions(self)
        self.checkpoints = Checkpoints(self.log, self.state, self.actions, host)
        self.told: list[Callable[[p.Problem, bool], None]] = []
        """Told of problems that can not be put into the log; True is for one that ends the thread."""
        self._store = store
        self._running: tuple[str, asyncio.Task[None]] | None = None
        self._stopped_early: deque[str] = deque(maxlen=100)
        """Turns that were stopped before they had begun: their message is still on its way."""
        self._outage = False

    # ----------------------------------------------------------------------------------------------------- commands

    @property
    def running(self) -> str | None:
        """The turn in progress, if any."""
        return self._running[0] if self._running else None

    @property
    def busy(self) -> bool:
        """Whether a turn or a command is still being carried out."""
        return self._running is not None or bool(self.work)

    @property
    def gone(self) -> p.Problem | None:
        """Why nothing can be done here any more: the thread was deleted, or taken over by another server."""
        return self.lease.gone

    async def submit(self, command: p.Submit, page: str | None = None) -> None:
        """Start a turn; the same command twice is one turn.

        :raises Refused: another turn is running, or another server has the thread.
        """
        if command.turn in self.state.turns:
            return
        if self._running is not None:
            raise turn_running()
        if command.purpose in ("chat", "app") and not command.text.strip():
            raise Refused("empty_message", "The message is empty.", "Type what you want to know or to have done.")
        self.actions.page[command.turn] = page
        failure = await self.preparation.failure(command)
        model = await self.preparation.model(command.options.model)
        if self._running is not None:
            # A fix has gone on to its next try while this command was looked into.
            raise turn_running()
        started = self.log.append(
            p.TurnStarted,
            turn=command.turn,
            purpose=command.purpose,
            text=command.text,
            binding=command.binding,
            attachments=command.attachments,
            options=command.options,
            model=model,
            failure=failure,
            replaces=command.replaces,
        )
        if not self.state.title or self._names_the_thread(command.replaces):
            self.log.append(p.TitleChanged, turn=None, title=title_of(started))
        self._columns(title=self.state.title, path=command.binding.path, turns=len(self.state.turns))
        if command.turn in self._stopped_early:
            self.log.append(p.TurnEnded, turn=command.turn, reason="stopped")
        else:
            self._go(command.turn, self._first_run(command.turn))

    def _names_the_thread(self, turn: str | None) -> bool:
        """Whether the title is still the message of ``turn``, which is asked in other words now."""
        return turn in self.state.turns and self.state.title == title_of(self.state.turns[turn].started)

    async def stop(self, turn: str) -> None:
        """Stop a turn and keep what has arrived; nobody waits any longer for cells that it has running.

        The kernel is never interrupted.
        """
        if turn not in self.state.turns:
            self._stopped_early.append(turn)
        if self._running is not None and self._running[0] == turn:
            self._running[1].cancel()
        self.work.cancel(turn, "run")

    async def decide(self, command: p.Decide) -> None:
        """Carry out the user's decision about an action; a second decision about the same changes nothing.

        :raises Refused: there is no such action, or a hint can not be followed now.
        """
        record = self.state.actions.get(command.action)
        if record is None:
            raise Refused("no_action", "That change is not part of this thread any more.", "Ask Townie again.")
        if record.state not in DECIDABLE or record.id in self.actions.insertions.streaming:
            return
        turn = self.state.turns[record.turn]
        if command.decision != "reject":
            self.decisions.carry_out(turn, record, command)
            return
        hint = command.hint.strip()
        if hint and self._running is not None:
            raise turn_running()
        self.actions.change(record, "rejected")
        self.work.start(turn.id, "change", self.remembered.rejected(turn, record))
        if hint:
            self.resume(turn, "hint", f"The user rejected the change and says: {hint}")

    async def run(self, command: p.RunCells) -> None:
        """Run new cells of a turn because the user said so.

        :raises Refused: there is nothing to run.
        """
        turn = self._turn(command.turn)
        cells = command.cell_ids or turn.new_cells
        made = (record.body for record in turn.actions.values() if isinstance(record.body, p.InsertAction))
        # The notebook may have another name since the turn began.
        there = next((body.path for body in made if body.cell_id in cells), None)
        path = command.path or there or turn.started.binding.path
        if not cells or path is None:
            raise Refused("nothing_to_run", "This turn has no cells to run.", "They may have been removed.")
        self.work.start(turn.id, "run", self.actions.run(turn.id, path, cells))

    async def keep(self, command: p.Keep) -> None:
        """The new cells of a turn are no longer new."""
        turn = self._turn(command.turn)
        if not turn.kept:
            self.log.append(p.Kept, turn=turn.id)

    async def undo(self, command: p.Undo) -> None:
        """Take back what a turn changed.

        :raises Refused: there is no such turn.
        """
        turn = self._turn(command.turn)
        await self._end([turn])
        self.checkpoints.tell(await self.checkpoints.take_back([turn]))

    async def restore(self, command: p.Restore) -> None:
        """Take back everything that was changed after a turn, and with ``before`` by that turn as well.

        :raises Refused: there is no such turn.
        """
        turn = self._turn(command.turn)
        turns = self.checkpoints.since(turn.id, inclusive=command.before)
        await self._end(turns)
        if not turns:
            raise Refused("nothing_after", "Nothing was changed after this message.", "")
        restored = await self.checkpoints.take_back(turns)
        self.checkpoints.tell(restored)
        self.checkpoints.tell_restored(turn.id, restored, before=command.before)

    async def preview(self, turn: str, *, restore: bool, before: bool = False) -> p.RestorePreview:
        """What :meth:`undo` of a turn, or :meth:`restore` to it, would do now.

        :raises Refused: there is no such turn.
        """
        record = self._turn(turn)
        turns = self.checkpoints.since(turn, inclusive=before) if restore else [record]
        return await self.checkpoints.preview(turns)

    async def _end(self, turns: list[TurnRecord]) -> None:
        """Have nothing go on in these turns any more: what is being changed gets done, what runs is left alone."""
        for turn in turns:
            await self.stop(turn.id)
        names = {turn.id for turn in turns}
        if self._running is not None and self._running[0] in names:
            await asyncio.wait([self._running[1]])
        for turn in turns:
            await self.work.settled(turn.id)

    async def continue_(self, command: p.Continue) -> None:
        """Go on with a turn that was cut off, reached a limit, or waits before its next try.

        :raises Refused: another turn is running.
        """
        turn = self._turn(command.turn)
        open_ = open_part(turn, self.log) if was_cut(turn) else None
        text, failure = continue_message(turn, open_)
        self.resume(turn, "continue", text, failure, open_)

    async def page_back(self, path: str) -> None:
        """``path`` is reached again, in a page or as a file: do what was held, and what a reload has lost."""
        streaming = self.actions.insertions.streaming
        held = [record for record in self.state.actions.values() if record.state == "held" and record.body.path == path]
        self.decisions.retry([record for record in held if record.id not in streaming])
        await self.actions.unsaved.look_again(path, self.running)
        if self._running is not None:
            self.work.start(self._running[0], "change", self.actions.insertions.bring_back(self._running[0]))

    def waits_for(self, paths: Collection[str]) -> bool:
        """Whether there is anything to do once one of ``paths`` is reached again."""
        held = any(record.state == "held" and record.body.path in paths for record in self.state.actions.values())
        return held or self._running is not None or self.actions.unsaved.concerns(paths)

    async def rename(self, title: str) -> None:
        """:raises Refused: the title is empty."""
        title = " ".join(title.split())[:200]
        if not title:
            raise Refused("empty_title", "A thread needs a title.", "Type a few words.")
        self.log.append(p.TitleChanged, turn=None, title=title)
        self._columns(title=title)

    async def close(self) -> None:
        """Stop everything and have it written."""
        self.work.cancel()
        running = self._running
        if running is not None:
            running[1].cancel()
            await asyncio.wait([running[1]], timeout=5)
        await self.work.settled(timeout=5)
        self.log.flush()
        self.lease.drop()

    def leave(self, problem: p.Problem) -> None:
        """Write nothing and do nothing any more: the thread was deleted, or belongs to another server now."""
        if self.gone is not None:
            return
        self.log.detach()
        self.lease.end(problem)
        self.work.cancel()
        if self._running is not None:
            self._running[1].cancel()
        self._tell(problem, ends=True)

    # ------------------------------------------------------------------------------------------- used by its turns

    def now(self) -> float:
        return time.time()

    async def show(self, turn: TurnRecord, model: Model) -> Shown:
        """What the model is shown with the message of ``turn``."""
        shown = await self.preparation.context(turn, model, self.about(turn))
        for notice in shown.notices:
            self.log.append(p.Notice, turn=turn.id, level="info", problem=notice)
        return shown

    def about(self, turn: TurnRecord) -> App | None:
        """The app that ``turn`` is about."""
        apps = self.host.apps
        return concerned(apps, self.state.turns.values(), turn) if apps is not None else None

    def save_receipt(self, receipt: p.Receipt) -> None:
        written = self._store.write_receipt(self.id, receipt.id, receipt.model_dump_json())
        written.add_done_callback(logged)

    def bench(self, turn: TurnRecord) -> TurnBench:
        """What the tools of ``turn`` work on."""
        apps = self.host.apps

        def app() -> App | None:
            return at_hand(apps, self.state.turns.values(), turn) if apps is not None else None

        def allowed(app: App) -> bool:
            """Once is enough in a thread."""
            return any(
                isinstance(record.body, p.UseAppAction) and record.body.app == app.id and record.state == "done"
                for record in self.state.actions.values()
            )

        return TurnBench(self.host, self.actions, turn, app, allowed)

    def app_work(self, turn: TurnRecord) -> AppWork | None:
        """What ``turn`` does with apps; None where there are none."""
        apps = self.host.apps
        if apps is None:
            return None
        turns = self.state.turns
        known = partial(knows, apps, turns.values(), turn)
        return AppWork(apps, self.host, self.log, self.actions, self.id, turn, known)

    # -------------------------------------------------------------------------------------------------- internals

    def _turn(self, turn: str) -> TurnRecord:
        record = self.state.turns.get(turn)
        if record is None:
            raise Refused("no_turn", "That message is not part of this thread any more.", "Reload the page.")
        return record

    async def _first_run(self, turn: str) -> None:
        """A rule first, where one is certain; else the model."""
        record = self.state.turns[turn]
        if record.started.purpose == "fix":
            fix = None
            try:
                fix = await self.preparation.instant_fixes.find(record)
            except asyncio.CancelledError:
                self.log.append(p.TurnEnded, turn=turn, reason="stopped")
                return
            except Exception:
                # The model may still find what the rules trip over.
                logger.exception("An instant fix failed")
            if fix is not None:
                offer(self.log, self.actions, record, fix)
                return
        await Turn(self, turn).run()

    def resume(
        self,
        turn: TurnRecord,
        reason: str,
        told: str | None,
        failure: p.Failure | None = None,
        open_: OpenPart | None = None,
    ) -> None:
        """Let a turn that had ended go on.

        :param open_: where its answer was cut off, if it is to go on there.
        :raises Refused: another turn is running.
        """
        if self._running is not None:
            raise turn_running()
        self.log.append(p.TurnResumed, turn=turn.id, reason=reason)
        if told:
            self.log.append(p.Observed, turn=turn.id, text=told, failure=failure)
        self._go(turn.id, Turn(self, turn.id, open_).run())

    def _go(self, turn: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running = (turn, task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running = None
            error = None if task.cancelled() else task.exception()
            if error is not None:
                logger.error("A turn failed", exc_info=error)
            if self.state.turns[turn].ended is None:
                reason = "stopped" if error is None else "failed"
                self.log.append(p.TurnEnded, turn=turn, reason=reason, problem=internal(error) if error else None)
            if self.gone is None:
                self._columns(cost=self._cost())
            self.lease.settle()

        task.add_done_callback(ended)

    def _work_failed(self, error: BaseException) -> None:
        problem = getattr(error, "problem", None)
        if problem is None:
            logger.error("A command failed", exc_info=error)
        self.log.append(p.Notice, turn=None, level="error", problem=problem or internal(error))

    async def _catch_up(self) -> None:
        """Read what another server has added since; what no server works on any more is marked as interrupted."""
        # The last event is read again, because a text may have grown.
        for event in await self._store.events(self.id, self.log.seq - 1):
            self.log.adopt(event)
        self.log.reserve(await self._store.last(self.id))
        mark_interrupted(self.state, self.log, self.actions)

    def _columns(self, **columns: Any) -> None:
        self._store.write(self.id, [], **columns).add_done_callback(logged)

    def _not_written(self, error: BaseException) -> None:
        if isinstance(error, LeaseLost):
            self.leave(DELETED if error.deleted else elsewhere())
            return
        if not self._outage:
            # Once for each outage; the log keeps what is not written and tries again.
            self._outage = True
            asyncio.get_running_loop().call_later(OUTAGE_SECONDS, self._outage_over)
            detail = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
            remedy = "What arrives is kept in memory and written as soon as that works again."
            self._tell(p.Problem(code="store", message=detail[:500], remedy=remedy), ends=False)

    def _outage_over(self) -> None:
        self._outage = False

    def _tell(self, problem: p.Problem, *, ends: bool) -> None:
        for listener in list(self.told):
            listener(problem, ends)

    def _cost(self) -> float | None:
        priced = [turn.cost for turn in self.state.turns.values() if turn.priced]
        return sum(priced) if priced else None
