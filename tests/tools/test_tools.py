"""Tools as the model calls them, over a real server: what they answer when something is not there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from jupyter_townie.kernels.client import KernelClient
from tests.server.conftest import Connect
from tests.wire import Reply


async def answer(connect: Connect, wire: Any, tool: str, arguments: dict[str, Any], **options: Any) -> dict[str, Any]:
    """What a call of the model was answered with; the turn goes on to its end."""
    wire.script = [Reply.tool(tool, arguments), Reply.text("I see.")]
    page = await connect()
    turn = await page.submit("go", binding={"path": "work.ipynb"}, options=options)
    assert (await page.ended(turn))["reason"] == "done"
    (returned,) = page.of("tool_returned")
    return returned


async def start_kernel(jp_fetch: Any) -> str:
    body = {"path": "work.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
    return str(json.loads(response.body)["kernel"]["id"])


async def test_cells_are_read_whole(connect: Connect, wire: Any, notebook: Any) -> None:
    (cell,) = notebook("rows = [1, 2]")
    returned = await answer(connect, wire, "read_cells", {"cell_ids": [cell]})
    assert returned["ok"]
    assert "rows = [1, 2]" in returned["text"]


async def test_notebook_that_is_gone_is_told_to_the_model_and_the_turn_goes_on(connect: Connect, wire: Any) -> None:
    returned = await answer(connect, wire, "read_cells", {"cell_ids": ["a"]})
    assert not returned["ok"]
    assert "There is no notebook work.ipynb" in returned["text"]


async def test_kernel_that_is_busy_is_told_to_the_model_and_the_turn_goes_on(
    connect: Connect, wire: Any, notebook: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    notebook("rows = [1, 2]")
    kernel = jp_serverapp.kernel_manager.get_kernel(await start_kernel(jp_fetch))
    async with KernelClient(kernel.client()) as user:
        busy = asyncio.create_task(user.execute("import time; time.sleep(60)"))
        while user.status != "busy":
            await asyncio.sleep(0.02)
        returned = await answer(connect, wire, "inspect_variables", {"names": ["rows"]})
        await kernel.interrupt_kernel()
        await busy
    assert not returned["ok"]
    assert "The kernel is busy" in returned["text"]


async def test_unknown_tool_is_answered_with_those_that_there_are(connect: Connect, wire: Any, notebook: Any) -> None:
    notebook("a = 1")
    returned = await answer(connect, wire, "delete_everything", {})
    assert not returned["ok"]
    assert "read_cells" in returned["text"]


async def test_wrong_arguments_are_answered_with_the_right_ones(connect: Connect, wire: Any, notebook: Any) -> None:
    notebook("a = 1")
    returned = await answer(connect, wire, "read_file", {"file": "x"})
    assert not returned["ok"]
    assert "first_line: int" in returned["text"]


async def test_cells_can_be_run_in_auto_mode_only(connect: Connect, wire: Any, notebook: Any) -> None:
    (cell,) = notebook("a = 1")
    returned = await answer(connect, wire, "run_cells", {"cell_ids": [cell]}, mode="ask")
    assert "There is no tool 'run_cells'" in returned["text"]


async def test_file_of_another_encoding_can_be_read_with_what_was_replaced(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    notebook("a = 1")
    (jp_root_dir / "notes.txt").write_bytes("Grüße aus dem alten System, in Latin-1 geschrieben".encode("latin-1"))
    returned = await answer(connect, wire, "read_file", {"path": "notes.txt"})
    assert returned["ok"]
    assert "2 characters that are not UTF-8 were replaced" in returned["text"]


async def test_link_out_of_the_workspace_is_not_read(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path, tmp_path: Path
) -> None:
    notebook("a = 1")
    (tmp_path / "secret.txt").write_text("theirs")
    (jp_root_dir / "link.txt").symlink_to(tmp_path / "secret.txt")
    returned = await answer(connect, wire, "read_file", {"path": "link.txt"})
    assert not returned["ok"]
    assert "leads out of the workspace" in returned["text"]


async def test_edit_by_tool_is_shown_and_then_known_to_the_model(
    connect: Connect, wire: Any, notebook: Any, jp_root_dir: Path
) -> None:
    (cell,) = notebook("a = 1\nb = a")
    block = "<<<<<<< SEARCH\nb = total\n=======\nb = total + 20\n>>>>>>> REPLACE\n"
    wire.script = [
        Reply.tool("edit_cell", {"cell_id": cell, "old": "a", "new": "total", "replace_all": True}),
        Reply.text(f"```search_replace cell={cell}\n{block}```\n"),
    ]
    page = await connect()
    await page.ended(await page.submit("go", binding={"path": "work.ipynb"}, options={"mode": "auto"}))
    assert [event["body"]["note"] for event in page.of("action_started")] == ["", ""]
    assert "b = total + 20" in (jp_root_dir / "work.ipynb").read_text()
