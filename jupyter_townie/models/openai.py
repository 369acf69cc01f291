"""Every server that speaks OpenAI's Chat Completions, through the ``openai`` package."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .answer import Answer
from .conversation import invalid_arguments, well_formed
from .endpoints import NO_PROXY, Endpoint, check_base_url, is_loopback
from .keys import find_key
from .model import (
    Block,
    ChatMessage,
    ImageData,
    ModelError,
    ModelRequest,
    Stop,
    StreamEvent,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    UsageSeen,
)
from .providers import configured_base_url
from .remote import RemoteModel
from .retries import Attempt, RetryPolicy, answer_with_retries

_NO_TOOLS = re.compile(r"not support tools|tool choice requires|tools? (?:is|are) not supported|support tool use", re.I)
"""What Ollama, vLLM and OpenRouter say of a model that takes no tools."""
_STOPS: dict[str, Stop] = {"stop": "end", "length": "length", "tool_calls": "tool", "function_call": "tool"}


@dataclass(slots=True)
class OpenAIModel(RemoteModel):
    """One model of one server."""

    sdk = "openai"
    _asks_usage: bool = True
    _offers_tools: bool = True

    def body(self, request: ModelRequest) -> dict[str, Any]:
        messages: list[dict[str, Any]] = []
        system = "\n\n".join(text.text for text in request.system if text.text.strip())
        if system:
            messages.append({"role": "system", "content": system})
        for message in well_formed(request.messages, self.profile):
            messages += _messages(message)
        body: dict[str, Any] = {"model": self.profile.name, "messages": messages, "stream": True}
        if self._asks_usage:
            body["stream_options"] = {"include_usage": True}
        limit = request.max_output
        if limit is None and self.provider.local:
            # These have no limit of their own: what runs away goes on until the window is full.
            limit = max(self.profile.max_output, self.profile.window // 2)
        if limit is not None:
            body[self.provider.limit_parameter] = limit
        if request.tools and self.profile.tools and self._offers_tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
                }
                for tool in request.tools
            ]
        elif request.prediction and self.profile.prediction:
            # The two do not go together: https://platform.openai.com/docs/guides/predicted-outputs
            body["prediction"] = {"type": "content", "content": request.prediction}
        return body

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        return answer_with_retries(
            lambda answer: self._attempt(request, answer),
            self._describe,
            RetryPolicy.of(self.config),
            self.profile.id,
        )

    async def _attempt(self, request: ModelRequest, answer: Answer) -> AsyncGenerator[StreamEvent, None]:
        client = await self._connected()
        assert self._endpoint is not None
        async with await client.chat.completions.create(**self.body(request)) as chunks:
            await self._endpoint.check_stream(chunks.response)
            calls = _Calls(answer)
            stop: str | None = None
            async for chunk in chunks:
                if getattr(chunk, "usage", None) is not None:
                    yield self._usage(chunk.usage)
                for choice in chunk.choices or ():
                    delta = choice.delta
                    if delta is not None:
                        thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
                        if isinstance(thought, str) and thought:
                            yield answer.thinking(thought)
                        if delta.content:
                            yield answer.text(delta.content)
                        for call in delta.tool_calls or ():
                            for event in calls.add(call):
                                yield event
                    stop = choice.finish_reason or stop
            if stop is None:
                return
            if stop == "content_filter":
                raise ModelError(
                    "refused",
                    f"{self._endpoint.label} withheld the answer.",
                    "Say it differently, or pick another model.",
                )
            made = calls.made
            for event in calls.end():
                yield event
            # Some servers say "stop" although there are calls.
            yield answer.finished("tool" if made and stop == "stop" else _STOPS.get(stop, "end"))

    def _usage(self, usage: Any) -> UsageSeen:
        details = getattr(usage, "prompt_tokens_details", None)
        read = getattr(details, "cached_tokens", None) or getattr(usage, "prompt_cache_hit_tokens", None) or 0
        write = getattr(details, "cache_write_tokens", None) or 0
        counts = {
            "input": max(0, (usage.prompt_tokens or 0) - read - write),
            "output": usage.completion_tokens or 0,
            "cache_read": read,
            "cache_write": write,
        }
        return UsageSeen(model=self.profile.id, **counts, cost=self.profile.cost(**counts))

    def _explain(self, error: Exception, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        if attempt.error.code == "bad_request" and self._asks_usage and "stream_options" in attempt.error.detail:
            self._asks_usage = False
            return Attempt(attempt.error, again=True, wait=0.0)
        if attempt.error.code == "bad_request" and self._offers_tools and _NO_TOOLS.search(attempt.error.detail):
            self._offers_tools = False
            return Attempt(attempt.error, again=True, wait=0.0)
        return attempt

    def _connect(self) -> tuple[Endpoint, Any]:
        import openai

        provider = self.provider
        configured = configured_base_url(provider, self.config)
        if not configured and not provider.base_url:
            raise ModelError(
                "bad_base_url",
                f"{provider.label} has no base URL.",
                f"Set {provider.base_url_variables[0]}, or the base URL in Townie's settings.",
            )
        base_url = check_base_url(configured or provider.base_url)
        key = find_key(provider.name, provider.key_variables)
        endpoint = Endpoint(
            label=provider.label,
            provider=provider.name,
            model=self.profile.name,
            base_url=base_url,
            key_variable=provider.key_variables[0] if provider.key_variables else "",
            local=provider.local,
            secrets=(key.value,) if key else (),
        )
        if key is None and provider.needs_key and configured is None:
            raise endpoint.no_key()
        direct = openai.DefaultAsyncHttpxClient(**NO_PROXY) if is_loopback(base_url) else None
        client = openai.AsyncOpenAI(
            http_client=direct,
            api_key=key.value if key else "none",
            base_url=base_url,
            max_retries=0,
            timeout=openai.Timeout(self.config.read_timeout, connect=self.config.connect_timeout),
            default_headers=dict(self.config.headers.get(provider.name, {})) or None,
        )
        return endpoint, client


class _Calls:
    """Tool calls as they arrive.  Not every server numbers them, and some send each one whole."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.made = 0
        self._open: dict[int, tuple[int, str]] = {}

    def add(self, call: Any) -> Iterator[StreamEvent]:
        index = call.index if call.index is not None else 0
        known = self._open.get(index)
        function = call.function
        if known is None or (call.id and known[1] and call.id != known[1]):
            if known is not None:
                yield self.answer.tool_ended(known[0])
            self.made += 1
            known = (self.made, call.id or f"call_{self.made}")
            self._open[index] = known
            yield self.answer.tool_started(known[0], known[1], (function.name if function else "") or "")
        if function and function.arguments:
            yield self.answer.tool_piece(known[0], function.arguments)

    def end(self) -> Iterator[StreamEvent]:
        for key, _ in self._open.values():
            yield self.answer.tool_ended(key)
        self._open = {}


