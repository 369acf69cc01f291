"""``%townie`` in JupyterLab: the next cell, and buttons that work while and after the cell runs."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab

CODE = "Here.\n\n```python cell=new\nprint('made by', 6 * 7)\n```\n"


def opened(lab: Lab, notebook: Callable[..., list[str]], line: str) -> Lab:
    """A notebook whose first cell loads the extension and whose second one asks."""
    notebook("%load_ext jupyter_townie", line)
    lab.open()
    lab.select(0)
    lab.command("notebook:run-cell")
    lab.wait_for(lambda: "[1]" in (lab.cell(0).locator(".jp-InputPrompt").text_content() or ""), 30)
    lab.select(1)
    # Not waited for: the cell may run until somebody stops it.
    lab.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")
    return lab


def test_code_becomes_the_next_cell(lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]) -> None:
    wire.script = [Reply.text(CODE)]
    opened(lab, notebook, "%townie go")
    lab.wait_for(lambda: "print('made by', 6 * 7)" in lab.sources[2:], 30, "no cell was offered")


def test_stop_ends_the_answer_while_the_cell_runs(
    lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]
) -> None:
    wire.script = [Reply.endless("and so on ")]
    opened(lab, notebook, "%townie for ever")
    answer = lab.cell(1).locator(".jp-OutputArea")
    expect(answer).to_contain_text("and so on", timeout=30_000)
    answer.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("What had arrived is kept", timeout=5_000)


def test_run_shows_its_output_under_the_answer(lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]) -> None:
    wire.script = [Reply.text(CODE)]
    opened(lab, notebook, "%townie go")
    answer = lab.cell(1).locator(".jp-OutputArea")
    answer.get_by_role("button", name="Run").click(timeout=30_000)
    expect(answer).to_contain_text("made by 42", timeout=15_000)
    expect(answer).to_contain_text("Ran")
