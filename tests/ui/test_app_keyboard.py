"""The keyboard belongs to the place that the person has gone to, whatever an app asks for."""

from __future__ import annotations

from collections.abc import Callable

import nbformat
import nbformat.sign
import pytest
from playwright.sync_api import Locator, expect

from .lab import Lab
from .test_apps_panel import MakeApp, app, inside

pytestmark = pytest.mark.own_page

__all__ = ["app"]

FIELD = '<input id="field"><p>'
AT_ONCE = f"{FIELD}<script>field.focus()</script>"
# In a frame of its own a page is without what Townie puts at its head, and without its manners.
RUDE = "<input id=field><script>%s</script>"
EVER = FIELD + f'<iframe srcdoc="{RUDE}"></iframe>' % "setInterval(() => field.focus(), 40)"
FOLLOWS = (
    FIELD
    + f'<iframe srcdoc="{RUDE}"></iframe>' % "onblur = () => { onblur = null; setTimeout(() => field.focus(), 700) }"
)
WORDS = "the pass phrase of another place"


@pytest.fixture
def cell(lab: Lab, app: MakeApp, notebook: Callable[..., list[str]]) -> Locator:
    """A cell of a notebook beside the panel of an app, and the person in it."""
    notebook("")
    app(AT_ONCE)
    inside(lab).locator("#field").wait_for()
    beside = {"path": "work.ipynb", "options": {"mode": "split-left"}}
    lab.page.evaluate("args => void window.jupyterapp.commands.execute('docmanager:open', args)", beside)
    lab.cells.first.wait_for()
    lab.kernel_is_idle()
    editor = lab.cell(0).locator(".cm-content")
    editor.click()
    expect(editor).to_be_focused()
    return editor


def visit(lab: Lab, field: Locator) -> None:
    """Go to the app by the mouse, over what is between."""
    box = field.bounding_box()
    assert box is not None
    lab.page.mouse.move(box["x"] - 300, box["y"] + 60)
    lab.page.mouse.move(box["x"] - 50, box["y"] + 60, steps=4)
    field.click()


def typed(lab: Lab, text: str) -> None:
    lab.page.keyboard.type(text, delay=25)


def write(lab: Lab, body: str) -> None:
    (lab.server.root / "apps/hello/index.html").write_text(
        f"<!doctype html><html><head></head><body>{body}</body></html>"
    )


def put(lab: Lab, body: str) -> None:
    """The app's page is changed, and shown anew."""
    write(lab, body)
    inside(lab).locator("p", has_text="new").wait_for()
    expect(lab.get("app-frame")).to_have_count(1)


def test_app_that_is_opened_or_edited_takes_nothing_from_who_types_elsewhere(lab: Lab, cell: Locator) -> None:
    typed(lab, "a = 1")
    put(lab, AT_ONCE + "new<script>setTimeout(() => field.focus(), 200)</script>")
    lab.page.wait_for_timeout(300)
    typed(lab, "23")
    expect(cell).to_have_text("a = 123")
    lab.command("townie:open-chat")
    lab.input.click()
    lab.command("townie:reload-app")
    typed(lab, WORDS)
    expect(lab.input).to_have_value(WORDS)
    expect(inside(lab).locator("#field")).to_have_value("")


def test_person_goes_to_the_app_and_back(lab: Lab, cell: Locator) -> None:
    field = inside(lab).locator("#field")
    for text in ("b", "c"):
        typed(lab, text)
        # At once, with the hands hardly off the keys.
        visit(lab, field)
        lab.page.wait_for_timeout(100)
        typed(lab, text.upper())
        cell.click()
    expect(field).to_have_value("BC")
    expect(cell).to_have_text("bc")


def test_person_goes_to_the_app_by_the_tab_key(lab: Lab, cell: Locator) -> None:
    frame, field = lab.get("app-frame"), inside(lab).locator("#field")
    button = lab.get("app-panel").locator("button:visible").first
    button.focus()
    expect(button).to_be_focused()
    for text in ("first", "again"):
        for _ in range(30):
            lab.page.keyboard.press("Tab")
            if frame.evaluate("frame => frame === document.activeElement"):
                break
        # Who may not have the focus has lost it by then.
        lab.page.wait_for_timeout(600)
        expect(field).to_be_focused()
        # The key has selected what is in the field.
        typed(lab, text)
        expect(field).to_have_value(text)
        lab.page.keyboard.press("Shift+Tab")
        expect(frame).not_to_be_focused()


def test_app_can_not_follow_its_person_and_is_stopped_when_it_goes_on_and_on(lab: Lab, cell: Locator) -> None:
    put(lab, FOLLOWS + "<p>new")
    rude = inside(lab).frame_locator("iframe").locator("#field")
    rude.click()
    typed(lab, "mine")
    cell.click()
    lab.page.wait_for_timeout(900)
    lab.page.keyboard.type(WORDS)
    expect(cell).to_have_text(WORDS)
    expect(rude).to_have_value("mine")

    write(lab, EVER)
    wrapper = lab.get("app-frame").last.content_frame
    expect(wrapper.get_by_text("took the keyboard again and again")).to_be_visible()
    expect(wrapper.locator("iframe")).to_have_count(0)
    cell.click()
    lab.page.keyboard.press("Control+A")
    typed(lab, WORDS)
    expect(cell).to_have_text(WORDS)
    expect(lab.get("app-panel").locator(".jp-TownieApp-failures")).to_contain_text("gave itself the focus")
    wrapper.get_by_role("button", name="Show it again").click()
    inside(lab).locator("#field").wait_for()


def test_page_behind_another_tab_is_no_thief(lab: Lab, cell: Locator) -> None:
    put(lab, FIELD + "new<script>setInterval(() => { if (document.hasFocus()) field.focus() }, 100)</script>")
    field = inside(lab).locator("#field")
    field.click()
    typed(lab, "a")
    other = lab.page.context.new_page()
    other.bring_to_front()
    other.wait_for_timeout(1500)
    lab.page.bring_to_front()
    other.close()
    typed(lab, "b")
    expect(field).to_have_value("ab")

    lab.page.locator(".lm-TabBar-tab", has_text="Launcher").click()
    lab.page.wait_for_timeout(1500)
    expect(field).to_be_hidden()
    lab.page.locator(".lm-TabBar-tab", has_text="Hello").click()
    field.click()
    typed(lab, "c")
    expect(field).to_have_value("abc")


def test_app_below_a_cell_takes_nothing_either(lab: Lab, app: MakeApp) -> None:
    app(EVER)
    (found,) = (one for one in lab.server.call("GET", "townie/api/apps") if one["path"] == "apps/hello")
    base = lab.server.url.split("/", 3)[3]
    frame = f'<iframe src="/{base}townie/view/{found["id"]}" style="height: 200px"></iframe>'
    output = nbformat.v4.new_output("display_data", {"text/html": frame})
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=[output])])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.sign.NotebookNotary(data_dir=str(lab.server.home / "data")).sign(book)
    nbformat.write(book, lab.server.root / "work.ipynb")
    lab.open()
    editor = lab.cell(0).locator(".cm-content")
    editor.click()
    typed(lab, WORDS)
    wrapper = lab.cell(0).frame_locator(".jp-OutputArea iframe")
    expect(wrapper.get_by_text("took the keyboard again and again")).to_be_visible()
    editor.click()
    lab.page.keyboard.press("Control+A")
    typed(lab, WORDS)
    expect(editor).to_have_text(WORDS)
