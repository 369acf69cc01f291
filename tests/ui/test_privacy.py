"""What a model may see of a notebook: asked once, in the card or the chat, and changed with a chip."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .conftest import Server
from .lab import Lab

pytestmark = pytest.mark.own_page

Notebook = Callable[..., list[str]]
BROKEN = "rates = {'EUR': 1.1}\nconvert = rates['GBP'] * 100\nconvert"


@pytest.fixture
def asking(lab: Lab, wired_server: Server) -> Lab:
    """JupyterLab with the settings that a new user has."""
    (wired_server.home / "settings" / "jupyter-townie" / "plugin.jupyterlab-settings").unlink()
    return lab


def test_fix_asks_in_its_card_before_anything_is_sent(asking: Lab, wire: WireServer, notebook: Notebook) -> None:
    lab = asking
    _, cell = notebook("a = 1", BROKEN)
    lab.open()
    lab.run(1)
    wire.script = [Reply.text(f"```python cell={cell}\nrates = {{'GBP': 1.3}}\n```\n")]
    view = lab.cell(1)
    lab.get("fix", view).click()
    expect(lab.get("repair-status", view)).to_contain_text("What may")
    assert wire.requests == []
    lab.get("see_types", view).click()
    expect(lab.get("review", view)).to_be_visible()
    assert len(wire.requests) == 1


def test_chat_asks_once_for_a_notebook(asking: Lab, wire: WireServer, notebook: Notebook) -> None:
    lab = asking
    notebook("a = 1")
    wire.script = [Reply.text("ready")] * 2
    lab.open()
    turn = lab.ask("what is this?")
    expect(lab.get("privacy-question", turn)).to_be_visible()
    assert wire.requests == []
    lab.get("see-code", turn).click()
    expect(lab.answer(turn)).to_contain_text("ready")
    second = lab.ask("and now?")
    expect(lab.answer(second)).to_contain_text("ready")
    assert lab.get("privacy-question").count() == 0


def test_inline_edit_asks_at_its_place_and_not_again_after_a_rename(
    asking: Lab, wire: WireServer, notebook: Notebook
) -> None:
    lab = asking
    (cell,) = notebook("total = 1")
    lab.open(kernel=False)
    wire.script = [Reply.text(f"```python cell={cell}\ntotal = {n}\n```\n") for n in (2, 3)]

    def ask() -> None:
        lab.cell(0).locator(".jp-InputArea-editor .cm-content").click()
        lab.page.keyboard.press("Control+k")
        lab.page.keyboard.type("two")
        lab.page.keyboard.press("Enter")

    ask()
    expect(lab.get("inline-message")).to_contain_text("What may")
    expect(lab.get("inline-see-code")).to_be_focused()
    assert wire.requests == []
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Enter")
    expect(lab.get("review", lab.cell(0))).to_contain_text("total = 2")
    lab.page.keyboard.press("Escape")
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.rename('report.ipynb')")
    lab.chat()
    expect(lab.get("privacy")).to_have_text("Sees: types and shapes")
    ask()
    expect(lab.get("review", lab.cell(0))).to_contain_text("total = 3")
    assert len(wire.requests) == 2


def test_chip_tells_and_changes_what_may_be_seen(asking: Lab, notebook: Notebook) -> None:
    lab = asking
    notebook("a = 1")
    lab.open()
    lab.chat()
    chip = lab.get("privacy")
    expect(chip).to_have_text("Asks before sending")
    chip.click()
    lab.get("choice").filter(has_text="Sample values").click()
    expect(chip).to_have_text("Sees: sample values")
    lab.reload()
    lab.chat()
    expect(chip).to_have_text("Sees: sample values")
