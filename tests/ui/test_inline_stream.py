"""A change that is asked for in an editor appears there while it is written, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import held_at, waiting_at

Notebook = Callable[..., list[str]]
CELL = "import math\n\nwidth = 3\nheight = 4\nprint(width)\nprint(height)"
PROSE = "Named.\n\n"
FIRST = "<<<<<<< SEARCH\nwidth = 3\n=======\nbreadth = 3\n>>>>>>> REPLACE\n"
SECOND = "<<<<<<< SEARCH\nprint(width)\n=======\nprint(breadth)\n>>>>>>> REPLACE\n"
RENAMED = CELL.replace("width", "breadth")
IN_THE_SECOND = SECOND[:20]


def blocks(target: str) -> str:
    return f"{PROSE}```search_replace {target}\n{FIRST}{SECOND}```\n"


def ask(lab: Lab, editor: Locator, text: str = "say breadth") -> None:
    editor.locator(".cm-line").nth(2).click()
    lab.page.keyboard.press("Control+k")
    expect(lab.get("inline-input")).to_be_focused()
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Enter")


def cell_editor(lab: Lab) -> Locator:
    return lab.cell(0).locator(".jp-InputArea-editor .cm-content")


def open_file(lab: Lab, text: str = CELL + "\n") -> Locator:
    (Path(lab.server.root) / "sizes.py").write_text(text)
    lab.command("docmanager:open", {"path": "sizes.py", "factory": "Editor"})
    content = lab.page.locator(".jp-FileEditor .cm-content")
    content.wait_for()
    return content


def test_a_complete_hunk_is_shown_before_the_reply_ends_and_the_whole_is_accepted_by_keyboard(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    wire.script = [waiting_at(blocks(f"cell={cell}"), IN_THE_SECOND)]
    ask(lab, cell_editor(lab))
    review = lab.get("review", lab.cell(0))
    expect(lab.get("review-position", review)).to_have_text("Writing +1 −1")
    expect(review.locator(".cm-content .cm-line").filter(has_text="breadth = 3")).to_be_visible()
    expect(lab.get("accept", review)).to_be_hidden()
    assert lab.sources == [CELL]
    wire.go_on()
    expect(lab.get("review-position", review)).to_contain_text("Change 1 of 2")
    expect(review.locator(".cm-content")).to_be_focused()
    lab.page.keyboard.press("Control+Enter")
    lab.wait_for(lambda: lab.sources == [RENAMED])
    expect(cell_editor(lab)).to_be_focused()


def test_escape_while_it_is_written_stops_it_and_gives_the_question_back(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    text = blocks(f"cell={cell}")
    wire.script = [held_at(text, IN_THE_SECOND)]
    ask(lab, cell_editor(lab))
    expect(lab.get("stop-writing")).to_be_visible()
    lab.page.keyboard.press("Escape")
    expect(lab.get("review")).to_have_count(0)
    expect(lab.get("inline-input")).to_be_focused()
    expect(lab.get("inline-input")).to_have_value("say breadth")
    expect(lab.get("inline-message")).to_contain_text("Nothing was changed")
    assert lab.sources == [CELL]


def test_what_is_typed_while_it_is_written_stays(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    wire.script = [Reply.text(blocks(f"cell={cell}"), chunk=4, delay=0.15)]
    ask(lab, cell_editor(lab))
    review = lab.get("review", lab.cell(0))
    expect(lab.get("stop-writing", review)).to_be_visible()
    lab.get("toggle-source", review).click()
    cell_editor(lab).locator(".cm-line").last.click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type("\nmine = 1")
    expect(lab.get("accept", review)).to_be_visible()
    expect(lab.get("review-changed", review)).to_be_hidden()
    lab.get("accept", review).click()
    lab.wait_for(lambda: lab.sources == [RENAMED + "\nmine = 1"], what=str(lab.sources))


def test_a_whole_new_text_grows_over_the_old_one(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    text = f"```python cell={cell}\n{RENAMED}\n```\n"
    wire.script = [held_at(text, "height = 4\np")]
    ask(lab, cell_editor(lab))
    expect(lab.get("review-position")).to_have_text("Writing +1 −1")
    expect(lab.get("review").locator(".cm-deletedChunk")).to_contain_text("width = 3")


def test_the_change_of_a_file_is_watched_in_its_place(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    content = open_file(lab)
    text = blocks("file=sizes.py")
    wire.script = [held_at(text, IN_THE_SECOND)]
    ask(lab, content)
    review = lab.get("file-review")
    expect(lab.get("review-position", review)).to_have_text("Writing +1 −1")
    lab.page.keyboard.press("Escape")
    expect(review).to_have_count(0)
    expect(lab.get("inline-input")).to_be_focused()
    assert lab.stored("sizes.py") == CELL + "\n"


def test_a_file_is_changed_by_what_was_watched(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    content = open_file(lab)
    wire.script = [waiting_at(blocks("file=sizes.py"), IN_THE_SECOND)]
    ask(lab, content)
    review = lab.get("file-review")
    expect(lab.get("review-position", review)).to_have_text("Writing +1 −1")
    wire.go_on()
    expect(lab.get("review-counts", review)).to_have_text("+2 −2")
    lab.page.keyboard.press("Control+Enter")
    expect(review).to_have_count(0)
    assert lab.stored("sizes.py") == RENAMED + "\n"


def test_a_change_asked_for_in_the_chat_grows_in_its_cell(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    text = blocks(f"cell={cell}")
    wire.script = [held_at(text, IN_THE_SECOND)]
    lab.ask("say breadth")
    expect(lab.get("review-position", lab.cell(0))).to_have_text("Writing +1 −1")
    expect(lab.input).to_be_focused()


def test_the_same_can_be_asked_again_after_a_stop(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    text = blocks(f"cell={cell}")
    wire.script = [held_at(text, IN_THE_SECOND), Reply.text(text)]
    ask(lab, cell_editor(lab))
    expect(lab.get("stop-writing")).to_be_visible()
    lab.page.keyboard.press("Escape")
    expect(lab.get("inline-message")).to_contain_text("Nothing was changed")
    lab.page.keyboard.press("Enter")
    expect(lab.get("accept", lab.get("review"))).to_be_visible()
    expect(lab.get("review").locator(".cm-content")).to_be_focused()
