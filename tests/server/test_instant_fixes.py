"""Fixes by rule, end to end: no model is asked, the kernel is real, and what is offered works."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_townie.failures.memory import Memory
from jupyter_townie.kernels.client import KernelClient
from tests.wire import Reply

from .conftest import Connect, Page

Failed = Callable[..., Coroutine[Any, Any, tuple[Page, str, list[str]]]]


@pytest.fixture
def failed(connect: Connect, jp_fetch: Any, jp_serverapp: Any, notebook: Any, wire: Any) -> Failed:
    async def make(
        *sources: str, run: tuple[int, ...], says: Callable[[str], Reply] | None = None
    ) -> tuple[Page, str, list[str]]:
        """A page whose fix of the last cell that ran has ended.

        ``run`` is what ran, in order; ``says`` is what the model says to that cell.
        """
        ids = notebook(*sources)
        if says is not None:
            wire.script = [says(ids[run[-1]])] * 2
        body = {"path": "work.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        kernel_id = json.loads(response.body)["kernel"]["id"]
        path = Path(jp_serverapp.root_dir) / "work.ipynb"
        book = nbformat.read(path, as_version=4)
        error: Any = None
        async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
            for index in run:
                done = await kernel.execute(sources[index])
                book.cells[index].execution_count = done.execution_count
                error = done.error
        nbformat.write(book, path)
        assert error is not None
        page = await connect()
        binding = {"path": "work.ipynb", "cell_id": ids[run[-1]]}
        turn = await page.submit("", purpose="fix", binding=binding, error=error.model_dump())
        assert (await page.ended(turn))["reason"] == "done"
        return page, turn, ids

    return make


async def test_edit_is_offered_with_proof_and_runs_when_it_is_accepted(failed: Failed, wire: Any) -> None:
    page, _, ids = await failed("penguin_count = 344", "print(penguin_cuont)", run=(0, 1))
    (action,) = page.of("action_started")
    assert (action["body"]["cell_id"], action["body"]["after"]) == (ids[1], "print(penguin_count)")
    assert (action["state"], action["proof"]["status"]) == ("waiting", "ran")
    await page.send("decide", action=action["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert (ran["runs"][0]["status"], ran["runs"][0]["output"].strip()) == ("ok", "344")
    assert wire.requests == []


async def test_cell_that_was_not_run_is_run_before_the_failed_one(failed: Failed, wire: Any) -> None:
    page, _, ids = await failed("rows = [1, 2, 3]", "total = sum(rows)\ntotal", run=(1,))
    (action,) = page.of("action_started")
    assert (action["body"]["kind"], action["body"]["cell_ids"]) == ("run", ids)
    assert action["proof"]["status"] == "ran"
    await page.send("decide", action=action["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert [run["status"] for run in ran["runs"]] == ["ok", "ok"]
    assert wire.requests == []


async def test_skipped_cell_that_fails_when_it_is_tried_is_left_to_the_model(failed: Failed, wire: Any) -> None:
    page, _, _ = await failed("rows = [1, 0]\nshares = [1 / row for row in rows]", "sum(shares)", run=(1,))
    assert page.of("action_started") == []
    assert len(wire.requests) == 1


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has pip install from a folder, where something small goes by the name of a well-known package."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "folium.py").write_text("VALUE = 7\n")
    (source / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "folium"\nversion = "1"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["*.py"]\n'
    )
    wheels = tmp_path / "wheels"
    target = tmp_path / "site"
    target.mkdir()
    import subprocess

    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(wheels)]
    subprocess.run([*build, str(source)], check=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_TARGET", str(target))
    monkeypatch.setenv("PYTHONPATH", str(target))
    return target


async def test_missing_package_is_installed_and_the_cell_runs(failed: Failed, wire: Any, package: Path) -> None:
    page, _, _ = await failed("import folium\nfolium.VALUE", run=(0,))
    (action,) = page.of("action_started")
    assert (action["body"]["kind"], action["body"]["packages"]) == ("install", ["folium"])
    assert action["state"] == "waiting"
    await page.send("decide", action=action["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran", 60)
    assert ran["runs"][0]["output"].strip() == "7"
    assert wire.requests == []


async def test_failure_that_no_rule_knows_goes_to_the_model(failed: Failed, wire: Any) -> None:
    page, _, _ = await failed("assert 1 == 2, 'the data is wrong'", run=(0,))
    assert len(wire.requests) == 1
    assert page.of("action_started") == []


BROKEN = "rows = {'a': 1}\nrows.total"
MENDED = "rows = {'a': 1}\nsum(rows.values())"


def mending(cell: str) -> Reply:
    return Reply.text(f"A dict has no total.\n\n```python cell={cell}\n{MENDED}\n```\n")


async def again(page: Page, turn: str) -> str:
    """The same fix asked for once more; its turn."""
    (started,) = [event for event in page.of("turn_started") if event["turn"] == turn]
    error = {"ename": "AttributeError", "evalue": "'dict' object has no attribute 'total'", "traceback": []}
    turn = await page.submit("", purpose="fix", binding=started["binding"], error=error)
    await page.ended(turn)
    return turn


def put_back(root: Path, cell: str) -> None:
    book = nbformat.read(root / "work.ipynb", as_version=4)
    next(one for one in book.cells if one["id"] == cell)["source"] = BROKEN
    nbformat.write(book, root / "work.ipynb")


@pytest.fixture
def accepted(failed: Failed, jp_root_dir: Path) -> Any:
    async def make() -> tuple[Page, str, str]:
        """A model's fix that was accepted and ran, in a notebook where the failure then stands again."""
        page, turn, ids = await failed(BROKEN, run=(0,), says=mending)
        (action,) = page.of("action_started")
        await page.send("decide", action=action["action"], decision="accept_and_run")
        await page.until_event("action_changed", action=action["action"], state="done")
        ran = await page.until_event("cells_ran")
        assert ran["runs"][0]["status"] == "ok"
        put_back(jp_root_dir, ids[0])
        return page, turn, ids[0]

    return make


