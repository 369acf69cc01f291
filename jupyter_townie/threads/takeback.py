"""What taking back the changes of some turns does to each document: worked out from the log, touching nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from .. import protocol as p
from ..edits import Edit
from ..edits.linediff import changed_ranges
from ..edits.rebase import rebase
from .state import ActionRecord

Text = str | None
"""The text of a document; None where it does not exist."""


@dataclass(slots=True)
class Changes:
    """What was done to one cell (or, without ``cell_id``, one file)."""

    path: str
    cell_id: str | None
    steps: list[tuple[Text, Text]] = field(default_factory=list)
    """Texts before and after, oldest first; where one does not begin with what the last one left, somebody else has
    changed the document in between."""
    actions: list[ActionRecord] = field(default_factory=list)
    cell_type: p.CellType = "code"
    above: str | None = None
    """Where a cell that was deleted comes back."""
    moved: int = -1
    """When it was last inserted or deleted: the number of that action among all that are looked at."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """What becomes of one document."""

    changes: Changes
    now: Text
    then: Text
    certain: bool
    """False when the user has changed the document since, so that ``then`` is only a proposal."""
    conflicts: int = 0
    """Places that both have changed; they stay as they are."""

    @property
    def effect(self) -> Literal["remove", "bring_back", "change", "none"]:
        if self.now == self.then:
            return "none"
        if self.then is None:
            return "remove"
        return "bring_back" if self.now is None else "change"

    @property
    def message(self) -> str:
        """What the user should know of it."""
        what = "cell" if self.changes.cell_id else "file"
        if self.effect == "none":
            if self.certain:
                return f"The {what} is not there any more." if self.now is None else "It is like that already."
            return f"The same lines of the {what} were changed since; it stays as it is."
        if self.certain:
            return ""
        kept = f"The {what} was changed since; the newer lines are kept"
        if not self.conflicts:
            return f"{kept}."
        places = "One place was" if self.conflicts == 1 else f"{self.conflicts} places were"
        stay = "stays as it is" if self.conflicts == 1 else "stay as they are"
        return f"{kept}. {places} changed on both sides and {stay}."


def collect(records: Iterable[ActionRecord], *, undone: bool = False) -> list[Changes]:
    """What the actions have done, one entry for each document, in the order of their first changes.

    :param undone: what undone actions had done, too.
    """
    found: dict[tuple[str, str | None], Changes] = {}
    for number, record in enumerate(records):
        body = record.body
        counts = _has_effect(record) or (undone and record.state == "undone")
        if isinstance(body, (p.RunAction, p.InstallAction, p.StartAppAction, p.UseAppAction)) or not counts:
            continue
        changes = found.setdefault((body.path, body.cell_id), Changes(body.path, body.cell_id))
        changes.actions.append(record)
        if isinstance(body, p.InsertAction):
            changes.steps.append((None, body.source))
            changes.cell_type, changes.above, changes.moved = body.cell_type, body.after, number
        elif isinstance(body, p.DeleteAction):
            changes.steps.append((body.before, None))
            changes.cell_type, changes.above, changes.moved = body.cell_type, body.after, number
        else:
            changes.steps.append((None if body.creates else body.before, None if body.deletes else body.after))
    return list(found.values())


def _has_effect(record: ActionRecord) -> bool:
    if isinstance(record.body, p.InsertAction):
        # A cell that was being written when something went wrong may be there in part.
        return record.state in ("done", "conflict", "failed", "held", "streaming")
    if isinstance(record.body, p.EditAction) and record.body.takes_back:
        return False
    return record.state == "done"


def take_back(changes: Changes, now: Text) -> TakeBack:
    """What ``now`` becomes without the changes, and with everything else that was done to it."""
    text, certain, conflicts = now, True, 0
    for before, after in reversed(changes.steps):
        if text == after:
            text = before
        elif text == before or text is None or after is None:
            # Taken back by the user already, or gone, or made anew after Townie had deleted it: nothing of it is left.
            continue
        elif before is None:
            if after.startswith(text):
                # Less of Townie's own text: a cell that did not get all of it.
                text = None
                continue
            text = _not_in(after, text)
            certain = certain and text is None
        else:
            text, clashes = rebase(after, before, text)
            certain, conflicts = False, conflicts + len(clashes)
    return TakeBack(changes, now, text, certain, conflicts)


def _not_in(after: str, text: str) -> str | None:
    """The lines that the user has put into a text of Townie's; None when there are none but blank ones."""
    # The last line has no line end in a cell, and one when the user goes on below it.
    lines = text.split("\n")
    ranges = changed_ranges(after.split("\n"), lines)
    mine = "\n".join(line for _, _, start, end in ranges for line in lines[start:end])
    if not mine.strip():
        return None
    return f"{mine}\n" if text.endswith("\n") and not mine.endswith("\n") else mine


def preview_of(plan: TakeBack) -> p.DocumentChange:
    """The plan as it is shown to the user."""
    edit = Edit(plan.now or "", plan.then or "")
    return p.DocumentChange(
        path=plan.changes.path,
        cell_id=plan.changes.cell_id,
        effect=plan.effect,
        certain=plan.certain,
        before=plan.now,
        after=plan.then,
        added=0 if plan.then is None else edit.added,
        removed=0 if plan.now is None else edit.removed,
        message=plan.message,
        actions=[record.id for record in plan.changes.actions],
    )
