"""Taking back what turns have changed, in documents that may have changed since.

A turn needs no checkpoint of its own: its actions hold every text before and after.  What nobody else has touched is
put back at once; of what the user has changed too, Townie's part alone is taken back, as a proposal to decide on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import protocol as p
from ..notebooks.surface import SurfaceError
from .actions import edit_action
from .appfiles import tell_app
from .refusals import words
from .state import ActionRecord, ThreadState, TurnRecord
from .takeback import Changes, TakeBack, Text, collect, preview_of, take_back
from .variables import undone_variables

if TYPE_CHECKING:
    from .actions import Actions
    from .host import Host
    from .log import Log

TRIES = 3
"""How often a notebook is read anew that the user is typing in while it is to be put back."""


@dataclass(slots=True)
class Restored:
    """What became of the changes of some turns."""

    turns: list[TurnRecord]
    taken: list[ActionRecord] = field(default_factory=list)
    left: list[ActionRecord] = field(default_factory=list)
    proposals: list[ActionRecord] = field(default_factory=list)
    variables: list[p.UndoneVariable] = field(default_factory=list)


class Checkpoints:
    """The states that one thread can go back to."""

    def __init__(self, log: Log, state: ThreadState, actions: Actions, host: Host) -> None:
        self._log, self._state, self._actions, self._host = log, state, actions, host

    def since(self, turn: str, *, inclusive: bool) -> list[TurnRecord]:
        """The turns after ``turn`` that are not undone, oldest first; with ``inclusive`` also that one."""
        turns = list(self._state.turns.values())
        first = next(index for index, record in enumerate(turns) if record.id == turn) + (0 if inclusive else 1)
        return [record for record in turns[first:] if not record.undone or collect(record.actions.values())]

    async def preview(self, turns: Sequence[TurnRecord]) -> p.RestorePreview:
        """What :meth:`take_back` would do now."""
        plans: list[p.DocumentChange] = []
        for path, changes in _by_path(turns).items():
            plans += await self._plans(turns[-1].id, path, changes)
        return p.RestorePreview(turns=[turn.id for turn in turns], documents=plans)

    async def _plans(self, turn: str, path: str, changes: Sequence[Changes]) -> list[p.DocumentChange]:
        try:
            now = await self._read(turn, path, changes)
        except (SurfaceError, ValueError, OSError) as error:
            return [
                p.DocumentChange(
                    path=path,
                    cell_id=one.cell_id,
                    effect="none",
                    certain=False,
                    message=_why(error),
                    actions=[record.id for record in one.actions],
                )
                for one in changes
            ]
        return [preview_of(take_back(one, now.get(one.cell_id))) for one in changes]

    async def take_back(self, turns: Sequence[TurnRecord]) -> Restored:
        """Take back what ``turns`` (oldest first) have changed; what they had still to do is not done any more."""
        restored = Restored(list(turns))
        for turn in turns:
            for record in turn.actions.values():
                held = record.state == "held" and not isinstance(record.body, p.InsertAction)
                if record.state == "waiting" or held:
                    self._actions.change(record, "rejected")
        for path, changes in _by_path(turns).items():
            await self._put_back(restored, path, changes)
        return restored

    def tell(self, restored: Restored) -> None:
        """Put into the log what became of each turn; a turn that had changed nothing is only told of by itself."""
        for turn in restored.turns:
            taken, left, proposals = (
                [record.id for record in records if record.turn == turn.id]
                for records in (restored.taken, restored.left, restored.proposals)
            )
            if not taken and not left and (turn.undone or len(restored.turns) > 1):
                continue
            cells = {record.body.cell_id for record in turn.actions.values() if isinstance(record.body, _OF_CELLS)}
            variables = [variable for variable in restored.variables if variable.cell_id in cells]
            self._log.append(p.Undone, turn=turn.id, actions=taken, left=left, proposals=proposals, variables=variables)

    def tell_restored(self, turn: str, restored: Restored, *, before: bool) -> None:
        """Put into the log what became of a restoration as a whole."""
        self._log.append(
            p.Restored,
            turn=turn,
            before=before,
            turns=[record.id for record in restored.turns],
            left=[record.id for record in restored.left],
            proposals=[record.id for record in restored.proposals],
            variables=restored.variables,
        )

    # ------------------------------------------------------------------------------------- a proposal that is accepted

    async def before_accepting(self, record: ActionRecord) -> p.NotebookSnapshot | None:
        """The notebook of a proposal that takes back part of a cell; None for any other action."""
        body = record.body
        if not isinstance(body, p.EditAction) or not body.takes_back or body.cell_id is None:
            return None
        try:
            return await self._actions.surface(record.turn, body.path).read(outputs=False)
        except SurfaceError:
            return None  # Applying it says why.

    def tell_accepted(self, record: ActionRecord, was: p.NotebookSnapshot) -> None:
        """What an undo had left has been taken back now: say which variables that leaves.

        :param was: the notebook before.
        """
        body = record.body
        assert isinstance(body, p.EditAction)
        plan = TakeBack(Changes(body.path, body.cell_id), body.before, body.after, certain=True)
        variables = undone_variables(body.path, [plan], was, self._state)
        for turn in dict.fromkeys(self._state.actions[taken].turn for taken in body.takes_back):
            events = self._state.turns[turn].events
            last = next((event for event in reversed(events) if isinstance(event, p.Undone)), None)
            self._log.append(
                p.Undone,
                turn=turn,
                actions=[taken for taken in body.takes_back if self._state.actions[taken].turn == turn],
                left=[left for left in last.left if left not in body.takes_back] if last else [],
                proposals=last.proposals if last else [],
                variables=variables if turn == record.turn else [],
            )

    # ------------------------------------------------------------------------------------------------------ documents

    async def _read(self, turn: str, path: str, changes: Sequence[Changes]) -> dict[str | None, Text]:
        """The texts of a notebook's cells by their ids, or of a file by None."""
        if changes[0].cell_id is not None:
            snapshot = await self._actions.surface(turn, path).read(outputs=False)
            return {cell.id: cell.source for cell in snapshot.cells}
        try:
            return {None: await self._host.read_text(path)}
        except FileNotFoundError:
            return {}

    async def _put_back(self, restored: Restored, path: str, changes: Sequence[Changes]) -> None:
        try:
            if changes[0].cell_id is None:
                await self._put_file_back(restored, changes[0])
            else:
                await self._put_notebook_back(restored, path, changes)
        except (SurfaceError, ValueError, OSError) as error:
            for one in changes:
                self._leave(restored, one, f"Not undone: {_why(error)}")

    async def _put_file_back(self, restored: Restored, changes: Changes) -> None:
        now = await self._read(restored.turns[-1].id, changes.path, [changes])
        plan = take_back(changes, now.get(None))
        if plan.certain and plan.effect != "none":
            await self._host.write_text(changes.path, plan.then, plan.now)
            if self._host.apps is not None:
                await tell_app(self._host.apps, changes.path)
        self._conclude(restored, plan)

    async def _put_notebook_back(self, restored: Restored, path: str, changes: Sequence[Changes]) -> None:
        turn = restored.turns[-1].id
        for attempt in range(TRIES):
            snapshot = await self._actions.surface(turn, path).read(outputs=False)
            now = {cell.id: cell.source for cell in snapshot.cells}
            plans = [take_back(one, now.get(one.cell_id or "")) for one in changes]
            # The way back: a cell that was deleted comes back below one that was inserted before that, and goes later.
            back = sorted(plans, key=lambda plan: plan.changes.moved, reverse=True)
            operations = _operations([plan for plan in back if plan.certain], now)
            results = await self._actions.operate(turn, path, operations) if operations else []
            if all(result.ok for result in results):
                break
            if attempt + 1 == TRIES or any(result.problem == "read_only" for result in results):
                await self._one_by_one(restored, plans, operations)
                return
        for plan in plans:
            self._conclude(restored, plan)
        gone = [plan for plan in plans if plan.certain and plan.effect != "none"]
        restored.variables += undone_variables(path, gone, snapshot, self._state)

    async def _one_by_one(
        self, restored: Restored, plans: Sequence[TakeBack], operations: Sequence[p.CellOperation]
    ) -> None:
        """All at once is refused because of one of them: the others need not stay for that."""
        refused = set()
        for operation in operations:
            plan = next(plan for plan in plans if plan.changes.cell_id == operation.cell_id)
            turn, path = plan.changes.actions[-1].turn, plan.changes.path
            (result,) = await self._actions.operate(turn, path, [operation])
            if not result.ok:
                refused.add(operation.cell_id)
        for plan in plans:
            if plan.changes.cell_id in refused:
                self._leave(restored, plan.changes, "Not undone: the cell is locked, or is being changed.")
            else:
                self._conclude(restored, plan)

    # --------------------------------------------------------------------------------------------------- what is said

    def _conclude(self, restored: Restored, plan: TakeBack) -> None:
        if plan.certain:
            for record in plan.changes.actions:
                self._actions.change(record, "undone")
            restored.taken += plan.changes.actions
            return
        self._leave(restored, plan.changes, f"Not undone: {plan.message}")
        if plan.effect != "none":
            restored.proposals.append(self._propose(plan))

    def _leave(self, restored: Restored, changes: Changes, message: str) -> None:
        for record in changes.actions:
            self._actions.change(record, record.state, message)
        restored.left += changes.actions

    def _propose(self, plan: TakeBack) -> ActionRecord:
        changes = plan.changes
        body = edit_action(changes.path, changes.cell_id, plan.now or "", plan.then or "", plan.message)
        body = body.model_copy(update={"takes_back": [record.id for record in changes.actions]})
        return self._actions.start(changes.actions[-1].turn, body, "edit", "waiting")


