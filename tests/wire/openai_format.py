"""OpenAI's Chat Completions on the wire, as OpenAI and the many servers that follow it speak it.

https://platform.openai.com/docs/api-reference/chat-streaming; ``reasoning_content`` is DeepSeek's and vLLM's addition.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from .frames import Frame, event
from .reply import Reply, TextPart, ThinkingPart, Tokens, ToolPart

_STOP = {"end": "stop", "length": "length", "tool": "tool_calls", "refusal": "content_filter"}
_ERRORS = {
    400: ("invalid_request_error", None, "Bad request"),
    401: ("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    404: ("invalid_request_error", "model_not_found", "The model `{model}` does not exist or you do not have access."),
    429: ("requests", "rate_limit_exceeded", "Rate limit reached for {model}."),
}
_ids = itertools.count(1)


def error(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an HTTP error."""
    kind, code, message = _ERRORS.get(reply.status, ("server_error", None, "The server had an error."))
    text = reply.message or message.format(model=request.get("model", ""))
    return {"error": {"message": text, "type": kind, "param": None, "code": code}}


def whole(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in one piece."""
    text = "".join(part.text for part in reply.parts if isinstance(part, TextPart))
    thought = "".join(part.text for part in reply.parts if isinstance(part, ThinkingPart))
    calls = [_call(part) for part in reply.parts if isinstance(part, ToolPart)]
    message = {"role": "assistant", "content": text or None}
    message |= {"tool_calls": calls} if calls else {}
    message |= {"reasoning_content": thought} if thought else {}
    choice = {"index": 0, "message": message, "finish_reason": _STOP[reply.stop_reason], "logprobs": None}
    head = _head(request) | {"object": "chat.completion", "choices": [choice]}
    return head | {"usage": _usage(reply.tokens(request))}


def stream(reply: Reply, request: Mapping[str, Any]) -> Iterator[Frame]:
    """The answer as server-sent events."""
    head = _head(request)
    yield _chunk(head, {"role": "assistant", "content": ""})
    calls = itertools.count()
    for part in reply.parts:
        if isinstance(part, ToolPart):
            index = next(calls)
            start = _call(part)
            start["function"]["arguments"] = ""
            yield _chunk(head, {"tool_calls": [{"index": index, **start}]}, delta=True)
            for piece in reply.pieces(part.json):
                yield _chunk(head, {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, delta=True)
            continue
        name = "reasoning_content" if isinstance(part, ThinkingPart) else "content"
        for piece in reply.pieces(part.text, isinstance(part, TextPart) and part.endless):
            yield _chunk(head, {name: piece}, delta=True)
    yield _chunk(head, {}, finish=_STOP[reply.stop_reason])
    if reply.report_usage and (request.get("stream_options") or {}).get("include_usage"):
        yield event(head | {"choices": [], "usage": _usage(reply.tokens(request))})
    yield Frame(b"data: [DONE]\n\n")


def failure(reply: Reply) -> Frame:
    """An error in the middle of a stream."""
    return event({"error": {"message": reply.message, "type": "server_error", "param": None, "code": None}})


def _head(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-wire{next(_ids):04d}",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": request.get("model", ""),
    }


def _chunk(
    head: Mapping[str, Any], content: Mapping[str, Any], finish: str | None = None, *, delta: bool = False
) -> Frame:
    choice = {"index": 0, "delta": content, "finish_reason": finish, "logprobs": None}
    return event({**head, "choices": [choice]}, delta=delta)


def _call(part: ToolPart) -> dict[str, Any]:
    return {
        "id": part.id or f"call_wire{next(_ids):04d}",
        "type": "function",
        "function": {"name": part.name, "arguments": part.json},
    }


def _usage(tokens: Tokens) -> dict[str, Any]:
    # OpenAI counts what came from the cache among the prompt tokens.
    prompt = tokens.input + tokens.cache_read + tokens.cache_write
    return {
        "prompt_tokens": prompt,
        "completion_tokens": tokens.output,
        "total_tokens": prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cache_read},
    }
