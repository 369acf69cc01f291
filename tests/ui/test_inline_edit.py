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


def test_escape_stops_what_is_worked_on_and_keeps_what_was_asked(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook(LOOP)
    lab.open(kernel=False)
    wire.script = [Reply.text("Too late.", first_delay=20)]
    editor(lab).click()
    ask(lab, "use sum")
    expect(lab.get("inline-status")).to_have_text("Working")
    lab.page.keyboard.press("Escape")
    expect(lab.get("inline-message")).to_contain_text("Stopped")
    expect(lab.get("inline-input")).to_have_value("use sum")
    expect(lab.get("inline-input")).to_be_focused()
    lab.page.keyboard.press("Escape")
    expect(lab.get("inline-edit")).to_have_count(0)
    assert lab.sources == [LOOP]


def test_a_read_only_file_says_so_before_anything_is_asked(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    path = Path(lab.server.root) / "area.py"
    path.write_text(MODULE)
    path.chmod(0o444)
    lab.command("docmanager:open", {"path": "area.py", "factory": "Editor"})
    lab.page.locator(".jp-FileEditor .cm-line").first.click()
    lab.page.keyboard.press("Control+k")
    expect(lab.get("inline-message")).to_contain_text("area.py is read-only. Save it under another name")
    expect(lab.get("inline-chat")).to_be_hidden()
    lab.page.keyboard.type("add types\n")
    assert not wire.requests


def in_place(lab: Lab, wire: WireServer, notebook: Notebook, text: str = MODULE, typed: str = TYPED) -> Locator:
    """The change of a file that was asked for in its editor is there, and has the focus."""
    notebook("a = 1")
    lab.open(kernel=False)
    open_file(lab, text=text)
    wire.script = [block("file=area.py", typed)]
    ask(lab, "add types")
    review = lab.get("file-review")
    expect(lab.get("review-counts", review)).to_have_text("+1 −1")
    expect(review.locator(".cm-content")).to_be_focused()
    return review


def test_change_of_an_open_file_takes_the_place_of_its_text(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    review = in_place(lab, wire, notebook)
    expect(lab.page.locator(".jp-FileEditor")).to_be_hidden()
    expect(lab.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab")).to_have_count(2)
    lab.command("docmanager:save")
    lab.page.wait_for_timeout(300)
    assert text_of(lab) == MODULE == lab.stored("area.py"), "saving during a review saves the old text"
    lab.page.keyboard.press("Control+Enter")
    expect(review).to_have_count(0)
    lab.wait_for(lambda: text_of(lab) == TYPED)
    assert lab.stored("area.py") == TYPED
    expect(lab.page.locator(".jp-FileEditor .cm-content")).to_be_focused()


def test_escape_gives_the_text_of_a_file_back_where_it_was(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    long = MODULE + "".join(f"line_{n} = {n}\n" for n in range(200))
    notebook("a = 1")
    lab.open(kernel=False)
    open_file(lab, text=long)
    scroller = lab.page.locator(".jp-FileEditor .cm-scroller")
    scroller.evaluate("node => node.scrollTop = 1200")
    lab.page.locator(".jp-FileEditor .cm-line").filter(has_text="line_80 ").click()
    wire.script = [block("file=area.py", long.replace("line_80 = 80", "line_80 = 8"))]
    ask(lab, "rename")
    review = lab.get("file-review")
    expect(review.locator(".cm-content")).to_be_focused()
    expect(review.locator(".cm-line").filter(has_text="line_80 = 8")).to_be_in_viewport()
    lab.page.keyboard.press("Escape")
    expect(review).to_have_count(0)
    expect(lab.page.locator(".jp-FileEditor .cm-content")).to_be_focused()
    lab.wait_for(lambda: abs(scroller.evaluate("node => node.scrollTop") - 1200) < 40, what="the text has moved")
    assert text_of(lab) == long == lab.stored("area.py")


def test_what_is_typed_in_a_file_during_its_review_is_saved_with_the_change(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    review = in_place(lab, wire, notebook)
    lab.get("toggle-source", review).click()
    lab.page.locator(".jp-FileEditor .cm-line").last.click()
    lab.page.keyboard.type("edge = 2")
    expect(lab.get("accept", review)).to_have_text("Save and accept")
    expect(review.locator(".cm-line").filter(has_text="edge = 2")).to_be_visible()
    assert lab.stored("area.py") == MODULE
    lab.get("accept", review).click()
    expect(review).to_have_count(0)
    lab.wait_for(lambda: lab.stored("area.py") == TYPED + "edge = 2" == text_of(lab))


def test_a_file_closed_during_its_review_keeps_its_text_and_the_change_waits(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    review = in_place(lab, wire, notebook)
    lab.command("application:close")
    expect(review).to_have_count(0)
    assert lab.stored("area.py") == MODULE
    lab.command("docmanager:open", {"path": "area.py", "factory": "Editor"})
    lab.get("review-file", lab.get("file-notice")).click()
    expect(review.locator(".cm-content")).to_be_focused()
    expect(lab.get("file-notice")).to_have_count(0)
    lab.get("review-in-tab", review).click()
    expect(lab.page.locator(".lm-TabBar-tab").filter(has_text="+1 −1")).to_have_count(1)
    expect(review.locator(".cm-content")).to_be_focused()
    # The tab that was closed is made again when it is asked for.
    lab.command("application:close")
    expect(review).to_have_count(0)
    lab.get("review-file-in-tab", lab.get("file-notice")).click()
    expect(review.locator(".cm-content")).to_be_focused()
    lab.page.keyboard.press("Control+Enter")
    lab.wait_for(lambda: lab.stored("area.py") == TYPED)


def test_field_is_as_wide_as_what_is_seen_beside_long_lines(lab: Lab, notebook: Notebook) -> None:
    notebook("total = " + " + ".join(f"price_{n}" for n in range(80)) + "\ntotal")
    lab.open(kernel=False)
    editor(lab).locator(".cm-line").last.click()
    lab.page.keyboard.press("Control+k")
    expect(lab.get("inline-ask")).to_be_in_viewport(ratio=1)
    expect(lab.get("inline-close")).to_be_in_viewport(ratio=1)