# ------------------------------------------------------------------------------------------------------------ messages


def _messages(message: ChatMessage) -> Iterator[dict[str, Any]]:
    if message.role == "assistant":
        yield _assistant(message.content)
        return
    images: list[ImageData] = []
    rest: list[Block] = []
    for block in message.content:
        if isinstance(block, ToolResult):
            yield {"role": "tool", "tool_call_id": block.id, "content": block.text if block.ok else _failed(block)}
            images += block.images
        else:
            rest.append(block)
    parts = [_part(block) for block in (*images, *rest)]
    if all(part["type"] == "text" for part in parts):
        if parts:
            yield {"role": "user", "content": "\n\n".join(part["text"] for part in parts)}
    else:
        yield {"role": "user", "content": parts}


def _assistant(content: Sequence[Block]) -> dict[str, Any]:
    text = "".join(block.text for block in content if isinstance(block, Text))
    thought = "".join(block.text for block in content if isinstance(block, Thinking))
    calls = [
        {
            "id": block.id,
            "type": "function",
            "function": {"name": block.name, "arguments": json.dumps(invalid_arguments(block))},
        }
        for block in content
        if isinstance(block, ToolUse)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if thought:
        message["reasoning_content"] = thought
    if calls:
        message["tool_calls"] = calls
    elif not text:
        message["content"] = ""
    return message


def _failed(result: ToolResult) -> str:
    return f"The tool failed: {result.text}"


def _part(block: Block) -> dict[str, Any]:
    if isinstance(block, ImageData):
        url = f"data:{block.mime};base64,{block.data_base64}"
        return {"type": "image_url", "image_url": {"url": url}}
    assert isinstance(block, Text)
    return {"type": "text", "text": block.text}
