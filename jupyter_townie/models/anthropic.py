"""Claude, through the ``anthropic`` package: Anthropic's own service, Bedrock, Vertex, and gateways."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any

import anyio

from .answer import Answer
from .conversation import invalid_arguments, well_formed
from .endpoints import NO_PROXY, Endpoint, check_base_url, is_loopback
from .keys import find_key
from .model import (
    Block,
    ImageData,
    ModelError,
    ModelRequest,
    Stop,
    StreamEvent,
    Text,
    ToolResult,
    ToolUse,
    UsageSeen,
)
from .providers import configured_base_url
from .remote import RemoteModel
from .retries import Attempt, RetryPolicy, answer_with_retries

BREAKPOINTS = 4
"""https://platform.claude.com/docs/en/build-with-claude/prompt-caching allows no more."""
MOST_OUTPUT = 64_000
"""Tokens asked for when the request does not say, so that a run-away answer has an end before it is very dear."""

DRAIN_SECONDS = 0.2

_STOPS: dict[str, Stop] = {
    "end_turn": "end",
    "stop_sequence": "end",
    "pause_turn": "end",
    "tool_use": "tool",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
}


class AnthropicModel(RemoteModel):
    """One Claude model."""

    __slots__ = ()
    sdk = "anthropic"

    def body(self, request: ModelRequest) -> dict[str, Any]:
        messages = [
            {"role": message.role, "content": [part for block in message.content for part in _content(block)]}
            for message in well_formed(request.messages, self.profile)
        ]
        body: dict[str, Any] = {
            "model": self.profile.name,
            "max_tokens": request.max_output or min(self.profile.max_output, MOST_OUTPUT),
            "messages": [message for message in messages if message["content"]],
            "stream": True,
        }
        system = [part for text in request.system if text.text.strip() for part in _content(text)]
        if system:
            body["system"] = system
        if request.tools and self.profile.tools:
            body["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
                for tool in request.tools
            ]
        if self.profile.thinking is not None:
            body["thinking"] = dict(self.profile.thinking)
        _limit_breakpoints(body)
        return body

    def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        body = self.body(request)
        return answer_with_retries(
            lambda answer: self._attempt(body, answer), self._describe, RetryPolicy.of(self.config), self.profile.id
        )

    async def _attempt(self, body: dict[str, Any], answer: Answer) -> AsyncGenerator[StreamEvent, None]:
        client = await self._connected()
        assert self._endpoint is not None
        async with await client.messages.create(**body) as events:
            await self._endpoint.check_stream(events.response)
            usage = dict[str, int]()
            stop = ""
            writes_call = False
            async for event in events:
                kind = event.type
                if kind == "content_block_delta":
                    delta = event.delta
                    if delta.type == "text_delta":
                        yield answer.text(delta.text)
                    elif delta.type == "thinking_delta":
                        yield answer.thinking(delta.thinking)
                    elif delta.type == "signature_delta":
                        answer.signature(delta.signature)
                    elif delta.type == "input_json_delta":
                        yield answer.tool_piece(event.index, delta.partial_json)
                elif kind == "content_block_start":
                    block = event.content_block
                    if block.type == "tool_use":
                        yield answer.tool_started(event.index, block.id, block.name)
                    elif block.type == "redacted_thinking":
                        answer.redacted(block.data)
                    elif block.type == "text" and block.text:
                        yield answer.text(block.text)
                    writes_call = block.type == "tool_use"
                elif kind == "content_block_stop":
                    if writes_call:
                        yield answer.tool_ended(event.index)
                    else:
                        answer.close()
                elif kind == "message_start":
                    yield self._usage(usage, event.message.usage)
                elif kind == "message_delta":
                    stop = event.delta.stop_reason or stop
                    yield self._usage(usage, event.usage)
                elif kind == "message_stop":
                    await _read_to_end(events)
                    break
            # The stop reason says that the answer is whole; some gateways leave out the event after it.
            if stop == "refusal":
                raise refused()
            if stop:
                yield answer.finished(_STOPS.get(stop, "end"))

    def _usage(self, seen: dict[str, int], usage: Any) -> UsageSeen:
        """Counts are cumulative, and a later report may leave out what an earlier one had."""
        names = {
            "input": "input_tokens",
            "output": "output_tokens",
            "cache_read": "cache_read_input_tokens",
            "cache_write": "cache_creation_input_tokens",
        }
        for ours, theirs in names.items():
            value = getattr(usage, theirs, None)
            if value is not None:
                seen[ours] = value
        return UsageSeen(model=self.profile.id, **seen, cost=self.profile.cost(**{"input": 0, "output": 0, **seen}))

    def _explain(self, error: Exception, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        explained = _explain_credentials(error, endpoint) if attempt.error.code == "bad_provider" else None
        return explained or attempt

    def _connect(self) -> tuple[Endpoint, Any]:
        import anthropic

        options: dict[str, Any] = {
            "max_retries": 0,
            "timeout": anthropic.Timeout(self.config.read_timeout, connect=self.config.connect_timeout),
            "default_headers": dict(self.config.headers.get(self.provider.name, {})) or None,
        }
        return _CLIENTS[self.provider.name](self, options)


async def _read_to_end(events: Any) -> None:
    """Only a connection whose answer was read to its end can be used again; a server that does not end it is left."""
    with contextlib.suppress(Exception), anyio.move_on_after(DRAIN_SECONDS):
        await anext(events, None)


def refused() -> ModelError:
    return ModelError(
        "refused",
        "The model declined to answer this.",
        "Say it differently, remove context that may have led to it, or pick another model.",
    )


# ------------------------------------------------------------------------------------------------------------- clients


def _own_service(model: AnthropicModel, options: dict[str, Any]) -> tuple[Endpoint, Any]:
    import anthropic

    provider = model.provider
    configured = configured_base_url(provider, model.config)
    base_url = check_base_url(configured or provider.base_url).removesuffix("/v1")
    key = find_key(provider.name, provider.key_variables)
    if is_loopback(base_url):
        options["http_client"] = anthropic.DefaultAsyncHttpxClient(**NO_PROXY)
    endpoint = Endpoint(
        label=provider.label if configured is None else f"{provider.label} gateway",
        provider=provider.name,
        model=model.profile.name,
        base_url=base_url,
        key_variable=provider.key_variables[0],
        secrets=(key.value,) if key else (),
    )
    if key is None and configured is None:
        raise endpoint.no_key()
    if key is not None and key.where == "ANTHROPIC_AUTH_TOKEN":
        return endpoint, anthropic.AsyncAnthropic(auth_token=key.value, base_url=base_url, **options)
    # A gateway may know its users without a key, but the client wants one.
    value = key.value if key else "none"
    return endpoint, anthropic.AsyncAnthropic(api_key=value, base_url=base_url, **options)


def _bedrock(model: AnthropicModel, options: dict[str, Any]) -> tuple[Endpoint, Any]:
    import anthropic

    # Needed with a token too: it reads the stream.
    _require("botocore", "bedrock", "Amazon Bedrock")
    token = os.environ.get("AWS_BEARER_TOKEN_BEDROCK", "")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or _region_of_profile()
    if not region:
        raise ModelError("no_key", "Amazon Bedrock needs to know a region.", "Set AWS_REGION before starting Jupyter.")
    base_url = configured_base_url(model.provider, model.config)
    client = anthropic.AsyncAnthropicBedrock(aws_region=region, base_url=base_url, **options)
    secrets = tuple(filter(None, (token, os.environ.get("AWS_SECRET_ACCESS_KEY"), os.environ.get("AWS_SESSION_TOKEN"))))
    return Endpoint("Amazon Bedrock", "bedrock", model.profile.name, str(client.base_url), secrets=secrets), client


def _region_of_profile() -> str | None:
    import importlib

    session = importlib.import_module("botocore.session").get_session()
    region: str | None = session.get_config_variable("region")
    return region


def _vertex(model: AnthropicModel, options: dict[str, Any]) -> tuple[Endpoint, Any]:
    import anthropic

    _require("google.auth", "vertex", "Google Vertex AI")
    region = os.environ.get("CLOUD_ML_REGION")
    if not region:
        raise ModelError(
            "no_key", "Google Vertex AI needs to know a region.", "Set CLOUD_ML_REGION before starting Jupyter."
        )
    project = os.environ.get("ANTHROPIC_VERTEX_PROJECT_ID")
    options |= {"project_id": project} if project else {}
    base_url = configured_base_url(model.provider, model.config)
    client = anthropic.AsyncAnthropicVertex(region=region, base_url=base_url, **options)
    return Endpoint("Google Vertex AI", "vertex", model.profile.name, str(client.base_url)), client


_CLIENTS = {"anthropic": _own_service, "bedrock": _bedrock, "vertex": _vertex}


def _require(module: str, extra: str, label: str) -> None:
    import importlib.util

    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ModelError(
            "missing_package",
            f"{label} needs a package that is not installed.",
            f'Run: pip install "jupyter_townie[{extra}]", and restart Jupyter.',
            f"No module named {module}",
        )


def _explain_credentials(error: Exception, endpoint: Endpoint) -> Attempt | None:
    """The cloud clients look for credentials only when they first send something."""
    if endpoint.provider == "anthropic":
        return None
    remedies = {
        "bedrock": "Set AWS_BEARER_TOKEN_BEDROCK, or log in with the AWS command line.",
        "vertex": "Run: gcloud auth application-default login. Set ANTHROPIC_VERTEX_PROJECT_ID to your project.",
    }
    note = f"There are no credentials for {endpoint.label}."
    detail = endpoint.quote(str(error))
    return Attempt(ModelError("no_key", note, remedies[endpoint.provider], detail), again=False)


# ------------------------------------------------------------------------------------------------------------- content


def _content(block: Block) -> Iterator[dict[str, Any]]:
    mark: Mapping[str, Any] = {"cache_control": {"type": "ephemeral"}} if getattr(block, "cache", False) else {}
    if isinstance(block, Text):
        yield {"type": "text", "text": block.text, **mark}
    elif isinstance(block, ImageData):
        yield {**_image(block), **mark}
    elif isinstance(block, ToolUse):
        yield {"type": "tool_use", "id": block.id, "name": block.name, "input": invalid_arguments(block)}
    elif isinstance(block, ToolResult):
        parts: list[dict[str, Any]] = [{"type": "text", "text": block.text}] if block.text.strip() else []
        parts += [_image(image) for image in block.images]
        yield {"type": "tool_result", "tool_use_id": block.id, "content": parts, "is_error": not block.ok, **mark}
    elif block.redacted:
        yield {"type": "redacted_thinking", "data": block.redacted}
    elif block.signature:
        # Without its signature (the answer was cut off before it) a thought is refused.
        yield {"type": "thinking", "thinking": block.text, "signature": block.signature}


def _image(image: ImageData) -> dict[str, Any]:
    source = {"type": "base64", "media_type": image.mime, "data": image.data_base64}
    return {"type": "image", "source": source}


def _limit_breakpoints(body: dict[str, Any]) -> None:
    """Keeps the first mark, which many threads share, and the last ones."""
    parts = [*body.get("system", []), *(part for message in body["messages"] for part in message["content"])]
    marked = [part for part in parts if "cache_control" in part]
    for part in marked[1 : max(1, len(marked) - BREAKPOINTS + 1)]:
        del part["cache_control"]
