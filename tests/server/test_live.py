"""New cells in a notebook that is open in a page which is reloaded, asleep or closed meanwhile."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import nbformat
import pytest

from jupyter_townie.notebooks.contents import ManagedContents
from jupyter_townie.protocol import RunRequest
from jupyter_townie.server import pages
from tests.wire import Reply

from .conftest import Connect
from .live import LivePage

LINES = [f"line_{n} = {n}" for n in range(40)]
CODE = "\n".join(LINES)
SLOW = Reply.text(f"Here:\n\n```python cell=new\n{CODE}\n```\n\nDone.", chunk=10, delay=0.02)
TWO = Reply.text(f"```python cell=new\nfirst = 1\n```\n\n```python cell=new\n{CODE}\n```\n", chunk=10, delay=0.02)

Open = Callable[..., Coroutine[Any, Any, LivePage]]


@pytest.fixture
def open_page(connect: Connect) -> Open:
    async def make(thread: str | None = None, *sources: str, after: int = 0) -> LivePage:
        page = await connect(thread, after=after, load=uuid.uuid4().hex)
        live = LivePage(page, "work.ipynb", *(sources or ("a = 1",)))
        await live.opens("work.ipynb")
        return live

    return make


def new_source(live: LivePage) -> str:
    return "\n".join(live.sources[1:])


async def begun(live: LivePage, answer: Reply, wire: Any, until: Callable[[], bool]) -> str:
    wire.script = [answer]
    turn = await live.page.submit("add", binding={"path": "work.ipynb", "after": live.ids[0]})
    await live.until(until)
    return turn


async def test_cell_that_streams_is_inserted_again_into_the_reloaded_page(open_page: Open, wire: Any) -> None:
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_8" in new_source(live))
    live.reload()
    again = await open_page(live.page.thread)
    await again.ended(turn)
    assert again.sources == ["a = 1", CODE]
    assert again.page.of("action_changed")[-1]["state"] == "done"


async def test_cell_that_the_user_deletes_while_it_streams_stays_away_and_its_code_is_kept(
    open_page: Open, wire: Any
) -> None:
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_8" in new_source(live))
    live.delete(live.ids[1])
    await live.ended(turn)
    assert live.sources == ["a = 1"]
    last = live.page.of("action_changed")[-1]
    assert (last["state"], last["body"]["source"]) == ("failed", CODE)


async def test_deleted_cell_does_not_come_back_with_a_later_reload(open_page: Open, wire: Any) -> None:
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_8" in new_source(live))
    live.delete(live.ids[1])
    await live.until(lambda: any(event["state"] == "failed" for event in live.page.of("action_changed")))
    live.reload()
    again = await open_page(live.page.thread)
    await again.ended(turn)
    assert again.sources == ["a = 1"]


async def test_earlier_cell_of_the_turn_that_the_reload_has_lost_comes_back_above(open_page: Open, wire: Any) -> None:
    live = await open_page()
    turn = await begun(live, TWO, wire, lambda: "line_8" in new_source(live))
    live.reload()
    again = await open_page(live.page.thread)
    await again.ended(turn)
    assert again.sources == ["a = 1", "first = 1", CODE]


async def test_saved_part_of_a_cell_is_completed_after_the_reload(open_page: Open, wire: Any) -> None:
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_8" in new_source(live))
    saved = live.notebook
    live.reload()
    again = await open_page(live.page.thread)
    again.notebook = saved
    await again.ended(turn)
    assert again.sources == ["a = 1", CODE]


async def test_new_cell_goes_on_below_where_a_deleted_one_was(open_page: Open, wire: Any) -> None:
    live = await open_page(None, "a = 1", "z = 26")
    turn = await begun(live, TWO, wire, lambda: "first = 1" in live.sources)
    live.delete(live.ids[1])
    await live.ended(turn)
    assert live.sources == ["a = 1", CODE, "z = 26"]


async def test_stop_while_the_page_sleeps_keeps_the_code_and_inserts_it_when_it_wakes(
    open_page: Open, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_townie.threads.blocks.STOP_SECONDS", 0.2)
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_2" in new_source(live))
    live.answers = False
    seen = len(live.page.of("text"))
    await live.until(lambda: len(live.page.of("text")) > seen + 8)
    await live.page.send("stop", turn=turn)
    assert (await live.ended(turn))["reason"] == "stopped"
    held = live.page.of("action_changed")[-1]
    assert held["state"] == "held"
    assert held["body"]["source"].startswith("line_0 = 0\nline_1 = 1")
    live.answers = True
    await live.opens("work.ipynb", "other.ipynb")
    await live.until(lambda: live.page.of("action_changed")[-1]["state"] == "done")
    assert live.sources == ["a = 1", held["body"]["source"]]


async def test_closed_page_leaves_the_cell_to_the_file(
    open_page: Open, wire: Any, notebook: Any, jp_root_dir: Any, monkeypatch: pytest.MonkeyPatch, connect: Connect
) -> None:
    monkeypatch.setattr(pages, "RECONNECT_SECONDS", 0.3)
    notebook("a = 1")
    live = await open_page()
    turn = await begun(live, SLOW, wire, lambda: "line_8" in new_source(live))
    live.reload()
    await asyncio.sleep(0.5)
    watcher = await connect(live.page.thread, page="another")
    if not watcher.of("turn_ended"):
        await watcher.ended(turn)
    cells = nbformat.read(jp_root_dir / "work.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == ["a = 1", CODE]


async def test_run_that_a_reload_has_lost_is_not_waited_for(open_page: Open, wire: Any) -> None:
    live = await open_page()
    turn = await begun(live, Reply.text("```python cell=new\nb = 2\n```"), wire, lambda: len(live.sources) == 2)
    await live.ended(turn)
    live.answers = False
    await live.page.send("run", turn=turn)
    await live.until(lambda: any(isinstance(body, RunRequest) for body in live.asked))
    live.reload()
    again = await open_page(live.page.thread)
    await again.until(lambda: bool(again.page.of("cells_ran")))
    assert "goes on in the kernel" in again.page.of("cells_ran")[0]["runs"][0]["message"]


async def test_notebook_closed_without_saving_during_an_answer_gets_its_cells_in_the_file(
    open_page: Open, wire: Any, notebook: Any, jp_root_dir: Any
) -> None:
    ids = notebook("a = 1")
    live = await open_page()
    live.notebook = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    wire.script = [TWO]
    turn = await live.page.submit("add", binding={"path": "work.ipynb", "after": ids[0]})
    await live.until(lambda: "line_8" in new_source(live))
    await live.close_unsaved()
    await live.ended(turn)
    cells = nbformat.read(jp_root_dir / "work.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == ["a = 1", "first = 1", CODE]


async def test_cell_of_an_ended_answer_is_offered_again_when_it_was_not_saved(
    open_page: Open, wire: Any, notebook: Any, jp_root_dir: Any
) -> None:
    ids = notebook("a = 1")
    live = await open_page()
    live.notebook = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    wire.script = [Reply.text("```python cell=new\nb = 2\n```")]
    turn = await live.page.submit("add", binding={"path": "work.ipynb", "after": ids[0]})
    await live.ended(turn)
    await live.close_unsaved()
    await live.until(lambda: live.page.of("action_changed")[-1]["state"] == "failed")
    await live.page.send("decide", action=live.page.of("action_changed")[-1]["action"], decision="accept")
    await live.until(lambda: live.page.of("action_changed")[-1]["state"] == "done")
    cells = nbformat.read(jp_root_dir / "work.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == ["a = 1", "b = 2"]


async def test_cell_that_is_written_into_the_file_while_a_page_opens_it_is_in_that_page(
    open_page: Open, wire: Any, notebook: Any, jp_root_dir: Any, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = notebook("a = 1")
    watcher = await connect(None, page="another")
    save, writing, opened = ManagedContents.save, asyncio.Event(), asyncio.Event()

    async def slow(self: ManagedContents, *arguments: Any) -> None:
        writing.set()
        await opened.wait()
        await save(self, *arguments)

    monkeypatch.setattr(ManagedContents, "save", slow)
    wire.script = [Reply.text("```python cell=new\nb = 2\n```")]
    turn = await watcher.submit("add", binding={"path": "work.ipynb", "after": ids[0]})
    await asyncio.wait_for(writing.wait(), 15)
    before = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    live = await open_page(watcher.thread)
    live.notebook = before
    await asyncio.sleep(0.2)
    opened.set()
    await live.ended(turn)
    assert live.sources == ["a = 1", "b = 2"]
    assert live.page.of("action_changed")[-1]["state"] == "done"
