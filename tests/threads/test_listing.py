"""The list of threads, told to who looks at it whenever it is another."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads import Threads, follow, listing

from .working import start_turn, working

EVERY = 0.02


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "EVERY", EVERY)


Told = asyncio.Queue[Sequence[p.ThreadInfo]]


@asynccontextmanager
async def following(threads: Threads) -> AsyncIterator[Told]:
    told: Told = asyncio.Queue()
    task = asyncio.create_task(follow(threads, told.put))
    yield told
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(told: Told, wanted: list[tuple[str, bool]]) -> None:
    """Wait until the titles, and whether a turn is running, are these."""
    with anyio.fail_after(5):
        while [(one.title, one.running) for one in await told.get()] != wanted:
            pass


async def test_what_is_done_in_this_process_and_in_another_is_told(tmp_path: Path) -> None:
    here, elsewhere = working(tmp_path), working(tmp_path)
    async with following(here) as told:
        await until(told, [])
        made = await elsewhere.create("theirs")
        await until(told, [("theirs", False)])
        mine = await here.open((await here.create("mine")).id)
        await until(told, [("mine", False), ("theirs", False)])
        async with here.command(mine):
            await mine.rename("ours")
        await until(told, [("ours", False), ("theirs", False)])
        await elsewhere.delete(made.id)
        await until(told, [("ours", False)])
    for threads in (here, elsewhere):
        await threads.close()


async def test_thread_that_another_process_works_on_is_running(tmp_path: Path) -> None:
    here, elsewhere = working(tmp_path), working(tmp_path)
    thread = await elsewhere.open((await elsewhere.create("theirs")).id)
    async with following(here) as told:
        await until(told, [("theirs", False)])
        async with elsewhere.command(thread):
            await until(told, [("theirs", True)])
        await until(told, [("theirs", False)])
    for threads in (here, elsewhere):
        await threads.close()


async def test_nothing_is_told_while_only_the_answer_grows(tmp_path: Path) -> None:
    threads = working(tmp_path)
    thread = await threads.open((await threads.create("one")).id)
    async with threads.command(thread), following(threads) as told:
        start_turn(thread, "t1")
        await until(told, [("one", False)])
        for _ in range(3):
            thread.log.text("t1", 0, "more ")
            thread.log.flush()
            await asyncio.sleep(3 * EVERY)
        assert told.empty()
    await threads.close()
