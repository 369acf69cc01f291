"""A kernel that died: the server knows how, and a fix of the cell that killed it is offered untried."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.errors import KernelError
from tests.wire import Reply

from .conftest import Connect


@pytest.fixture
def died(jp_fetch: Any, jp_serverapp: Any, notebook: Any, jp_asyncio_loop: Any) -> Iterator[Any]:
    async def make(code: str) -> tuple[str, str, dict[str, Any]]:
        """The ids of a cell and of the kernel that died of it, and what the server knows of that."""
        (cell,) = notebook(code)
        body = {"path": "work.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
        response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
        kernel_id = json.loads(response.body)["kernel"]["id"]
        async with KernelClient(jp_serverapp.kernel_manager.get_kernel(kernel_id).client()) as kernel:
            with pytest.raises(KernelError):
                await kernel.execute(code, timeout=20)
        for _ in range(100):
            told = json.loads((await jp_fetch("townie", "api", "kernels", kernel_id, "death")).body)
            if told["time"] is not None:
                return cell, kernel_id, told
            await asyncio.sleep(0.1)
        raise AssertionError("the server has not noticed it")

    yield make

    async def started_again() -> None:
        # A server that ends while it starts a kernel again does not end cleanly.  A kernel that has not been started
        # again yet counts as ready, too, so that only one that lives has been.
        for kernel_id in jp_serverapp.kernel_manager.list_kernel_ids():
            kernel = jp_serverapp.kernel_manager.get_kernel(kernel_id)
            for _ in range(400):
                if await kernel.is_alive() and kernel.ready.done():
                    break
                await asyncio.sleep(0.05)

    jp_asyncio_loop.run_until_complete(started_again())


@pytest.mark.parametrize(
    ("code", "exit_code", "signal"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "SIGKILL"),
        ("import faulthandler; faulthandler._sigsegv()", -11, "SIGSEGV"),
        ("import os; os._exit(3)", 3, None),
    ],
    ids=["killed", "crashed", "ended"],
)
async def test_how_a_kernel_died_is_known(died: Any, code: str, exit_code: int, signal: str | None) -> None:
    _, _, told = await died(code)
    assert (told["code"], told["signal"]) == (exit_code, signal)


async def test_kernel_that_lives_has_no_death(jp_fetch: Any) -> None:
    response = await jp_fetch("api", "kernels", method="POST", body="{}")
    kernel_id = json.loads(response.body)["id"]
    told = json.loads((await jp_fetch("townie", "api", "kernels", kernel_id, "death")).body)
    assert told["time"] is None


async def test_fix_of_what_killed_a_kernel_is_offered_untried(connect: Connect, wire: Any, died: Any) -> None:
    cell, _, _ = await died("import os; os._exit(3)")
    wire.script = [Reply.text(f"It ends itself.\n\n```python cell={cell}\nprint('stays')\n```\n")]
    page = await connect()
    error = {"ename": "KernelDied", "evalue": "The kernel ended with exit code 3.", "traceback": ["last words"]}
    binding = {"path": "work.ipynb", "cell_id": cell}
    turn = await page.submit("", purpose="fix", binding=binding, error=error)
    await page.ended(turn)
    (started,) = page.of("turn_started")
    assert started["failure"]["source"] == "kernel"
    (action,) = page.of("action_started")
    assert action["proof"]["status"] == "untried"
    assert "died" in action["proof"]["detail"]
    sent = json.dumps(wire.requests[0].body)
    assert "exit code 3" in sent
    assert "last words" in sent
