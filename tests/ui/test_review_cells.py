"""The review of changes in their cells: the source stays the user's until a change is accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]
CELL = "first = 1\nsecond = 2\nthird = 3\nfourth = 4\nfifth = 5\nprint(first)"
TO = CELL.replace("first = 1", "first = 10").replace("fifth = 5", "fifth = 50")
OTHER = "other = 1"


@pytest.fixture
def reviewed(lab: Lab, wire: WireServer, notebook: Notebook) -> Lab:
    """Two changes of the first cell wait, and one of the second."""
    cell, other = notebook(CELL, OTHER)
    lab.open()
    wire.script = [Reply.text(f"```python cell={cell}\n{TO}\n```\n\n```python cell={other}\nother = 10\n```\n")]
    lab.ask("tenfold")
    expect(lab.get("accept", lab.get("review", lab.cell(0)))).to_be_visible()
    expect(lab.get("accept", lab.get("review", lab.cell(1)))).to_be_visible()
    return lab


def review(lab: Lab, index: int = 0) -> Locator:
    return lab.get("review", lab.cell(index))


def type_in_source(lab: Lab, line: int, text: str) -> None:
    """Type at the end of a line of the first cell's own source, which is shown above its review."""
    if not lab.cell(0).locator(".jp-InputArea-editor .cm-content").is_visible():
        lab.get("toggle-source", review(lab)).click()
    lab.cell(0).locator(".jp-InputArea-editor .cm-line").nth(line).click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type(text)


