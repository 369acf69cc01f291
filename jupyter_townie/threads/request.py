"""One request to the model, put together from the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from ..models.conversation import merge
from ..models.model import ChatMessage, ImageData, Model, ModelRequest, Text, ToolSchema
from .appcontext import instructions, purpose_prompt
from .history import earlier_turns, own_messages, plain_text
from .predicted import predicted
from .prompts import prompt

if TYPE_CHECKING:
    from .prepare import Shown
    from .state import TurnRecord
    from .thread import Thread


CAUTION = 0.9
"""The part of a model's room that is filled: tokens are estimated."""


def compose(
    thread: Thread,
    turn: TurnRecord,
    model: Model,
    shown: Shown,
    seen: Mapping[str, str],
    tools: tuple[ToolSchema, ...],
) -> tuple[ModelRequest, list[p.ContextPart]]:
    """The request, and its parts for the receipt.

    System prompt and history come first, because they stay the same and can be cached; the fresh context last.

    :param seen: the sources of cells as the model knows them, by id.
    :param tools: what it may use, where it can use tools at all.
    """
    started, options = turn.started, turn.started.options
    folder = thread.host.prompts_path
    names = ["base", "plan" if options.mode == "plan" else "", purpose_prompt(turn)]
    texts = [prompt(name, folder) for name in names if name]
    apps = thread.host.apps
    if apps is not None:
        texts += instructions(turn, shown.app, apps, folder)
    text = "\n\n".join(texts)
    system = [Text(text, cache=not options.rules)]
    if options.rules:
        system.append(Text("# The person's own rules\n\n" + options.rules, cache=True))
    from ..context.tokens import estimate_image_tokens, estimate_tokens

    parts = [p.ContextPart(kind="system", label="Townie's instructions", tokens=estimate_tokens(text))]
    if options.rules:
        parts.append(p.ContextPart(kind="rules", label="Your rules", tokens=estimate_tokens(options.rules)))
    own = own_messages(turn)
    prediction = predicted(model.profile, started, seen, shown.context.text, first=not own)
    # The two do not go together, and to change a few lines in place no tool is needed.
    offered = tools if model.profile.tools and prediction is None else ()
    described = "".join(f"{tool.name}{tool.description}{tool.parameters}" for tool in offered)
    taken = sum(part.tokens for part in [*parts, *shown.context.parts])
    taken += estimate_tokens(described) + sum(estimate_tokens(plain_text(message)) for message in own)
    budget = min(thread.host.limits.history_tokens, int(model.profile.room * CAUTION) - taken)
    history, dropped = earlier_turns(thread.state, turn.id, budget, estimate_tokens)
    content: list[Any] = [Text(shown.context.text)]
    if model.profile.vision:
        content += [ImageData(image.mime, image.data) for image in shown.context.images]
    if history or dropped:
        tokens = sum(estimate_tokens(plain_text(message)) for message in history)
        label = f"{len(history)} earlier message{'' if len(history) == 1 else 's'}"
        if dropped:
            label += f"; {dropped} older question{'' if dropped == 1 else 's'} did not fit"
        parts.append(p.ContextPart(kind="history", label=label, tokens=tokens))
    parts += shown.context.parts
    if own:
        tokens = sum(estimate_tokens(plain_text(message)) for message in own)
        parts.append(p.ContextPart(kind="history", label="this turn so far", tokens=tokens))
    parts += [
        p.ContextPart(kind="image", label="screenshot", tokens=estimate_image_tokens(image))
        for event in turn.events
        if isinstance(event, p.ToolReturned) and model.profile.vision
        for image in event.images
    ]
    messages = merge([*history, ChatMessage("user", tuple(content)), *own])
    if offered:
        parts.append(p.ContextPart(kind="tools", label=f"{len(offered)} tools", tokens=estimate_tokens(described)))
    failures = turn.failures
    request = ModelRequest(
        system=tuple(system),
        messages=tuple(messages),
        tools=offered,
        prediction=prediction,
        purpose=started.purpose,
        metadata={
            "purpose": started.purpose,
            "last_user_text": started.text,
            "failure": failures[-1].model_dump() if failures else None,
            "is_app": lambda path: apps is not None and apps.of(path) is not None,
        },
    )
    return request, parts
