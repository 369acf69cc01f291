"""The answers without a model: honest, prepared, and without network."""

from __future__ import annotations

import re
import socket
import time

import pytest

from jupyter_townie.models import ChatMessage, ModelRequest, open_model
from jupyter_townie.models.offline import FIRST_LINE, OfflineModel, Script, reply_to, scripts
from tests.models.asking import ask, end_of, text_of

KEY_ERROR = {
    "ename": "KeyError",
    "evalue": "'bill'",
    "cell_id": "c0ffee11",
    "frames": [
        {"file": "cell", "source": "df['bill']", "user": True},
        {"file": "frame.py", "source": "x", "user": False},
    ],
}
SCRIPTS = (
    Script("greet", "Greet", "Hello.\n\n```python cell=new\nprint('hello')\n```", needs=(r"\bgreet\b",)),
    Script("mend", "", "```python cell={{cell_id}}\nx = {1: 2}\n```", failure=(r"KeyError: 'bill'",), purpose=("fix",)),
)


def request(text: str = "", purpose: str = "chat", failure: object = None) -> ModelRequest:
    return ModelRequest(
        messages=(ChatMessage.user("<context>plot penguins</context>"),),
        purpose=purpose,
        metadata={"last_user_text": text, "failure": failure},
    )


@pytest.mark.parametrize("text", ["hello", "tell me about quantum physics", "", "プロット"])
def test_first_line_always_says_that_there_is_no_model_and_how_to_add_one(text: str) -> None:
    first = reply_to(request(text)).splitlines()[0]
    assert first == FIRST_LINE
    assert "No model is configured" in first
    assert "Models and keys" in first
    assert "ANTHROPIC_API_KEY" in first


async def test_answer_streams_word_by_word_and_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*args: object, **options: object) -> None:
        raise AssertionError("the offline model opened a socket")

    monkeypatch.setattr(socket, "socket", no_network)
    begun = time.monotonic()
    asked = request("", "explain", KEY_ERROR)
    events = await ask(open_model("offline/tour"), asked)
    assert time.monotonic() - begun < 2
    assert len(events) > 50
    assert text_of(events) == reply_to(asked)
    assert end_of(events).content == [{"type": "text", "text": text_of(events)}]


@pytest.fixture
def own_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_townie.models.offline.scripts", lambda: SCRIPTS)


@pytest.mark.usefixtures("own_scripts")
def test_request_with_a_script_gets_its_answer() -> None:
    assert reply_to(request("Greet them, please")) == f"{FIRST_LINE}\n\n{SCRIPTS[0].body}\n"


@pytest.mark.usefixtures("own_scripts")
def test_what_the_user_says_counts_and_not_the_context() -> None:
    asked = ModelRequest(
        messages=(ChatMessage.user("<context>greet</context> what is a monad?"),),
        metadata={"last_user_text": "what is a monad?"},
    )
    assert "cell=new" not in reply_to(asked)


@pytest.mark.usefixtures("own_scripts")
def test_without_metadata_the_last_message_counts() -> None:
    asked = ModelRequest(messages=(ChatMessage.user("nothing"), ChatMessage.user("greet me")))
    assert "cell=new" in reply_to(asked)


@pytest.mark.parametrize("script", scripts(), ids=lambda script: script.name)
def test_code_of_every_script_is_python(script: Script) -> None:
    for block in re.findall(r"^```python[^\n]*\n(.*?)^```", script.body, re.DOTALL | re.MULTILINE):
        compile(block, script.name, "exec")


def test_request_without_script_lists_what_there_is() -> None:
    answer = reply_to(request("what is a monad?"))
    assert all(script.title in answer for script in scripts() if script.title and not script.failure)


def test_error_without_script_is_explained_in_plain_words() -> None:
    answer = reply_to(request("", "explain", KEY_ERROR))
    assert "no such key or column" in answer
    assert "df['bill']" in answer
    assert "A model would" in answer


def test_unknown_kind_of_error_is_admitted() -> None:
    answer = reply_to(request("", "fix", {"ename": "WeirdError", "evalue": "odd"}))
    assert "no prepared explanation" in answer


def test_what_no_rule_repairs_ends_with_what_to_do_next() -> None:
    """The card below the cell shows what comes after the code."""
    last = reply_to(request("", "fix", KEY_ERROR)).rpartition("```")[2]
    assert "What to do:" in last
    assert "No rule is certain" in last
    assert "Models and keys" in last


def test_message_of_an_error_is_not_taken_for_markdown() -> None:
    answer = reply_to(request("", "explain", {"ename": "ValueError", "evalue": "<img src=x> `a` [b](c)"}))
    assert "<img" not in answer.replace("\\<", "")
    assert r"\[b\]" in answer


def test_script_that_asks_for_more_wins() -> None:
    vague = Script("a", "", "vague", needs=("plot",))
    exact = Script("b", "", "exact", needs=("plot", "penguin"))
    assert exact.score("plot a penguin", "chat", None) > vague.score("plot a penguin", "chat", None) > 0
    assert exact.score("plot a bird", "chat", None) == 0


def test_script_for_a_failure_answers_that_failure_alone() -> None:
    mend = SCRIPTS[1]
    assert mend.score("", "fix", KEY_ERROR) == 2
    assert mend.score("", "explain", KEY_ERROR) == 0
    assert mend.score("", "fix", {"ename": "KeyError", "evalue": "'beak'"}) == 0
    assert mend.score("", "fix", None) == 0


def test_script_for_an_app_that_is_there_answers_where_it_is_alone() -> None:
    again = Script("again", "", "It is there.", needs=("make",), there=("apps/it",))
    assert again.score("make it", "chat", None) == 0
    assert again.score("make it", "chat", None, lambda path: path == "apps/other") == 0
    assert again.score("make it", "chat", None, lambda path: path == "apps/it") == 2


@pytest.mark.usefixtures("own_scripts")
def test_script_for_a_failure_is_filled_with_it() -> None:
    assert "```python cell=c0ffee11\nx = {1: 2}" in reply_to(request("", "fix", KEY_ERROR))


@pytest.mark.parametrize("text", ["no front matter", "---\nneed: x\n---\nbody", "---\nneeds: x\nbody"])
def test_script_that_is_not_well_formed_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"odd\.md"):
        Script.read("odd.md", text)


def test_body_shows_what_the_rules_see() -> None:
    model = open_model("offline/tour")
    assert isinstance(model, OfflineModel)
    assert model.body(request("hi", "fix", {"ename": "X"})) == {
        "model": "tour",
        "purpose": "fix",
        "text": "hi",
        "failure": {"ename": "X"},
    }
