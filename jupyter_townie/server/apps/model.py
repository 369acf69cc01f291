"""The user's model for apps: in OpenAI's format, without any key in the app."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .pages import PageHandler


async def complete(handler: PageHandler, asked: Any) -> None:
    """Answer a chat completion request of an app's page, streamed when it asks for that."""
    from ...apps.llm import LlmEnd, LlmRefused

    body = asked if isinstance(asked, dict) else {}
    model = body.get("model") if isinstance(body.get("model"), str) else None
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    events = handler.apps.llm(handler.app_id).stream(
        body.get("messages"), model=model, max_tokens=most if isinstance(most, int) else None
    )
    streamed = body.get("stream") is True
    name = f"chatcmpl-{uuid.uuid4().hex[:24]}"
    said: list[str] = []
    end: LlmEnd | None = None
    try:
        async for event in events:
            if handler.gone:
                break
            if isinstance(event, LlmEnd):
                end = event
            elif streamed:
                await _piece(handler, name, model, {"content": event.text}, None)
            else:
                said.append(event.text)
    except LlmRefused as refused:
        problem = refused.problem
        message = f"{problem.message} {problem.remedy}".strip()
        error = {"error": {"message": message, "type": "townie_refused", "code": problem.code}}
        if handler._headers_written:
            handler.write(f"data: {json.dumps(error)}\n\n")
        else:
            handler.set_status(refused.status)
            handler.set_header("Content-Type", "application/json")
            handler.write(json.dumps(error))
        handler.finish()
        return
    finally:
        await events.aclose()
    if handler.gone:
        return
    stop = end.stop if end else "stop"
    if streamed:
        await _piece(handler, name, model, {}, stop)
        handler.finish("data: [DONE]\n\n")
        return
    usage = {"prompt_tokens": end.input_tokens, "completion_tokens": end.output_tokens} if end else {}
    handler.set_header("Content-Type", "application/json")
    answer = {"role": "assistant", "content": "".join(said)}
    handler.finish(
        json.dumps(
            {
                "id": name,
                "object": "chat.completion",
                "created": int(time.time()),
                "model": end.model if end else model,
                "choices": [{"index": 0, "message": answer, "finish_reason": stop}],
                "usage": {**usage, "total_tokens": sum(usage.values())},
            }
        )
    )


async def _piece(handler: PageHandler, name: str, model: str | None, delta: dict[str, str], stop: str | None) -> None:
    if not handler._headers_written:
        handler.set_header("Content-Type", "text/event-stream; charset=utf-8")
    chunk = {
        "id": name,
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "delta": delta, "finish_reason": stop}],
    }
    handler.write(f"data: {json.dumps(chunk)}\n\n")
    await handler.flush()
