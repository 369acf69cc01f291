"""One request to the model and its answer, with the receipt of what was sent and what it cost."""

from __future__ import annotations

import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import protocol as p
from ..models.model import Finished, Retrying, TextDelta, ThinkingDelta, ToolCalled, UsageSeen
from .repetition import Repetition

if TYPE_CHECKING:
    from ..models.model import Model, ModelRequest
    from .answer import Answer
    from .blocks import Outcome
    from .state import TurnRecord
    from .thread import Thread


@dataclass(slots=True)
class Reply:
    """One answer of the model and what it came to."""

    finished: Finished
    outcome: Outcome
    calls: list[ToolCalled] = field(default_factory=list)
    repeats: bool = False
    """Whether it was stopped because it did nothing but repeat itself."""
    tokens: int = 0
    """Of request and answer together; 0 when the server does not tell."""


async def exchange(
    thread: Thread, turn: TurnRecord, model: Model, request: ModelRequest, parts: list[p.ContextPart], answer: Answer
) -> Reply:
    """Send ``request`` and feed ``answer`` with what comes.

    :param parts: what the request is made of.
    :raises ModelError: the model did not answer; what has arrived is in ``answer``, which is then still open.
    """
    log, started = thread.log, turn.started
    receipt = p.Receipt(
        id=uuid.uuid4().hex[:12],
        thread=thread.id,
        turn=started.turn,
        time=thread.now(),
        model=started.model,
        body=model.body(request),
        parts=parts,
        input_price=model.profile.prices.input if model.profile.prices else None,
    )
    thread.save_receipt(receipt)
    log.append(
        p.RequestSent,
        turn=started.turn,
        request=receipt.id,
        model=started.model,
        label=model.profile.label,
        tokens=sum(part.tokens for part in parts),
        parts=parts,
    )
    calls: list[ToolCalled] = []
    finished: Finished | None = None
    usage: p.Usage | None = None
    # Of a model that costs, what was asked for may repeat itself: rows, padding, data.
    repetition, repeats = Repetition() if model.profile.prices is None else None, False
    try:
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    answer.feed(event.text)
                    if repetition is not None and repetition.seen(event.text):
                        repeats = True
                        finished = Finished("length", [{"type": "text", "text": answer.text}])
                        break
                elif isinstance(event, ThinkingDelta):
                    answer.thinking(event.text)
                elif isinstance(event, Retrying):
                    log.append(p.Waiting, turn=started.turn, reason=event.reason, seconds=event.seconds)
                elif isinstance(event, UsageSeen):
                    usage = event.usage
                elif isinstance(event, ToolCalled):
                    calls.append(event)
                elif isinstance(event, Finished):
                    finished = event
    finally:
        # Tokens are paid for whether or not anybody waits for the end.
        if usage is not None:
            log.append(p.UsageReported, turn=started.turn, usage=usage)
            thread.save_receipt(receipt.model_copy(update={"usage": usage}))
    if finished is None:
        finished = Finished("cut", [{"type": "text", "text": answer.text}] if answer.text else [])
    outcome = await answer.finish(complete=finished.stop not in ("cut", "length"))
    log.append(p.Replied, turn=started.turn, content=finished.content, stop=finished.stop)
    tokens = usage.input + usage.output + usage.cache_read + usage.cache_write if usage is not None else 0
    return Reply(finished, outcome, calls, repeats, tokens)