_OF_CELLS = (p.InsertAction, p.EditAction, p.DeleteAction)


def _by_path(turns: Sequence[TurnRecord]) -> dict[str, list[Changes]]:
    found: dict[str, list[Changes]] = {}
    for changes in collect(record for turn in turns for record in turn.actions.values()):
        found.setdefault(changes.path, []).append(changes)
    return found


def _operations(plans: Sequence[TakeBack], cells: Collection[str]) -> list[p.CellOperation]:
    """What takes back *plans* in their order, in a notebook that has *cells*."""
    there = set(cells)
    operations = []
    for plan in plans:
        if (operation := _operation(plan, there)) is None:
            continue
        operations.append(operation)
        # One that comes back may stand below another one that does.
        if isinstance(operation, p.InsertCell):
            there.add(operation.cell_id)
        elif isinstance(operation, p.DeleteCell):
            there.discard(operation.cell_id)
    return operations


def _operation(plan: TakeBack, there: Collection[str]) -> p.CellOperation | None:
    cell_id = plan.changes.cell_id
    assert cell_id is not None
    if plan.effect == "none":
        return None
    if plan.then is None:
        return p.DeleteCell(cell_id=cell_id, before=plan.now or "")
    if plan.now is not None:
        return p.ReplaceSource(cell_id=cell_id, before=plan.now, after=plan.then)
    above = plan.changes.above
    if above and above not in there:
        above = None
    return p.InsertCell(cell_id=cell_id, cell_type=plan.changes.cell_type, source=plan.then, after=above)


def _why(error: Exception) -> str:
    return words(error) if isinstance(error, SurfaceError) else str(error)
