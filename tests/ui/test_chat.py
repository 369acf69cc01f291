"""The chat sidebar in a real browser, with the model at the wire."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import waiting_at

Notebook = Callable[..., list[str]]
CODE = "Here it is:\n\n```python\nprint('from the chat')\n```\n"
CELLS = "Two cells.\n\n```python cell=new\nx = 20\ny = 22\n```\n\n```python cell=new\nx + y\n```\n"


@pytest.fixture(autouse=True)
def opened(lab: Lab, notebook: Notebook) -> None:
    notebook("a = 1", "b = 2")
    lab.open()


def test_answer_streams_as_markdown_with_maths_tables_and_code(lab: Lab, wire: WireServer) -> None:
    text = "# Title\n\nEuler: $e^{i\\pi} = -1$\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```\n\nEnd."
    wire.script = [Reply.text(text, chunk=5, delay=0.005)]
    answer = lab.answer(lab.ask("hi"))
    expect(answer.locator("h1")).to_have_text("Title¶") if answer.locator("h1 a").count() else None
    expect(answer.locator("table td").first).to_have_text("1")
    expect(answer.locator("mjx-container, .MathJax, .katex").first).to_be_visible()
    expect(lab.get("code", answer)).to_contain_text("print(1)")
    expect(answer).to_contain_text("End.")


def test_shift_enter_breaks_the_line_and_the_input_grows(lab: Lab, wire: WireServer) -> None:
    lab.chat()
    height = lab.input.bounding_box()["height"]  # type: ignore[index]
    lab.input.press_sequentially("one")
    for _ in range(3):
        lab.input.press("Shift+Enter")
    assert lab.input.input_value() == "one\n\n\n"
    assert lab.input.bounding_box()["height"] > height  # type: ignore[index]
    assert wire.requests == []


def test_up_recalls_the_last_message(lab: Lab) -> None:
    turn = lab.ask("remember me")
    expect(lab.answer(turn)).to_contain_text("ready")
    lab.input.press("ArrowUp")
    assert lab.input.input_value() == "remember me"


def test_stop_button_ends_the_turn_quickly_and_keeps_the_text(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.endless("word ")]
    turn = lab.ask("go on")
    expect(lab.answer(turn)).to_contain_text("word word")
    began = time.time()
    lab.get("stop").click()
    assert wire.requests[0].gone.wait(2)
    left_at = wire.requests[0].left_at
    assert left_at is not None
    assert left_at - began < 0.3, "a click, and 200 ms"
    expect(lab.answer(turn)).to_contain_text("word word")
    expect(lab.get("turn-state", turn)).to_contain_text("Stopped")


def test_escape_stops(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.endless("word ")]
    turn = lab.ask("go on")
    expect(lab.answer(turn)).to_contain_text("word word")
    lab.input.press("Escape")
    assert wire.requests[0].gone.wait(2)


@pytest.mark.own_page
def test_reload_in_mid_stream_continues(lab: Lab, wire: WireServer) -> None:
    text = " ".join(f"w{number}" for number in range(400))
    wire.script = [waiting_at(text, "w20 ")]
    turn = lab.ask("long")
    expect(lab.answer(turn)).to_contain_text("w10 ")
    lab.reload()
    lab.chat()
    wire.go_on()
    expect(lab.answer(lab.get("turn").last)).to_contain_text("w399", timeout=30_000)
    assert " ".join(lab.answer(lab.get("turn").last).inner_text().split()).count("w17 ") == 1


@pytest.mark.own_page
def test_thread_is_there_after_a_server_restart(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("before the restart"), Reply.text("and after it")]
    turn = lab.ask("hello")
    expect(lab.answer(turn)).to_contain_text("before the restart")
    lab.server.stop()
    expect(lab.get("connection")).to_be_visible()
    lab.server.start()
    expect(lab.get("connection")).to_be_hidden(timeout=40_000)
    lab.dismiss_dialogs()
    second = lab.ask("still there?")
    expect(lab.answer(second)).to_contain_text("and after it")
    assert "before the restart" in json.dumps(wire.requests[1].body["messages"])


def test_code_block_is_inserted_below_and_undone(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CODE)]
    lab.select(0)
    turn = lab.ask("code please")
    lab.get("code", turn).wait_for()
    lab.get("insert", turn).click()
    lab.wait_for(lambda: lab.sources == ["a = 1", "print('from the chat')", "b = 2"])
    expect(lab.get("inserted", turn)).to_contain_text("work.ipynb")
    lab.get("undo-insert", turn).click()
    lab.wait_for(lambda: lab.sources == ["a = 1", "b = 2"])


def test_new_cells_stream_in_and_run_when_the_user_says_so(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CELLS, chunk=4, delay=0.01)]
    lab.select(0)
    turn = lab.ask("two cells")
    lab.wait_for(lambda: lab.sources == ["a = 1", "x = 20\ny = 22", "x + y", "b = 2"], what=str(lab.sources))
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_have_count(0)
    lab.get("run-all", turn).click()
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_contain_text("42")
    lab.get("keep", lab.get("new-cells", turn)).click()
    expect(lab.get("new-cells", turn)).to_be_hidden()


def test_auto_mode_runs_cells_as_they_complete(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CELLS)]
    lab.chat()
    lab.get("mode-picker").click()
    lab.page.get_by_role("menuitemradio", name="Auto").or_(lab.page.get_by_role("option", name="Auto")).first.click()
    lab.select(1)
    lab.ask("two cells")
    expect(lab.cell(3).locator(".jp-OutputArea-output")).to_contain_text("42", timeout=30_000)


def test_jupyterlabs_own_undo_still_works_after_an_insertion(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CELLS)]
    lab.select(1)
    lab.ask("two cells")
    lab.wait_for(lambda: len(lab.sources) == 4)
    lab.select(0)
    lab.page.keyboard.press("z")
    lab.wait_for(lambda: len(lab.sources) < 4)


def test_what_was_sent_shows_the_exact_request(lab: Lab, wire: WireServer) -> None:
    turn = lab.ask("show me")
    expect(lab.answer(turn)).to_contain_text("ready")
    lab.get("what-was-sent", turn).click()
    receipt = lab.get("receipt")
    expect(receipt).to_contain_text("You are Townie")
    expect(receipt).to_contain_text("show me")
    expect(receipt).to_contain_text("a = 1")
    assert "sk-ant-test" not in receipt.inner_text()


def test_removed_chip_is_not_sent(lab: Lab, wire: WireServer) -> None:
    lab.chat()
    expect(lab.get("chip").first).to_be_visible()
    while lab.get("remove-chip").count():
        lab.get("remove-chip").first.click()
    turn = lab.ask("nothing of mine")
    expect(lab.answer(turn)).to_contain_text("ready")
    assert "a = 1" not in json.dumps(wire.requests[0].body["messages"])


def test_error_of_the_provider_is_told_with_its_remedy_and_retry_works(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.error(401, "invalid x-api-key"), Reply.text("now it works")]
    turn = lab.ask("hi")
    expect(lab.get("problem", turn)).to_contain_text("key")
    lab.get("retry", turn).click()
    expect(lab.get("answer").last).to_contain_text("now it works")


def test_waiting_for_a_retry_is_shown(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.error(429, retry_after=2), Reply.text("after all")]
    turn = lab.ask("hi")
    expect(lab.get("wait", turn)).to_contain_text("aiting")
    expect(lab.answer(turn)).to_contain_text("after all", timeout=20_000)


def test_cell_of_a_cut_answer_is_continued_in_place(lab: Lab, wire: WireServer) -> None:
    answer = "Here:\n\n```python cell=new\nx = 20\nx * 2\n```\n\nAll of it."
    at = answer.index(" * 2")
    wire.script = [Reply.text(answer, chunk=1).cut(after=at), Reply.text(answer[at:])]
    turn = lab.ask("a cell")
    block = lab.get("code", turn)
    expect(lab.get("code-where", block)).to_have_text(re.compile("cut off"))
    lab.get("continue", turn).click()
    expect(lab.answer(turn)).to_contain_text("All of it.")
    expect(block).to_have_text(re.compile(r"x = 20\s+x \* 2"))
    expect(block).not_to_have_class(re.compile("jp-mod-cut"))
    assert "x = 20\nx * 2" in lab.sources


def test_cut_answer_is_continued(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("one two three four", chunk=4).cut(after=3), Reply.text(" and the rest")]
    turn = lab.ask("hi")
    lab.get("continue", turn).click()
    expect(lab.answer(turn).locator("p")).to_have_text("one two thre and the rest")


def test_edited_message_is_sent_again_and_takes_the_place_of_the_first(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("first answer"), Reply.text("second answer")]
    turn = lab.ask("teh question")
    expect(lab.answer(turn)).to_contain_text("first answer")
    lab.get("question", turn).hover()
    lab.get("edit-message", turn).click()
    lab.get("edit-field").fill("the question")
    lab.get("edit-send").click()
    expect(lab.get("answer").last).to_contain_text("second answer")
    assert "teh question" not in json.dumps(wire.requests[1].body["messages"])
    expect(lab.get("title")).to_have_text("the question")


def test_threads_are_listed_renamed_and_deleted(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("one"), Reply.text("two")]
    expect(lab.answer(lab.ask("first thread"))).to_contain_text("one")
    lab.get("new-thread").click()
    expect(lab.answer(lab.ask("second thread"))).to_contain_text("two")
    lab.get("thread-list-button").click()
    expect(lab.get("thread")).to_have_count(2)
    lab.get("thread").first.press("F2")
    lab.page.keyboard.type("half a ti")
    made = lab.server.call("POST", "townie/api/threads", {"title": "made elsewhere"})
    expect(lab.get("thread").first).to_contain_text("made elsewhere")
    lab.page.keyboard.type("tle")
    expect(lab.get("title-field")).to_have_value("half a title")
    lab.page.keyboard.press("Escape")
    lab.server.call("DELETE", f"townie/api/threads/{made['id']}")
    expect(lab.get("thread")).to_have_count(2)
    expect(lab.get("thread").first).to_be_focused()
    lab.get("thread-search").fill("one")
    expect(lab.get("thread")).to_have_count(1)
    lab.get("thread").filter(has_text="first thread").click()
    expect(lab.get("transcript")).to_contain_text("one")
    lab.get("title").click()
    title = lab.page.get_by_role("textbox", name="Title of the chat")
    title.fill("Penguins")
    title.press("Enter")
    expect(lab.get("title").or_(title).first).to_be_visible()
    lab.wait_for(lambda: any(t["title"] == "Penguins" for t in lab.server.call("GET", "townie/api/threads")))


def test_chat_that_is_deleted_elsewhere_leaves_what_was_typed_for_it(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("one"), Reply.text("two")]
    expect(lab.answer(lab.ask("first thread"))).to_contain_text("one")
    lab.input.fill("half a thought")
    (thread,) = lab.server.call("GET", "townie/api/threads")
    lab.server.call("DELETE", f"townie/api/threads/{thread['id']}")
    expect(lab.get("news")).to_have_text("The chat “first thread” was deleted elsewhere.")
    expect(lab.get("title")).to_have_text("New chat")
    expect(lab.input).to_have_value("half a thought")
    lab.input.press("Enter")
    expect(lab.answer()).to_contain_text("two")
    expect(lab.get("title")).to_have_text("half a thought")


def test_everything_by_keyboard(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CELLS)]
    lab.select(1)
    lab.page.keyboard.press("Control+Shift+J")
    lab.page.keyboard.type("two cells")
    lab.page.keyboard.press("Enter")
    lab.wait_for(lambda: len(lab.sources) == 4)
    run = lab.get("run-all")
    for _ in range(40):
        lab.page.keyboard.press("Shift+Tab")
        if run.evaluate("element => element === document.activeElement"):
            break
    lab.page.keyboard.press("Enter")
    expect(lab.cell(3).locator(".jp-OutputArea-output")).to_contain_text("42", timeout=30_000)


def test_message_during_an_answer_waits_for_its_end(lab: Lab, wire: WireServer) -> None:
    wire.script = [waiting_at("word " * 60 + "end", "word word"), Reply.text("the second answer")]
    first = lab.ask("go on")
    expect(lab.answer(first)).to_contain_text("word word")
    lab.input.fill("and then?")
    lab.input.press("Enter")
    expect(lab.get("next-message")).to_contain_text("and then?")
    expect(lab.get("stop")).to_be_visible()
    assert len(wire.requests) == 1
    wire.go_on()
    expect(lab.answer(lab.get("turn").nth(1))).to_contain_text("the second answer")
    expect(lab.get("next-message")).to_be_hidden()


def test_message_that_waits_is_sent_at_once_or_goes_back_into_the_input(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.endless("word "), Reply.text("the second answer"), Reply.endless("word ")]
    expect(lab.answer(lab.ask("go on"))).to_contain_text("word word")
    lab.input.fill("rather this")
    lab.input.press("Enter")
    lab.get("send-next").click()
    expect(lab.answer(lab.get("turn").nth(1))).to_contain_text("the second answer")
    expect(lab.answer(lab.ask("go on again"))).to_contain_text("word word")
    lab.input.fill("not now")
    lab.input.press("Enter")
    lab.get("stop").click()
    expect(lab.input).to_have_value("not now")
    assert len(wire.requests) == 3


def test_hiding_the_chat_gives_the_keyboard_back_to_the_editor_or_to_nothing_that_deletes(lab: Lab) -> None:
    lab.select(1)
    lab.chat()
    lab.page.keyboard.press("Control+Shift+J")
    expect(lab.input).to_be_hidden()
    lab.page.keyboard.type("dd")
    lab.page.keyboard.press("Control+Shift+J")
    expect(lab.input).to_be_focused()
    assert lab.sources == ["a = 1", "b = 2"]
    lab.cell(1).locator(".cm-content").click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.press("Control+Shift+J")
    expect(lab.input).to_be_focused()
    lab.page.keyboard.press("Control+Shift+J")
    lab.page.keyboard.type("0")
    lab.wait_for(lambda: lab.sources == ["a = 1", "b = 20"], what=str(lab.sources))


def test_code_block_replaces_the_active_cell_and_is_undone(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CODE)]
    lab.select(1)
    turn = lab.ask("code please")
    lab.get("replace", turn).click()
    lab.wait_for(lambda: lab.sources == ["a = 1", "print('from the chat')"])
    lab.get("undo-insert", turn).click()
    lab.wait_for(lambda: lab.sources == ["a = 1", "b = 2"])


def test_code_block_is_run_from_the_chat(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text(CODE)]
    lab.select(1)
    turn = lab.ask("code please")
    lab.get("run", turn).click()
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_contain_text("from the chat", timeout=30_000)
