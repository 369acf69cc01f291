"""Asking a model in a test."""

from __future__ import annotations

from contextlib import aclosing
from typing import TypeVar

import pytest

from jupyter_townie.models import (
    ChatMessage,
    Finished,
    Model,
    ModelConfig,
    ModelError,
    ModelRequest,
    StreamEvent,
    Text,
    TextDelta,
    open_model,
)
from tests.wire import WireServer

HELLO = ModelRequest(messages=(ChatMessage.user("Hello"),), system=(Text("Be brief."),))
Event = TypeVar("Event")


def claude(wire: WireServer, name: str = "claude-opus-5-5", **options: object) -> Model:
    config = ModelConfig(base_urls={"anthropic": wire.url}, **options)  # type: ignore[arg-type]
    return open_model(f"anthropic/{name}", config)


def chat(wire: WireServer, name: str = "gpt-6.1-sol", provider: str = "openai", **options: object) -> Model:
    config = ModelConfig(base_urls={provider: wire.openai_url}, **options)  # type: ignore[arg-type]
    return open_model(f"{provider}/{name}", config)


async def ask(model: Model, request: ModelRequest = HELLO) -> list[StreamEvent]:
    """All events of an answer; the model is closed."""
    try:
        async with aclosing(model.stream(request)) as events:
            return [event async for event in events]
    finally:
        await model.close()


async def error_of(model: Model, request: ModelRequest = HELLO) -> ModelError:
    """The error that there is instead of an answer."""
    with pytest.raises(ModelError) as caught:
        await ask(model, request)
    return caught.value


def only(kind: type[Event], events: list[StreamEvent]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in only(TextDelta, events))


def end_of(events: list[StreamEvent]) -> Finished:
    (finished,) = only(Finished, events)
    assert events[-1] is finished
    return finished
