"""Anthropic's Messages API on the wire.

The sequence of events is the one of https://platform.claude.com/docs/en/build-with-claude/streaming, the errors are
those of https://platform.claude.com/docs/en/api/errors.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

from .frames import Frame, event
from .reply import Part, Reply, TextPart, ThinkingPart, ToolPart

_STOP = {"end": "end_turn", "length": "max_tokens", "tool": "tool_use", "refusal": "refusal"}
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_MESSAGES = {
    401: "invalid x-api-key",
    429: "This request would exceed your organization's rate limit of 50 requests per minute.",
    529: "Overloaded",
}
_ids = itertools.count(1)


def error(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an HTTP error."""
    message = reply.message or _MESSAGES.get(reply.status, "")
    if reply.status == 404 and not message:
        message = f"model: {request.get('model', '')}"
    kind = _ERRORS.get(reply.status, "api_error")
    return {
        "type": "error",
        "error": {"type": kind, "message": message or kind.replace("_", " ")},
        "request_id": f"req_wire{next(_ids):04d}",
    }


def whole(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in one piece."""
    tokens = reply.tokens(request)
    return _message(request) | {
        "content": [_content(part) for part in reply.parts],
        "stop_reason": _STOP[reply.stop_reason],
        "usage": _input_usage(tokens) | {"output_tokens": tokens.output},
    }


def stream(reply: Reply, request: Mapping[str, Any]) -> Iterator[Frame]:
    """The answer as server-sent events."""
    tokens = reply.tokens(request)
    message = _message(request) | {"usage": _input_usage(tokens) | {"output_tokens": 1}}
    yield event({"type": "message_start", "message": message}, "message_start")
    for index, part in enumerate(reply.parts):
        yield from _block(reply, part, index)
        if index == 0:
            yield event({"type": "ping"}, "ping")
    delta = {"stop_reason": _STOP[reply.stop_reason], "stop_sequence": None}
    yield event(
        {"type": "message_delta", "delta": delta, "usage": _input_usage(tokens) | {"output_tokens": tokens.output}},
        "message_delta",
    )
    yield event({"type": "message_stop"}, "message_stop")


def failure(reply: Reply) -> Frame:
    """An error in the middle of a stream."""
    return event({"type": "error", "error": {"type": "overloaded_error", "message": reply.message}}, "error")


def _message(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"msg_wire{next(_ids):04d}",
        "type": "message",
        "role": "assistant",
        "model": request.get("model", ""),
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def _input_usage(tokens: Any) -> dict[str, int]:
    return {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read,
    }


def _content(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, ThinkingPart):
        if part.redacted:
            return {"type": "redacted_thinking", "data": part.redacted}
        return {"type": "thinking", "thinking": part.text, "signature": part.signature}
    return {"type": "tool_use", "id": _tool_id(part), "name": part.name, "input": json.loads(part.json)}


def _tool_id(part: ToolPart) -> str:
    return part.id or f"toolu_wire{next(_ids):04d}"


def _block(reply: Reply, part: Part, index: int) -> Iterator[Frame]:
    if isinstance(part, TextPart):
        empty: dict[str, Any] = {"type": "text", "text": ""}
        deltas = [({"type": "text_delta"}, "text", reply.pieces(part.text, part.endless))]
    elif isinstance(part, ThinkingPart):
        empty = {"type": "thinking", "thinking": "", "signature": ""}
        deltas = [
            ({"type": "thinking_delta"}, "thinking", reply.pieces(part.text)),
            ({"type": "signature_delta"}, "signature", iter([part.signature])),
        ]
        if part.redacted:
            empty, deltas = {"type": "redacted_thinking", "data": part.redacted}, []
    else:
        empty = {"type": "tool_use", "id": _tool_id(part), "name": part.name, "input": {}}
        pieces = itertools.chain([""], reply.pieces(part.json))
        deltas = [({"type": "input_json_delta"}, "partial_json", pieces)]
    yield event({"type": "content_block_start", "index": index, "content_block": empty}, "content_block_start")
    for kind, name, pieces in deltas:
        for piece in pieces:
            body = {"type": "content_block_delta", "index": index, "delta": kind | {name: piece}}
            yield event(body, "content_block_delta", delta=True)
    yield event({"type": "content_block_stop", "index": index}, "content_block_stop")
