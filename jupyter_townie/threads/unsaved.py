"""What was done or taken back in an open notebook lasts only from when the notebook is saved.

When the notebook is reached in another sitting (see ``Host.sitting``), the log says again what is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from .. import protocol as p
from ..notebooks.surface import SurfaceError
from .host import FILE, LOST, SAVED
from .state import ActionRecord, ThreadState
from .takeback import collect, take_back

if TYPE_CHECKING:
    from .actions import Actions
    from .host import Host

THERE_AGAIN = "It is there again: the notebook was reloaded before it was saved."
NOT_THERE = "The notebook was closed or reloaded, and does not hold this any more."


class Unsaved:
    """The actions of one thread on cells, by the notebook and the sitting in which they were done or undone."""

    def __init__(self, state: ThreadState, actions: Actions, host: Host) -> None:
        self._state, self._actions, self._host = state, actions, host
        self._known: dict[str, dict[str, str]] = {}

    def changed(self, record: ActionRecord) -> None:
        """It was done or undone just now."""
        sitting = self._sitting(record)
        if sitting in (FILE, SAVED, LOST):
            # It is in the file.
            self._forget(record.body.path, [record])
        else:
            self._known.setdefault(record.body.path, {})[record.id] = sitting

    def moved(self, record: ActionRecord, before: str) -> None:
        """Its notebook, which was at ``before``, has another name."""
        sitting = self._known.get(before, {}).get(record.id)
        if sitting is not None:
            self._forget(before, [record])
            self._known.setdefault(record.body.path, {})[record.id] = sitting

    def concerns(self, paths: Collection[str]) -> bool:
        """Whether there is anything to look at once one of ``paths`` is reached again."""
        return any(path in self._known for path in paths)

    async def look_again(self, path: str, running: str | None = None) -> None:
        """A notebook is reached again: what was undone and is there is done, what was done and is not has failed.

        :param running: a turn whose new cells are brought back where they are missing.
        """
        records = []
        for record in [self._state.actions[one] for one in self._known.get(path, {})]:
            sitting = self._sitting(record)
            if sitting == SAVED:
                self._forget(path, [record])
            # A page whose connection was lost for a moment still has it as it was.
            elif sitting not in (self._known[path][record.id], FILE):
                records.append(record)
        if not records:
            return
        try:
            snapshot = await self._actions.surface(records[-1].turn, path).read(outputs=False)
        except SurfaceError:
            return
        self._forget(path, records)
        now = {cell.id: cell.source for cell in snapshot.cells}
        self._there_again([record for record in records if record.state == "undone"], now)
        kept = [r for r in records if not (r.turn == running and isinstance(r.body, p.InsertAction))]
        self._not_there([record for record in kept if record.state == "done"], now)

    def _there_again(self, records: Iterable[ActionRecord], now: dict[str, str]) -> None:
        for changes in collect(records, undone=True):
            plan = take_back(changes, now.get(changes.cell_id or ""))
            if plan.certain and plan.effect != "none":
                for record in changes.actions:
                    self._actions.change(record, "done", THERE_AGAIN)

    def _not_there(self, records: Iterable[ActionRecord], now: dict[str, str]) -> None:
        for changes in collect(records):
            text = now.get(changes.cell_id or "")
            if text == changes.steps[-1][1]:
                continue
            # What was there before one of the steps is there again: that step and those after it went.
            first = next((at for at, (before, _) in enumerate(changes.steps) if before == text), len(changes.steps))
            for record in changes.actions[first:]:
                self._actions.change(record, "failed", NOT_THERE)

    def _forget(self, path: str, records: Iterable[ActionRecord]) -> None:
        known = self._known.get(path, {})
        for record in records:
            known.pop(record.id, None)
        if not known:
            self._known.pop(path, None)

    def _sitting(self, record: ActionRecord) -> str:
        return self._host.sitting(record.body.path, self._actions.page.get(record.turn))
