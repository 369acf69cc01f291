"""What is said of turns that a server was in the middle of when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import protocol as p

if TYPE_CHECKING:
    from .actions import Actions
    from .log import Log
    from .state import ThreadState


def mark_interrupted(state: ThreadState, log: Log, actions: Actions) -> None:
    """End every turn and action that is still open.  Only for who has just taken the thread's lease."""
    for record in state.actions.values():
        if record.state not in ("streaming", "running"):
            continue
        body = None
        if isinstance(record.body, p.InsertAction):
            # The code is not lost with the stream: it can be inserted from the chat.
            body = record.body.model_copy(update={"source": actions.insertions.arrived(record)})
        actions.change(record, "failed", "The server was stopped before this was done.", body=body)
    for turn in state.turns.values():
        if turn.ended is None:
            log.append(
                p.TurnEnded,
                turn=turn.id,
                reason="interrupted",
                problem=p.Problem(
                    code="interrupted",
                    message="The server was stopped in the middle of this turn; what had arrived is kept.",
                    remedy="Press Continue to go on.",
                ),
            )
