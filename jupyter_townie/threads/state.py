"""What the events of a thread add up to: its turns, their actions and their costs."""

from __future__ import annotations

from dataclasses import dataclass, field

from .. import protocol as p


@dataclass(slots=True)
class ActionRecord:
    """One action as it stands now."""

    id: str
    turn: str
    body: p.ActionBody
    gate: p.GateClass
    state: p.ActionState
    part: int | None = None
    call: str | None = None
    proof: p.Proof | None = None


@dataclass(slots=True)
class TurnRecord:
    """One turn as it stands now."""

    id: str
    started: p.TurnStarted
    events: list[p.Event] = field(default_factory=list)
    """Its events but for text, in order; the text is in ``Replied``."""
    actions: dict[str, ActionRecord] = field(default_factory=dict)
    parts: int = 0
    cost: float = 0.0
    priced: bool = False
    ended: p.TurnEnded | None = None
    spent: float = 0.0
    """What it had cost when the user last pressed Continue."""
    chosen: p.Privacy | None = None
    """What the user chose for the notebook, when it was last asked for."""
    kept: bool = False
    undone: bool = False
    replaced: bool = False

    @property
    def privacy(self) -> p.Privacy:
        """What a model may see."""
        return self.chosen or self.started.options.privacy

    @property
    def failures(self) -> list[p.Failure]:
        """Every failure that this turn met, the one that it was asked about first."""
        met = [self.started.failure] if self.started.failure else []
        for event in self.events:
            if isinstance(event, p.CellsRan) and event.failure:
                met.append(event.failure)
            elif isinstance(event, p.AppChecked) and event.failures:
                met.append(event.failures[0].failure)
        return met

    @property
    def answered(self) -> bool:
        """Whether the model has said or done anything; after a tool call it may well end without a word."""
        if self.actions:
            return True
        contents = (event.content for event in self.events if isinstance(event, p.Replied))
        return any(
            block.get("type") == "tool_use" or block.get("text", "").strip()
            for content in contents
            for block in content
        )

    @property
    def rehearsed(self) -> int:
        """How many of its candidates failed when they were tried before they were offered."""
        return sum(
            isinstance(event, p.Observed) and event.failure is not None and event.failure.source == "run"
            for event in self.events
        )

    def said_of(self, action: str) -> str:
        """What was last said of an action."""
        changes = (event for event in reversed(self.events) if isinstance(event, p.ActionChanged))
        return next((event.message for event in changes if event.action == action), "")

    @property
    def new_cells(self) -> list[str]:
        """Code cells that this turn inserted and that are still there, in order."""
        return [
            record.body.cell_id
            for record in self.actions.values()
            if isinstance(record.body, p.InsertAction)
            and record.body.cell_type == "code"
            and record.state in ("done", "conflict")
        ]


class ThreadState:
    """The fold of a thread's log; ``see`` takes each event once, in order."""

    def __init__(self) -> None:
        self.turns: dict[str, TurnRecord] = {}
        self.actions: dict[str, ActionRecord] = {}
        self.title = ""
        self.price_told = False
        """Whether the user knows that spending limits cannot be kept, because a price is not known."""

    def see(self, event: p.Event) -> None:
        if isinstance(event, p.TextAdded):
            return
        if isinstance(event, p.TitleChanged):
            self.title = event.title
            return
        if event.turn is None:
            return
        if isinstance(event, p.TurnStarted):
            self.turns[event.turn] = TurnRecord(event.turn, event)
            if event.replaces in self.turns:
                self.turns[event.replaces].replaced = True
            return
        turn = self.turns.get(event.turn)
        if turn is None:
            return
        turn.events.append(event)
        if isinstance(event, p.PartStarted):
            turn.parts = max(turn.parts, event.part + 1)
        elif isinstance(event, p.ActionStarted):
            record = ActionRecord(
                event.action, turn.id, event.body, event.gate, event.state, event.part, event.call, event.proof
            )
            turn.actions[event.action] = self.actions[event.action] = record
        elif isinstance(event, p.ActionChanged):
            record_or_none = turn.actions.get(event.action)
            if record_or_none:
                record_or_none.state = event.state
                record_or_none.body = event.body or record_or_none.body
                record_or_none.proof = event.proof or record_or_none.proof
        elif isinstance(event, p.UsageReported):
            turn.cost += event.usage.cost or 0.0
            turn.priced = turn.priced or event.usage.cost is not None
        elif isinstance(event, p.Notice):
            self.price_told = self.price_told or event.problem.code == "price_unknown"
        elif isinstance(event, p.TurnEnded):
            turn.ended = event
        elif isinstance(event, p.TurnResumed):
            turn.ended = None
            if event.reason == "continue":
                turn.spent = turn.cost
        elif isinstance(event, p.Kept):
            turn.kept = True
        elif isinstance(event, p.Undone):
            turn.undone = True


def title_of(started: p.TurnStarted) -> str:
    """A title for a thread that begins with this turn."""
    if started.failure is not None:
        verb = "Explain" if started.purpose == "explain" else "Fix"
        where = f" in [{started.failure.execution_count}]" if started.failure.execution_count else ""
        return f"{verb} {started.failure.ename}{where}"
    words = " ".join(started.text.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "..."
