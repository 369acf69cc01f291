"""What waits for a decision is found by the document that it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads.actions import edit_action

from .test_checkpoints import Work
from .working import start_turn, working


async def test_a_change_of_a_file_is_found_in_a_thread_about_a_notebook_after_a_restart(tmp_path: Path) -> None:
    threads = working(tmp_path)
    info = await threads.create(path="work.ipynb")
    async with threads.command(await threads.open(info.id)) as thread:
        start_turn(thread, "t1")
        body = edit_action('notes "ä".py', None, "a = 1\n", "a = 2\n")
        thread.actions.start("t1", body, "edit", "waiting")
        thread.actions.start("t1", edit_action("other.py", None, "", "b"), "edit", "waiting")
    await threads.close()

    again = working(tmp_path)
    found = await again.pending('notes "ä".py')
    assert [(pending.thread, pending.body.path) for pending in found] == [(info.id, 'notes "ä".py')]
    assert await again.pending("notes") == []
    await again.close()


@pytest.mark.parametrize("opened", [True, False])
async def test_what_was_done_in_a_notebook_is_undone_where_it_is_now(tmp_path: Path, opened: bool) -> None:
    work = await Work.begin(tmp_path)
    turn, cell = work.turn("t"), next(iter(work.cells()))
    before = work.bytes()
    await work.edit(turn, cell, "a = 2")
    await work.insert(turn, "x = 1")
    record = next(iter(work.thread.state.actions.values()))
    work.thread.actions.change(record, "done", "It is there again.")
    if not opened:
        await work.close()
    (tmp_path / "work.ipynb").rename(tmp_path / "analysis.ipynb")
    threads = work.threads if opened else working(tmp_path)
    await threads.moved("work.ipynb", "analysis.ipynb")

    thread = await threads.open(work.thread.id)
    assert {record.body.path for record in thread.state.actions.values()} == {"analysis.ipynb"}
    assert thread.state.turns["t"].said_of(record.id) == "It is there again."
    async with threads.command(thread):
        await thread.undo(p.Undo(turn="t"))
    assert (tmp_path / "analysis.ipynb").read_bytes() == before["work.ipynb"]
    assert {record.state for record in thread.state.actions.values()} == {"undone"}
    await threads.close()


async def test_changes_go_with_what_is_renamed_also_in_threads_that_are_closed(tmp_path: Path) -> None:
    threads = working(tmp_path)
    info = await threads.create(path="work.ipynb")
    async with threads.command(await threads.open(info.id)) as thread:
        start_turn(thread, "t1")
        for path in ("lib/a.py", "lib/deep/b.py", "library.py"):
            thread.actions.start("t1", edit_action(path, None, "a = 1\n", "a = 2\n"), "edit", "waiting")
        thread.actions.start("t1", edit_action("lib/a.py", None, "", "b"), "edit", "rejected")
    await threads.close()

    again = working(tmp_path)
    await again.moved("lib", "core")
    await again.moved("core/a.py", "c.py")
    await again.close()

    last = working(tmp_path)
    paths = [record.body.path for record in (await last.open(info.id)).state.actions.values()]
    assert paths == ["c.py", "core/deep/b.py", "library.py", "lib/a.py"]
    assert len(await last.pending("c.py")) == len(await last.pending("core/deep/b.py")) == 1
    assert await last.pending("core/a.py") == []
    await last.close()
