"""What was taken back in an open notebook lasts only from when the notebook is saved: whether it is there again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from ..notebooks.surface import SurfaceError
from .state import ActionRecord, ThreadState
from .takeback import collect, take_back

if TYPE_CHECKING:
    from .actions import Actions
    from .host import Host

FILE = "file"
"""The sitting of a notebook that no page has open; see ``Host.sitting``."""
THERE_AGAIN = "It is there again: the notebook was reloaded before it was saved."


class Unsaved:
    """The undone actions of one thread, by the notebook and the sitting in which they were undone."""

    def __init__(self, state: ThreadState, actions: Actions, host: Host) -> None:
        self._state, self._actions, self._host = state, actions, host
        self._undone: dict[str, dict[str, str]] = {}

    def undone(self, records: Iterable[ActionRecord]) -> None:
        """These were undone just now."""
        for record in records:
            sitting = self._sitting(record)
            if sitting != FILE:
                self._undone.setdefault(record.body.path, {})[record.id] = sitting

    def concerns(self, paths: Collection[str]) -> bool:
        """Whether there is anything to look at once one of ``paths`` is reached again."""
        return any(path in self._undone for path in paths)

    async def look_again(self, path: str) -> None:
        """A notebook is reached again: what it holds again, because the page was reloaded without saving, is done."""
        known = self._undone.get(path, {})
        records = [
            record
            for record in self._state.actions.values()
            if record.id in known and self._sitting(record) not in (known[record.id], FILE)
        ]
        if not records:
            # A page whose connection was lost for a moment still has it as it was.
            return
        try:
            snapshot = await self._actions.surface(records[-1].turn, path).read(outputs=False)
        except SurfaceError:
            return
        now = {cell.id: cell.source for cell in snapshot.cells}
        for changes in collect([record for record in records if record.state == "undone"], undone=True):
            plan = take_back(changes, now.get(changes.cell_id or ""))
            if plan.certain and plan.effect != "none":
                for record in changes.actions:
                    self._actions.change(record, "done", THERE_AGAIN)
        for record in records:
            del known[record.id]
        if not known:
            self._undone.pop(path, None)

    def _sitting(self, record: ActionRecord) -> str:
        return self._host.sitting(record.body.path, self._actions.page.get(record.turn))
