"""Two clicks, two pages, two commands at once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyter_townie.server.sockets import ELSEWHERE, GONE
from jupyter_townie.threads.lease import elsewhere
from tests.wire import Reply

from .conftest import Connect
from .test_turns import NEW_CELLS, cells


async def test_decision_of_two_pages_is_carried_out_once(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Any
) -> None:
    (cell,) = notebook("a = 1")
    wire.script = [Reply.text(f"```python cell={cell}\na = 2\n```\n")]
    one, other = await connect(), None
    turn = await one.submit(binding={"path": "work.ipynb"})
    await one.ended(turn)
    other = await connect(one.thread, page="page2")
    action = one.of("action_started")[0]["action"]
    for page in (one, other, one):
        await page.send("decide", action=action, decision="accept")
    await one.until_event("action_changed", state="done")
    await one.ended(await one.submit("next"))
    states = [event["state"] for event in one.of("action_changed")]
    assert states == ["running", "done"]
    assert cells(jp_root_dir) == [(cell, "a = 2")]


async def test_undo_while_the_turn_runs_stops_it_and_leaves_nothing(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Any
) -> None:
    notebook("a = 1")
    before = (jp_root_dir / "work.ipynb").read_bytes()
    wire.script = [Reply.text(NEW_CELLS + "x" * 5000, chunk=10, delay=0.01)]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    await page.until_event("action_started")
    await page.send("undo", turn=turn)
    undone = await page.until_event("undone")
    assert undone["left"] == []
    assert page.of("turn_ended")[0]["reason"] == "stopped"
    assert (jp_root_dir / "work.ipynb").read_bytes() == before


async def test_second_undo_of_a_turn_says_nothing_new(connect: Connect, wire: Any, notebook: Any) -> None:
    notebook("a = 1")
    wire.script = [Reply.text(NEW_CELLS), Reply.text("fine")]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    await page.ended(turn)
    await page.send("undo", turn=turn)
    await page.send("undo", turn=turn)
    await page.ended(await page.submit("next"))
    assert len(page.of("undone")) == 1


async def test_stop_that_comes_with_the_submit_stops_it(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.endless()]
    page = await connect()
    await page.send("submit", turn="abc", text="hi")
    await page.send("stop", turn="abc")
    assert (await page.ended("abc"))["reason"] == "stopped"


async def test_stop_that_overtakes_the_submit_stops_it(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("first"), Reply.endless()]
    page = await connect()
    first = await page.submit()
    await page.ended(first)
    # Commands wait for each other, and Stop for none.
    await page.send("undo", turn=first)
    await page.send("submit", turn="abc", text="hi")
    await page.send("stop", turn="abc")
    assert (await page.ended("abc"))["reason"] == "stopped"


async def test_deleted_thread_ends_its_turn_and_its_connections(
    connect: Connect, wire: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    wire.script = [Reply.endless()]
    page = await connect()
    await page.submit()
    await page.until_event("text")
    await jp_fetch("townie", "api", "threads", page.thread, method="DELETE")
    error = await page.until(lambda frame: frame["frame"] == "error")
    assert error["problem"]["code"] == "thread_deleted"
    assert await asyncio.wait_for(page.socket.read_message(), 5) is None
    assert page.socket.close_code == GONE
    assert wire.requests[0].gone.wait(2)
    with pytest.raises(HTTPClientError, match="404"):
        await jp_fetch("townie", "api", "threads", page.thread, "events")
    assert json.loads((await jp_fetch("townie", "api", "threads")).body) == []


async def test_page_that_comes_back_to_a_deleted_thread_is_told(
    connect: Connect, wire: Any, jp_fetch: Any, jp_ws_fetch: Any
) -> None:
    page = await connect()
    page.close()
    await jp_fetch("townie", "api", "threads", page.thread, method="DELETE")
    again = await jp_ws_fetch("townie", "api", "threads", page.thread, "channel", params={"after": "1"})
    error = json.loads(await asyncio.wait_for(again.read_message(), 5))
    assert error["problem"]["code"] == "thread_deleted"
    assert await asyncio.wait_for(again.read_message(), 5) is None
    assert again.close_code == GONE


async def test_thread_that_another_server_has_taken_is_not_told_to_be_deleted(
    connect: Connect, wire: Any, jp_serverapp: Any
) -> None:
    page = await connect()
    runtime = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime
    (await runtime.threads.open(page.thread)).leave(elsewhere("a-host:1:x"))
    error = await page.until(lambda frame: frame["frame"] == "error")
    assert error["problem"]["code"] == "thread_elsewhere"
    assert await asyncio.wait_for(page.socket.read_message(), 5) is None
    assert page.socket.close_code == ELSEWHERE


async def test_hint_that_can_not_be_followed_now_rejects_nothing(connect: Connect, wire: Any, notebook: Any) -> None:
    (cell,) = notebook("a = 1")
    wire.script = [Reply.text(f"```python cell={cell}\na = 2\n```\n"), Reply.endless()]
    page = await connect()
    await page.ended(await page.submit(binding={"path": "work.ipynb"}))
    second = await page.submit("and?")
    await page.until_event("text", turn=second)
    action = page.of("action_started")[0]["action"]
    await page.send("decide", action=action, decision="reject", hint="better")
    error = await page.until(lambda frame: frame["frame"] == "error")
    assert error["problem"]["code"] == "turn_running"
    assert page.of("action_changed") == []


async def test_undo_drops_what_still_waits(connect: Connect, wire: Any, notebook: Any, jp_root_dir: Any) -> None:
    (cell,) = notebook("a = 1")
    wire.script = [Reply.text(f"```python cell={cell}\na = 2\n```\n")]
    page = await connect()
    turn = await page.submit(binding={"path": "work.ipynb"})
    await page.ended(turn)
    await page.send("undo", turn=turn)
    await page.until_event("undone")
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept")
    await page.ended(await page.submit("next"))
    assert cells(jp_root_dir) == [(cell, "a = 1")]
