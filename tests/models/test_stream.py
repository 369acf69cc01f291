"""Both providers' real clients against the local endpoint: what an answer becomes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from jupyter_townie.models import (
    ChatMessage,
    Finished,
    Model,
    ModelRequest,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    ToolCalled,
    ToolCallStarted,
    ToolUse,
    UsageSeen,
)
from tests.models.asking import HELLO, ask, chat, claude, end_of, only, text_of
from tests.wire import Reply, TextPart, ThinkingPart, Tokens, ToolPart, WireServer

Open = Callable[..., Model]
both = pytest.mark.parametrize("open_it", [claude, chat], ids=["anthropic", "openai"])
pytestmark = pytest.mark.usefixtures("anthropic_key", "openai_key")


@both
async def test_text_arrives_in_pieces_and_whole(open_it: Open) -> None:
    with WireServer([Reply.text("Grüße, 世界 🐧 und\n\nalle", chunk=3)]) as wire:
        events = await ask(open_it(wire))
    assert len(only(TextDelta, events)) == 7
    assert text_of(events) == "Grüße, 世界 🐧 und\n\nalle"
    assert end_of(events) == Finished("end", [{"type": "text", "text": "Grüße, 世界 🐧 und\n\nalle"}])


@both
async def test_first_piece_arrives_before_the_answer_is_complete(open_it: Open) -> None:
    with WireServer([Reply.text("abcdef", chunk=1, delay=0.2)]) as wire:
        model = open_it(wire)
        async for event in model.stream(HELLO):
            if isinstance(event, TextDelta):
                assert not wire.requests[0].done.is_set()
                break
        await model.close()


@both
async def test_tool_calls_are_read(open_it: Open) -> None:
    reply = Reply.of(
        TextPart("I look."), ToolPart("read", {"path": "a.ipynb"}, "t1"), ToolPart("run", {"cells": ["x", "y"]}, "t2")
    )
    with WireServer([reply]) as wire:
        events = await ask(open_it(wire))
    assert only(ToolCallStarted, events) == [ToolCallStarted("t1", "read"), ToolCallStarted("t2", "run")]
    assert "".join(event.text for event in only(ToolCallDelta, events) if event.id == "t1") == '{"path": "a.ipynb"}'
    assert only(ToolCalled, events) == [
        ToolCalled("t1", "read", {"path": "a.ipynb"}),
        ToolCalled("t2", "run", {"cells": ["x", "y"]}),
    ]
    end = end_of(events)
    assert end.stop == "tool"
    assert ChatMessage.assistant(end.content).content[1:] == (
        ToolUse("t1", "read", {"path": "a.ipynb"}),
        ToolUse("t2", "run", {"cells": ["x", "y"]}),
    )


@both
async def test_arguments_that_are_not_json_are_kept_as_text(open_it: Open) -> None:
    with WireServer([Reply.tool("run", '{"cells": [1,', id="t1")]) as wire:
        events = await ask(open_it(wire))
    assert only(ToolCalled, events) == [ToolCalled("t1", "run", None, '{"cells": [1,')]


@both
async def test_call_without_arguments_has_none(open_it: Open) -> None:
    with WireServer([Reply.tool("status", "", id="t1")]) as wire:
        events = await ask(open_it(wire))
    assert only(ToolCalled, events) == [ToolCalled("t1", "status", {})]


@both
async def test_output_limit_is_told(open_it: Open) -> None:
    with WireServer([Reply.text("so far", stop="length")]) as wire:
        assert end_of(await ask(open_it(wire))).stop == "length"


@both
async def test_thinking_is_apart_from_the_text(open_it: Open) -> None:
    with WireServer([Reply.thinking("Hmm, let me see", "Yes", chunk=4)]) as wire:
        events = await ask(open_it(wire))
    assert "".join(event.text for event in only(ThinkingDelta, events)) == "Hmm, let me see"
    assert text_of(events) == "Yes"
    assert [block["type"] for block in end_of(events).content] == ["thinking", "text"]


@both
async def test_usage_and_cost_follow_the_profile(open_it: Open) -> None:
    usage = Tokens(input=1_000_000, output=100_000, cache_read=500_000)
    profiles = {
        f"{provider}/m": {"prices": {"input": 3.0, "output": 15.0, "cache_read": 0.3}}
        for provider in ("anthropic", "openai")
    }
    with WireServer([Reply.text("Hi", usage=usage)]) as wire:
        model = open_it(wire, "m", profiles=profiles)
        seen = only(UsageSeen, await ask(model))[-1]
    assert (seen.input, seen.output, seen.cache_read, seen.cache_write) == (1_000_000, 100_000, 500_000, 0)
    assert seen.cost == pytest.approx(3.0 + 1.5 + 0.15)
    assert seen.usage.model == model.profile.id


async def test_openai_server_that_reports_no_usage_is_tolerated() -> None:
    with WireServer([Reply.text("Hi", report_usage=False)]) as wire:
        events = await ask(chat(wire))
    assert (text_of(events), only(UsageSeen, events)) == ("Hi", [])


async def test_openai_server_that_refuses_stream_options_is_asked_without() -> None:
    with WireServer([Reply.error(400, "Unknown parameter: stream_options"), Reply.text("Hi")]) as wire:
        events = await ask(chat(wire))
    assert text_of(events) == "Hi"
    assert "stream_options" not in wire.requests[1].body


@both
async def test_cut_stream_keeps_what_arrived(open_it: Open) -> None:
    with WireServer([Reply.text("abcdefgh", chunk=1).cut(after=5)]) as wire:
        events = await ask(open_it(wire))
        assert len(wire.requests) == 1
    end = end_of(events)
    assert end.stop == "cut"
    assert end.content == [{"type": "text", "text": "abcde"}]
    assert "broke off" in end.note


@both
async def test_tool_call_that_was_cut_off_is_left_out(open_it: Open) -> None:
    reply = Reply.tool("run", {"cells": ["a", "b", "c", "d"]}, text="Running", chunk=4).cut(after=6)
    with WireServer([reply]) as wire:
        end = end_of(await ask(open_it(wire)))
    assert (end.stop, end.content) == ("cut", [{"type": "text", "text": "Running"}])


@both
async def test_provider_failing_in_mid_answer_is_a_cut_with_its_reason(open_it: Open) -> None:
    with WireServer([Reply.text("abcdef", chunk=1).fail_after(3)]) as wire:
        end = end_of(await ask(open_it(wire)))
    assert (end.stop, end.content) == ("cut", [{"type": "text", "text": "abc"}])
    assert end.note


@both
async def test_invalid_utf8_keeps_what_arrived_before_it(open_it: Open) -> None:
    with WireServer([Reply.text("abcdef", chunk=1).garbage_after(3)]) as wire:
        end = end_of(await ask(open_it(wire)))
    assert (end.stop, end.content) == ("cut", [{"type": "text", "text": "abc"}])
    assert "UTF-8" in end.note


@both
async def test_connection_is_used_again(open_it: Open) -> None:
    with WireServer([Reply.text("one"), Reply.text("two")]) as wire:
        model = open_it(wire)
        for _ in range(2):
            async for _event in model.stream(HELLO):
                pass
        await model.close()
        first, second = wire.requests
    assert first.port == second.port


@both
async def test_long_answer_arrives_whole(open_it: Open) -> None:
    text = "0123456789" * 100_000
    with WireServer([Reply.text(text, chunk=10_000)]) as wire:
        events = await ask(open_it(wire))
    assert text_of(events) == text
    assert end_of(events).content == [{"type": "text", "text": text}]


@both
@pytest.mark.parametrize(
    "reply", [Reply.endless(delay=0.02), Reply.text("ab", chunk=1).hang_after(1), Reply.hang()], ids=str
)
async def test_cancelling_closes_the_connection_at_once(open_it: Open, reply: Reply) -> None:
    with WireServer([reply]) as wire:
        task = asyncio.create_task(ask(open_it(wire)))
        request = await asyncio.to_thread(wire.wait_for, 1, 20)
        await asyncio.sleep(0.1)
        cancelled = time.time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(request.gone.wait, 2)
        assert request.left_at is not None
        assert request.left_at - cancelled < 0.2


@both
async def test_what_is_sent_is_the_body(open_it: Open) -> None:
    with WireServer([Reply.text("Hi")]) as wire:
        model = open_it(wire)
        request = ModelRequest(messages=(ChatMessage.user("Hello {there}"),), max_output=77)
        await ask(model, request)
        assert wire.requests[0].body == model.body(request)


@both
async def test_model_can_be_asked_again_in_another_event_loop(open_it: Open) -> None:
    def in_own_loop(model: Model) -> str:
        async def once() -> str:
            return text_of([event async for event in model.stream(HELLO)])

        return asyncio.run(once())

    with WireServer([Reply.text("one"), Reply.text("two")]) as wire:
        model = open_it(wire)
        assert await asyncio.to_thread(in_own_loop, model) == "one"
        assert await asyncio.to_thread(in_own_loop, model) == "two"


async def test_redacted_thinking_is_kept_for_the_model_that_wrote_it() -> None:
    reply = Reply.of(ThinkingPart("", redacted="b3BhcXVl"), ToolPart("run", {}, "t1"))
    with WireServer([reply]) as wire:
        model = claude(wire)
        end = end_of(await ask(model))
    history = (ChatMessage.user("Hello"), ChatMessage.assistant(end.content))
    sent = model.body(ModelRequest(messages=history))["messages"][1]["content"]
    assert sent[0] == {"type": "redacted_thinking", "data": "b3BhcXVl"}
