"""Try fixing and Explain under a failed cell, in a real browser with a real kernel."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.wire import Received, Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]
# No rule can know what was meant here, so the model is asked.
BROKEN = "rates = {'EUR': 1.1}\nconvert = rates['GBP'] * 100\nconvert"
FIXED = "rates = {'EUR': 1.1, 'GBP': 1.3}\nconvert = rates['GBP'] * 100\nconvert"


def edit(cell: str, source: str) -> Reply:
    return Reply.text(f"The rate for GBP is missing.\n\n```python cell={cell}\n{source}\n```\n")


@pytest.fixture
def failed(lab: Lab, notebook: Notebook) -> tuple[str, Locator]:
    """The id and the view of a cell that has just failed."""
    _, cell = notebook("a = 1", BROKEN)
    lab.open()
    lab.run(1)
    view = lab.cell(1)
    expect(lab.get("failure", view)).to_be_visible()
    return cell, view


@pytest.mark.own_page
def test_a_failure_that_is_shown_has_what_a_repair_needs_loaded(lab: Lab, notebook: Notebook) -> None:
    notebook("a = 1", BROKEN)
    lab.open()
    with (
        lab.page.expect_response("**/townie/api/ready*") as answer,
        lab.page.expect_response("**/jupyter-townie/static/*"),
    ):
        lab.run(1)
    assert answer.value.status == 204


def test_fix_of_the_model_is_reviewed_accepted_and_runs(
    lab: Lab, wire: WireServer, failed: tuple[str, Locator]
) -> None:
    cell, view = failed
    wire.script = [edit(cell, FIXED)]
    lab.get("fix", view).click()
    expect(lab.get("review", view)).to_be_visible()
    expect(lab.get("review", view)).to_contain_text("'GBP': 1.3")
    assert lab.sources == ["a = 1", BROKEN], "the source is untouched while it is reviewed"
    lab.save()
    assert "1.3" not in lab.stored()
    lab.get("accept_and_run", view).press("Enter")
    expect(lab.get("repair", view)).to_contain_text("Runs now")
    assert lab.get("repair", view).evaluate("node => node.contains(document.activeElement)"), "the focus is lost"
    assert lab.sources == ["a = 1", FIXED]
    expect(view.locator(".jp-OutputArea-output").first).to_contain_text("130")


def test_another_error_is_told_and_the_next_try_mends_it(
    lab: Lab, wire: WireServer, failed: tuple[str, Locator]
) -> None:
    cell, view = failed
    # A copy of the kernel may write no file, so this candidate is offered untried.
    wire.script = [edit(cell, "open('aside.txt', 'w').close()\nconvert = 1 / 0"), edit(cell, FIXED)]
    lab.get("fix", view).click()
    lab.get("accept_and_run", view).click()
    expect(lab.get("repair", view)).to_contain_text("ZeroDivisionError")
    lab.get("repair", view).get_by_role("button", name="Try again").click()
    lab.get("accept_and_run", view).click()
    expect(lab.get("repair", view)).to_contain_text("Runs now")
    assert "ZeroDivisionError" in wire.requests[1].last_user_text


def test_rejected_change_leaves_the_source_and_a_hint_asks_again(
    lab: Lab, wire: WireServer, failed: tuple[str, Locator]
) -> None:
    cell, view = failed
    wire.script = [edit(cell, "convert = 0"), edit(cell, FIXED)]
    lab.get("fix", view).click()
    lab.get("differently", view).click()
    lab.get("hint", view).get_by_role("textbox").or_(lab.get("hint", view)).last.fill("add the missing rate")
    lab.page.keyboard.press("Enter")
    expect(lab.get("review", view)).to_contain_text("'GBP': 1.3")
    assert "add the missing rate" in wire.requests[1].last_user_text
    assert lab.sources == ["a = 1", BROKEN]
    lab.get("reject", lab.get("repair", view)).click()
    expect(lab.get("review", view)).to_have_count(0)
    assert lab.sources == ["a = 1", BROKEN]


def test_typing_during_review_wins(lab: Lab, wire: WireServer, failed: tuple[str, Locator]) -> None:
    cell, view = failed
    wire.script = [edit(cell, FIXED)]
    lab.get("fix", view).click()
    expect(lab.get("review", view)).to_be_visible()
    typed = BROKEN.replace("* 100", "* 250")
    lab.page.evaluate(
        "source => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource(source)", typed
    )
    lab.page.wait_for_timeout(500)
    assert lab.sources[1] == typed
    lab.get("accept_and_run", view).click()
    expect(lab.get("repair", view)).to_contain_text("Runs now")
    assert "* 250" in lab.sources[1]
    assert "'GBP': 1.3" in lab.sources[1]


@pytest.mark.own_page
def test_pending_fix_is_there_after_a_reload(lab: Lab, wire: WireServer, failed: tuple[str, Locator]) -> None:
    cell, _ = failed
    wire.script = [edit(cell, FIXED)]
    lab.get("fix", lab.cell(1)).click()
    expect(lab.get("review", lab.cell(1))).to_be_visible()
    lab.save()
    lab.reload()
    lab.kernel_is_idle()
    expect(lab.get("review", lab.cell(1))).to_be_visible()
    lab.get("accept_and_run", lab.cell(1)).click()
    lab.wait_for(lambda: lab.sources == ["a = 1", FIXED])


def test_explain_answers_in_words_and_changes_nothing(lab: Lab, wire: WireServer, failed: tuple[str, Locator]) -> None:
    _, view = failed
    wire.script = [Reply.text("The dictionary has no rate for GBP.")]
    lab.get("explain", view).click()
    expect(lab.page.get_by_text("The dictionary has no rate for GBP.").first).to_be_visible()
    # Nothing was tried, so nothing is said of a trial, not even by its mark.
    expect(lab.get("repair-proof", view)).to_have_count(1)
    expect(lab.get("repair-proof", view)).to_be_hidden()
    assert lab.sources == ["a = 1", BROKEN]
    assert "KeyError" in json.dumps(wire.requests[0].body)


def test_fix_by_keyboard_alone(lab: Lab, wire: WireServer, failed: tuple[str, Locator]) -> None:
    cell, view = failed
    wire.script = [edit(cell, FIXED)]
    lab.select(1)
    lab.page.keyboard.press("Control+.")
    expect(lab.get("review", view)).to_be_visible()
    lab.page.keyboard.press("Control+Alt+ArrowDown")
    lab.wait_for(lambda: lab.get("review", view).evaluate("node => node.contains(document.activeElement)"))
    lab.page.keyboard.press("Shift+Enter")
    expect(lab.get("repair", view)).to_contain_text("Runs now")


def test_bar_goes_when_the_cell_runs_well_and_is_not_shown_for_an_interrupt(lab: Lab, notebook: Notebook) -> None:
    notebook("raise KeyboardInterrupt", "1 / 0")
    lab.open()
    lab.run(0)
    lab.run(1)
    expect(lab.get("failure", lab.cell(1))).to_be_visible()
    expect(lab.get("fix", lab.cell(0))).to_have_count(0)
    lab.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource('2 + 2')"
    )
    lab.run(1)
    expect(lab.get("failure", lab.cell(1))).to_have_count(0)


def test_cells_to_run_are_named_below_a_long_output(lab: Lab, notebook: Notebook) -> None:
    notebook("print('line\\n' * 60)\ntotal = sum(prices)\ntotal", "prices = [1, 2]")
    lab.open()
    lab.run(0)
    repair = lab.get("repair", lab.cell(0))
    lab.get("fix", lab.cell(0)).click()
    expect(repair).to_contain_text("Run cell 2, then cell [1]?")
    expect(lab.get("accept", repair)).to_be_in_viewport(ratio=1)
    expect(lab.get("accept", repair)).to_have_text("Run")
    lab.get("accept", repair).click()
    expect(repair).to_contain_text("Runs now")


def test_only_the_cells_that_matter_are_sent(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("unrelated_secret_plan = 42", "rates = {'EUR': 1.1}", "rates['GBP'] * 100")
    lab.open()
    for index in (0, 1, 2):
        lab.run(index)
    wire.script = [Reply.text("There is no such rate; which one do you want?")]
    lab.get("fix", lab.cell(2)).click()
    lab.wait_for(lambda: len(wire.requests) == 1)
    request: Received = wire.requests[0]
    sent = json.dumps(request.body["messages"])
    assert "rates = {'EUR': 1.1}" in sent
    assert "unrelated_secret_plan" not in sent


def test_console_error_is_explained(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("a = 1")
    lab.open()
    wire.script = [Reply.text("You divided by zero.")]
    lab.command("console:create", {"kernelPreference": {"name": "python3"}, "activate": True})
    # What is entered before the kernel is there is not run.
    expect(lab.page.locator(".jp-CodeConsole-banner")).to_contain_text("Python")
    prompt = lab.page.locator(".jp-CodeConsole-promptCell .cm-content")
    for code in ("hits = 3", "unrelated = 5", "hits / 0"):
        prompt.click()
        lab.page.keyboard.type(code)
        lab.page.keyboard.press("Shift+Enter")
    console = lab.page.locator(".jp-CodeConsole")
    lab.get("explain", console).click(timeout=60_000)
    expect(lab.page.get_by_text("You divided by zero.").first).to_be_visible()
    assert "hits = 3" in wire.requests[0].last_user_text
    assert "unrelated" not in wire.requests[0].last_user_text


def test_console_error_is_mended_by_rule_with_code_for_the_prompt(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    notebook("a = 1")
    lab.open()
    lab.command("console:create", {"kernelPreference": {"name": "python3"}, "activate": True})
    # What is entered before the kernel is there is not run.
    expect(lab.page.locator(".jp-CodeConsole-banner")).to_contain_text("Python")
    prompt = lab.page.locator(".jp-CodeConsole-promptCell .cm-content")
    prompt.click()
    lab.page.keyboard.type("pirnt('mended')")
    lab.page.keyboard.press("Shift+Enter")
    console = lab.page.locator(".jp-CodeConsole")
    lab.get("fix", console).click(timeout=60_000)
    card = lab.get("repair", console)
    expect(card).to_contain_text("Found by a local rule; no model was asked. Tried: runs")
    card.get_by_role("button", name="Put into the prompt").click()
    expect(prompt).to_have_text("print('mended')")
    prompt.press("Shift+Enter")
    expect(console.locator(".jp-OutputArea-output").last).to_have_text("mended")
    assert not wire.requests


def test_an_error_of_megabytes_is_told_and_mended_like_any_other(
    lab: Lab, wire: WireServer, notebook: Notebook
) -> None:
    _, cell = notebook("a = 1", "raise ValueError('x' * 4_000_000)")
    lab.open()
    lab.run(1)
    wire.script = [edit(cell, "print('mended')")]
    lab.get("fix", lab.cell(1)).click()
    lab.get("accept_and_run", lab.cell(1)).click()
    expect(lab.get("repair", lab.cell(1))).to_contain_text("Runs now")
    assert "characters left out" in wire.requests[0].last_user_text
    assert len(wire.requests[0].last_user_text) < 10_000
