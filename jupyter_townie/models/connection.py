"""*Test connection*: whether a model answers at all, and if not, what its provider says."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from .config import ModelConfig
from .model import ChatMessage, Finished, ModelError, ModelRequest, Text, TextDelta, ThinkingDelta
from .registry import default_model, open_model
from .served import learn

if TYPE_CHECKING:
    from ..protocol import TestResult


async def try_connection(name: str | None = None, config: ModelConfig | None = None) -> TestResult:
    """Asks for one word and stops at the first piece of it.  ``seconds`` is the time until then.  Never raises
    :class:`ModelError`; it is in the result."""
    from ..protocol import TestResult

    config = replace(config or ModelConfig(), attempts=2, retry_deadline=5.0)
    chosen = name or ""
    if not chosen:
        chosen = await asyncio.to_thread(default_model, config)
    request = ModelRequest(
        system=(Text("Answer with one word."),),
        messages=(ChatMessage.user("Are you there?"),),
        max_output=256,
        purpose="test",
    )
    await asyncio.to_thread(learn, chosen, config)
    begun = time.perf_counter()
    try:
        model = open_model(chosen, config)
        try:
            async with aclosing(model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, (TextDelta, ThinkingDelta, Finished)):
                        break
        finally:
            await model.close()
    except ModelError as error:
        return TestResult(ok=False, model=chosen, problem=error.problem)
    return TestResult(ok=True, model=chosen, seconds=time.perf_counter() - begun)
