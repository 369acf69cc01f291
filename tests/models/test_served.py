"""What servers say of their models, in the very words of llama.cpp, vLLM, Ollama and LM Studio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from jupyter_townie.models import (
    ChatMessage,
    ModelConfig,
    ModelRequest,
    ToolSchema,
    default_model,
    learn,
    list_models,
    open_model,
)
from jupyter_townie.models.endpoints import window_in
from jupyter_townie.models.served import forget
from tests.models.asking import ask, error_of, text_of
from tests.wire import Reply, WireServer

LLAMA = {
    "id": "/models/SmolLM2-135M-Instruct.Q4_1.gguf",
    "object": "model",
    "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
    "created": 1795988179,
    "owned_by": "llamacpp",
    "meta": {"vocab_type": 2, "n_vocab": 49152, "n_ctx": 8192, "n_ctx_train": 131072, "n_params": 134515008},
}
VLLM = {"id": "Qwen/Qwen3-8B", "object": "model", "owned_by": "vllm", "root": "Qwen/Qwen3-8B", "max_model_len": 40960}
OLLAMA = {"id": "qwen3:latest", "object": "model", "created": 1, "owned_by": "library"}
RUNNING = {"models": [{"name": "qwen3:latest", "model": "qwen3:latest", "context_length": 4096}]}
LM_STUDIO = [
    {"id": "qwen2-vl", "type": "vlm", "state": "loaded", "max_context_length": 32768, "loaded_context_length": 6000},
    {"id": "nomic-embed", "type": "embeddings", "state": "not-loaded", "max_context_length": 2048},
]
TOO_LONG = (
    b'{"error":{"code":400,"message":"request (9031 tokens) exceeds the available context size (8192 tokens), try '
    b'increasing it","type":"exceed_context_size_error","n_prompt_tokens":9031,"n_ctx":8192}}'
)
LOADING = b'{"error":{"message":"Loading model","type":"unavailable_error","code":503}}'
BLIND = (
    b'{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to '
    b'provide the mmproj","type":"server_error"}}'
)
NO_PATH = b'{"error":{"message":"File Not Found","type":"not_found_error","code":404}}'


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    forget()
    yield
    forget()


def _config(wire: WireServer, provider: str) -> ModelConfig:
    return ModelConfig(base_urls={provider: wire.url if provider == "anthropic" else wire.openai_url})


@pytest.mark.parametrize(
    ("provider", "entries", "pages", "window"),
    [
        ("llamacpp", [LLAMA], {}, 8192),
        ("vllm", [VLLM], {}, 40960),
        ("ollama", [OLLAMA], {"/api/ps": RUNNING}, 4096),
        ("lmstudio", [{"id": "qwen2-vl"}], {"/api/v0/models": {"data": LM_STUDIO}}, 6000),
    ],
)
def test_window_is_what_the_server_says(
    provider: str, entries: list[dict[str, Any]], pages: dict[str, Any], window: int
) -> None:
    with WireServer(models=entries, pages=pages) as wire:
        config = _config(wire, provider)
        listed = [model for model in list_models(config).models if model.provider == provider]
        assert [(model.id, model.window) for model in listed] == [(f"{provider}/{entries[0]['id']}", window)]
        assert listed[0].max_output <= window // 2
        assert open_model(f"{provider}/{entries[0]['id']}", config).profile.window == window


def test_server_that_is_set_up_answers_by_default() -> None:
    with WireServer(models=[LLAMA]) as wire:
        assert default_model(_config(wire, "llamacpp")) == f"llamacpp/{LLAMA['id']}"
        (server,) = [one for one in list_models(_config(wire, "llamacpp")).servers if one.provider == "llamacpp"]
    assert (server.models, server.problem) == (1, None)


def test_server_that_is_set_up_and_does_not_run_is_told() -> None:
    listed = list_models(ModelConfig(base_urls={"vllm": "http://127.0.0.1:9/v1"}))
    (server,) = [one for one in listed.servers if one.provider == "vllm"]
    assert server.problem is not None and server.problem.code == "no_network"
    assert "vLLM" in server.problem.remedy
    # Its own answer says what is wrong; the tour would say that nothing is configured.
    assert listed.default == "vllm/default"


def test_small_model_in_the_place_of_claude_is_taken_for_what_it_is(anthropic_key: str) -> None:
    with WireServer(models=[LLAMA]) as wire:
        config = _config(wire, "anthropic")
        learn("anthropic/claude-sonnet-5-5", config)
        profile = open_model("anthropic/claude-sonnet-5-5", config).profile
    assert (profile.label, profile.window, profile.vision) == ("SmolLM2-135M-Instruct.Q4_1", 8192, False)
    assert profile.prices is None
    assert profile.thinking is None
    listed = [model.label for model in list_models(config).models if model.provider == "anthropic"]
    assert listed == ["SmolLM2-135M-Instruct.Q4_1"]


async def test_window_that_comes_to_light_in_an_error_is_known_from_then_on() -> None:
    reply = Reply(status=400, raw=TOO_LONG)
    with WireServer([reply]) as wire:
        config = _config(wire, "custom")
        request = ModelRequest(messages=(ChatMessage.user("a long text"),))
        error = await error_of(open_model("custom/m", config), request)
        assert error.code == "context_too_long"
        assert open_model("custom/m", config).profile.window == 8192


async def test_server_that_still_loads_its_model_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.models.endpoints.LOADING_WAIT", 0.01)
    with WireServer([*[Reply(status=503, raw=LOADING)] * 8, Reply.text("Here")]) as wire:
        events = await ask(open_model("llamacpp/m", _config(wire, "llamacpp")))
    reasons = {event.reason for event in events if hasattr(event, "reason")}
    assert reasons == {"llama.cpp is still loading the model."}


@pytest.mark.parametrize(
    ("status", "raw", "code"),
    [(500, BLIND, "no_images"), (404, NO_PATH, "bad_base_url"), (400, TOO_LONG, "context_too_long")],
)
async def test_errors_of_llama_cpp_are_understood_at_once(status: int, raw: bytes, code: str) -> None:
    with WireServer([Reply(status=status, raw=raw)]) as wire:
        error = await error_of(open_model("llamacpp/m", _config(wire, "llamacpp")))
    assert error.code == code
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("This model's maximum context length is 32,768 tokens. However, your messages have 40000.", 32768),
        ("prompt is too long: 215000 tokens > 200000 maximum", 200000),
        ("Requested tokens (9000) exceed context window of 2048", 2048),
        ("The prompt is too long.", None),
    ],
)
def test_window_in_the_words_of_an_error(words: str, window: int | None) -> None:
    assert window_in(words) == window


async def test_model_that_takes_no_tools_is_asked_without() -> None:
    refusal = b'{"error":{"message":"registry.ollama.ai/library/gemma:2b does not support tools","type":"api_error"}}'
    tool = ToolSchema("look", "Looks.", {"type": "object", "properties": {}})
    request = ModelRequest(messages=(ChatMessage.user("Look"),), tools=(tool,))
    with WireServer([Reply(status=400, raw=refusal), Reply.text("I can not look.")]) as wire:
        config = replace(_config(wire, "ollama"), profiles={"ollama/gemma:2b": {"tools": True}})
        assert text_of(await ask(open_model("ollama/gemma:2b", config), request)) == "I can not look."
    assert ["tools" in request.body for request in wire.requests] == [True, False]


async def test_answer_of_a_local_model_has_a_limit() -> None:
    with WireServer([Reply.text("Hi")], models=[LLAMA]) as wire:
        config = _config(wire, "llamacpp")
        learn(f"llamacpp/{LLAMA['id']}", config)
        await ask(open_model(f"llamacpp/{LLAMA['id']}", config))
    assert wire.requests[0].body["max_tokens"] == 4096
