"""An answer that was cut off: by the connection, by the model's output limit; and how it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.wire import Reply, Tokens

from .conftest import Connect
from .test_turns import NEW_CELLS, cells


async def test_cut_answer_offers_continue_and_goes_on(connect: Connect, wire: Any) -> None:
    wire.script = [Reply.text("one two three four five six", chunk=4).cut(after=3), Reply.text(" ... six")]
    page = await connect()
    turn = await page.submit()
    ended = await page.ended(turn)
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "cut")
    assert page.text(turn) == "one two thre"
    await page.send("continue", turn=turn)
    assert (await page.ended(turn))["reason"] == "done"
    assert page.text(turn) == "one two thre ... six"
    assert [event["part"] for event in page.of("part_started")] == [0]
    assert "cut off after these words:\none two thre\n" in wire.requests[1].last_user_text


@pytest.mark.parametrize("mode", ["ask", "auto"])
@pytest.mark.parametrize("again", ["", "```python\n", "```python cell=new\nx = 20\n"])
async def test_cell_that_was_cut_off_goes_on_in_its_place(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path, again: str, mode: str
) -> None:
    first, _last = notebook("a = 1", "b = 2")
    at = NEW_CELLS.index("= 22")
    wire.script = [Reply.text(NEW_CELLS, chunk=1).cut(after=at), Reply.text(again + NEW_CELLS[at:], chunk=3)]
    if again:
        wire.script[1] = Reply.text(again + "y " + NEW_CELLS[at:], chunk=3)
    page = await connect()
    binding = {"path": "work.ipynb", "cell_id": first, "after": first}
    turn = await page.submit("add", binding=binding, options={"mode": mode})
    assert (await page.ended(turn))["problem"]["code"] == "cut"
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny ", "b = 2"]
    assert page.of("cells_ran") == []
    await page.send("continue", turn=turn)
    assert (await page.ended(turn))["reason"] == "done"
    assert "after this line:\ny \n" in wire.requests[1].last_user_text
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny = 22", "x + y", "b = 2"]
    assert page.text(turn).strip() == "Two cells:\n\n\nDone."
    assert [event["part"] for event in page.of("part_resumed")] == [1]
    action = page.of("action_started")[0]["action"]
    states = [event["state"] for event in page.of("action_changed") if event["action"] == action]
    assert states == ["done", "streaming", "done"]


async def test_cell_that_is_longer_than_the_models_output_goes_on_by_itself(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    notebook("a = 1")
    at = NEW_CELLS.index(" = 22")
    wire.script = [Reply.text(NEW_CELLS[:at], stop="length"), Reply.text(NEW_CELLS[at:])]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    assert (await page.ended(turn))["reason"] == "done"
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny = 22", "x + y"]


@pytest.mark.parametrize(
    ("text", "used", "asked"),
    [
        # Prose is not gone on with unasked.
        ("one two", None, 1),
        # Neither is a cell without end, for ever,
        ("```python cell=new\nx = 1\n", None, 4),
        # nor where nothing more would fit.
        ("```python cell=new\nx = 1\n", Tokens(990_000, 9_000), 1),
    ],
)
async def test_answer_without_end_waits_for_the_user(
    connect: Connect, wire: Any, text: str, used: Tokens | None, asked: int
) -> None:
    more = [Reply.text(f"y = {n}\n", stop="length") for n in range(9)]
    wire.script = [Reply.text(text, stop="length", usage=used), *more]
    page = await connect()
    ended = await page.ended(await page.submit("go"))
    assert (ended["reason"], ended["problem"]["code"]) == ("limit", "length")
    assert len(wire.requests) == asked


async def test_continuation_never_overwrites_what_was_typed_into_the_half_cell(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    notebook("a = 1")
    at = NEW_CELLS.index("= 22")
    wire.script = [Reply.text(NEW_CELLS, chunk=1).cut(after=at), Reply.text(NEW_CELLS[at:])]
    page = await connect()
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    await page.ended(turn)
    book = nbformat.read(jp_root_dir / "work.ipynb", as_version=4)
    book.cells[1].source = "x = 20\ny = 5  # mine"
    nbformat.write(book, jp_root_dir / "work.ipynb")
    await page.send("continue", turn=turn)
    await page.ended(turn)
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "x = 20\ny = 5  # mine", "x + y"]
    conflict = next(event for event in page.of("action_changed") if event["state"] == "conflict" and event["body"])
    assert conflict["body"]["source"] == "x = 20\ny = 22"


async def test_change_that_was_cut_off_is_proposed_once_it_is_whole(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    (first,) = notebook("total = 1 + 1\nprint(total)")
    reply = (
        f"So:\n\n```search_replace cell={first}\n<<<<<<< SEARCH\ntotal = 1 + 1\n=======\ntotal = 2\n"
        ">>>>>>> REPLACE\n```\n\nDone."
    )
    at = reply.index(" = 2")
    wire.script = [Reply.text(reply, chunk=1).cut(after=at), Reply.text(reply[at:])]
    page = await connect()
    turn = await page.submit("simplify", binding={"path": "work.ipynb", "cell_id": first})
    await page.ended(turn)
    assert page.of("action_started") == []
    await page.send("continue", turn=turn)
    assert (await page.ended(turn))["reason"] == "done"
    (started,) = page.of("action_started")
    assert (started["state"], started["body"]["after"]) == ("waiting", "total = 2\nprint(total)")