async def test_accepted_fix_is_offered_at_once_the_next_time(accepted: Any, wire: Any) -> None:
    page, turn, _ = await accepted()
    turn = await again(page, turn)
    (action,) = [event for event in page.of("action_started") if event["turn"] == turn]
    assert (action["body"]["after"], action["body"]["found_by"]) == (MENDED, "memory")
    assert (action["state"], action["proof"]["status"]) == ("waiting", "ran")
    assert len(wire.requests) == 1


async def test_remembered_fix_that_is_rejected_is_not_offered_again(
    accepted: Any, wire: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget = Memory.forget

    def slow(*arguments: Any) -> None:
        """The user asks again before the file on a slow disk is written."""
        time.sleep(0.5)
        forget(*arguments)

    page, turn, _ = await accepted()
    monkeypatch.setattr(Memory, "forget", slow)
    second = await again(page, turn)
    action = page.of("action_started")[-1]
    await page.send("decide", action=action["action"], decision="reject")
    await page.until_event("action_changed", action=action["action"], state="rejected")
    third = await again(page, second)
    found = [event["body"]["found_by"] for event in page.of("action_started") if event["turn"] == third]
    assert found == ["model"]
    assert len(wire.requests) == 2


@pytest.mark.parametrize("mends", [True, False])
async def test_what_failed_in_a_console_is_answered_with_code_for_its_prompt(
    connect: Connect, jp_fetch: Any, jp_serverapp: Any, wire: Any, mends: bool
) -> None:
    source = "pirnt('a')" if mends else "pirnt(1 / 0)"
    body = {"path": "console-1", "type": "console", "name": "Console 1", "kernel": {"name": "python3"}}
    response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
    kernel_id = json.loads(response.body)["kernel"]["id"]
    async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
        error = (await kernel.execute(source)).error
    assert error is not None
    wire.script = [Reply.text("Divide by something else.")]
    page = await connect()
    binding = {"path": "console-1", "kind": "console", "cell_id": "c1", "kernel_id": kernel_id}
    ran = {"kind": "selection", "ref": "c1", "label": "cell [1]", "path": "console-1", "text": source}
    turn = await page.submit("", purpose="fix", binding=binding, error=error.model_dump(), attachments=[ran])
    assert (await page.ended(turn))["reason"] == "done"
    assert (len(wire.requests), len(page.of("action_started"))) == (0 if mends else 1, 0)
    if mends:
        assert "Tried: runs" in page.text(turn)
        assert "".join(event["text"] for event in page.of("text")).endswith("print('a')")
    else:
        assert source in wire.requests[0].last_user_text


async def test_the_inputs_that_a_console_s_failed_one_depends_on_are_sent_and_in_the_receipt(
    connect: Connect, jp_fetch: Any, jp_serverapp: Any, wire: Any
) -> None:
    ran = ["prices = [3, 4]", "other = 5", "key = 'sk-ant-api03-" + "a1B2" * 23 + "-QAA'\ntotal = sum(prices)"]
    source = "total / (prices[0] - 3)"
    body = {"path": "console-2", "type": "console", "name": "Console 2", "kernel": {"name": "python3"}}
    response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
    kernel_id = json.loads(response.body)["kernel"]["id"]
    async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
        for code in ran:
            await kernel.execute(code)
        error = (await kernel.execute(source)).error
    assert error is not None
    wire.script = [Reply.text("Divide by something else.")]
    page = await connect()
    binding = {"path": "console-2", "kind": "console", "cell_id": "c4", "kernel_id": kernel_id}
    chip = {"kind": "selection", "ref": "c4", "label": "cell [4]", "path": "console-2", "text": source}
    turn = await page.submit("", purpose="fix", binding=binding, error=error.model_dump(), attachments=[chip])
    assert (await page.ended(turn))["reason"] == "done"
    sent = wire.requests[0].last_user_text
    assert "# In [1]\nprices = [3, 4]" in sent and "total = sum(prices)" in sent
    assert "other = 5" not in sent and "a1B2a1B2" not in sent
    (part,) = [one for one in page.of("request_sent")[0]["parts"] if one["label"].startswith("input")]
    assert part["label"] == "inputs [1], [3]" and "redacted" in part["note"]
