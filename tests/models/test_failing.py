"""What the user is told when there is no answer, and when it is worth trying again."""

from __future__ import annotations

import importlib.util
import socket
import time
from collections.abc import Callable

import pytest

from jupyter_townie.models import Model, ModelConfig, ModelError, Retrying, open_model
from jupyter_townie.models.retries import RetryPolicy, wanted_wait
from tests.models.asking import HELLO, ask, chat, claude, error_of, only, text_of
from tests.models.conftest import KEY
from tests.wire import Received, Reply, WireServer

Open = Callable[..., Model]
both = pytest.mark.parametrize("open_it", [claude, chat], ids=["anthropic", "openai"])
pytestmark = pytest.mark.usefixtures("anthropic_key", "openai_key")


@both
@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 529])
async def test_passing_failure_is_tried_again_after_the_wait_it_asks_for(open_it: Open, status: int) -> None:
    with WireServer([Reply.error(status, retry_after=0.05), Reply.text("Hi")]) as wire:
        events = await ask(open_it(wire))
        first, second = wire.requests
    assert [event.seconds for event in only(Retrying, events)] == [0.05]
    assert only(Retrying, events)[0].reason
    assert second.time - first.time >= 0.05
    assert text_of(events) == "Hi"


@both
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
async def test_lasting_failure_is_not_tried_again(open_it: Open, status: int) -> None:
    with WireServer([Reply.error(status)]) as wire:
        await error_of(open_it(wire))
        assert len(wire.requests) == 1


@both
async def test_waits_are_told_before_they_begin(open_it: Open) -> None:
    with WireServer([Reply.error(529, retry_after=0.5), Reply.text("Hi")]) as wire:
        model = open_it(wire)
        async for event in model.stream(HELLO):
            if isinstance(event, Retrying):
                assert len(wire.requests) == 1
                break
        await model.close()


@both
async def test_attempts_have_an_end(open_it: Open) -> None:
    with WireServer(lambda request: Reply.error(529, retry_after=0.01)) as wire:
        error = await error_of(open_it(wire, attempts=3))
        assert len(wire.requests) == 3
    assert error.code == "overloaded"


@both
async def test_wait_beyond_the_deadline_is_not_begun(open_it: Open) -> None:
    with WireServer([Reply.error(429, retry_after=3600)]) as wire:
        begun = time.monotonic()
        error = await error_of(open_it(wire, retry_deadline=10.0))
    assert time.monotonic() - begun < 5
    assert (error.code, error.remedy) == ("rate_limited", "Try again in 60 min.")


@both
async def test_stream_that_breaks_off_before_any_content_is_tried_again(open_it: Open) -> None:
    with WireServer([Reply.text("lost").cut(after=0), Reply.text("Hi")]) as wire:
        events = await ask(open_it(wire))
    assert text_of(events) == "Hi"
    assert len(only(Retrying, events)) == 1


@both
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply.error(401), "wrong_key"),
        (Reply.error(404), "unknown_model"),
        (Reply.error(402, "Your credit balance is too low"), "no_credit"),
        (Reply.error(400, "Your credit balance is too low to access the API."), "no_credit"),
        (Reply.error(403, "Not for you"), "not_allowed"),
        (Reply.error(400, "prompt is too long: 210000 tokens > 200000 maximum"), "context_too_long"),
        (Reply.error(400, "This model's maximum context length is 8192 tokens."), "context_too_long"),
        (Reply.error(413), "context_too_long"),
        (Reply.error(422, "what is this?"), "bad_request"),
        (Reply.html(404, "Not Found"), "bad_response"),
        (Reply.html(200, "Log in to the campus network"), "bad_response"),
        (Reply.refusal(), "refused"),
        (Reply.refusal("I would"), "refused"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_failure_is_named(open_it: Open, reply: Reply, code: str) -> None:
    with WireServer([reply]) as wire:
        error = await error_of(open_it(wire))
    assert error.code == code
    assert error.message.endswith(".")
    assert error.remedy


@both
async def test_unknown_model_is_named_with_the_providers_words(open_it: Open) -> None:
    with WireServer([Reply.error(404)]) as wire:
        error = await error_of(open_it(wire, "no-such-model"))
    assert "no-such-model" in error.message
    assert "no-such-model" in error.detail


@both
async def test_web_page_of_a_proxy_is_named_by_its_title_and_not_dumped(open_it: Open) -> None:
    with WireServer(lambda request: Reply.html(502, "502 Bad Gateway", "x" * 5000)) as wire:
        error = await error_of(open_it(wire, attempts=1))
    assert error.code == "bad_response"
    assert "502 Bad Gateway" in error.message
    assert "<" not in error.message + error.detail
    assert "xxx" not in error.message + error.detail


@both
async def test_long_error_text_is_shortened(open_it: Open) -> None:
    with WireServer([Reply.error(400, "no " * 1000)]) as wire:
        error = await error_of(open_it(wire))
    assert len(error.detail) <= 300


@both
async def test_server_that_is_not_there_is_named_by_its_address(open_it: Open) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    wire = WireServer(port=port)
    error = await error_of(open_it(wire, attempts=1))
    assert error.code == "no_network"
    assert f"127.0.0.1:{port}" in error.message


@both
async def test_server_on_this_machine_is_not_looked_for_behind_a_proxy(
    open_it: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with WireServer([Reply.text("Hi")]) as wire:
        assert text_of(await ask(open_it(wire, attempts=1))) == "Hi"


@both
async def test_silent_server_times_out(open_it: Open) -> None:
    with WireServer([Reply.hang()]) as wire:
        error = await error_of(open_it(wire, attempts=1, read_timeout=0.2))
    assert error.code == "timed_out"


@both
async def test_stream_that_falls_silent_is_a_cut(open_it: Open) -> None:
    with WireServer([Reply.text("abcd", chunk=1).hang_after(2)]) as wire:
        events = await ask(open_it(wire, read_timeout=0.3))
    assert events[-1].content == [{"type": "text", "text": "ab"}]  # type: ignore[union-attr]


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "https://", "not a url"])
async def test_base_url_that_is_none_is_refused(url: str) -> None:
    error = await error_of(open_model("anthropic/m", ModelConfig(base_urls={"anthropic": url})))
    assert error.code == "bad_base_url"


