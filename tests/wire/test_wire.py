"""The endpoint as the real clients of both providers see it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import anthropic
import openai
import pytest

from tests.wire import Reply, TextPart, ThinkingPart, Tokens, ToolPart, WireServer

ROOT = Path(__file__).parents[2]
ASK = [{"role": "user", "content": "Hello"}]


def claude(wire: WireServer) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="k", base_url=wire.url, max_retries=0)


def chat(wire: WireServer) -> openai.OpenAI:
    return openai.OpenAI(api_key="k", base_url=wire.openai_url, max_retries=0)


def test_anthropic_client_assembles_the_streamed_message() -> None:
    reply = Reply.of(
        ThinkingPart("Let me see"), TextPart("Grüße"), ToolPart("run", {"cell": "a1"}),
        chunk=3, usage=Tokens(10, 5, cache_read=7, cache_write=2),
    )  # fmt: skip
    with WireServer([reply]) as wire, claude(wire).messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        message = stream.get_final_message()
    thought, text, call = message.content
    assert (thought.thinking, thought.signature) == ("Let me see", "c2lnbmVk")
    assert text.text == "Grüße"
    assert (call.name, call.input) == ("run", {"cell": "a1"})
    assert message.stop_reason == "tool_use"
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (10, 5)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (7, 2)


def test_openai_client_assembles_the_streamed_message() -> None:
    reply = Reply.tool("run", {"cell": "a1"}, text="Grüße", chunk=3, usage=Tokens(10, 5, cache_read=7))
    with WireServer([reply]) as wire:
        chunks = list(
            chat(wire).chat.completions.create(
                model="m", messages=ASK, stream=True, stream_options={"include_usage": True}
            )
        )
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert "".join(delta.content or "" for delta in deltas) == "Grüße"
    calls = [call for delta in deltas for call in delta.tool_calls or []]
    assert calls[0].function.name == "run"
    assert json.loads("".join(call.function.arguments for call in calls)) == {"cell": "a1"}
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "tool_calls"
    assert (chunks[-1].usage.prompt_tokens, chunks[-1].usage.completion_tokens) == (17, 5)


def test_anthropic_client_reads_a_whole_message() -> None:
    with WireServer([Reply.text("Hi")]) as wire:
        message = claude(wire).messages.create(model="m", max_tokens=9, messages=ASK)
    assert message.content[0].text == "Hi"


def test_openai_client_reads_a_whole_message() -> None:
    with WireServer([Reply.text("Hi")]) as wire:
        message = chat(wire).chat.completions.create(model="m", messages=ASK)
    assert message.choices[0].message.content == "Hi"


def test_errors_arrive_as_the_clients_own_exceptions() -> None:
    with WireServer([Reply.error(429, retry_after=2), Reply.error(529), Reply.error(404)]) as wire:
        with pytest.raises(anthropic.RateLimitError) as limited:
            claude(wire).messages.create(model="m", max_tokens=9, messages=ASK)
        assert limited.value.response.headers["retry-after"] == "2"
        with pytest.raises(anthropic.APIStatusError) as overloaded:
            claude(wire).messages.create(model="m", max_tokens=9, messages=ASK)
        assert overloaded.value.status_code == 529
        assert overloaded.value.body["error"]["type"] == "overloaded_error"
        with pytest.raises(openai.NotFoundError) as unknown:
            chat(wire).chat.completions.create(model="m", messages=ASK)
        assert unknown.value.code == "model_not_found"


def test_wrong_key_is_refused() -> None:
    with WireServer([Reply.text("Hi")], key="right") as wire, pytest.raises(anthropic.AuthenticationError):
        claude(wire).messages.create(model="m", max_tokens=9, messages=ASK)


def test_models_are_listed_for_both_clients() -> None:
    with WireServer(models=["a", "b"]) as wire:
        assert [model.id for model in claude(wire).models.list()] == ["a", "b"]
        assert [model.id for model in chat(wire).models.list()] == ["a", "b"]


def test_cut_stream_ends_without_its_last_events() -> None:
    with WireServer([Reply.text("abcdef", chunk=1).cut(after=2)]) as wire:
        texts = []
        with pytest.raises(Exception, match=r"(?i)incomplete|closed|connection"):
            texts.extend(
                chunk.choices[0].delta.content
                for chunk in chat(wire).chat.completions.create(model="m", messages=ASK, stream=True)
            )
    assert "".join(texts) == "ab"


def test_rule_sees_the_request() -> None:
    with WireServer(lambda request: Reply.text(request.last_user_text.upper())) as wire:
        assert claude(wire).messages.create(model="m", max_tokens=9, messages=ASK).content[0].text == "HELLO"


def test_writes_are_spaced_by_the_delay() -> None:
    with WireServer([Reply.text("abcd", chunk=1, delay=0.05, first_delay=0.1)]) as wire:
        claude(wire).messages.create(model="m", max_tokens=9, messages=ASK, stream=True).response.read()
        request = wire.requests[0]
        assert request.done.wait(1)
    assert request.writes[0].time - request.time >= 0.1
    assert request.writes[-1].time - request.writes[0].time >= 0.15
    assert all(write.size > 0 for write in request.writes)


def test_script_that_has_ended_says_so() -> None:
    with WireServer([]) as wire, pytest.raises(anthropic.BadRequestError, match="no reply number 1"):
        claude(wire).messages.create(model="m", max_tokens=9, messages=ASK)


def test_command_line_serves_a_json_script(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([{"reply": "text", "text": "from a file", "then": {"cut": 99}}]))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.wire", "--script", str(script)], stdout=subprocess.PIPE, cwd=ROOT, text=True
    )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        client = anthropic.Anthropic(api_key="k", base_url=url, max_retries=0)
        assert client.messages.create(model="m", max_tokens=9, messages=ASK).content[0].text == "from a file"
        with urllib.request.urlopen(f"{url}/_wire/requests") as answer:
            (request,) = json.load(answer)
        assert request["body"]["messages"] == ASK
        assert abs(request["time"] - time.time()) < 60
    finally:
        process.terminate()
        assert process.wait(10) == 0
