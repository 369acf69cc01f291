"""The user's model, as apps may ask it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ...apps.llm import LlmEnd, LlmRefused, LlmText

if TYPE_CHECKING:
    from ..app import TownieApp


class PersonsModel:
    """Implements :class:`jupyter_townie.apps.llm.LlmBackend`: the default model, whatever name an app asks for.

    Its key stays in this process.
    """

    def __init__(self, townie: TownieApp) -> None:
        self._townie = townie

    async def stream(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | None, max_tokens: int
    ) -> AsyncGenerator[LlmText | LlmEnd, None]:
        """:raises LlmRefused: no model answers."""
        from ...models import (
            ChatMessage,
            Finished,
            ModelError,
            ModelRequest,
            Text,
            TextDelta,
            UsageSeen,
            default_model,
            open_model,
        )

        config = self._townie.runtime.config
        name = default_model(config)
        system = tuple(Text(one["content"]) for one in messages if one["role"] in ("system", "developer"))
        said = tuple(
            ChatMessage.user(one["content"])
            if one["role"] == "user"
            else ChatMessage("assistant", (Text(one["content"]),))
            for one in messages
            if one["role"] in ("user", "assistant")
        )
        request = ModelRequest(system=system, messages=said, max_output=max_tokens, purpose="app")
        used, stop = UsageSeen(name), "stop"
        try:
            asked = open_model(name, config)
            try:
                async with aclosing(asked.stream(request)) as events:
                    async for event in events:
                        if isinstance(event, TextDelta):
                            yield LlmText(event.text)
                        elif isinstance(event, UsageSeen):
                            used = event
                        elif isinstance(event, Finished):
                            stop = "length" if event.stop == "length" else "stop"
            finally:
                await asked.close()
        except ModelError as error:
            raise LlmRefused(error.problem, 503) from None
        yield LlmEnd(name, used.input + used.cache_read + used.cache_write, used.output, stop)
