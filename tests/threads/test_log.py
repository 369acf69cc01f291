"""The log: what readers see live, what they catch up with, and what is on disk are the same."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from jupyter_townie import protocol as p
from jupyter_townie.threads.log import FLUSH_SECONDS, Log, utf16_length
from jupyter_townie.threads.store import LeaseTaken, Store, StoreError

pieces = st.lists(
    st.tuples(st.integers(0, 2), st.text(max_size=40) | st.just("x" * 5000)),
    max_size=25,
)


def texts(events: list[p.Event]) -> dict[int, str]:
    """The texts of the parts as a page folds them: by offset, in UTF-16 code units."""
    parts: dict[int, bytes] = {}
    for event in events:
        if isinstance(event, p.TextAdded):
            known = parts.get(event.part, b"")[: event.offset * 2]
            parts[event.part] = known + event.text.encode("utf-16-le", "surrogatepass")
    return {part: data.decode("utf-16-le", "surrogatepass") for part, data in parts.items()}


def expected(written: list[tuple[int, str]]) -> dict[int, str]:
    parts: dict[int, str] = {}
    for part, text in written:
        if text:
            parts[part] = parts.get(part, "") + text
    return parts


async def filled(path: Path, written: list[tuple[int, str]]) -> tuple[Store, Log, list[p.Event]]:
    store = Store(path)
    await store.create("t1", "", None, 1.0)
    await store.take_lease("t1")
    log = Log("t1", store)
    live: list[p.Event] = []
    log.read(live.append)
    for part, text in written:
        log.text("turn", part, text)
        if part == 2:
            log.append(p.PartEnded, turn="turn", part=part)
    return store, log, live


@settings(max_examples=40, deadline=None)
@given(written=pieces, after=st.integers(0, 30))
def test_replay_live_and_disk_give_the_same_text(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[int, str]], after: int
) -> None:
    path = tmp_path_factory.mktemp("store") / "threads.sqlite"

    async def check() -> None:
        store, log, live = await filled(path, written)
        assert texts(live) == texts(log.after(0)) == expected(written)
        seen = [event for event in live if event.seq <= after]
        assert texts(seen + log.after(after)) == expected(written)
        log.flush()
        await store.close()
        again = Store(path)
        stored = await again.events("t1")
        await again.close()
        assert stored == log.after(0)
        assert [event.seq for event in stored] == list(range(1, len(stored) + 1))

    asyncio.run(check())


def test_offsets_count_as_javascript_does() -> None:
    assert utf16_length("naïve 🐧!") == 9


async def test_text_is_written_at_most_four_times_a_second(tmp_path: Path) -> None:
    store = Store(tmp_path / "threads.sqlite")
    await store.create("t1", "", None, 1.0)
    await store.take_lease("t1")
    log = Log("t1", store)
    writes: list[int] = []
    real = store.write
    store.write = lambda *a, **k: (writes.append(1), real(*a, **k))[1]  # type: ignore[method-assign]
    began = time.monotonic()
    for _ in range(50):
        log.text("turn", 0, "word ")
        await asyncio.sleep(0.01)
    assert 1 <= len(writes) <= (time.monotonic() - began) / FLUSH_SECONDS + 1
    await asyncio.sleep(FLUSH_SECONDS * 1.5)
    (stored,) = await store.events("t1")
    assert isinstance(stored, p.TextAdded)
    assert stored.text == "word " * 50
    await store.close()


async def test_second_server_cannot_take_a_thread_that_is_at_work(tmp_path: Path) -> None:
    first, second = Store(tmp_path / "threads.sqlite"), Store(tmp_path / "threads.sqlite")
    await first.create("t1", "", None, 1.0)
    await first.take_lease("t1")
    with pytest.raises(LeaseTaken):
        await second.take_lease("t1")
    first.drop_lease("t1")
    await first.threads()
    await second.take_lease("t1")
    await first.close()
    await second.close()


async def test_file_of_a_later_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "threads.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    store = Store(path)
    with pytest.raises(StoreError, match="Update jupyter_townie"):
        await store.threads()
    await store.close()


async def test_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "threads.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    store = Store(path)
    with pytest.raises(StoreError, match="move it away"):
        await store.threads()
    await store.close()
    assert path.read_bytes().startswith(b"not a database")


async def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "deep" / "threads.sqlite")
    await store.threads()
    assert (tmp_path / "deep" / "threads.sqlite").stat().st_mode & 0o077 == 0
    await store.close()


async def test_event_of_a_later_version_is_left_out_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    store, log, _ = await filled(tmp_path / "threads.sqlite", [(0, "a"), (2, "b")])
    store.write("t1", [(2, '{"seq": 2, "time": 1.0, "turn": "turn", "type": "from_the_future"}')])
    assert [event.seq for event in await store.events("t1")] == [1, 3]
    again = Log("t1", store, await store.events("t1"))
    assert [event.seq for event in again.after(2)] == [3]
    assert log.seq == again.seq
    await store.close()


async def test_a_word_is_found_that_began_in_one_piece_of_an_answer_and_ended_in_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path / "threads.sqlite")
    await store.create("t1", "", None, 1.0)
    await store.take_lease("t1")
    pieces = [(1, 0, "the pen"), (2, 0, "guin"), (3, 1, "walks")]
    for seq, part, text in pieces:
        event = p.TextAdded(seq=seq, time=1.0, turn="turn", part=part, offset=0, text=text)
        await asyncio.wrap_future(store.write("t1", [(seq, event.model_dump_json())]))
    assert await store.holding(["PENGUIN"]) == {"t1"}
    assert await store.holding(["guinwalks"]) == set()
    await store.close()
