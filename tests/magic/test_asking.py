"""``%townie`` in a real kernel: what is sent, what is shown, what is offered, what is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jupyter_townie.context.privacy import FILE, Choices
from tests.magic.conftest import KEY, Session
from tests.wire import Reply, WireServer

CELL = "Here it is.\n\n```python cell=new\nanswer = 6 * 7\nanswer\n```\n\nThat is all."


def sent(wire: WireServer) -> str:
    """All that the last request said, as one text."""
    body: dict[str, Any] = wire.requests[-1].body
    return str(body["messages"]) + str(body.get("system", ""))


def test_the_answer_is_one_display_that_grows(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("One two three four five six seven eight.", chunk=5, delay=0.06)]
    result = kernel.run("%townie count")
    (states,) = result.displays.values()
    assert len([m for m in result.messages if m["msg_type"] == "display_data"]) == 1
    assert len(states) > 3
    assert "One two three four five six seven eight." in states[-1]


def test_code_is_offered_as_the_next_input_and_not_run(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text(CELL)]
    result = kernel.run("%townie what is six times seven?")
    assert result.next_input == "answer = 6 * 7\nanswer"
    assert result.results == []
    assert "```python\nanswer = 6 * 7\nanswer\n```" in result.shown
    assert "next input" in result.shown
    assert kernel.run("'answer' in globals()").results == ["False"]


def test_several_cells_are_offered_as_one_input(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\na = 1\n```\n```python cell=new\nb = 2\n```\n")]
    assert kernel.run("%townie two").next_input == "a = 1\n\nb = 2"


def test_with_run_the_code_runs_in_the_users_namespace(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text(CELL.replace("answer", "ran_here"))]
    result = kernel.run("%townie --run what is six times seven?")
    assert result.results == ["42"]
    assert result.next_input is None
    assert "Ran" in result.shown
    assert kernel.run("ran_here").results == ["42"]


def test_what_was_run_is_in_the_history_in_its_place(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nin_history = 1\n```\n")]
    ran = kernel.run("%townie --run go").reply["content"]["execution_count"]
    after = kernel.run("In[-2:]")
    assert "in_history = 1" in after.results[0]
    assert after.printed == ""
    assert after.reply["content"]["execution_count"] > ran
    assert kernel.run("len(In) - get_ipython().history_manager.input_hist_raw.index('in_history = 1')").results == ["3"]


def test_several_cells_that_run_see_each_other(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nfirst = 1\n```\n```python cell=new\nfirst + 1\n```\n")]
    assert kernel.run("%townie --run two").results == ["2"]


def test_with_run_code_that_is_only_shown_is_told_not_to_have_run(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("So:\n\n```python\n1 + 1\n```\n")]
    result = kernel.run("%townie --run two")
    assert result.results == [] and "Nothing was run: the answer shows code, but not as a cell." in result.shown


def test_code_that_waits_is_offered_instead_of_run(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\nimport asyncio\nawait asyncio.sleep(0)\n```\n")]
    result = kernel.run("%townie --run sleep")
    assert result.next_input == "import asyncio\nawait asyncio.sleep(0)"
    assert "`await`" in result.shown
    assert result.errors == []


AWKWARD = [
    r"plot {x} and ${HOME} with $\frac{a}{b}$",
    'read {"a": [1, {"b": null}]} and f"{value!r}"',
    "don't (stop at ' quotes",
    "what is this?",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_a_line_reaches_the_model_as_it_was_typed(kernel: Session, wire: WireServer, text: str) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("value = x = 'EXPANDED'")
    kernel.run(f"%townie {text}")
    assert text in wire.requests[-1].last_user_text
    assert "EXPANDED" not in wire.requests[-1].last_user_text.replace("value = x = 'EXPANDED'", "")


def test_a_cell_reaches_the_model_as_it_was_typed(kernel: Session, wire: WireServer) -> None:
    body = 'explain\n\n{"a": "{b}"}\n%not_a_magic $x\n    indented?'
    wire.script = [Reply.text("ok")]
    kernel.run(f"%%townie --run\n{body}\n")
    assert body in wire.requests[-1].last_user_text


def test_the_inputs_of_the_session_are_sent(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("seen_by_the_model = 1")
    kernel.run("%townie hello")
    assert "seen_by_the_model = 1" in sent(wire)


def test_a_cell_that_its_page_names_by_a_uri_is_told_by_a_short_id(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("```python cell=new\n1 / 0\n```\n")]
    uri = "vscode-notebook-cell://server/home/ada/thesis/a.ipynb#W1sdnNjb2RlLXJlbW90ZQ%3D%3D"
    kernel.run("told_shortly = 1", {"cellId": uri})
    result = kernel.run("%townie --run hello", {"cellId": uri + "x"})
    assert "told_shortly" in sent(wire)
    assert "thesis" not in sent(wire)
    assert "**It failed:** `ZeroDivisionError" in result.shown


def test_without_context_no_input_of_the_session_is_sent(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("kept_to_myself = 1")
    kernel.run("%townie --no-context hello")
    assert "kept_to_myself" not in sent(wire)


def test_no_variable_is_sent_unless_it_is_mentioned(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("silent_list = list(range(1234))")
    kernel.run("%townie what is silent_list?")
    assert "1234" not in sent(wire).replace("list(range(1234))", "")


def test_a_mentioned_variable_is_summarised_and_the_display_says_so(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("spoken_list = list(range(1234))")
    result = kernel.run("%townie what is @spoken_list?")
    assert "length 1234" in sent(wire)
    assert "summary of the variable `spoken_list`" in result.shown


def test_a_mention_of_nothing_is_sent_as_text_and_the_display_says_so(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    result = kernel.run("%townie what is @no_such_thing?")
    assert "@no_such_thing" in wire.requests[-1].last_user_text
    assert "no such variable: `@no_such_thing`" in result.shown


def test_named_files_are_sent(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("open('my notes.txt', 'w').write('the bird is called Bertram')")
    result = kernel.run('%townie --files "my notes.txt" who is it?')
    assert "Bertram" in sent(wire)
    assert "my notes.txt" in result.shown


def test_a_file_that_is_missing_is_told_and_the_rest_is_asked(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    result = kernel.run("%townie --files nowhere.txt who is it?")
    assert "nowhere.txt was not sent" in result.shown
    assert "ok" in result.shown


def test_a_follow_up_sees_what_was_said_before(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("The answer is Bertram."), Reply.text("ok")]
    kernel.run("%townie who?")
    kernel.run("%townie and why?")
    said = [m for m in wire.requests[-1].body["messages"] if m["role"] == "assistant"]
    assert "The answer is Bertram." in str(said)


def test_another_model_can_be_named(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("%townie --model anthropic/some-other-model hello")
    assert wire.requests[-1].body["model"] == "some-other-model"


def test_a_refused_key_is_told_with_the_next_step_and_without_the_key(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.error(401, "invalid x-api-key")]
    result = kernel.run("%townie hello")
    assert "key" in result.shown
    assert KEY not in str(result.messages)
    assert result.errors == []
    assert result.printed == ""


def test_a_cut_answer_is_kept_and_can_be_continued(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("One two three four", chunk=4).cut(after=2), Reply.text("and the rest")]
    first = kernel.run("%townie count")
    assert "One two" in first.shown
    assert "%townie continue" in first.shown
    rest = kernel.run("%townie --model anthropic/another continue").shown
    assert "and the rest" in rest
    assert "*anthropic/claude" in rest


def test_a_complete_answer_is_not_continued(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("All of it.")]
    kernel.run("%townie count")
    assert "the last answer is complete" in kernel.run("%townie continue").shown
    assert len(wire.requests) == 1


def test_the_second_try_is_set_apart_from_the_first_and_what_came_of_it(kernel: Session, wire: WireServer) -> None:
    codes = ("print('one' / 2)", "print('two')")
    wire.script = [Reply.text(f"Try.\n\n```python cell=new\n{code}\n```\n") for code in codes]
    shown = kernel.run("%townie --run go").shown
    first, second = shown.split("\n\n---\n\n")
    assert codes[0] in first
    assert "**It failed:** `TypeError" in first
    assert codes[1] in second
    assert "*Ran, " in second
    assert "tokens" in second


def test_the_code_is_shown_while_it_runs(kernel: Session, wire: WireServer) -> None:
    code = "import time\ntime.sleep(0.5)\nprint('over')"
    wire.script = [Reply.text(f"I wait.\n\n```python cell=new\n{code}\n```\n", chunk=2000)]
    messages = kernel.run("%townie --run wait").messages
    over = next(i for i, m in enumerate(messages) if m["msg_type"] == "stream")
    assert any("time.sleep(0.5)" in m["content"].get("data", {}).get("text/markdown", "") for m in messages[:over])


def test_a_wrong_option_is_a_usage_error(kernel: Session, wire: WireServer) -> None:
    result = kernel.run("%townie --modle x hello")
    assert "Did you mean `--model`?" in result.printed
    assert wire.requests == []


def test_html_in_an_answer_is_shown_and_not_live(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("Look: <img src=x onerror=alert(1)> ![p](http://example.org/x.png)")]
    shown = kernel.run("%townie hello").shown
    assert "<img" not in shown
    assert "![" not in shown


def test_cost_adds_up_the_session(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("ok")]
    kernel.run("%townie --model anthropic/counted hello")
    assert "`anthropic/counted`" in kernel.run("%townie cost").shown


def test_models_and_status_name_the_default_and_where_its_key_is_from(kernel: Session, wire: WireServer) -> None:
    models = kernel.run("%townie models").shown
    assert "(default)" in models
    assert models.count("OPENAI_API_KEY") == 1
    status = kernel.run("%townie status").shown
    assert "from the environment (ANTHROPIC_API_KEY)" in status
    assert KEY not in status


def test_nothing_is_left_in_the_namespace(kernel: Session, wire: WireServer) -> None:
    before = kernel.run("sorted(globals())").results[0]
    wire.script = [Reply.text("ok")]
    kernel.run("%townie hello")
    after = kernel.run("sorted(n for n in globals() if not n.startswith('_'))").results[0]
    assert [name for name in after.split("'") if name.isidentifier() and name not in before] == []


def test_what_was_chosen_for_a_notebook_holds_in_vs_code(fresh: Session, wire: WireServer, tmp_path: Path) -> None:
    wire.script = [Reply.text("ok")] * 2
    notebook = tmp_path / "thesis.ipynb"
    fresh.run("%load_ext jupyter_townie\n%config TownieMagics.privacy = 'values'\nbirds = ['Bertram'] * 3")
    fresh.run("%townie --no-context who is in @birds?")
    assert "Bertram" in sent(wire)
    Choices(tmp_path / "data" / "townie" / FILE).choose(notebook, "types")
    fresh.run(f"__vsc_ipynb_file__ = {str(notebook)!r}")
    fresh.run("%reload_ext jupyter_townie\n%config TownieMagics.privacy = 'values'")
    fresh.run("%townie --no-context who is in @birds?")
    assert "Bertram" not in wire.requests[-1].last_user_text
    assert "length 3" in wire.requests[-1].last_user_text
