"""What is said of turns that a server was in the middle of when it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import protocol as p

if TYPE_CHECKING:
    from .actions import Actions
    from .log import Log
    from .state import ThreadState, TurnRecord


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
            if text := _arrived(turn, log):
                log.append(p.Replied, turn=turn.id, content=[{"type": "text", "text": text}], stop="stopped")
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


def _arrived(turn: TurnRecord, log: Log) -> str:
    """What had arrived of the answer that the server was in the middle of, as the model had written it."""
    begun: list[p.PartStarted] = []
    whole: set[int] = set()
    for event in turn.events:
        if isinstance(event, p.Replied):
            begun = []
        elif isinstance(event, p.PartStarted):
            begun.append(event)
        elif isinstance(event, p.PartEnded) and event.complete:
            whole.add(event.part)
    return "\n\n".join(_written(log.part(turn.id, part.part), part, part.part in whole) for part in begun).lstrip()


def _written(text: str, part: p.PartStarted, whole: bool) -> str:
    if part.kind != "code":
        return "" if part.kind == "thinking" else text.strip("\n")
    fence, target = part.fence or "```", part.target
    where = "" if target is None else f" file={target.ref}" if target.kind == "file" else f" cell={target.ref or 'new'}"
    end = ("" if text.endswith("\n") else "\n") + fence if whole else ""
    return f"{fence}{part.language}{where}\n{text}{end}"
