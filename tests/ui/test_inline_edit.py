"""Changing code by saying so at the cursor, and the review of a change of a file, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]
LOOP = "total = 0\nfor price in [3, 4]:\n    total = total + price\ntotal"
SUM = "total = sum([3, 4])\ntotal"
MODULE = "def area(w, h):\n    return w * h\n\n\ndef name():\n    return 'box'\n"
TYPED = MODULE.replace("(w, h)", "(w: float, h: float) -> float")


def block(target: str, source: str) -> Reply:
    return Reply.text(f"Shorter.\n\n```python {target}\n{source.rstrip()}\n```\n")


def editor(lab: Lab, index: int = 0) -> Locator:
    return lab.cell(index).locator(".jp-InputArea-editor .cm-content")


def ask(lab: Lab, text: str) -> None:
    """Say what to change in the editor that has the focus."""
    lab.page.keyboard.press("Control+k")
    lab.page.keyboard.type(text)
    lab.page.keyboard.press("Enter")


def select_all(lab: Lab) -> None:
    editor(lab).click()
    lab.page.keyboard.press("Control+a")


def open_file(lab: Lab, path: str = "area.py", text: str = MODULE) -> Locator:
    """A file in the workspace, open beside the notebook, with the cursor in its first line."""
    (Path(lab.server.root) / path).write_text(text)
    lab.command("docmanager:open", {"path": path, "factory": "Editor"})
    content = lab.page.locator(".jp-FileEditor .cm-content")
    content.locator(".cm-line").first.click()
    return content


def text_of(lab: Lab) -> str:
    """The text of the file editor, as its shared model has it."""
    return lab.page.evaluate(
        """() => [...window.jupyterapp.shell.widgets('main')]
            .find(w => w.content?.model?.sharedModel && !w.content.widgets).content.model.sharedModel.getSource()"""
    )


def test_selected_code_is_changed_by_keyboard_alone(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(LOOP)
    lab.open(kernel=False)
    wire.script = [block(f"cell={cell}", SUM)]
    select_all(lab)
    ask(lab, "use sum")
    expect(lab.get("review", lab.cell(0))).to_contain_text("sum([3, 4])")
    assert lab.sources == [LOOP], "the source is untouched while it is reviewed"
    expect(lab.get("review", lab.cell(0)).locator(".cm-content")).to_be_focused()
    lab.page.keyboard.press("Control+Enter")
    lab.wait_for(lambda: lab.sources == [SUM])
    expect(editor(lab)).to_be_focused()
    sent = wire.requests[0].last_user_text
    assert "use sum" in sent
    assert "Selected, lines 1 to 4:" in sent


def test_escape_rejects_and_gives_the_editor_back(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(LOOP)
    lab.open(kernel=False)
    wire.script = [block(f"cell={cell}", SUM)]
    select_all(lab)
    ask(lab, "use sum")
    expect(lab.get("review", lab.cell(0)).locator(".cm-content")).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(lab.get("review")).to_have_count(0)
    expect(editor(lab)).to_be_focused()
    assert lab.sources == [LOOP]


def test_field_keeps_its_keys_from_the_cell_and_shows_why_nothing_changed(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook(LOOP)
    lab.open(kernel=False)
    wire.script = [Reply.text("There is nothing to vectorise here.")]
    editor(lab).click()
    ask(lab, "vectorise a dd")
    expect(lab.get("inline-message")).to_contain_text("nothing to vectorise")
    expect(lab.get("inline-input")).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(lab.get("inline-edit")).to_have_count(0)
    expect(editor(lab)).to_be_focused()
    assert lab.sources == [LOOP]


def test_change_of_an_open_file_is_reviewed_in_a_tab_and_shown_in_its_editor(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    open_file(lab)
    wire.script = [block("file=area.py", TYPED)]
    ask(lab, "add types")
    review = lab.get("file-review")
    expect(lab.get("review-counts", review)).to_have_text("+1 −1")
    assert text_of(lab) == MODULE
    lab.page.keyboard.press("Control+Enter")
    expect(review).to_have_count(0)
    lab.wait_for(lambda: text_of(lab) == TYPED)
    assert lab.stored("area.py") == TYPED
    expect(lab.page.locator(".jp-FileEditor .cm-content")).to_be_focused()


def test_change_of_a_file_waits_until_what_the_user_typed_is_saved(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    content = open_file(lab)
    wire.script = [block("file=area.py", TYPED)]
    ask(lab, "add types")
    review = lab.get("file-review")
    expect(review).to_be_visible()
    lab.command("application:activate-previous-tab")
    content.locator(".cm-line").last.click()
    lab.page.keyboard.type("edge = 2")
    lab.command("townie:review-file")
    lab.get("accept", review).click()
    expect(lab.get("review-changed", review)).to_contain_text("not saved")
    assert lab.stored("area.py") == MODULE
    assert text_of(lab) == MODULE + "edge = 2"
