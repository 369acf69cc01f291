"""What waits for a decision is found by the document that it changes."""

from __future__ import annotations

from pathlib import Path

from jupyter_townie.threads.actions import edit_action

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