def stored(lab: Lab) -> list[str]:
    cells = json.loads((Path(lab.server.root) / "work.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells]


def test_saving_and_running_use_the_old_source(reviewed: Lab) -> None:
    reviewed.save()
    assert stored(reviewed) == [CELL, OTHER]
    reviewed.run(0)
    expect(reviewed.cell(0).locator(".jp-OutputArea-output")).to_have_text("1\n")
    expect(review(reviewed)).to_be_visible()


@pytest.mark.own_page
def test_what_was_made_of_a_proposal_is_there_when_its_notebook_is_opened_again(reviewed: Lab) -> None:
    reviewed.save()
    review(reviewed).locator("[data-townie=reject-change]").first.click()
    review(reviewed).locator(".cm-content").focus()
    reviewed.page.keyboard.press("Control+End")
    reviewed.page.keyboard.type("  # typed")
    reviewed.command("docmanager:open", {"path": "work.ipynb"})
    reviewed.command("application:close")
    expect(reviewed.page.locator(".jp-NotebookPanel")).to_have_count(0)
    assert stored(reviewed) == [CELL, OTHER]
    # The changes go with the notebook when it is renamed.
    path = Path(reviewed.server.root) / "work.ipynb"
    reviewed.page.evaluate("() => window.jupyterapp.serviceManager.contents.rename('work.ipynb', 'other.ipynb')")
    reviewed.wait_for(lambda: not path.exists())
    reviewed.command("docmanager:open", {"path": "other.ipynb"})
    expect(review(reviewed)).to_contain_text("# typed")
    reviewed.reload()
    expect(review(reviewed)).to_contain_text("# typed")
    assert reviewed.sources == [CELL, OTHER]
    reviewed.get("accept", review(reviewed)).click()
    expected = CELL.replace("fifth = 5", "fifth = 50") + "  # typed"
    reviewed.wait_for(lambda: reviewed.sources[0] == expected, what=str(reviewed.sources))


def test_two_views_of_a_notebook_show_the_same_of_a_proposal(reviewed: Lab) -> None:
    reviewed.command("docmanager:clone")
    positions = reviewed.get("review-position")
    expect(positions).to_have_count(4)
    second = reviewed.page.locator(".jp-NotebookPanel").nth(1)
    reviewed.get("review", second).first.locator("[data-townie=reject-change]").first.click()
    expect(positions.filter(has_text="of 2")).to_have_count(0)
    # In the chat, which is in neither of them.
    reviewed.get("accept", reviewed.get("turn")).first.click()
    expected = CELL.replace("fifth = 5", "fifth = 50")
    reviewed.wait_for(lambda: reviewed.sources[0] == expected, what=str(reviewed.sources))


def test_what_is_typed_between_the_changes_is_in_both_texts(reviewed: Lab) -> None:
    type_in_source(reviewed, 2, "  # mine")
    expect(reviewed.get("review-changed", review(reviewed))).to_be_hidden()
    reviewed.get("accept", review(reviewed)).click()
    reviewed.wait_for(lambda: reviewed.sources[0] == TO.replace("third = 3", "third = 3  # mine"))


def test_a_change_of_lines_that_were_typed_over_is_marked_and_left_out(reviewed: Lab) -> None:
    type_in_source(reviewed, 0, "1  # mine")
    expect(reviewed.get("review-changed", review(reviewed))).to_contain_text("Your text is kept")
    expect(reviewed.get("review-position", review(reviewed))).to_contain_text("Proposed change: 1 line removed")
    # From where this is not seen it is shown, and what else there is of the answer is accepted.
    reviewed.get("accept-all", reviewed.get("turn")).click()
    reviewed.wait_for(lambda: reviewed.sources[1] == "other = 10", what=str(reviewed.sources))
    expect(review(reviewed).locator(".cm-content")).to_be_focused()
    expect(review(reviewed).locator(".jp-TownieReview-live")).to_contain_text("Your text is kept")
    assert "fifth = 5\n" in reviewed.sources[0]
    reviewed.get("accept", review(reviewed)).click()
    expected = CELL.replace("first = 1", "first = 11  # mine").replace("fifth = 5", "fifth = 50")
    reviewed.wait_for(lambda: reviewed.sources[0] == expected, what=str(reviewed.sources))


def test_the_whole_proposal_can_be_compared_with_what_was_typed(reviewed: Lab) -> None:
    type_in_source(reviewed, 0, "1")
    reviewed.get("compare-whole", review(reviewed)).click()
    expect(reviewed.get("review-position", review(reviewed))).to_contain_text("of 2")
    reviewed.get("accept", review(reviewed)).click()
    reviewed.wait_for(lambda: reviewed.sources[0] == TO)


def test_typing_goes_on_in_the_cell_when_a_change_of_it_arrives(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    (cell,) = notebook(CELL)
    lab.open(kernel=False)
    wire.script = [Reply.text(f"```python cell={cell}\n{TO}\n```\n", first_delay=1.5, chunk=4, delay=0.02)]
    lab.ask("tenfold")
    lab.wait_for(lambda: bool(wire.requests), seconds=30, what="the model was not asked")
    lab.cell(0).locator(".jp-InputArea-editor .cm-line").last.click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type("\nmine = 'typed while the change arrives'", delay=60)
    expect(lab.cell(0).locator(".jp-InputArea-editor .cm-content")).to_be_focused()
    expect(lab.get("accept", review(lab))).to_be_visible()
    assert lab.sources == [CELL + "\nmine = 'typed while the change arrives'"]
    lab.get("accept", review(lab)).click()
    lab.wait_for(lambda: lab.sources == [TO + "\nmine = 'typed while the change arrives'"], what=str(lab.sources))


def test_each_change_is_told_and_settled_by_keyboard(reviewed: Lab) -> None:
    page = reviewed.page
    reviewed.select(0)
    page.keyboard.press("Control+Alt+ArrowDown")
    expect(review(reviewed).locator(".cm-content")).to_be_focused()
    live = review(reviewed).locator(".jp-TownieReview-live")
    expect(live).to_have_text("Change 1 of 2: 1 line removed, 1 added")
    page.keyboard.press("Alt+ArrowDown")
    expect(live).to_have_text("Change 1 of 2: 1 line removed, 1 added")
    page.keyboard.press("Alt+ArrowDown")
    expect(live).to_have_text("Change 2 of 2: 1 line removed, 1 added")
    page.keyboard.press("Alt+Backspace")
    expect(live).to_have_text("Rejected. Proposed change: 1 line removed, 1 added")
    page.keyboard.press("Alt+Enter")
    reviewed.wait_for(lambda: reviewed.sources[0] == CELL.replace("first = 1", "first = 10"))
    expect(review(reviewed)).to_have_count(0)
    # The same key leads to the next cell that has a change.
    page.keyboard.press("Control+Alt+ArrowDown")
    expect(review(reviewed, 1).locator(".cm-content")).to_be_focused()


def test_the_code_for_a_cell_that_was_deleted_can_be_inserted(reviewed: Lab) -> None:
    reviewed.select(1)
    reviewed.page.keyboard.press("x")
    reviewed.get("accept", reviewed.get("turn")).last.click()
    expect(reviewed.get("turn")).to_contain_text("The cell is no longer there.")
    reviewed.get("insert-instead").click()
    reviewed.wait_for(lambda: reviewed.sources == [CELL, "other = 10"], what=str(reviewed.sources))


@pytest.mark.parametrize("layout", ["unified", "split"])
def test_what_was_done_in_a_review_is_undone_there_and_not_in_the_cell(reviewed: Lab, layout: str) -> None:
    type_in_source(reviewed, 2, "  # mine")
    if layout == "split":
        reviewed.command("townie:toggle-diff-layout")
        expect(review(reviewed).locator(".cm-mergeView")).to_be_visible()
    press = reviewed.page.keyboard.press
    content = review(reviewed).locator(".cm-content").last
    content.focus()
    live = review(reviewed).locator(".jp-TownieReview-live")
    press("Alt+ArrowDown")
    before = content.inner_text()
    reviewed.page.keyboard.type("typed ")
    press("Alt+Enter")
    expect(live).to_have_text("Accepted. Proposed change: 1 line removed, 1 added")
    press("Control+Z")
    expect(live).to_have_text("Undone. Change 1 of 2: 1 line removed, 1 added")
    assert "typed first = 10" in content.inner_text()
    press("Control+Z")
    reviewed.wait_for(lambda: content.inner_text() == before, what=content.inner_text())
    press("Control+Shift+Z")
    assert "typed first = 10" in content.inner_text()
    press("Control+Y")
    expect(live).to_have_text("Done again. Proposed change: 1 line removed, 1 added")
    press("Control+Z")
    press("Control+Z")
    press("Alt+Backspace")
    expect(live).to_have_text("Rejected. Proposed change: 1 line removed, 1 added")
    press("Control+Z")
    expect(live).to_have_text("Undone. Change 1 of 2: 1 line removed, 1 added")
    for _ in range(3):
        press("Control+Z")
    assert reviewed.sources[0] == CELL.replace("third = 3", "third = 3  # mine")


def test_all_changes_of_an_answer_are_accepted_by_keyboard(reviewed: Lab) -> None:
    reviewed.select(0)
    reviewed.page.keyboard.press("Control+Alt+ArrowDown")
    expect(review(reviewed).locator(".cm-content")).to_be_focused()
    reviewed.page.keyboard.press("Control+Shift+Enter")
    reviewed.wait_for(lambda: reviewed.sources == [TO, "other = 10"])


def test_all_changes_of_an_answer_are_rejected_by_keyboard(reviewed: Lab) -> None:
    reviewed.select(1)
    reviewed.page.keyboard.press("Control+Alt+ArrowDown")
    expect(review(reviewed, 1).locator(".cm-content")).to_be_focused()
    reviewed.page.keyboard.press("Control+Shift+Backspace")
    expect(reviewed.get("review")).to_have_count(0)
    assert reviewed.sources == [CELL, OTHER]


def test_earlier_change_of_a_cell_is_told_and_comes_when_the_later_one_is_decided(
    reviewed: Lab, wire: WireServer
) -> None:
    lab = reviewed
    earlier = lab.get("review-earlier", review(lab, 1))
    expect(earlier).to_be_hidden()
    other = lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.widgets[1].model.id")
    wire.script = [Reply.text(f"```python cell={other}\nother = 1\nanother = 20\n```\n")]
    lab.ask("twenty")
    expect(review(lab, 1)).to_contain_text("another = 20")
    # What comes below the last line leaves that alone.
    expect(lab.get("review-position", review(lab, 1))).to_have_text("Proposed change: 1 line added")
    expect(earlier).to_have_text("An earlier change of this cell waits, too. It comes when this one is decided.")
    lab.get("reject", review(lab, 1)).click()
    expect(review(lab, 1)).to_contain_text("other = 10")
    expect(earlier).to_be_hidden()
    assert lab.sources == [CELL, OTHER]


@pytest.mark.own_page
def test_the_layout_of_the_settings_is_used_at_once(reviewed: Lab) -> None:
    expect(review(reviewed).locator(".cm-mergeView")).to_have_count(0)
    reviewed.page.evaluate(
        """() => window.jupyterapp.serviceManager.settings.save('jupyter-townie:edits', '{"layout": "split"}')"""
    )
    reviewed.reload()
    expect(review(reviewed).locator(".cm-mergeView")).to_be_visible()
    expect(review(reviewed).get_by_label("Source of the cell")).to_contain_text("first = 1")
    proposed = review(reviewed).get_by_label("Proposed source")
    expect(proposed).to_contain_text("first = 10")
    # The language of a notebook that was never saved with it is told by the kernel, later.
    expect(proposed.locator(".cm-line").filter(has_text="second = 2").locator("span").first).to_be_visible()


def test_going_to_the_change_of_a_cell_unfolds_its_input(reviewed: Lab) -> None:
    reviewed.select(1)
    reviewed.command("notebook:hide-cell-code")
    expect(review(reviewed, 1)).to_be_hidden()
    reviewed.get("change-review").last.click()
    expect(review(reviewed, 1)).to_be_in_viewport()
    expect(review(reviewed, 1).locator(".cm-content")).to_be_focused()


def test_each_change_can_be_decided_on_side_by_side(reviewed: Lab) -> None:
    shown = review(reviewed)
    reviewed.command("townie:toggle-diff-layout")
    accepts = shown.locator(".cm-merge-revert [data-townie=accept-change]")
    expect(accepts).to_have_count(2)
    accepts.first.click()
    expect(accepts).to_have_count(1)
    # Where there is no room for two texts, there is one, with what was decided already.
    reviewed.page.set_viewport_size({"width": 900, "height": 900})
    expect(shown.locator(".cm-mergeView")).to_have_count(0)
    expect(shown.locator(".cm-deletedChunk [data-townie=accept-change]")).to_have_count(1)
    reviewed.page.set_viewport_size({"width": 1400, "height": 900})
    expect(accepts).to_have_count(1)
    shown.locator(".cm-merge-revert [data-townie=reject-change]").focus()
    reviewed.page.keyboard.press("Enter")
    expect(shown).to_have_count(0)
    reviewed.wait_for(lambda: reviewed.sources[0] == CELL.replace("first = 1", "first = 10"))


def test_the_decisions_stay_in_view_in_a_long_cell(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    long = "\n".join(f"value_{n} = {n}" for n in range(90))
    (cell,) = notebook(long)
    lab.open(kernel=False)
    wire.script = [Reply.text(f"```python cell={cell}\n{long.replace('80 = 80', '80 = 8')}\n```\n")]
    lab.ask("shorter")
    expect(lab.get("accept", review(lab))).to_be_visible()
    lab.command("townie:next-change")
    expect(review(lab).locator(".cm-line").filter(has_text="value_80")).to_be_in_viewport()
    expect(lab.get("accept", review(lab))).to_be_in_viewport()
