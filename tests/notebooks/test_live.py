"""A notebook in a page: what the page says it did is compared with what was meant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import nbformat
import pytest

from jupyter_townie import protocol as p
from jupyter_townie.notebooks.live import LiveSurface, PageGone
from jupyter_townie.notebooks.operations import apply
from jupyter_townie.notebooks.surface import SurfaceError, SurfaceGone

PATH = "open.ipynb"


class NotebookPage:
    """The other end of the protocol over a notebook in memory; ``typing`` is what the user does after each change."""

    def __init__(self, *sources: str, typing: Callable[[Any], None] | None = None) -> None:
        cells = [nbformat.v4.new_code_cell(source, id=f"cell{at}") for at, source in enumerate(sources)]
        self.book = nbformat.v4.new_notebook(cells=cells)
        self._typing = typing

    async def request(self, body: p.PageVerb) -> p.PageReply:
        if body.path != PATH:
            return p.RefusedReply(reason="not_open")
        if isinstance(body, p.ReadRequest):
            cells = [
                p.CellSnapshot(id=cell["id"], cell_type="code", source=cell["source"]) for cell in self.book["cells"]
            ]
            return p.ReadReply(notebook=p.NotebookSnapshot(path=PATH, cells=cells))
        if isinstance(body, p.ApplyRequest):
            self.book, results = apply(self.book, body.operations)
            if self._typing is not None:
                self._typing(self.book)
            sources = {cell["id"]: cell["source"] for cell in self.book["cells"]}
            told = [result.model_copy(update={"source": sources.get(result.cell_id)}) for result in results]
            return p.ApplyReply(results=told)
        return p.RunReply(runs=[p.CellRun(cell_id=cell_id, status="ok") for cell_id in body.cell_ids[:1]])


class Answering:
    """A page that gives one answer, or none."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    async def request(self, body: p.PageVerb) -> p.PageReply:
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is None:
            await asyncio.sleep(60)
        reply: p.PageReply = self.answer
        return reply


class SlowPage:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[p.PageReply] = asyncio.get_running_loop().create_future()

    async def request(self, body: p.PageVerb) -> p.PageReply:
        return await self.answer


REPLACE = p.ReplaceSource(cell_id="cell0", before="x = 1", after="x = 2")


async def test_a_change_is_done_when_the_document_holds_it() -> None:
    page = NotebookPage("x = 1")
    (result,) = await LiveSurface(PATH, page).apply([REPLACE])
    assert (result.ok, result.source) == (True, "x = 2")


async def test_the_user_typing_over_a_change_makes_it_not_done() -> None:
    def typing(book: Any) -> None:
        book["cells"][0]["source"] = "x = 2  # mine"

    (result,) = await LiveSurface(PATH, NotebookPage("x = 1", typing=typing)).apply([REPLACE])
    assert (result.ok, result.problem, result.source) == (False, "changed", "x = 2  # mine")


async def test_several_changes_of_one_cell_are_compared_with_the_last() -> None:
    page = NotebookPage("x = 1")
    results = await LiveSurface(PATH, page).apply(
        [REPLACE, p.AppendText(cell_id="cell0", before="x = 2", text="\ny = 3")]
    )
    assert [result.ok for result in results] == [True, True]


async def test_line_endings_are_no_difference() -> None:
    reply = p.ApplyReply(results=[p.OperationResult(ok=True, cell_id="cell0", source="a\nb")])
    operation = p.ReplaceSource(cell_id="cell0", before="x", after="a\r\nb")
    (result,) = await LiveSurface(PATH, Answering(reply)).apply([operation])
    assert result.ok


async def test_a_deleted_cell_that_is_still_there_was_not_deleted() -> None:
    reply = p.ApplyReply(results=[p.OperationResult(ok=True, cell_id="cell0", source="x = 1")])
    (result,) = await LiveSurface(PATH, Answering(reply)).apply([p.DeleteCell(cell_id="cell0", before="x = 1")])
    assert (result.ok, result.problem) == (False, "changed")


async def test_read_only_is_told_for_each_operation() -> None:
    (result,) = await LiveSurface(PATH, Answering(p.RefusedReply(reason="read_only"))).apply([REPLACE])
    assert (result.ok, result.problem) == (False, "read_only")


@pytest.mark.parametrize("answer", [PageGone(), p.RefusedReply(reason="not_open")])
async def test_a_page_that_went_away_is_told_apart_from_failures(answer: Any) -> None:
    with pytest.raises(SurfaceGone) as caught:
        await LiveSurface(PATH, Answering(answer)).read()
    assert caught.value.problem.code == "notebook_gone"


async def test_a_page_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    with pytest.raises(SurfaceGone) as caught:
        await LiveSurface(PATH, Answering(None), timeout=0.1).read()
    assert caught.value.problem.code == "notebook_page_silent"


@pytest.mark.parametrize(
    "answer", [p.RunReply(runs=[]), p.RefusedReply(reason="error", message="boom"), p.ApplyReply(results=[])]
)
async def test_an_answer_that_does_not_fit_is_an_error(answer: Any) -> None:
    with pytest.raises(SurfaceError) as caught:
        await LiveSurface(PATH, Answering(answer)).apply([REPLACE])
    assert caught.value.problem.code == "notebook_page_failed"


async def test_cells_that_the_page_did_not_report_were_not_run() -> None:
    runs = await LiveSurface(PATH, NotebookPage("a", "b")).run(["cell0", "cell1"])
    assert [run.status for run in runs] == ["ok", "not_run"]


@pytest.mark.parametrize("rounds", range(3))
async def test_a_stop_that_comes_with_the_answer_of_the_page_stops(rounds: int) -> None:
    page = SlowPage()

    async def work() -> None:
        await LiveSurface(PATH, page).read()
        await asyncio.sleep(60)

    working = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    page.answer.set_result(p.ReadReply(notebook=p.NotebookSnapshot(path=PATH, cells=[])))
    for _ in range(rounds):
        await asyncio.sleep(0)
    working.cancel()
    done, _ = await asyncio.wait([working], timeout=5)
    assert done, "it works on"
    assert working.cancelled()
