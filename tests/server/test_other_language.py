"""Try fixing where the kernel does not speak Python: no rule, no dry run, and the user is told."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_townie.kernels.client import KernelClient
from tests.wire import Reply

from .conftest import Connect

BROKEN = "import math"
"""A Python rule would have much to say about this line; for bash it is a command that does not exist."""
FIXED = "echo fixed in bash"


@pytest.fixture
def bash_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kernel of bash that only this test knows; its name."""
    pytest.importorskip("bash_kernel")
    folder = tmp_path / "kernels" / "townie-bash"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(
        json.dumps(
            {
                "argv": [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"],
                "display_name": "Bash",
                "language": "bash",
                "env": {"PS1": "$"},
            }
        )
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    return folder.name


class Case:
    def __init__(self, cell: str, error: dict[str, Any], path: Path) -> None:
        self.cell, self.error, self.path = cell, error, path

    @property
    def source(self) -> str:
        book = nbformat.read(self.path, as_version=4)
        return next(str(cell.source) for cell in book.cells if cell["id"] == self.cell)


@pytest.fixture
def failing(bash_kernel: str, jp_fetch: Any, jp_serverapp: Any, jp_root_dir: Path) -> Callable[[], Awaitable[Case]]:
    """A bash notebook with a running kernel whose only cell has failed."""

    async def make() -> Case:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(BROKEN)])
        book.metadata["kernelspec"] = {"name": bash_kernel, "display_name": "Bash", "language": "bash"}
        path = jp_root_dir / "work.ipynb"
        nbformat.write(book, path)
        body = {"path": path.name, "type": "notebook", "name": "", "kernel": {"name": bash_kernel}}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        kernel_id = json.loads(response.body)["kernel"]["id"]
        async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
            done = await kernel.execute(BROKEN)
        assert done.error is not None
        return Case(book.cells[0]["id"], done.error.model_dump(), path)

    return make


async def test_fix_of_a_bash_cell_comes_from_the_model_untried_and_runs(
    connect: Connect, wire: Any, failing: Any
) -> None:
    failed = await failing()
    wire.script = [Reply.text(f"That is Python.\n\n```bash cell={failed.cell}\n{FIXED}\n```\n")]
    page = await connect()
    binding = {"path": failed.path.name, "cell_id": failed.cell}
    turn = await page.submit("", purpose="fix", binding=binding, error=failed.error)
    await page.ended(turn)
    assert len(wire.requests) == 1, "the model was not asked"
    assert "bash" in json.dumps(wire.requests[0].body), "the model was not told the language"
    (action,) = page.of("action_started")
    assert action["body"]["note"] == "", "bash was checked as Python"
    assert action["proof"]["status"] == "untried"
    assert "bash, not Python" in action["proof"]["detail"]
    await page.send("decide", action=action["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert (ran["runs"][0]["status"], ran["failure"]) == ("ok", None)
    assert "fixed in bash" in ran["runs"][0]["output"]
    assert failed.source == FIXED


async def test_another_error_of_bash_is_told_in_its_words(connect: Connect, wire: Any, failing: Any) -> None:
    failed = await failing()
    wire.script = [Reply.text(f"```bash cell={failed.cell}\nls /nowhere-at-all\n```\n")]
    page = await connect()
    binding = {"path": failed.path.name, "cell_id": failed.cell}
    turn = await page.submit("", purpose="fix", binding=binding, error=failed.error)
    await page.ended(turn)
    await page.send("decide", action=page.of("action_started")[0]["action"], decision="accept_and_run")
    ran = await page.until_event("cells_ran")
    assert ran["runs"][0]["status"] == "error"
    assert ran["failure"]["language"] == "bash"
