"""The log as the model sees it: earlier turns as messages, and what became of what it wrote."""

from __future__ import annotations

from collections.abc import Callable

from .. import protocol as p
from ..context.redaction import redact
from ..models.conversation import merge
from ..models.model import Block, ChatMessage, ImageData, Text, ToolResult, ToolUse, content_from_json
from .state import ActionRecord, ThreadState, TurnRecord


def earlier_turns(
    state: ThreadState, before: str, budget: int, estimate: Callable[[str], int]
) -> tuple[list[ChatMessage], int]:
    """The messages of the turns before turn ``before``, and how many of these turns, the oldest, are left out
    because all exceed ``budget`` tokens.

    Their notebooks and files are left out: the newest message shows how these are now.
    """
    turns = []
    for turn in state.turns.values():
        if turn.id == before:
            break
        if not turn.replaced and not turn.undone:
            turns.append(turn)
    kept: list[list[ChatMessage]] = []
    for turn in reversed(turns):
        messages = [ChatMessage.user(_asked(turn)), *own_messages(turn, images=False)]
        if messages[-1].role == "user":
            # A turn that ended while something was to be told to the model: the next message tells it.
            messages.append(ChatMessage("assistant", (Text("(no answer)"),)))
        budget -= sum(estimate(plain_text(message)) for message in messages)
        if budget < 0:
            break
        kept.append(messages)
    return merge(message for messages in reversed(kept) for message in messages), len(turns) - len(kept)


def own_messages(turn: TurnRecord, *, images: bool = True) -> list[ChatMessage]:
    """What was said within a turn after its first message: answers, tool results, observations.

    Without *images* it has none: of an earlier turn they show what is no longer so.
    """
    messages: list[ChatMessage] = []
    open_calls: list[str] = []
    for event in turn.events:
        if isinstance(event, p.Replied):
            _answer_calls(messages, open_calls)
            content = content_from_json(event.content)
            if event.stop in ("cut", "stopped", "length"):
                # A tool call that never ran would have to be answered; a half-written one can not be.
                content = tuple(block for block in content if not isinstance(block, ToolUse))
            if not content:
                continue
            messages.append(ChatMessage("assistant", content))
            open_calls = [block.id for block in content if isinstance(block, ToolUse)]
        elif isinstance(event, p.ToolReturned) and event.call in open_calls:
            open_calls.remove(event.call)
            pictures = tuple(ImageData(one.mime, one.data) for one in event.images) if images else ()
            messages.append(ChatMessage("user", (ToolResult(event.call, event.text, event.ok, pictures),)))
        elif isinstance(event, p.Observed):
            _answer_calls(messages, open_calls)
            # Errors and refusals quote the user's source and values.
            messages.append(ChatMessage.user(redact(event.text)[0]))
    _answer_calls(messages, open_calls)
    outcome = outcomes(turn)
    if outcome and messages and messages[-1].role == "assistant":
        messages.append(ChatMessage.user(outcome))
    return merge(messages)


def outcomes(turn: TurnRecord) -> str:
    """What became of the actions of a turn, for the model; empty when there were none."""
    lines = [line for record in turn.actions.values() if (line := _outcome(record))]
    if turn.undone:
        lines.append("The user took all changes of this turn back.")
    return "<outcome>\n" + "\n".join(lines) + "\n</outcome>" if lines else ""


def _asked(turn: TurnRecord) -> str:
    started = turn.started
    text = started.text
    if started.failure is not None:
        error = redact(f"{started.failure.ename}: {started.failure.evalue}")[0]
        text = f"{text}\n{error}"[:2000].strip()
    return text or f"({started.purpose})"


def _outcome(record: ActionRecord) -> str:
    body = record.body
    if isinstance(body, p.InsertAction):
        what = f"new cell {body.cell_id}"
    elif isinstance(body, p.EditAction):
        what = f"change to {'cell ' + body.cell_id if body.cell_id else body.path}"
    elif isinstance(body, p.DeleteAction):
        what = f"removal of cell {body.cell_id}"
    elif isinstance(body, p.RunAction):
        what = f"run of {', '.join(body.cell_ids)}"
    elif isinstance(body, p.StartAppAction):
        what = f"start of the app {body.path}"
    elif isinstance(body, p.UseAppAction):
        what = f"use of the app {body.path} by you"
    else:
        what = f"installation of {', '.join(body.packages)}"
    words = {
        "done": "done",
        "waiting": "shown to the user, not decided yet",
        "rejected": "rejected by the user",
        "failed": "failed",
        "conflict": "not applied: the user had changed it",
        "held": "not applied yet: the notebook's page is away",
        "undone": "taken back by the user",
    }
    said = words.get(record.state)
    return f"- {what}: {said}" if said else ""


def _answer_calls(messages: list[ChatMessage], open_calls: list[str]) -> None:
    """Every tool call needs its result, or providers refuse the conversation."""
    messages += [ChatMessage("user", (ToolResult(call, "It was not carried out.", False),)) for call in open_calls]
    open_calls.clear()


def plain_text(message: ChatMessage) -> str:
    """The text of a message, for counting."""
    return "\n".join(_text_of(block) for block in message.content)


def _text_of(block: Block) -> str:
    text = getattr(block, "text", None)
    return text if isinstance(text, str) else str(getattr(block, "arguments", ""))
