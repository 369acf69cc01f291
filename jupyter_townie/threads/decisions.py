"""What follows when the user decides about an action."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .. import protocol as p
from .appwork import goes_on, next_try
from .told import failure_message
from .tries import why_not_again

if TYPE_CHECKING:
    from ..apps.app import App
    from .appwork import AppWork
    from .state import ActionRecord, TurnRecord
    from .thread import Thread

DECIDABLE = ("waiting", "conflict", "held", "failed")
"""States in which an action can be accepted: what failed may work now, what was held need not wait any longer."""
TOGETHER = 0.5
"""Seconds within which another change of the same app may be accepted."""


class Decisions:
    """Carries out what the user decides in one thread."""

    def __init__(self, thread: Thread) -> None:
        self._thread = thread
        self._actions = thread.actions
        self._accepted: dict[tuple[str, str], list[str]] = {}
        """By turn and app, the paths that were accepted and not looked at yet."""

    def carry_out(self, turn: TurnRecord, record: ActionRecord, command: p.Decide) -> None:
        """Begin with it.  The state changes at once, so that a second click or page decides nothing."""
        body, start = record.body, self._thread.work.start
        if isinstance(body, p.DeleteAction):
            return
        self._actions.change(record, "running")
        if isinstance(body, p.RunAction):
            start(turn.id, "run", self._run(turn, body.path, body.cell_ids, record))
        elif isinstance(body, p.InstallAction):
            start(turn.id, "run", self._install(turn, record, body, command))
        elif isinstance(body, p.StartAppAction):
            start(turn.id, "run", self._start_app(turn, record))
        elif isinstance(body, p.UseAppAction):
            self._actions.change(record, "done")
            start(turn.id, "run", self._use_app(turn, body))
        elif isinstance(body, p.InsertAction):
            start(turn.id, "change", self._insert(turn, record, body, command))
        else:
            start(turn.id, "change", self._edit(turn, record, body, command))

    def retry(self, records: list[ActionRecord]) -> None:
        """Do again what was held, in its order; it was decided already."""
        for record in records:
            self._actions.change(record, "running")
        if records:
            self._thread.work.start(records[0].turn, "change", self._retry(records))

    async def _retry(self, records: list[ActionRecord]) -> None:
        try:
            for record in records:
                if isinstance(record.body, p.InsertAction):
                    await self._actions.insert(record)
                elif isinstance(record.body, p.EditAction):
                    await self._actions.apply_edit(record)
        finally:
            for record in records:
                if record.state == "running":
                    self._actions.change(record, "held", "Townie was stopped before this was done.")

    # ---------------------------------------------------------------------------------------------------- one a kind

    async def _run(self, turn: TurnRecord, path: str, cells: list[str], record: ActionRecord | None = None) -> None:
        ran = await self._actions.run(turn.id, path, cells, record)
        if turn.started.purpose == "fix":
            await self._thread.remembered.ran(turn, ran)
        if ran.failure is not None and turn.started.purpose == "fix":
            self._after_failed_try(turn, ran.failure)

    async def _install(self, turn: TurnRecord, record: ActionRecord, body: p.InstallAction, command: p.Decide) -> None:
        await self._thread.preparation.install(record, body)
        if record.state == "done" and command.decision == "accept_and_run":
            await self._rerun(turn)

    async def _insert(self, turn: TurnRecord, record: ActionRecord, body: p.InsertAction, command: p.Decide) -> None:
        inserted = await self._actions.insert(record, wanted=True)
        if inserted and command.decision == "accept_and_run" and body.cell_type == "code":
            self._thread.work.start(turn.id, "run", self._run(turn, body.path, [body.cell_id]))

    async def _start_app(self, turn: TurnRecord, record: ActionRecord) -> None:
        work = self._thread.app_work(turn)
        self._go_on(turn, await work.allow(record) if work is not None else None)

    async def _look_at_app(self, turn: TurnRecord, work: AppWork, app: App, path: str) -> None:
        """A change of an app was accepted that had to wait for that: how the app does with it.

        Changes that are accepted right after each other are looked at together.
        """
        paths = self._accepted.setdefault((turn.id, app.id), [])
        paths.append(path)
        count = len(paths)
        await asyncio.sleep(TOGETHER)
        if len(paths) > count:
            return
        self._accepted.pop((turn.id, app.id), None)
        self._go_on(turn, await work.accepted(app, paths))

    def _go_on(self, turn: TurnRecord, checked: p.AppChecked | None) -> None:
        """The model hears of what an app reports, where it is to repair that."""
        if checked is None or not goes_on(turn, checked) or self._thread.running is not None:
            return
        words, problem = next_try(turn, checked)
        if problem is not None:
            self._thread.log.append(p.TurnEnded, turn=turn.id, reason="limit", problem=problem)
        else:
            self._thread.resume(turn, "failure", words, checked.failures[0].failure)

    async def _use_app(self, turn: TurnRecord, body: p.UseAppAction) -> None:
        if self._thread.running is None:
            self._thread.resume(
                turn, "allowed", f"You may use the app {body.path} now. Go on with what you wanted to try."
            )

    async def _edit(self, turn: TurnRecord, record: ActionRecord, body: p.EditAction, command: p.Decide) -> None:
        was = await self._thread.checkpoints.before_accepting(record)
        applied = await self._actions.apply_edit(record, command.text, command.base)
        if applied and was is not None:
            self._thread.checkpoints.tell_accepted(record, was)
        work = self._thread.app_work(turn) if applied else None
        app = work.app_of(record) if work is not None else None
        if work is not None and app is not None:
            self._thread.work.start(turn.id, "run", self._look_at_app(turn, work, app, body.path))
        elif applied and command.decision == "accept_and_run":
            self._thread.work.start(turn.id, "run", self._rerun(turn, body))

    async def _rerun(self, turn: TurnRecord, edit: p.EditAction | None = None) -> None:
        """Run the cell that was changed and, when that is another one, the cell that had failed."""
        edited = edit.cell_id if edit is not None else None
        # Outside a fix the bound cell is only where the user was, and nobody asked to run it.
        failed = turn.started.binding.cell_id if turn.started.purpose == "fix" else None
        cells = [cell for cell in dict.fromkeys([edited, failed]) if cell]
        # The notebook may have another name since the turn began.
        path = edit.path if edit is not None and edited else turn.started.binding.path
        await self._run(turn, path or "", cells)

    def _after_failed_try(self, turn: TurnRecord, failure: p.Failure) -> None:
        if self._thread.running == turn.id:
            return
        problem = why_not_again(turn, failure)
        if problem is not None:
            self._thread.log.append(p.TurnEnded, turn=turn.id, reason="limit", problem=problem)
        elif turn.started.options.keep_trying or turn.started.options.mode == "auto":
            self._thread.resume(turn, "failure", failure_message(failure), failure)
