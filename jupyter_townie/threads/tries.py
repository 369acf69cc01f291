"""How often a failure is tried to be repaired."""

from __future__ import annotations

from .. import protocol as p
from .state import TurnRecord


def why_not_again(turn: TurnRecord, failure: p.Failure) -> p.Problem | None:
    """Why there should be no further try at a failure; None when there may be one."""
    earlier = turn.failures[:-1] if turn.failures and turn.failures[-1] is failure else turn.failures
    if any(known.signature == failure.signature for known in earlier if known is not failure):
        return p.Problem(
            code="same_failure",
            message=f"The same error came back: {failure.ename}: {failure.evalue}"[:300],
            remedy="Undo the change, or tell Townie what to do differently.",
        )
    tries = len(turn.failures) - (1 if turn.started.failure else 0) + turn.rehearsed
    if tries >= turn.started.options.max_tries:
        tried = "1 try" if tries == 1 else f"{tries} tries"
        return p.Problem(
            code="tries",
            message=f"{tried} did not repair it; the last error is {failure.ename}: {failure.evalue}"[:300],
            remedy="Press Continue for another try, or say what to do differently.",
        )
    return None
