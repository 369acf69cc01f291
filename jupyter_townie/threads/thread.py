"""A thread: its log, what it adds up to, and the commands that a person gives it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from .actions import Actions
from .bench import TurnBench
from .log import Log
from .prepare import Preparation
from .state import ThreadState, TurnRecord
from .store import LeaseTaken, Store
from .turn import Turn, continue_message, failure_message

if TYPE_CHECKING:
    from ..context.build import Context
    from ..models.model import Model
    from .host import Host

logger = logging.getLogger(__name__)

LEASE_RENEWAL = 5.0


class Refused(Exception):
    """A command can not be carried out; ``problem`` tells the person why and what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.problem = p.Problem(code=code, message=message, remedy=remedy)


class Thread:
    """One conversation.  Made by :class:`jupyter_townie.threads.Threads`."""

    def __init__(self, thread: str, store: Store, host: Host, events: list[p.Event]) -> None:
        self.id = thread
        self.host = host
        self.state = ThreadState()
        self.log = Log(thread, store, events)
        self.log.read(self.state.see)
        for event in events:
            self.state.see(event)
        self.actions = Actions(self.log, self.state, host)
        self._store = store
        self._preparation = Preparation(host, self.actions)
        self._running: tuple[str, asyncio.Task[None]] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lease: asyncio.Task[None] | None = None

    # ----------------------------------------------------------------------------------------------------- commands

    @property
    def running(self) -> str | None:
        """The turn in progress, if any."""
        return self._running[0] if self._running else None

    @property
    def busy(self) -> bool:
        """Whether a turn or a command is still being carried out."""
        return self._running is not None or bool(self._tasks)

    async def submit(self, command: p.Submit, page: str | None = None) -> None:
        """Start a turn; the same command twice is one turn.

        :raises Refused: another turn is running, or another server has the thread.
        """
        if command.turn in self.state.turns:
            return
        if self._running is not None:
            raise Refused("turn_running", "Townie is still working on the last message.", "Wait for it, or press Stop.")
        if command.purpose == "chat" and not command.text.strip():
            raise Refused("empty_message", "The message is empty.", "Type what you want to know or to have done.")
        self.actions.page[command.turn] = page
        failure = await self._preparation.failure(command)
        started = self.log.append(
            p.TurnStarted,
            turn=command.turn,
            purpose=command.purpose,
            text=command.text,
            binding=command.binding,
            attachments=command.attachments,
            options=command.options,
            model=await self._model_name(command.options.model),
            failure=failure,
            replaces=command.replaces,
        )
        if not self.state.title:
            self.log.append(p.TitleChanged, turn=None, title=title_of(started))
        self._store.write(self.id, [], title=self.state.title, path=command.binding.path, turns=len(self.state.turns))
        self._go(command.turn, self._first_run(command.turn))

    async def stop(self, turn: str) -> None:
        """Stop a turn and keep what has arrived.  The kernel is never interrupted."""
        if self._running is not None and self._running[0] == turn:
            self._running[1].cancel()

    async def decide(self, command: p.Decide) -> None:
        """Carry out the user's decision about an action.

        :raises Refused: there is no such action, or it does not wait for a decision.
        """
        record = self.state.actions.get(command.action)
        if record is None:
            raise Refused("no_action", "That change is not part of this thread any more.", "Ask Townie again.")
        if record.state not in ("waiting", "conflict", "held", "failed"):
            return
        turn = self.state.turns[record.turn]
        if command.decision == "reject":
            self.actions.change(record, "rejected")
            if command.hint.strip():
                self._resume(turn, "hint", f"The user rejected the change and says: {command.hint.strip()}")
            return
        self._spawn(self._accept(turn, record, command))

    async def run(self, command: p.RunCells) -> None:
        """Run new cells of a turn because the user said so.

        :raises Refused: there is nothing to run.
        """
        turn = self._turn(command.turn)
        cells = command.cell_ids or turn.new_cells
        path = turn.started.binding.path
        if not cells or path is None:
            raise Refused("nothing_to_run", "This turn has no cells to run.", "They may have been removed.")
        self._spawn(self.actions.run(turn.id, path, cells))

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
        await self.stop(turn.id)
        if self._running is not None and self._running[0] == turn.id:
            await asyncio.wait([self._running[1]])
        taken, left = await self.actions.undo(turn.id)
        self.log.append(p.Undone, turn=turn.id, actions=taken, left=left)

    async def continue_(self, command: p.Continue) -> None:
        """Go on with a turn that was cut off, reached a limit, or waits before its next try.

        :raises Refused: another turn is running.
        """
        turn = self._turn(command.turn)
        text = continue_message(turn)
        failures = turn.failures
        told = [event.failure for event in turn.events if isinstance(event, p.Observed) and event.failure]
        if text is None and failures and turn.started.failure is not failures[-1] and failures[-1] not in told:
            text = failure_message(failures[-1])
        self._resume(turn, "continue", text, failures[-1] if text and failures else None)

    async def page_back(self, path: str) -> None:
        """A page has opened ``path``: do what was held until then."""
        for record in list(self.state.actions.values()):
            if record.state == "held" and record.body.path == path and isinstance(record.body, p.EditAction):
                self._spawn(self.actions.apply_edit(record))

    async def rename(self, title: str) -> None:
        """:raises Refused: the title is empty."""
        title = " ".join(title.split())[:200]
        if not title:
            raise Refused("empty_title", "A thread needs a title.", "Type a few words.")
        self.log.append(p.TitleChanged, turn=None, title=title)
        self._store.write(self.id, [], title=title)

    async def close(self) -> None:
        """Stop everything and have it written."""
        running = self._running
        for task in [*self._tasks, *([running[1]] if running else [])]:
            task.cancel()
        if self._tasks or running:
            await asyncio.wait([*self._tasks, *([running[1]] if running else [])], timeout=5)
        self.log.flush()
        self._release()

    # ------------------------------------------------------------------------------------------- used by its turns

    def now(self) -> float:
        return time.time()

    async def context(self, turn: TurnRecord, model: Model) -> Context:
        """What the model is shown with the message of ``turn``."""
        context, notices = await self._preparation.context(turn, model)
        for notice in notices:
            self.log.append(p.Notice, turn=turn.id, level="info", problem=notice)
        return context

    def save_receipt(self, receipt: p.Receipt) -> None:
        self._store.write_receipt(self.id, receipt.id, receipt.model_dump_json())

    def bench(self, turn: TurnRecord) -> TurnBench:
        """What the tools of ``turn`` work on."""
        return TurnBench(self.host, self.actions, turn)

    def why_not_again(self, turn: TurnRecord, failure: p.Failure) -> p.Problem | None:
        """Why there should be no further try at a failure; None when there may be one."""
        earlier = turn.failures[:-1] if turn.failures and turn.failures[-1] is failure else turn.failures
        if any(known.signature == failure.signature for known in earlier if known is not failure):
            return p.Problem(
                code="same_failure",
                message=f"The same error came back: {failure.ename}: {failure.evalue}"[:300],
                remedy="Undo the change, or tell Townie what to do differently.",
            )
        tries = len(turn.failures) - (1 if turn.started.failure else 0)
        if tries >= turn.started.options.max_tries:
            return p.Problem(
                code="tries",
                message=f"{tries} tries did not repair it; the last error is {failure.ename}: {failure.evalue}"[:300],
                remedy="Press Continue for another try, or say what to do differently.",
            )
        return None

    # -------------------------------------------------------------------------------------------------- internals

    def _turn(self, turn: str) -> TurnRecord:
        record = self.state.turns.get(turn)
        if record is None:
            raise Refused("no_turn", "That message is not part of this thread any more.", "Reload the page.")
        return record

    async def _model_name(self, name: str | None) -> str:
        from ..models.registry import default_model

        # Without a choice the keys decide, and a keyring can take its time.
        return name or await asyncio.to_thread(default_model, self.host.config)

    async def _first_run(self, turn: str) -> None:
        """A rule first, where one is certain; else the model."""
        record = self.state.turns[turn]
        if record.started.purpose == "fix":
            try:
                fix = await self._preparation.instant_fix(record)
            except asyncio.CancelledError:
                self.log.append(p.TurnEnded, turn=turn, reason="stopped")
                return
            if fix is not None:
                part = record.parts
                self.log.append(p.PartStarted, turn=turn, part=part, kind="prose")
                self.log.text(turn, part, fix.text)
                self.log.append(p.PartEnded, turn=turn, part=part)
                self.log.append(p.Replied, turn=turn, content=[{"type": "text", "text": fix.text}], stop="end")
                self.actions.start(turn, fix.body, fix.gate, "waiting", proof=fix.proof)
                self.log.append(p.TurnEnded, turn=turn, reason="done")
                return
        await Turn(self, turn).run()

    async def _accept(self, turn: TurnRecord, record: Any, command: p.Decide) -> None:
        body = record.body
        if isinstance(body, p.RunAction):
            ran = await self.actions.run(turn.id, body.path, body.cell_ids, record)
        elif isinstance(body, p.InstallAction):
            await self._preparation.install(record, body)
            if record.state != "done" or command.decision != "accept_and_run":
                return
            ran = await self._rerun(turn)
        elif isinstance(body, p.EditAction):
            applied = await self.actions.apply_edit(record, command.text, command.base)
            if not applied or command.decision != "accept_and_run":
                return
            ran = await self._rerun(turn, body.cell_id)
        else:
            return
        if ran.failure is not None and turn.started.purpose == "fix":
            self._after_failed_try(turn, ran.failure)

    async def _rerun(self, turn: TurnRecord, edited: str | None = None) -> p.CellsRan:
        """Run the cell that was changed and, when that is another one, the cell that had failed."""
        failed = turn.started.binding.cell_id
        cells = [cell for cell in dict.fromkeys([edited, failed]) if cell]
        return await self.actions.run(turn.id, turn.started.binding.path or "", cells)

    def _after_failed_try(self, turn: TurnRecord, failure: p.Failure) -> None:
        problem = self.why_not_again(turn, failure)
        if problem is not None:
            self.log.append(p.TurnEnded, turn=turn.id, reason="limit", problem=problem)
        elif turn.started.options.keep_trying or turn.started.options.mode == "auto":
            self._resume(turn, "failure", failure_message(failure), failure)

    def _resume(self, turn: TurnRecord, reason: str, told: str | None, failure: p.Failure | None = None) -> None:
        if self._running is not None:
            raise Refused("turn_running", "Townie is still working on the last message.", "Wait for it, or press Stop.")
        self.log.append(p.TurnResumed, turn=turn.id, reason=reason)
        if told:
            self.log.append(p.Observed, turn=turn.id, text=told, failure=failure)
        self._go(turn.id, Turn(self, turn.id).run())

    def _go(self, turn: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running = (turn, task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running = None
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.error("A turn failed", exc_info=error)
            record = self.state.turns[turn]
            if record.ended is None:
                self.log.append(p.TurnEnded, turn=turn, reason="stopped")
            self._store.write(self.id, [], cost=self._cost())
            self.release_when_idle()

        task.add_done_callback(ended)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)

        def ended(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                problem = getattr(error, "problem", None) or p.Problem(
                    code="internal", message=f"Townie itself failed: {type(error).__name__}: {error}"[:500]
                )
                self.log.append(p.Notice, turn=None, level="error", problem=problem)
                logger.error("A command failed", exc_info=error)
            self.release_when_idle()

        task.add_done_callback(ended)

    def _cost(self) -> float | None:
        priced = [turn.cost for turn in self.state.turns.values() if turn.priced]
        return sum(priced) if priced else None

    # ------------------------------------------------------------------------------------------------------- lease

    async def claim(self) -> None:
        """Be the only server that appends to this thread, as long as there is something to do."""
        if self._lease is not None:
            return
        try:
            await self._store.take_lease(self.id)
        except LeaseTaken as taken:
            host, pid, _ = taken.owner.rsplit(":", 2)
            raise Refused(
                "thread_elsewhere",
                f"Another Jupyter server ({host}, process {pid}) is working on this thread.",
                "Wait until it is done there, or start a new thread.",
            ) from None
        await self.catch_up()
        if self._lease is None:
            self._lease = asyncio.create_task(self._renew())

    async def catch_up(self) -> None:
        """Read what another server has added since."""
        for event in await self._store.events(self.id, self.log.seq):
            self.log.adopt(event)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_RENEWAL)
            await self._store.take_lease(self.id)

    def release_when_idle(self) -> None:
        if self._running is None and not self._tasks:
            self._release()

    def _release(self) -> None:
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None
            self._store.drop_lease(self.id)


def title_of(started: p.TurnStarted) -> str:
    """A title for a thread that begins with this turn."""
    if started.failure is not None:
        verb = "Explain" if started.purpose == "explain" else "Fix"
        where = f" in [{started.failure.execution_count}]" if started.failure.execution_count else ""
        return f"{verb} {started.failure.ename}{where}"
    words = " ".join(started.text.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "..."
