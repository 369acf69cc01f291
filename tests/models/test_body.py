"""What is sent: the exact request, in each provider's format."""

from __future__ import annotations

import json

from hypothesis import given, strategies as st

from jupyter_townie.models import (
    Block,
    ChatMessage,
    ImageData,
    Model,
    ModelConfig,
    ModelRequest,
    Text,
    Thinking,
    ToolResult,
    ToolSchema,
    ToolUse,
    content_from_json,
    content_to_json,
    open_model,
)
from jupyter_townie.models.conversation import NOT_RUN, well_formed

CLAUDE = open_model("anthropic/claude-opus-5-5")
CHAT = open_model("openai/gpt-6.1-sol")
READ = ToolSchema("read", "Reads a cell.", {"type": "object", "properties": {"cell": {"type": "string"}}})
CALL = ToolUse("t1", "read", {"cell": "a"})


def body(model: Model, *messages: ChatMessage, **fields: object) -> dict[str, object]:
    return model.body(ModelRequest(messages=messages, **fields))  # type: ignore[arg-type]


def user(*content: Block) -> ChatMessage:
    return ChatMessage("user", content)


def assistant(*content: Block) -> ChatMessage:
    return ChatMessage("assistant", content)


# ----------------------------------------------------------------------------------------------------- both directions

names = st.text(min_size=1)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
images = st.builds(ImageData, names, names, st.booleans())
blocks = st.one_of(
    st.builds(Text, st.text(), st.booleans()),
    images,
    st.builds(ToolUse, names, names, st.none() | st.dictionaries(st.text(), values), st.text()),
    st.builds(ToolResult, names, st.text(), st.booleans(), st.lists(images).map(tuple), st.booleans()),
    st.builds(Thinking, st.text(), names, st.text(), st.text()),
)


@given(st.lists(blocks))
def test_content_comes_back_from_json_unchanged(content: list[Block]) -> None:
    assert content_from_json(json.loads(json.dumps(content_to_json(content)))) == tuple(content)


# ------------------------------------------------------------------------------------------------------------ Anthropic


def test_anthropic_body_has_system_messages_tools_and_a_limit() -> None:
    sent = body(CLAUDE, ChatMessage.user("Hi"), system=(Text("Be brief."),), tools=(READ,))
    assert sent == {
        "model": "claude-opus-5-5",
        "max_tokens": 64_000,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
        "system": [{"type": "text", "text": "Be brief."}],
        "tools": [{"name": "read", "description": "Reads a cell.", "input_schema": READ.parameters}],
        "thinking": {"type": "adaptive", "display": "summarized"},
        "stream": True,
    }


def marked(sent: dict[str, object]) -> list[str]:
    parts = [*sent.get("system", []), *(part for message in sent["messages"] for part in message["content"])]  # type: ignore[attr-defined, misc]
    return [part["text"] for part in parts if part.get("cache_control") == {"type": "ephemeral"}]


def test_stable_prefixes_are_marked_for_the_cache() -> None:
    sent = body(
        CLAUDE,
        user(Text("context", cache=True), Text("question")),
        system=(Text("prompt", cache=True), Text("rules")),
    )
    assert marked(sent) == ["prompt", "context"]


def test_no_more_than_four_prefixes_are_marked_the_first_and_the_last_ones() -> None:
    messages = [user(Text("system-like", cache=True))]
    for number in range(5):
        messages += [assistant(Text("ok")), user(Text(f"m{number}", cache=True))]
    sent = body(CLAUDE, *messages, system=(Text("prompt", cache=True),))
    assert marked(sent) == ["prompt", "m2", "m3", "m4"]


def test_anthropic_tool_results_carry_images_and_failure() -> None:
    result = ToolResult("t1", "KeyError", ok=False, images=(ImageData("image/png", "QUJD"),), cache=True)
    sent = body(CLAUDE, ChatMessage.user("Hi"), assistant(CALL), user(result))
    assert sent["messages"][2]["content"] == [  # type: ignore[index]
        {
            "type": "tool_result",
            "tool_use_id": "t1",
            "content": [
                {"type": "text", "text": "KeyError"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}},
            ],
            "is_error": True,
            "cache_control": {"type": "ephemeral"},
        }
    ]


def test_thought_without_signature_is_not_sent_to_anthropic() -> None:
    thoughts = (Thinking("half", CLAUDE.profile.id), Thinking("whole", CLAUDE.profile.id, signature="s"), CALL)
    sent = body(CLAUDE, ChatMessage.user("Hi"), assistant(*thoughts), user(ToolResult("t1", "x")))
    assert [part["type"] for part in sent["messages"][1]["content"]] == ["thinking", "tool_use"]  # type: ignore[index]


def test_unreadable_arguments_are_sent_back_as_what_they_were() -> None:
    call = ToolUse("t1", "read", None, '{"cell": ')
    sent = body(CLAUDE, ChatMessage.user("Hi"), assistant(call), user(ToolResult("t1", "not JSON", ok=False)))
    assert sent["messages"][1]["content"][0]["input"] == {"invalid_json": '{"cell": '}  # type: ignore[index]


# --------------------------------------------------------------------------------------------------------------- OpenAI


