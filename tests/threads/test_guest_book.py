"""The second part of the tour, without a key: a whole app with a real backend, a change, and bugs that are noticed."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from jupyter_townie import protocol as p

from .apps import Work

HOME = "apps/guest-book"
MODEL = "offline/tour"


class Page:
    """A page of the guest book as far as its requests go: it asks for the entries whenever it is loaded."""

    def __init__(self, work: Work) -> None:
        self.work, self.app = work, work.apps.of(HOME)
        self.close = work.apps.subscribe(self.app.id, self._told)
        self.loads: set[asyncio.Task[None]] = set()

    def _told(self, frame: Any) -> None:
        if isinstance(frame, p.AppReloadFrame):
            self.loads.add(asyncio.ensure_future(self._load()))

    async def _load(self) -> None:
        await self.request("GET", "/api/entries")
        self.work.apps.ready(self.app.id, p.AppReady(document="d"))

    async def request(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        pool = (await self.work.apps.endpoint(self.app.id)).pool
        sent = b"" if body is None else json.dumps(body).encode()
        headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
        response = await pool.request(method, target, headers, sent)
        text = b"".join([piece async for piece in response.body()]).decode()
        return response.status, json.loads(text) if response.status < 300 else text


async def begun(work: Work) -> Page:
    """A guest book that was asked for, and allowed to run."""
    turn = await work.turn("Make me a guest book that several people can use at once.", model=MODEL)
    (start,) = [record for record in turn.actions.values() if isinstance(record.body, p.StartAppAction)]
    await work.decide(start.id)
    return Page(work)


async def test_backend_starts_only_when_the_person_allows_it(work: Work) -> None:
    turn = await work.turn("Make me a guest book", model=MODEL)
    *files, start = turn.actions.values()
    assert [record.state for record in files] == ["done"] * 5
    assert (start.body.kind, start.body.title, start.state) == ("start_app", "Guest book", "waiting")
    assert work.apps.info(start.body.app).phase == "stopped"
    assert work.checks == []
    await work.decide(start.id)
    assert (start.state, work.apps.info(start.body.app).phase) == ("done", "running")
    assert work.checks[-1].failures == []


async def test_entries_are_kept_and_checked(work: Work) -> None:
    page = await begun(work)
    assert (await page.request("GET", "/api/entries"))[1] == {"entries": [], "more": False}
    for number in range(21):
        status, _ = await page.request("POST", "/api/entries", {"name": "Ada", "message": f"<b>{number}</b>"})
        assert status == 201
    _, found = await page.request("GET", "/api/entries")
    assert (found["entries"][0]["message"], len(found["entries"]), found["more"]) == ("<b>20</b>", 20, True)
    _, rest = await page.request("GET", f"/api/entries?before={found['entries'][-1]['id']}")
    assert [entry["message"] for entry in rest["entries"]] == ["<b>0</b>"]
    assert (await page.request("POST", "/api/entries", {"name": "Ada", "message": "x" * 281}))[0] == 422
    assert (await page.request("POST", "/api/entries", {"name": "Ada", "message": " "}))[0] == 422


async def test_change_by_a_few_lines_is_loaded_with_the_entries_kept(work: Work) -> None:
    page = await begun(work)
    await page.request("POST", "/api/entries", {"name": "Ada", "message": "Hello"})
    turn = await work.turn("Show how many have signed the guest book", model=MODEL)
    assert sorted(record.body.path.rpartition("/")[2] for record in turn.actions.values()) == [
        "app.js",
        "app.py",
        "index.html",
    ]
    assert sum(record.body.added + record.body.removed for record in turn.actions.values()) < 10
    assert work.checks[-1].failures == []
    assert (await page.request("GET", "/api/entries"))[1]["count"] == 1
    again = await work.turn("Show how many have signed the guest book", model=MODEL)
    assert (again.ended.reason, again.ended.problem) == ("done", None)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_asked_for_again_it_is_opened_as_it_is_with_what_to_do_next(work: Work, elsewhere: bool) -> None:
    page = await begun(work)
    await page.request("POST", "/api/entries", {"name": "Ada", "message": "Hello"})
    await work.turn("Show how many have signed the guest book", model=MODEL)
    before = {file.name: file.read_bytes() for file in (work.root / HOME).rglob("*.*") if "data" not in file.parts}
    if elsewhere:
        work.thread = await work.threads.open((await work.threads.create()).id)
    turn = await work.turn("Make me a guest book that several people can use at once.", model=MODEL)
    assert {name: (next((work.root / HOME).rglob(name))).read_bytes() for name in before} == before
    assert (turn.ended.reason, turn.ended.problem, work.checks[-1].failures) == ("done", None, [])
    assert "is there already" in str(work.events(p.Replied)[-1].content)
    assert (await page.request("GET", "/api/entries"))[1]["count"] == 1


async def test_planted_bug_of_the_backend_is_noticed_and_repaired(work: Work) -> None:
    await begun(work)
    await work.turn("Plant a bug in the backend of the guest book", model=MODEL)
    (noticed,) = work.checks[-1].failures
    assert (noticed.failure.source, noticed.failure.ename) == ("backend", "sqlite3.OperationalError")
    assert any(frame.file == f"{HOME}/app.py" for frame in noticed.failure.frames)
    turn = await work.turn("", purpose="fix", binding=p.Binding(kind="app", path=HOME), model=MODEL)
    assert work.checks[-1].repaired
    assert (turn.ended.reason, turn.ended.problem) == ("done", None)
    assert "tme" not in work.text(f"{HOME}/app.py")


async def test_planted_bug_is_repaired_without_asking_in_auto_mode(work: Work) -> None:
    await begun(work)
    turn = await work.turn("Plant a bug in the backend of the guest book", mode="auto", model=MODEL)
    assert [len(check.failures) for check in work.checks[-2:]] == [1, 0]
    assert turn.ended.problem is None
    assert "tme" not in work.text(f"{HOME}/app.py")


async def test_auto_mode_starts_a_confined_app_that_asks_for_nothing_more(work: Work) -> None:
    turn = await work.turn("Make me a guest book", mode="auto", model=MODEL)
    start = list(turn.actions.values())[-1]
    assert start.state == ("done" if work.apps.grants.rights == "confined" else "waiting")
