"""Who may append to a thread, and what happens to who may not any more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.threads import Refused, StoreError, lease
from jupyter_townie.threads.log import Log
from jupyter_townie.threads.store import LeaseLost, Store

from .working import start_turn, working


async def test_store_takes_no_event_from_who_does_not_hold_the_lease(tmp_path: Path) -> None:
    store = Store(tmp_path / "threads.sqlite")
    await store.create("t1", "", None, 1.0)
    event = p.TitleChanged(seq=1, time=1.0, title="x").model_dump_json()
    with pytest.raises(LeaseLost):
        await asyncio.wrap_future(store.write("t1", [(1, event)]))
    assert await store.events("t1") == []
    await store.close()


async def test_server_that_lost_its_lease_writes_nothing_over_the_other_ones_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "RENEWAL_SECONDS", 0.05)
    monkeypatch.setattr("jupyter_townie.threads.store.LEASE_SECONDS", 0.0)
    first, second = working(tmp_path), working(tmp_path)
    thread = await first.open((await first.create()).id)
    told: list[str] = []
    thread.told.append(lambda problem, ends: told.append(problem.code))
    await thread.lease.claim()
    start_turn(thread, "slow")
    other = await second.open(thread.id)
    async with second.command(other):
        monkeypatch.setattr("jupyter_townie.threads.store.LEASE_SECONDS", 20.0)
        start_turn(other, "theirs")
        await asyncio.sleep(0.3)
        thread.log.append(p.TitleChanged, turn=None, title="mine")
        with pytest.raises(Refused):
            await thread.lease.claim()
    stored = await second.store.events(thread.id)
    assert told == ["thread_elsewhere"]
    assert "mine" not in [getattr(event, "title", None) for event in stored]
    assert [event.seq for event in stored] == list(range(1, len(stored) + 1))
    for threads in (first, second):
        await threads.close()


async def test_turn_of_a_server_that_was_killed_is_marked_only_by_who_takes_the_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = working(tmp_path), working(tmp_path)
    thread = await first.open((await first.create()).id)
    await thread.lease.claim()
    start_turn(thread, "slow")
    thread.log.flush()
    await first.store.threads()
    looking = await second.open(thread.id)
    assert looking.state.turns["slow"].ended is None
    monkeypatch.setattr("jupyter_townie.threads.store.LEASE_SECONDS", 0.0)
    async with second.command(looking):
        pass
    ended = looking.state.turns["slow"].ended
    assert ended is not None
    assert ended.reason == "interrupted"
    for threads in (second, first):
        await threads.close()


async def test_command_keeps_the_lease_while_other_work_ends(tmp_path: Path) -> None:
    threads = working(tmp_path)
    thread = await threads.open((await threads.create()).id)
    async with threads.command(thread):
        async with threads.command(thread):
            pass
        thread.log.append(p.TitleChanged, turn=None, title="still mine")
        await threads.store.threads()
    assert [event.seq for event in await threads.store.events(thread.id)] == [1]
    await threads.close()


async def test_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.threads.log.RETRY_SECONDS", 0.05)
    store = Store(tmp_path / "threads.sqlite")
    await store.create("t1", "", None, 1.0)
    await store.take_lease("t1")
    log = Log("t1", store)
    told: list[BaseException] = []
    log.not_written = told.append
    pages = await store._call(lambda db: db.execute("PRAGMA page_count").fetchone()[0])
    await store._call(lambda db: db.execute(f"PRAGMA max_page_count = {pages}"))
    for n in range(8):
        log.append(p.TitleChanged, turn=None, title=f"{n}" * 4000)
    await asyncio.sleep(0.2)
    assert isinstance(told[0], StoreError)
    await store._call(lambda db: db.execute("PRAGMA max_page_count = 100000"))
    await asyncio.sleep(0.3)
    assert [event.seq for event in await store.events("t1")] == list(range(1, 9))
    await store.close()


async def test_text_that_grew_on_another_server_is_caught_up_with(tmp_path: Path) -> None:
    first, second = working(tmp_path), working(tmp_path)
    thread = await first.open((await first.create()).id)
    async with first.command(thread):
        start_turn(thread, "turn")
        thread.log.text("turn", 0, "one ")
        thread.log.flush()
        await first.store.threads()
        other = await second.open(thread.id)
        thread.log.text("turn", 0, "two")
        thread.log.flush()
        thread.log.append(p.TurnEnded, turn="turn", reason="done")
    await first.store.threads()
    async with second.command(other):
        pass
    assert other.log.part("turn", 0) == "one two"
    assert other.log.seq == thread.log.seq
    for threads in (first, second):
        await threads.close()


async def test_number_of_an_event_of_a_later_version_is_not_given_away_again(tmp_path: Path) -> None:
    threads = working(tmp_path)
    info = await threads.create(title="x")
    future = '{"seq": 2, "time": 1.0, "turn": null, "type": "from_the_future"}'
    await threads.store.take_lease(info.id)
    threads.store.write(info.id, [(2, future)])
    threads.store.drop_lease(info.id)
    thread = await threads.open(info.id)
    async with threads.command(thread):
        assert thread.log.append(p.TitleChanged, turn=None, title="y").seq == 3
    await threads.close()
