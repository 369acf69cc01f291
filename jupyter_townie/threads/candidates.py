"""Changes that one answer proposes as a fix: alternatives for a cell are tried side by side, and one is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import rebase
from .actions import edit_action
from .rehearsal import Rehearsal, Rehearse, best_of

if TYPE_CHECKING:
    from .actions import Actions
    from .blocks import Outcome
    from .scope import Scope
    from .state import ActionRecord

Candidate = tuple[int, p.EditAction]
"""The part of the answer that proposes a change, and the change."""


class Candidates:
    """Gathers the changes of one answer and, at its end, offers them.

    :param scope: is told of what is applied.
    :param rehearse: tries the alternatives for one cell; None tries nothing.
    :param outcome: is told what became of them.
    """

    def __init__(self, actions: Actions, scope: Scope, rehearse: Rehearse | None, outcome: Outcome) -> None:
        self._actions, self._scope = actions, scope
        self._rehearse, self._outcome = rehearse, outcome
        self._gathered: dict[tuple[str, str | None], list[Candidate]] = {}

    async def add(self, part: int, body: p.EditAction, joins: ActionRecord | None = None) -> None:
        """One more change; it is offered at once when nothing is to be tried.

        :param joins: a change that waits, and that this one has in it.
        """
        if self._rehearse is None:
            if joins is not None:
                self._actions.change(joins, "joined")
            await self._offer((part, body), None)
        else:
            self._gathered.setdefault((body.path, body.cell_id), []).append((part, body))

    async def offer(self, *, may_better: bool, stopped: bool) -> None:
        """The answer is whole: try what was gathered and offer what stood up.

        :param may_better: what fails goes back to the model and is not offered.
        :param stopped: the user has stopped the answer: nothing is tried or applied any more.
        """
        gathered, self._gathered = self._gathered, {}
        for alternatives in gathered.values():
            if (together := _together([body for _, body in alternatives])) is not None:
                alternatives.append((alternatives[-1][0], together))
            tried = await self._tried([body for _, body in alternatives]) if not stopped else None
            if tried is None:
                await self._offer(alternatives[0], None, stopped=stopped)
            else:
                await self._choose(alternatives, tried, may_better)

    async def _tried(self, bodies: Sequence[p.EditAction]) -> Sequence[Rehearsal] | None:
        return None if self._rehearse is None else await self._rehearse(bodies)

    async def _choose(self, alternatives: Sequence[Candidate], tried: Sequence[Rehearsal], may_better: bool) -> None:
        chosen = best_of([body for _, body in alternatives], tried)
        failures = [one.failure for one in tried if one.failure is not None]
        if chosen is None and len(failures) == len(tried) and may_better:
            for candidate, one in zip(alternatives, tried, strict=True):
                self._drop(candidate, one, f"Tried in a copy of the kernel, it {one.proof.detail}.")
            self._outcome.failed.extend(failures)
            return
        if chosen is None:
            # Nothing ran; what could not be tried may still be right.
            chosen = next((i for i, one in enumerate(tried) if one.proof.status == "untried"), 0)
        for i, (candidate, one) in enumerate(zip(alternatives, tried, strict=True)):
            if i != chosen:
                said = "runs too, and changes more" if one.proof.status == "ran" else one.proof.detail
                self._drop(candidate, one, f"Tried beside the one that is offered: {said}.")
        await self._offer(alternatives[chosen], tried[chosen].proof)

    def _drop(self, candidate: Candidate, tried: Rehearsal, message: str) -> None:
        part, body = candidate
        record = self._actions.start(self._scope.turn, body, "edit", "running", part=part, proof=tried.proof)
        self._actions.change(record, "failed", message)

    async def _offer(self, candidate: Candidate, proof: p.Proof | None, *, stopped: bool = False) -> None:
        """Show a change to the user, or apply it."""
        part, body = candidate
        # What does not parse, or is known to fail, is never applied unseen.
        certain = not body.note and (proof is None or proof.status != "failed") and not stopped
        may = self._scope.verdict("edit") == "allow" and certain
        record = self._actions.start(
            self._scope.turn, body, "edit", "running" if may else "waiting", part=part, proof=proof
        )
        if may and await self._actions.apply_edit(record):
            self._outcome.applied.append(record)
            if body.cell_id is not None:
                self._scope.seen[body.cell_id] = body.after


def _together(bodies: Sequence[p.EditAction]) -> p.EditAction | None:
    """All changes in one, when they are of different lines: meant as one repair, perhaps, and not as alternatives."""
    if len(bodies) < 2:
        return None
    first = bodies[0]
    after = first.after
    for body in bodies[1:]:
        after, conflicts = rebase(first.before, body.after, after)
        if conflicts or body.before != first.before:
            return None
    if any(body.after == after for body in bodies):
        return None
    return edit_action(first.path, first.cell_id, first.before, after)
