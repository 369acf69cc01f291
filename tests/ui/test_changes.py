"""What a turn changed, listed in the chat, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import waiting_at

Notebook = Callable[..., list[str]]
FIRST, SECOND = "a = 1\nb = 2", "a + b"
MODULE = "x = 1\ny = 2\n"


def fence(target: str, source: str) -> str:
    return f"```python {target}\n{source.rstrip()}\n```\n\n"


def answer(cells: list[str]) -> str:
    """Changes both cells and the file, and adds a cell."""
    return (
        "Four things.\n\n"
        + fence(f"cell={cells[0]}", "a = 10\nb = 2\nc = 3")
        + fence("cell=new", "c * 2")
        + fence("file=lib.py", "x = 1\ny = 3\nz = 4")
        + fence(f"cell={cells[1]}", "a + b + c")
    )


@pytest.fixture
def changed(lab: Lab, notebook: Notebook, wire: WireServer) -> Locator:
    """A turn with four changes, three of which wait; its view."""
    cells = notebook(FIRST, SECOND)
    (Path(lab.server.root) / "lib.py").write_text(MODULE)
    lab.open()
    lab.select(1)
    wire.script = [Reply.text(answer(cells))]
    turn = lab.ask("change it")
    expect(lab.get("change", turn)).to_have_count(4)
    expect(lab.get("accept-all", turn)).to_be_visible()
    return turn


def module(lab: Lab) -> str:
    return (Path(lab.server.root) / "lib.py").read_text()


def test_each_change_is_listed_with_its_lines_and_state(lab: Lab, changed: Locator) -> None:
    rows = lab.get("change", changed)
    expect(lab.get("changes-summary", changed)).to_have_text("4 changes+6 −3")
    expect(rows.nth(0)).to_have_text("cell 1+2 −1waits for youReview")
    expect(rows.nth(1)).to_contain_text("+1 −0")
    expect(rows.nth(1)).to_contain_text("new · inserted")
    expect(rows.nth(2)).to_contain_text("lib.py")
    expect(lab.get("counts", rows.nth(2))).to_have_attribute("aria-label", "2 lines added, 1 removed")


def test_accept_all_applies_every_change(lab: Lab, changed: Locator) -> None:
    lab.get("accept-all", changed).click()
    lab.wait_for(lambda: lab.sources == ["a = 10\nb = 2\nc = 3", "a + b + c", "c * 2"], what=str(lab.sources))
    lab.wait_for(lambda: module(lab) == "x = 1\ny = 3\nz = 4\n", what=module(lab))
    expect(lab.get("accept-all", changed)).to_have_count(0)
    expect(lab.get("change", changed).filter(has_text="applied")).to_have_count(3)


def test_reject_all_leaves_everything_and_counts_only_what_is_there(lab: Lab, changed: Locator) -> None:
    lab.get("reject-all", changed).click()
    expect(lab.get("changes-summary", changed)).to_have_text("1 change+1 −0")
    assert lab.sources == [FIRST, SECOND, "c * 2"]
    assert module(lab) == MODULE


def test_names_lead_to_the_cell_and_to_the_review_of_the_file(lab: Lab, changed: Locator) -> None:
    jump = lab.get("change-jump", changed)
    jump.nth(0).press("Enter")
    lab.wait_for(lambda: lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.activeCellIndex") == 0)
    jump.nth(2).press("Enter")
    expect(lab.page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabLabel", has_text="lib.py")).to_be_visible()


def test_proposals_go_with_the_chat_that_is_deleted(lab: Lab, changed: Locator) -> None:
    expect(lab.get("review")).to_have_count(2)
    lab.command("docmanager:open", {"path": "lib.py", "factory": "Editor", "options": {"mode": "split-right"}})
    expect(lab.get("file-notice")).to_be_visible()
    lab.get("change-jump", changed).nth(2).press("Enter")
    expect(lab.get("file-review")).to_have_count(1)
    lab.get("thread-list-button").click()
    lab.get("thread").hover()
    lab.get("delete-thread").click()
    expect(lab.get("undo-delete")).to_be_visible()
    expect(lab.get("review")).to_have_count(2)
    expect(lab.get("review")).to_have_count(0, timeout=20_000)
    expect(lab.get("file-notice")).to_have_count(0)
    expect(lab.get("file-review")).to_have_count(0)
    lab.page.locator(".lm-TabBar-tabLabel", has_text="work.ipynb").click()
    assert lab.sources == [FIRST, SECOND, "c * 2"]
    assert module(lab) == MODULE


def test_cell_that_was_deleted_while_it_was_written_can_be_inserted_later(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook(FIRST)
    lab.open(kernel=False)
    code = "\n".join(f"line_{number} = {number}" for number in range(50))
    wire.script = [waiting_at(fence("cell=new", code), "line_9")]
    turn = lab.ask("write")
    lab.wait_for(lambda: len(lab.sources) == 2 and "line_3" in lab.sources[1])
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.deleteCell(1)")
    wire.go_on()
    expect(turn).to_contain_text("The cell was deleted in the notebook; its code is kept here.", timeout=20_000)
    insert = lab.get("insert-again", turn)
    insert.wait_for()
    expect(lab.get("change", turn)).to_contain_text("not inserted")
    insert.click()
    lab.wait_for(lambda: lab.sources == [FIRST, code], what=str(lab.sources))
    expect(lab.get("change", turn)).to_contain_text("inserted")