def test_openai_body_has_system_messages_tools_and_asks_for_usage() -> None:
    sent = body(CHAT, ChatMessage.user("Hi"), system=(Text("Be brief."), Text("Rules")), tools=(READ,), max_output=9)
    assert sent == {
        "model": "gpt-6.1-sol",
        "messages": [{"role": "system", "content": "Be brief.\n\nRules"}, {"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 9,
        "tools": [
            {
                "type": "function",
                "function": {"name": "read", "description": "Reads a cell.", "parameters": READ.parameters},
            }
        ],
    }


def test_openai_history_has_calls_and_results_in_its_own_form() -> None:
    sent = body(CHAT, ChatMessage.user("Hi"), assistant(Text("I look."), CALL), user(ToolResult("t1", "x"), Text("?")))
    assert sent["messages"] == [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {"id": "t1", "type": "function", "function": {"name": "read", "arguments": '{"cell": "a"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "t1", "content": "x"},
        {"role": "user", "content": "?"},
    ]


def test_openai_images_are_data_urls() -> None:
    sent = body(CHAT, user(Text("See"), ImageData("image/png", "QUJD")))
    assert sent["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "See"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
            ],
        }
    ]


def test_prediction_is_sent_where_the_profile_has_it_and_no_tools_are_in_the_way() -> None:
    able = open_model("openai/gpt-4.1")
    assert body(able, ChatMessage.user("Hi"), prediction="x = 1")["prediction"] == {
        "type": "content",
        "content": "x = 1",
    }
    assert "prediction" not in body(able, ChatMessage.user("Hi"), prediction="x = 1", tools=(READ,))
    assert "prediction" not in body(CHAT, ChatMessage.user("Hi"), prediction="x = 1")


def test_tools_and_images_are_left_out_for_a_model_without_them() -> None:
    plain = open_model("ollama/llama")
    sent = body(plain, user(Text("See"), ImageData("image/png", "QUJD")), tools=(READ,))
    assert "tools" not in sent
    assert "QUJD" not in json.dumps(sent)
    assert "image/png" in json.dumps(sent)


def test_metadata_is_never_sent() -> None:
    for model in (CLAUDE, CHAT):
        assert "private" not in json.dumps(body(model, ChatMessage.user("Hi"), metadata={"failure": "private"}))


# ---------------------------------------------------------------------------------------------------------- well-formed


def test_call_without_result_gets_one() -> None:
    formed = well_formed([ChatMessage.user("Hi"), assistant(CALL), ChatMessage.user("Go on")], CLAUDE.profile)
    assert formed[2].content == (ToolResult("t1", NOT_RUN, ok=False), Text("Go on"))


def test_call_at_the_very_end_gets_a_result() -> None:
    formed = well_formed([ChatMessage.user("Hi"), assistant(CALL)], CLAUDE.profile)
    assert formed[-1] == user(ToolResult("t1", NOT_RUN, ok=False))


def test_result_without_call_becomes_text() -> None:
    formed = well_formed([user(Text("Hi"), ToolResult("t9", "found"))], CLAUDE.profile)
    assert formed == (user(Text("Hi"), Text("found")),)


def test_messages_of_one_side_become_one_and_empty_ones_go() -> None:
    formed = well_formed(
        [assistant(Text("before")), ChatMessage.user("a"), assistant(Text(" ")), ChatMessage.user("b")], CLAUDE.profile
    )
    assert formed == (user(Text("a"), Text("b")),)


def test_thoughts_stay_only_while_their_model_works_with_tools() -> None:
    mine, others = Thinking("m", CLAUDE.profile.id, "s"), Thinking("o", "openai/x", "s")
    working = [
        ChatMessage.user("Hi"),
        assistant(mine, Text("old")),
        ChatMessage.user("Again"),
        assistant(mine, others, CALL),
        user(ToolResult("t1", "x")),
    ]
    formed = well_formed(working, CLAUDE.profile)
    assert formed[1].content == (Text("old"),)
    assert formed[3].content == (mine, CALL)


few_ids = st.sampled_from(["t1", "t2", "t3"])
said = st.one_of(
    blocks, st.builds(ToolUse, few_ids, names, st.just({})), st.builds(ToolResult, few_ids, st.text(max_size=3))
)
histories = st.lists(
    st.builds(ChatMessage, st.sampled_from(["user", "assistant"]), st.lists(said, max_size=4).map(tuple)), max_size=6
)


@given(histories)
def test_any_history_becomes_alternating(messages: list[ChatMessage]) -> None:
    formed = well_formed(messages, CLAUDE.profile)
    assert [message.role for message in formed] == (["user", "assistant"] * len(formed))[: len(formed)]
    assert all(message.content for message in formed)


@given(histories)
def test_in_any_history_calls_and_results_are_in_pairs(messages: list[ChatMessage]) -> None:
    formed = well_formed(messages, CLAUDE.profile)
    calls: set[str] = set()
    for message in formed:
        if message.role == "user":
            results = [block.id for block in message.content if isinstance(block, ToolResult)]
            assert sorted(results) == sorted(calls)
        calls = {block.id for block in message.content if isinstance(block, ToolUse)}
    assert not calls


@given(histories)
def test_any_history_can_be_put_into_both_formats(messages: list[ChatMessage]) -> None:
    for model in (CLAUDE, CHAT):
        sent = body(model, *messages)
        assert json.loads(json.dumps(sent)) == sent


def test_body_is_json() -> None:
    config = ModelConfig(headers={"anthropic": {"x-team": "secret-token"}})
    sent = open_model("anthropic/claude-opus-5-5", config).body(
        ModelRequest(messages=(user(Text("a"), ImageData("image/png", "QUJD")), assistant(CALL)), tools=(READ,))
    )
    assert json.loads(json.dumps(sent)) == sent
    assert "secret-token" not in json.dumps(sent)
