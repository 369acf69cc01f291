"""``%townie`` in JupyterLab: the next cell, and buttons that work while and after the cell runs."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab

CODE = "Here.\n\n```python cell=new\nprint('made by', 6 * 7)\n```\n"


def opened(lab: Lab, notebook: Callable[..., list[str]], line: str, load: str = "%load_ext jupyter_townie") -> Lab:
    """A notebook whose first cell loads the extension and whose second one asks."""
    notebook(load, line)
    lab.open()
    lab.select(0)
    lab.command("notebook:run-cell")
    lab.wait_for(lambda: "[1]" in (lab.cell(0).locator(".jp-InputPrompt").text_content() or ""), 30)
    lab.select(1)
    # Not waited for: the cell may run until somebody stops it.
    lab.page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-cell'); }")
    return lab


def test_code_becomes_the_next_cell_without_buttons(
    lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]
) -> None:
    wire.script = [Reply.text(CODE)]
    opened(lab, notebook, "%townie go", "%load_ext jupyter_townie\n%config TownieMagics.buttons = False")
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


def test_insert_puts_the_code_below_the_cell_and_undo_takes_it_back(
    lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]
) -> None:
    wire.script = [Reply.text(CODE)]
    opened(lab, notebook, "%townie go")
    answer = lab.cell(1).locator(".jp-OutputArea")
    insert = answer.get_by_role("button", name="Insert")
    expect(insert).to_be_visible(timeout=30_000)
    before = lab.sources
    # The cell that asked counts, not the one that is active when the button is pressed.
    lab.select(0)
    insert.click()
    expect(answer).to_contain_text("Inserted below cell [2]")
    assert lab.sources == [*before[:2], "print('made by', 6 * 7)", *before[2:]]
    expect(lab.cell(2)).to_have_class(re.compile("jp-mod-townieNew"))
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_have_count(0)
    answer.get_by_role("button", name="Undo").click()
    expect(insert).to_be_visible()
    assert lab.sources == before


def test_insert_works_after_the_kernel_restarted(
    lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]
) -> None:
    wire.script = [Reply.text(CODE)] * 2
    opened(lab, notebook, "%townie go")
    answer = lab.cell(1).locator(".jp-OutputArea")
    expect(answer.get_by_role("button", name="Insert")).to_be_visible(timeout=30_000)
    lab.page.evaluate(
        """() => [...window.jupyterapp.shell.widgets('main')].find(w => w.isVisible && w.content?.widgets)
            .sessionContext.session.kernel.restart()"""
    )
    lab.run(0)
    lab.run(1)
    answer.get_by_role("button", name="Insert").click()
    expect(answer).to_contain_text("Inserted below cell [2]")
