"""A conversation in the form that every provider takes.

Providers refuse a request for reasons that have nothing to do with what is said in it: a tool call without its result,
an empty text, two messages of one side in a row, another model's signed thoughts.  After a stop, a cut or a change of
model a thread's history has all of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from .model import Block, ChatMessage, ImageData, Role, Text, Thinking, ToolResult, ToolUse
from .profiles import Profile

NOT_RUN = "This call was not carried out."

_BLOCKS: dict[Role, tuple[type[Block], ...]] = {
    "user": (Text, ImageData, ToolResult),
    "assistant": (Text, Thinking, ToolUse),
}


def well_formed(messages: Sequence[ChatMessage], profile: Profile) -> tuple[ChatMessage, ...]:
    """``messages`` without what ``profile``'s provider would refuse.

    - Messages of one role in a row become one.  Empty texts, empty messages, an answer before the first question, and
      blocks that a role can not have (a tool call of the user) go.
    - Every tool call has its result in the next message; one that has none gets :data:`NOT_RUN`.  A result without its
      call becomes text.
    - Thinking stays only in the answers since the user last spoke (where providers demand it back), and only if the
      same model wrote it.
    - Images become a line of text for a model that reads text only.
    """
    merged = merge(_visible(messages, profile))
    if merged and merged[0].role == "assistant":
        merged = merged[1:]
    return tuple(_answered(merged))


def invalid_arguments(call: ToolUse) -> dict[str, Any]:
    """Arguments to send back for a call; what was not readable is shown as what it was."""
    return call.arguments if call.arguments is not None else {"invalid_json": call.raw}


def image_note(image: ImageData) -> str:
    """Stands for an image that the model cannot see."""
    return f"[An image ({image.mime}) was left out: this model reads text only.]"


def _visible(messages: Sequence[ChatMessage], profile: Profile) -> Iterable[ChatMessage]:
    spoke = max((i for i, message in enumerate(messages) if _is_said(message)), default=-1)
    for i, message in enumerate(messages):
        kept: list[Block] = []
        for block in message.content:
            if not isinstance(block, _BLOCKS[message.role]):
                continue
            if isinstance(block, Text) and not block.text.strip():
                continue
            if isinstance(block, Thinking) and (i < spoke or block.model != profile.id):
                continue
            if isinstance(block, ImageData) and not profile.vision:
                block = Text(image_note(block), block.cache)
            if isinstance(block, ToolResult) and block.images and not profile.vision:
                notes = "\n".join(image_note(image) for image in block.images)
                block = replace(block, text=f"{block.text}\n{notes}".strip(), images=())
            kept.append(block)
        if kept:
            yield ChatMessage(message.role, tuple(kept))


def _is_said(message: ChatMessage) -> bool:
    """Whether the user says something, rather than only returning results of tools."""
    return message.role == "user" and not any(isinstance(block, ToolResult) for block in message.content)


def merge(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """The same conversation with neighbouring messages of one role made one, as providers want it."""
    merged: list[ChatMessage] = []
    for message in messages:
        if merged and merged[-1].role == message.role:
            merged[-1] = ChatMessage(message.role, merged[-1].content + message.content)
        else:
            merged.append(message)
    return merged


def _answered(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    answered: list[ChatMessage] = []
    calls: dict[str, ToolUse] = {}
    for message in messages:
        if message.role == "user":
            answered.append(ChatMessage("user", _results(message.content, calls)))
            calls = {}
        else:
            answered.append(message)
            calls = {block.id: block for block in message.content if isinstance(block, ToolUse)}
    if calls:
        answered.append(ChatMessage("user", _results((), calls)))
    return answered


def _results(content: Sequence[Block], calls: dict[str, ToolUse]) -> tuple[Block, ...]:
    """Results first, one for each call and in the order of the calls, then the rest of the message."""
    given: dict[str, ToolResult] = {}
    rest: list[Block] = []
    for block in content:
        if isinstance(block, ToolResult) and block.id in calls and block.id not in given:
            given[block.id] = block
        elif isinstance(block, ToolResult):
            rest.append(Text(block.text or NOT_RUN))
        else:
            rest.append(block)
    return (*(given.get(id, ToolResult(id, NOT_RUN, ok=False)) for id in calls), *rest)
