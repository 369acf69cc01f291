"""What goes wrong around a turn: nothing is lost, and everything is said."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import waiting_at

Notebook = Callable[..., list[str]]
SLOW_CELL = "A cell.\n\n```python cell=new\n" + "\n".join(f"line_{n} = {n}" for n in range(60)) + "\n```\n"


@pytest.fixture(autouse=True)
def opened(lab: Lab, notebook: Notebook) -> None:
    notebook("a = 1", "b = 2")
    lab.open()


def set_source(lab: Lab, index: int, source: str) -> None:
    lab.page.evaluate(
        "([index, source]) => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[index]"
        ".setSource(source)",
        [index, source],
    )


def test_user_who_types_into_the_streaming_cell_keeps_their_text(lab: Lab, wire: WireServer) -> None:
    wire.script = [waiting_at(SLOW_CELL, "line_9")]
    lab.select(0)
    turn = lab.ask("write")
    lab.wait_for(lambda: len(lab.sources) == 3 and "line_3" in lab.sources[1])
    set_source(lab, 1, "mine = 'typed by me'")
    wire.go_on()
    expect(lab.get("code", turn)).to_contain_text("line_59", timeout=30_000)
    lab.page.wait_for_timeout(500)
    assert lab.sources == ["a = 1", "mine = 'typed by me'", "b = 2"]
    expect(turn).to_contain_text("your text was kept", ignore_case=True)


def test_cell_that_arrives_while_the_notebook_is_saved_and_closed_gets_into_the_file(
    lab: Lab, wire: WireServer
) -> None:
    wire.script = [waiting_at(SLOW_CELL, "line_9")]
    turn = lab.ask("write")
    lab.wait_for(lambda: len(lab.sources) == 3)
    saves: list[Route] = []
    lab.page.route(
        "**/api/contents/work.ipynb*",
        lambda route: saves.append(route) if route.request.method == "PUT" else route.continue_(),
    )
    lab.page.evaluate("() => void [...window.jupyterapp.shell.widgets('main')].find(w => w.context).close()")
    lab.page.get_by_role("button", name="Save", exact=True).click()
    lab.wait_for(lambda: len(saves) == 1)
    wire.go_on()
    expect(lab.get("code", turn)).to_contain_text("line_59", timeout=30_000)
    saves[0].continue_()
    expect(turn).to_contain_text("inserted")
    lab.wait_for(lambda: "line_59 = 59" in lab.stored(), what=lab.stored())


def test_renamed_notebook_goes_on_receiving_the_cell(lab: Lab, wire: WireServer) -> None:
    wire.script = [waiting_at(SLOW_CELL, "line_9")]
    lab.ask("write")
    lab.wait_for(lambda: len(lab.sources) == 3)
    lab.page.evaluate("() => window.jupyterapp.shell.widgets('main').next().value.context.rename('renamed.ipynb')")
    expect(
        lab.page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabLabel", has_text="renamed.ipynb")
    ).to_be_visible()
    wire.go_on()
    lab.wait_for(lambda: any("line_59" in source for source in lab.sources), 20)


def test_busy_kernel_is_not_interrupted(lab: Lab, wire: WireServer) -> None:
    until = "import os, time\nwhile not os.path.exists('seen'): time.sleep(0.05)\nprint('done')"
    set_source(lab, 1, until)
    lab.select(1)
    lab.page.keyboard.press("Control+Enter")
    wire.script = [Reply.text("An answer meanwhile.")]
    turn = lab.ask("hello")
    expect(lab.answer(turn)).to_contain_text("An answer meanwhile.")
    (lab.server.root / "seen").touch()
    expect(lab.cell(1).locator(".jp-OutputArea-output")).to_contain_text("done")


@pytest.mark.own_page
def test_dead_kernel_does_not_keep_townie_from_answering(lab: Lab, wire: WireServer) -> None:
    for session in lab.server.call("GET", "api/sessions"):
        lab.server.call("DELETE", f"api/sessions/{session['id']}")
    wire.script = [Reply.text("Still here.")]
    turn = lab.ask("hello")
    expect(lab.answer(turn)).to_contain_text("Still here.")


def test_read_only_notebook_is_told_and_left_alone(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("locked = True", path="locked.ipynb")
    path = Path(lab.server.root) / "locked.ipynb"
    path.chmod(stat.S_IRUSR)
    before = path.read_bytes()
    lab.open("locked.ipynb", kernel=False)
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n\n```python cell=new\ny = 2\n```\n")]
    turn = lab.ask("write")
    expect(lab.get("code", turn).first).to_contain_text("x = 1")
    expect(lab.get("code", turn).first).to_contain_text("The notebook is read-only. Save it under another name")
    expect(lab.get("code", turn).last).to_contain_text("not inserted")
    expect(turn.get_by_text("The notebook is read-only")).to_have_count(1)
    assert lab.sources == ["locked = True"]
    assert path.read_bytes() == before


@pytest.mark.own_page
def test_two_tabs_on_one_notebook_change_only_the_one_that_asked(lab: Lab, wire: WireServer) -> None:
    second = lab.page.context.new_page()
    other = Lab(second, lab.server)
    other.open(reset=False)
    wire.script = [Reply.text("```python cell=new\nx = 1\n```\n")]
    lab.page.bring_to_front()
    lab.ask("write")
    lab.wait_for(lambda: "x = 1" in lab.sources)
    assert "x = 1" not in other.sources
    second.close()


@pytest.mark.own_page
def test_notebook_without_cell_ids_gets_them_so_that_a_reload_leaves_a_way_back(lab: Lab, wire: WireServer) -> None:
    cells = [{"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "old = 1"}]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (Path(lab.server.root) / "old.ipynb").write_text(json.dumps(book))
    lab.open("old.ipynb", kernel=False)
    # JupyterLab tells that it converts the file, and asks for a kernel.
    lab.dismiss_dialogs()
    wire.script = [Reply.text("```python cell=new\nx = old\n```\n")]
    turn = lab.ask("write")
    lab.wait_for(lambda: lab.sources[:2] == ["old = 1", "x = old"], what=str(lab.sources))
    expect(turn).to_contain_text("it will be saved in format 4.5")
    lab.save()
    lab.reload()
    lab.chat()
    lab.get("undo", lab.get("turn").last).click()
    lab.wait_for(lambda: lab.sources == ["old = 1"], what=str(lab.sources))


@pytest.mark.parametrize("text", ["שלום עולם", "こんにちは 🐧", "{x} %s $\\alpha$ `tick`", "<script>alert(1)</script>"])
def test_message_in_any_script_comes_back_as_it_was(lab: Lab, wire: WireServer, text: str) -> None:
    wire.script = [Reply.text(f"You said: {text}")]
    turn = lab.ask(text)
    expect(lab.get("question", turn)).to_contain_text(text)
    assert wire.wait_for(1).last_user_text.endswith(text) or text in json.dumps(
        wire.requests[0].body, ensure_ascii=False
    )
    expect(lab.page.locator("script", has_text="alert(1)")).to_have_count(0)


@pytest.mark.own_page
def test_reply_of_a_megabyte_does_not_freeze_the_page(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("A sentence about penguins. " * 40_000, chunk=2000)]
    turn = lab.ask("long")
    expect(lab.get("stop")).to_be_hidden(timeout=60_000)
    began = lab.page.evaluate("performance.now()")
    lab.input.fill("still responsive")
    assert lab.page.evaluate("performance.now()") - began < 1000
    assert turn.count() == 1


def test_garbage_in_the_stream_keeps_the_text(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.text("one two three four five", chunk=4).garbage_after(3)]
    turn = lab.ask("hi")
    expect(lab.answer(turn)).to_contain_text("one two")


def test_html_error_page_of_a_proxy_is_not_dumped(lab: Lab, wire: WireServer) -> None:
    wire.script = [Reply.html(403, "Blocked by the proxy")]
    turn = lab.ask("hi")
    problem = lab.get("problem", turn)
    expect(problem).to_be_visible(timeout=30_000)
    assert "<html" not in problem.inner_text()


@pytest.mark.own_page
def test_cell_that_streams_while_the_page_is_reloaded_is_whole_afterwards(lab: Lab, wire: WireServer) -> None:
    wire.script = [waiting_at(SLOW_CELL, "line_9")]
    lab.select(0)
    lab.ask("write")
    lab.wait_for(lambda: len(lab.sources) == 3 and "line_3" in lab.sources[1])
    lab.reload()
    wire.go_on()
    lab.wait_for(lambda: any("line_59 = 59" in source for source in lab.sources), 30, str(lab.sources))
    assert [source.splitlines()[0] for source in lab.sources] == ["a = 1", "line_0 = 0", "b = 2"]
