"""A page that reads more slowly than the model writes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.server import outbox
from jupyter_townie.server.outbox import Outbox
from jupyter_townie.threads import Thread, Threads
from tests.threads.working import start_turn, working


class Socket:
    """A connection that takes frames only when it is let."""

    def __init__(self) -> None:
        self.frames: list[dict[str, object]] = []
        self.waiting = 0
        self.may = asyncio.Event()

    async def write(self, frame: str) -> None:
        self.waiting += len(frame)
        await self.may.wait()
        self.waiting -= len(frame)
        self.frames.append(json.loads(frame))

    @property
    def text(self) -> str:
        text = ""
        for frame in self.frames:
            event = frame.get("event")
            if isinstance(event, dict) and event["type"] == "text":
                text = text[: event["offset"]] + event["text"]
        return text


async def opened(root: Path) -> tuple[Threads, Thread]:
    threads = working(root)
    thread = await threads.open((await threads.create()).id)
    await thread.lease.claim()
    start_turn(thread, "turn")
    return threads, thread


async def test_what_waits_for_a_slow_page_stays_bounded_and_all_of_it_arrives_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST_UNSENT", 20_000)
    threads, thread = await opened(tmp_path)
    socket = Socket()
    box = Outbox(thread, 0, socket.write)
    for n in range(5000):
        thread.log.text("turn", 0, f"word {n} of very many ")
        if n % 500 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert socket.waiting < 40_000
    thread.log.append(p.TurnEnded, turn="turn", reason="done")
    socket.may.set()
    for _ in range(200):
        await asyncio.sleep(0.005)
    assert socket.text == thread.log.part("turn", 0)
    assert socket.frames[-1]["event"]["type"] == "turn_ended"  # type: ignore[index]
    box.close()
    thread.lease.release()
    await threads.close()


async def test_replay_comes_before_what_is_new_and_is_marked_once(tmp_path: Path) -> None:
    threads, thread = await opened(tmp_path)
    socket = Socket()
    socket.may.set()
    box = Outbox(thread, 0, socket.write)
    thread.log.append(p.TurnEnded, turn="turn", reason="done")
    await asyncio.sleep(0.05)
    kinds = [frame["frame"] if frame["frame"] != "event" else frame["event"]["type"] for frame in socket.frames]  # type: ignore[index]
    assert kinds == ["turn_started", "replayed", "turn_ended"]
    box.close()
    thread.lease.release()
    await threads.close()


async def test_page_that_closed_is_sent_nothing_more(tmp_path: Path) -> None:
    threads, thread = await opened(tmp_path)
    sent: list[str] = []

    async def broken(frame: str) -> None:
        sent.append(frame)
        raise ConnectionResetError

    Outbox(thread, 0, broken)
    await asyncio.sleep(0.01)
    before = len(sent)
    thread.log.append(p.TurnEnded, turn="turn", reason="done")
    await asyncio.sleep(0.01)
    assert len(sent) == before
    thread.lease.release()
    await threads.close()


@pytest.mark.parametrize("told", [False, True])
async def test_the_newest_preview_is_shown_once_a_page_has_taken_the_rest_unless_the_answer_is_there(
    tmp_path: Path, told: bool
) -> None:
    threads, thread = await opened(tmp_path)
    socket = Socket()
    box = Outbox(thread, 0, socket.write)
    thread.log.text("turn", 0, "The model writes a change and then thinks.")
    for after in ("x = 2", "x = 23"):
        thread.log.show(p.PreviewFrame(turn="turn", part=1, path="work.py", before="x = 1", after=after))
    if told:
        thread.log.append(p.TurnEnded, turn="turn", reason="done")
    socket.may.set()
    for _ in range(20):
        await asyncio.sleep(0.005)
    shown = [frame["after"] for frame in socket.frames if frame["frame"] == "preview"]
    assert shown == ([] if told else ["x = 23"])
    box.close()
    thread.lease.release()
    await threads.close()
