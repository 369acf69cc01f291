"""A page, as the WebSocket sees it, that has a notebook open: it answers the requests on what it holds unsaved."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import nbformat

from jupyter_townie import protocol as p
from jupyter_townie.notebooks.operations import apply, joined

from .conftest import Page


class LivePage:
    """One loading of a page.  ``answers`` False is a page whose tab is asleep."""

    def __init__(self, page: Page, path: str, *sources: str) -> None:
        self.page, self.path = page, path
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        self.notebook: Any = nbformat.v4.new_notebook(cells=cells)
        self.answers = True
        self.asked: list[Any] = []
        self._task = asyncio.create_task(self._serve())
        self._news = asyncio.Event()

    @property
    def ids(self) -> list[str]:
        return [cell["id"] for cell in self.notebook.cells]

    @property
    def sources(self) -> list[str]:
        return [joined(cell.source) for cell in self.notebook.cells]

    async def opens(self, *paths: str) -> None:
        await self.page.send("documents", open=list(paths))

    def delete(self, cell_id: str) -> None:
        """The user deletes a cell."""
        self.notebook.cells = [cell for cell in self.notebook.cells if cell["id"] != cell_id]

    async def until(self, wanted: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until something holds, checked after each frame."""

        async def wait() -> None:
            while not wanted():
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), seconds)

    async def ended(self, turn: str, seconds: float = 30) -> dict[str, Any]:
        await self.until(lambda: any(e["turn"] == turn for e in self.page.of("turn_ended")), seconds)
        return self.page.of("turn_ended")[-1]

    async def close_unsaved(self) -> None:
        """The user closes the notebook and discards what was changed in it."""
        self.notebook = None
        await self.page.send("documents", open=[], unsaved=[self.path])

    def reload(self) -> None:
        """What was not saved is gone, and so is whoever would have answered."""
        self._task.cancel()
        self.page.close()

    async def _serve(self) -> None:
        while (message := await self.page.socket.read_message()) is not None:
            frame = json.loads(message)
            self.page.frames.append(frame)
            if frame["frame"] == "request":
                body = p.PAGE_VERB.validate_python(frame["body"])
                self.asked.append(body)
                if self.answers:
                    reply = self._answer(body).model_dump()
                    await self.page.send("reply", request=frame["request"], reply=reply)
            self._news.set()

    def _answer(self, body: Any) -> Any:
        if self.notebook is None:
            return p.RefusedReply(reason="not_open", message="It is closed.")
        if isinstance(body, p.ApplyRequest):
            self.notebook, results = apply(self.notebook, body.operations)
            return p.ApplyReply(results=results)
        if isinstance(body, p.RunRequest):
            return p.RunReply(runs=[p.CellRun(cell_id=one, status="ok") for one in body.cell_ids])
        cells = [
            p.CellSnapshot(
                id=cell["id"],
                cell_type=cell.cell_type,
                source=joined(cell.source),
                execution_count=cell.get("execution_count"),
            )
            for cell in self.notebook.cells
        ]
        return p.ReadReply(notebook=p.NotebookSnapshot(path=self.path, cells=cells))
