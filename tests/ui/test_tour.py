"""A new user without any key does the whole loop: fix, ask, run, undo."""

from __future__ import annotations

from playwright.sync_api import expect

from .lab import Lab


def test_stored_error_is_fixed_by_rule_and_runs(offline_lab: Lab) -> None:
    lab = offline_lab.open("Tour.ipynb")
    failed = lab.page.locator(".jp-CodeCell", has_text="np.array").first
    lab.get("fix", failed).click()
    accept = lab.get("accept_and_run", failed)
    accept.wait_for()
    assert not any("import numpy as np" in source for source in lab.sources), "the source is untouched in review"
    accept.click()
    expect(lab.get("repair", failed)).to_contain_text("Runs now")
    expect(failed).to_contain_text("array([8.27, 8.38, 7.17])")
    assert any(source.startswith("import numpy as np\n") for source in lab.sources)


def test_question_becomes_a_cell_that_runs_and_goes_away_in_one_step(offline_lab: Lab) -> None:
    lab = offline_lab.open("Tour.ipynb")
    before = lab.sources
    data = next(index for index, source in enumerate(before) if "read_csv" in source)
    lab.run(data)
    lab.select(data)
    turn = lab.ask("Plot body mass by species")
    expect(lab.answer(turn)).to_contain_text("No model is configured")
    lab.wait_for(lambda: len(lab.sources) == len(before) + 1, what="the new cell was not inserted")
    lab.wait_for(lambda: "plt.show()" in lab.sources[data + 1], what="the new cell did not fill")
    lab.get("run-all", turn).click()
    expect(lab.cell(data + 1).locator(".jp-RenderedImage img")).to_be_visible(timeout=30_000)
    lab.get("undo", lab.get("new-cells", turn)).click()
    lab.wait_for(lambda: lab.sources == before, what="undo did not take the cell away")


def test_status_card_says_that_no_model_is_there_and_how_to_add_one(offline_lab: Lab) -> None:
    lab = offline_lab.open("Tour.ipynb")
    lab.chat()
    lab.get("add-key").click()
    lines = lab.get("status-lines")
    expect(lines).to_contain_text("No model is configured")
    expect(lines).to_contain_text("ANTHROPIC_API_KEY")
    expect(lab.get("keys")).to_contain_text("Anthropic")
