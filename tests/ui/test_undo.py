"""Taking back what a turn changed, in a real browser."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from jupyter_townie import protocol as p
from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]
FIRST, SECOND = "a = 1\nb = 2\nz = 26", "a + b"


def fence(target: str, source: str) -> str:
    return f"```python {target}\n{source.rstrip()}\n```\n\n"


def root(lab: Lab) -> Path:
    return Path(lab.server.root)


def change_everything(lab: Lab, wire: WireServer, notebook: Notebook) -> Locator:
    """A turn that has changed a cell and a file, and made another of each; its view."""
    cells = notebook(FIRST, SECOND)
    (root(lab) / "lib.py").write_text("x = 1\ny = 2\n")
    lab.open()
    lab.select(1)
    wire.script = [
        Reply.text(
            fence(f"cell={cells[0]}", FIRST.replace("a = 1", "a = 10"))
            + fence("cell=new", "a * 2")
            + fence("file=lib.py", "x = 1\ny = 3")
            + fence("file=new.py", "n = 1")
        )
    ]
    turn = lab.ask("change it")
    lab.get("accept-all", turn).click()
    lab.wait_for(lambda: (root(lab) / "new.py").exists() and "a = 10" in lab.sources[0])
    expect(lab.get("change", turn).filter(has_text="applied")).to_have_count(3)
    return turn


def set_source(lab: Lab, index: int, source: str) -> None:
    lab.page.evaluate(
        "([index, source]) => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells[index]"
        ".setSource(source)",
        [index, source],
    )


def say(lab: Lab) -> str:
    return lab.get("announcement").text_content() or ""


def test_turn_is_undone_in_one_step(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    turn = change_everything(lab, wire, notebook)
    lab.get("undo", turn).click()
    lab.wait_for(lambda: lab.sources == [FIRST, SECOND], what=str(lab.sources))
    expect(lab.get("taken-back-title", turn)).to_have_text("Undone.")
    assert (root(lab) / "lib.py").read_text() == "x = 1\ny = 2\n"
    assert not (root(lab) / "new.py").exists()
    expect(lab.get("go-back", turn)).to_be_hidden()


def test_users_newer_edit_is_kept_as_a_change_to_decide_on(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    turn = change_everything(lab, wire, notebook)
    mine = FIRST.replace("a = 1", "a = 10").replace("z = 26", "z = 26\nmine = 1")
    set_source(lab, 0, mine)
    lab.get("undo", turn).click()
    preview = lab.get("restore-preview", turn)
    uncertain = lab.get("restore-document", preview).and_(lab.page.locator("[data-certain=false]"))
    expect(uncertain).to_have_count(1)
    expect(uncertain).to_contain_text("The cell was changed since; the newer lines are kept.")
    expect(lab.get("restore-kept", preview)).to_contain_text("Your newer edits are kept")
    lab.get("restore-confirm", preview).click()
    proposal = lab.get("proposal", turn)
    expect(proposal).to_contain_text("waits for you")
    lab.wait_for(lambda: lab.sources == [mine, SECOND], what=str(lab.sources))
    lab.get("accept", proposal).click()
    lab.wait_for(lambda: lab.sources == [f"{FIRST}\nmine = 1", SECOND], what=str(lab.sources))
    expect(proposal).to_contain_text("applied")


@pytest.mark.own_page
def test_what_an_undo_left_to_decide_is_there_after_a_reload(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    turn = change_everything(lab, wire, notebook)
    mine = FIRST.replace("a = 1", "a = 10").replace("z = 26", "z = 26\nmine = 1")
    set_source(lab, 0, mine)
    lab.get("undo", turn).click()
    lab.get("restore-confirm", turn).click()
    expect(lab.get("proposal", turn)).to_be_visible()
    lab.save()
    lab.reload()
    lab.chat()
    turn = lab.get("turn").last
    expect(lab.get("taken-back-title", turn)).to_have_text("Undone, except:")
    lab.wait_for(lambda: lab.sources == [mine, SECOND], seconds=30, what=str(lab.sources))
    lab.get("accept", lab.get("proposal", turn)).click()
    lab.wait_for(lambda: lab.sources == [f"{FIRST}\nmine = 1", SECOND], what=str(lab.sources))


def test_variables_of_undone_cells_are_told_and_brought_back(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook("x = 1", "y = x + 1", "print(y)")
    lab.open()
    lab.run(0)
    lab.run(1)
    lab.select(1)
    wire.script = [Reply.text(fence("cell=new", "x = 100\nnew = 5"))]
    turn = lab.ask("more")
    lab.get("run-all", turn).click()
    expect(lab.get("run-result", turn)).to_contain_text("Ran")
    lab.get("undo", turn).click()
    told = lab.get("undone-variables", turn)
    expect(told).to_contain_text("These variables still hold what the undone cells made: x.")
    expect(told).to_contain_text("No cell defines these any more; they stay in the kernel until it is restarted: new.")
    assert "These variables still hold what the undone cells made: new, x." in say(lab)
    lab.get("run-from", told).click()
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_contain_text("2", timeout=20_000)
    expect(told).not_to_contain_text("still hold")


def test_undo_by_keyboard_alone(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook(FIRST)
    lab.open(kernel=False)
    wire.script = [Reply.text(fence("cell=new", "one = 1"))]
    turn = lab.ask("a cell")
    back = lab.get("go-back", turn)
    back.wait_for()
    lab.wait_for(lambda: lab.sources == [FIRST, "one = 1"])
    press = lab.page.keyboard.press
    back.focus()
    press("Enter")
    expect(lab.page.get_by_role("menuitem", name="Undo this answer")).to_be_focused()
    press("Enter")
    preview = lab.page.get_by_role("dialog", name="Undo this answer")
    expect(preview).to_be_focused()
    press("Escape")
    expect(preview).to_have_count(0)
    expect(back).to_be_focused()
    press("Enter")
    press("Enter")
    expect(preview).to_be_focused()
    press("Tab")
    expect(lab.get("restore-diff", preview)).to_be_focused()
    press("Enter")
    expect(lab.get("diff", preview)).to_contain_text("one = 1")
    lab.get("restore-confirm", preview).focus()
    press("Enter")
    lab.wait_for(lambda: lab.sources == [FIRST], what=str(lab.sources))
    lab.wait_for(lambda: say(lab) == "Undone.", what=say(lab))


def logged_deletion(lab: Lab, cell: str, before: str, above: str) -> None:
    """A thread in whose only turn a cell was deleted, as another tool or an earlier version may have left it."""
    store = lab.server.home / "data" / "townie" / "threads.sqlite"
    binding, body = p.Binding(path="work.ipynb"), p.DeleteAction(path="work.ipynb", cell_id=cell, before=before)
    thread = uuid.uuid4().hex
    common = {"time": time.time(), "turn": "t1"}
    events: list[p.Event] = [
        p.TurnStarted(
            seq=1, purpose="chat", text="tidy up", binding=binding, options=p.Options(), model="m/m", **common
        ),
        p.ActionStarted(
            seq=2,
            action="a1",
            body=body.model_copy(update={"after": above}),
            gate="edit",
            state="done",
            **common,
        ),
        p.TurnEnded(seq=3, reason="done", **common),
    ]
    with sqlite3.connect(store) as db:
        now = time.time()
        db.execute("INSERT INTO threads (id, title, created, updated) VALUES (?, 'tidy up', ?, ?)", (thread, now, now))
        db.executemany(
            "INSERT INTO events (thread, seq, body) VALUES (?, ?, ?)",
            [(thread, event.seq, event.model_dump_json()) for event in events],
        )


def test_deleted_cell_comes_back_to_its_place(lab: Lab, notebook: Notebook) -> None:
    (above, _) = notebook(FIRST, SECOND)
    logged_deletion(lab, "0badcafe", "gone = 'once'", above)
    lab.open(kernel=False)
    lab.chat()
    lab.get("thread-list-button").click()
    lab.get("thread").first.click()
    turn = lab.get("turn").last
    expect(lab.get("change", turn)).to_contain_text("deleted")
    lab.get("undo", turn).click()
    lab.wait_for(lambda: lab.sources == [FIRST, "gone = 'once'", SECOND], seconds=30, what=str(lab.sources))


def test_last_answer_is_undone_by_its_command(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    notebook(FIRST)
    lab.open(kernel=False)
    wire.script = [Reply.text(fence("cell=new", "one = 1"))]
    expect(lab.get("change", lab.ask("a cell"))).to_contain_text("inserted")
    lab.command("townie:undo-turn")
    expect(lab.get("restore-confirm")).to_be_visible()
    lab.get("restore-confirm").click()
    lab.wait_for(lambda: lab.sources == [FIRST], what=str(lab.sources))
