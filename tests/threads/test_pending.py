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
