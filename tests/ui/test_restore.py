"""Going back to before or after a message, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import held_at

Notebook = Callable[..., list[str]]
FIRST = "a = 1"


def cell(source: str) -> Reply:
    return Reply.text(f"A cell.\n\n```python cell=new\n{source}\n```\n")


@pytest.fixture
def turns(lab: Lab, notebook: Notebook, wire: WireServer) -> list[Locator]:
    """Three turns that made a cell each, below one another."""
    notebook(FIRST)
    lab.open(kernel=False)
    wire.script = [cell("one = 1"), cell("two = 2"), cell("three = 3")]
    views = []
    for number in range(3):
        lab.select(number)
        views.append(lab.ask(f"message {number + 1}"))
        lab.wait_for(lambda: len(lab.sources) == number + 2, what=str(lab.sources))  # noqa: B023
        expect(lab.get("undo", views[-1])).to_be_visible()
    return views


def go_back(lab: Lab, turn: Locator, choice: str) -> Locator:
    """Choose a way back in the menu of a turn; the preview that it shows."""
    lab.get("go-back", turn).click()
    lab.page.get_by_role("menuitem", name=choice).click()
    preview = lab.get("restore-preview", turn)
    preview.wait_for()
    return preview


def test_restoring_to_a_message_takes_back_what_came_after_it(lab: Lab, turns: list[Locator]) -> None:
    preview = go_back(lab, turns[0], "Restore to here")
    expect(lab.get("restore-summary", preview)).to_have_text("2 answers are undone. This is what changes:")
    expect(lab.get("restore-document", preview)).to_have_count(2)
    lab.get("restore-diff", preview).first.click()
    expect(lab.get("diff", preview)).to_contain_text("two = 2")
    lab.get("restore-confirm", preview).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1"], what=str(lab.sources))
    expect(lab.get("taken-back-title", turns[0])).to_have_text("Restored to here: 2 answers undone.")
    expect(lab.get("taken-back-title", turns[2])).to_have_text("Undone on the way to an earlier point.")
    expect(lab.get("announcement")).to_have_text("Restored to here: 2 answers undone.")


@pytest.mark.own_page
def test_restoring_to_before_a_message_takes_it_back_too(lab: Lab, turns: list[Locator]) -> None:
    lab.get("restore-confirm", go_back(lab, turns[0], "Restore to before this message")).click()
    lab.wait_for(lambda: lab.sources == [FIRST], what=str(lab.sources))
    title = lab.get("taken-back-title", turns[0])
    expect(title).to_have_text("Restored to before this message: 3 answers undone.")
    lab.save()
    lab.reload()
    lab.chat()
    expect(lab.get("taken-back-title").first).to_have_text(
        "Restored to before this message: 3 answers undone.", timeout=30_000
    )
    lab.wait_for(lambda: lab.sources == [FIRST], what=str(lab.sources))


def test_what_a_restoration_left_is_decided_at_the_message_that_was_restored_to(lab: Lab, turns: list[Locator]) -> None:
    lab.cell(2).locator(".cm-line").last.click()
    lab.page.keyboard.press("End")
    lab.page.keyboard.type("\nmine = 1")
    preview = go_back(lab, turns[0], "Restore to here")
    expect(preview).to_contain_text("The cell was changed since; the newer lines are kept.")
    lab.get("restore-confirm", preview).click()
    title = lab.get("taken-back-title", turns[0])
    expect(title).to_have_text("Restored to here: 2 answers undone, except:")
    proposal = lab.get("proposal", lab.get("taken-back", turns[0]))
    lab.get("accept", proposal).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1", "mine = 1"], what=str(lab.sources))
    expect(proposal).to_contain_text("applied")
    expect(title).to_have_text("Restored to here: 2 answers undone.")


def test_cancelled_preview_changes_nothing(lab: Lab, turns: list[Locator]) -> None:
    lab.get("restore-cancel", go_back(lab, turns[1], "Restore to here")).click()
    expect(lab.get("restore-preview")).to_have_count(0)
    assert lab.sources == [FIRST, "one = 1", "two = 2", "three = 3"]
    expect(lab.get("taken-back", turns[1])).to_be_hidden()


def test_restoring_stops_the_answer_in_progress(lab: Lab, turns: list[Locator], wire: WireServer) -> None:
    wire.script = [held_at("```python cell=new\nx = 1\nx = 2\n```\n", "x = 2")]
    running = lab.ask("message 4")
    lab.wait_for(lambda: len(lab.sources) == 5)
    preview = go_back(lab, turns[1], "Restore to here")
    expect(preview).to_contain_text("The answer in progress is stopped.")
    lab.get("restore-confirm", preview).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1", "two = 2"], what=str(lab.sources))
    expect(lab.get("turn-state", running)).to_contain_text("Stopped")


@pytest.mark.own_page
def test_what_a_reload_without_saving_brings_back_is_told_and_can_be_undone_again(
    lab: Lab, turns: list[Locator]
) -> None:
    lab.save()
    preview = go_back(lab, turns[1], "Restore to before this message")
    lab.get("restore-confirm", preview).click()
    lab.page.reload()
    lab.cells.first.wait_for(timeout=60_000)
    lab.chat()
    second = lab.get("turn").nth(1)
    # The page may have gone before, while, or after it took the cells back.
    expect(lab.get("change", second)).to_contain_text("inserted", timeout=30_000)
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1", "two = 2", "three = 3"], seconds=30, what=str(lab.sources))
    lab.get("restore-confirm", go_back(lab, second, "Restore to before this message")).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1"], what=str(lab.sources))


def test_answer_that_was_asked_for_again_can_still_be_taken_back(
    lab: Lab, turns: list[Locator], wire: WireServer
) -> None:
    wire.script = [Reply.text("No cell this time.")]
    turns[2].hover()
    lab.get("retry", turns[2]).click()
    expect(lab.answer(lab.get("turn").last)).to_contain_text("No cell this time.")
    expect(lab.get("replaced-note", turns[2])).to_be_visible()
    expect(lab.answer(turns[2])).to_be_hidden()
    lab.get("undo", turns[2]).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1", "two = 2"], what=str(lab.sources))
    expect(turns[2]).to_be_hidden()
