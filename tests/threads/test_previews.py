"""What the pages see of a change while the model writes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_townie import protocol as p
from jupyter_townie.edits import Hunk
from jupyter_townie.threads.log import Log
from jupyter_townie.threads.previews import LARGEST, Preview
from jupyter_townie.threads.store import Store

BEFORE = "a = 1\nb = 2"


def text(value: str) -> Callable[[], Awaitable[str]]:
    async def read() -> str:
        return value

    return read


async def shown(tmp_path: Path, source: Callable[[], Awaitable[str]], *pieces: str | Hunk) -> list[p.PreviewFrame]:
    """What a page is sent when ``pieces`` arrive, each after the one before has been looked at."""
    store = Store(tmp_path / "threads.sqlite")
    log = Log("thread", store)
    frames: list[p.PreviewFrame] = []
    log.watch(frames.append)
    preview = Preview(log, "turn", 3, "work.ipynb", "c1", "whole", source)
    for piece in pieces:
        preview.add(piece)
        await asyncio.sleep(0.2)
    preview.end()
    assert log.events == [], "a preview is no part of the log"
    await store.close()
    return frames


async def test_each_line_that_changes_something_is_shown(tmp_path: Path) -> None:
    frames = await shown(tmp_path, text(BEFORE), "a = 10\n", "b = 2\n")
    assert [frame.after for frame in frames] == ["a = 10\n" + BEFORE, "a = 10\nb = 2"]
    assert {(frame.turn, frame.part, frame.path, frame.cell_id, frame.before) for frame in frames} == {
        ("turn", 3, "work.ipynb", "c1", BEFORE)
    }


async def test_lines_that_change_nothing_are_not_sent(tmp_path: Path) -> None:
    assert await shown(tmp_path, text(BEFORE), "a = 1\n", "b = 2\n") == []


async def test_a_source_that_cannot_be_read_has_no_preview(tmp_path: Path) -> None:
    async def read() -> str:
        raise ValueError("not a text file")

    assert await shown(tmp_path, read, "a = 10\n") == []


async def test_a_very_large_source_has_no_preview(tmp_path: Path) -> None:
    assert await shown(tmp_path, text("x" * (LARGEST + 1)), "a = 10\n") == []
