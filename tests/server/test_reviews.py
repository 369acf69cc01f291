"""A proposal that was reviewed against a source which had moved on since it was made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

from tests.wire import Reply

from .conftest import Connect


def _write(path: Path, source: str) -> None:
    book = nbformat.read(path, as_version=4)
    book.cells[0].source = source
    nbformat.write(book, path)


def _source(path: Path) -> str:
    return str(nbformat.read(path, as_version=4).cells[0].source)


async def test_accepting_what_was_reviewed_keeps_the_users_lines_and_undo_gives_them_back(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    (cell,) = notebook("a = 1\nb = 2")
    wire.script = [Reply.text(f"Done.\n\n```python cell={cell}\na = 10\nb = 2\n```\n")]
    page = await connect()
    turn = await page.submit(binding={"path": "work.ipynb", "cell_id": cell})
    started = await page.until_event("action_started")
    await page.ended(turn)
    mine = "a = 1\nb = 2\nmine = 3"
    _write(jp_root_dir / "work.ipynb", mine)

    reviewed = "a = 10\nb = 2\nmine = 3"
    await page.send("decide", action=started["action"], decision="accept", text=reviewed, base=mine)
    await page.until_event("action_changed", state="done")
    accepted = _source(jp_root_dir / "work.ipynb")
    await page.send("undo", turn=turn)
    await page.until_event("undone")

    assert (accepted, _source(jp_root_dir / "work.ipynb")) == (reviewed, mine)