async def test_base_url_of_an_anthropic_gateway_may_end_in_v1() -> None:
    with WireServer([Reply.text("Hi")]) as wire:
        model = open_model("anthropic/m", ModelConfig(base_urls={"anthropic": f"{wire.url}/v1/"}))
        assert text_of(await ask(model)) == "Hi"


async def test_local_server_that_is_not_running_says_to_start_it() -> None:
    config = ModelConfig(base_urls={"ollama": "http://127.0.0.1:9"}, attempts=1)
    error = await error_of(open_model("ollama/qwen", config))
    assert error.remedy.startswith("Start Ollama")


async def test_custom_server_without_base_url_says_how_to_set_it() -> None:
    error = await error_of(open_model("custom/m"))
    assert (error.code, "TOWNIE_BASE_URL" in error.remedy) == ("bad_base_url", True)


@pytest.mark.parametrize("name", ["anthropic/claude-opus-5-5", "openai/gpt-6.1-sol"])
async def test_missing_key_says_where_to_put_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    variable = "ANTHROPIC_API_KEY" if name.startswith("anthropic") else "OPENAI_API_KEY"
    monkeypatch.delenv(variable)
    error = await error_of(open_model(name))
    assert error.code == "no_key"
    assert variable in error.remedy


async def test_key_is_read_again_after_it_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with WireServer([Reply.text("Hi")], key="the-right-one") as wire:
        model = claude(wire)
        with pytest.raises(ModelError, match="does not accept the key"):
            async for _ in model.stream(HELLO):
                pass
        monkeypatch.setenv("ANTHROPIC_API_KEY", "the-right-one")
        assert text_of(await ask(model)) == "Hi"


@both
@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_key_is_in_no_error_body_log_or_repr(
    open_it: Open, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(request: Received) -> Reply:
        return Reply.error(status, f"Bad key {request.api_key}, sent as Bearer {request.api_key}")

    caplog.set_level("DEBUG")
    with WireServer(echo) as wire:
        model = open_it(wire, attempts=1)
        error = await error_of(model)
        assert wire.requests[0].api_key == KEY
        assert KEY not in str(model.body(HELLO))
    chain = [error, error.__cause__, error.__context__]
    assert all(KEY not in f"{link!r} {getattr(link, 'detail', '')}" for link in chain)
    assert KEY not in repr(model)
    assert KEY not in caplog.text
    assert error.__context__ is None


async def test_bedrock_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    absent = ("botocore", "google.auth")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else real(name))
    bedrock = await error_of(open_model("bedrock/anthropic.claude-opus-5-5"))
    vertex = await error_of(open_model("vertex/claude-opus-5-5"))
    assert (bedrock.code, vertex.code) == ("missing_package", "missing_package")
    assert "jupyter_townie[bedrock]" in bedrock.remedy
    assert "jupyter_townie[vertex]" in vertex.remedy


async def test_bedrock_without_a_region_says_to_set_one(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("botocore")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "token")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    error = await error_of(open_model("bedrock/anthropic.claude-opus-5-5"))
    assert (error.code, "AWS_REGION" in error.remedy) == ("no_key", True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_each_of_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert wanted_wait(headers) == seconds


def test_back_off_grows_and_is_jittered() -> None:
    policy = RetryPolicy(first=1.0, longest=8.0)
    for attempt, most in [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0)]:
        waits = [policy.wait(attempt, None) for _ in range(50)]
        assert all(most / 2 <= wait <= most for wait in waits)
        assert len(set(waits)) > 1
