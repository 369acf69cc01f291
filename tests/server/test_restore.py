"""Going back over the WebSocket and REST of a real server, with a real kernel."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError

from tests.wire import Reply

from .conftest import Connect
from .test_turns import cells


async def kernel_for(jp_fetch: Any, path: str = "work.ipynb") -> str:
    body = {"path": path, "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
    return str(json.loads(response.body)["kernel"]["id"])


async def test_preview_is_what_the_restoration_then_does(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Any, jp_fetch: Any
) -> None:
    (first,) = notebook("a = 1")
    wire.script = [
        Reply.text("```python cell=new\nb = 2\n```\n"),
        Reply.text(f"```python cell={first}\na = 100\n```\n\n```python file=lib.py\nx = 1\n```\n"),
    ]
    page = await connect()
    turns = []
    for _ in range(2):
        turns.append(await page.submit("go", binding={"path": "work.ipynb"}, options={"mode": "auto"}))
        await page.ended(turns[-1])
    response = await jp_fetch("townie", "api", "threads", page.thread, "turns", turns[0], "restore")
    preview = json.loads(response.body)
    shown = [(one["cell_id"] or one["path"], one["before"].strip(), one["after"]) for one in preview["documents"]]
    assert preview["turns"] == [turns[1]]
    assert shown == [(first, "a = 100", "a = 1"), ("lib.py", "x = 1", None)]
    await page.send("restore", turn=turns[0])
    restored = await page.until_event("restored")
    assert (restored["turns"], restored["left"]) == ([turns[1]], [])
    assert [source for _, source in cells(jp_root_dir)] == ["a = 1", "b = 2"]
    assert not (jp_root_dir / "lib.py").exists()


async def test_preview_of_a_turn_that_does_not_exist_is_refused(connect: Connect, jp_fetch: Any) -> None:
    page = await connect()
    with pytest.raises(HTTPClientError, match="409"):
        await jp_fetch("townie", "api", "threads", page.thread, "turns", "none", "undo")


async def test_undo_of_cells_that_ran_names_the_variables_and_the_cell_to_run_again(
    connect: Connect, wire: Any, notebook: Any, jp_fetch: Any, jp_root_dir: Any
) -> None:
    (first,) = notebook("rows = [1, 2]")
    await kernel_for(jp_fetch)
    wire.script = [Reply.text("```python cell=new\nrows = [3]\ncount = len(rows)\n```\n")]
    page = await connect()
    turn = await page.submit("go", binding={"path": "work.ipynb", "after": first}, options={"mode": "auto"})
    await page.ended(turn)
    await page.send("undo", turn=turn)
    undone = await page.until_event("undone")
    assert [(one["name"], one["defined_by"]) for one in undone["variables"]] == [("count", None), ("rows", first)]
    assert [cell.source for cell in nbformat.read(jp_root_dir / "work.ipynb", as_version=4).cells] == ["rows = [1, 2]"]
