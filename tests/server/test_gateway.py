"""Try fixing a cell whose kernel runs behind a real Kernel Gateway that wants a token."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.gateway.managers import GatewayKernelManager
from jupyter_server.serverapp import ServerApp

from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.errors import KernelDied, KernelUnreachable
from jupyter_townie.server.gateway import GatewayChannels
from tests.wire import Reply

from .conftest import Connect

pytest.importorskip("kernel_gateway")
TOKEN = secrets.token_hex(8)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/api")
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("gateway")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "kernel_gateway", f"--port={port}"],
        cwd=folder,
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(folder / "runtime"), "KG_AUTH_TOKEN": TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            if _answers(url):
                break
            time.sleep(0.25)
        yield url
    finally:
        GatewayClient.clear_instance()
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], gateway: str) -> dict[str, Any]:
    GatewayClient.clear_instance()
    # The server is stopped after this fixture, and asks the gateway to stop its kernels: `gateway` clears in the end.
    return {**jp_server_config, "GatewayClient": {"url": gateway, "auth_token": TOKEN}}


@pytest.fixture(autouse=True)
def jp_server_cleanup(jp_asyncio_loop: asyncio.AbstractEventLoop, gateway: str) -> Iterator[None]:
    """As pytest-jupyter's own, but no gateway that is gone keeps the server of this test alive for the next ones."""
    yield
    app = ServerApp.instance()
    with contextlib.suppress(Exception):
        jp_asyncio_loop.run_until_complete(app._cleanup())
    ServerApp.clear_instance()
    GatewayClient.clear_instance()


SETUP = "penguin_count = 344"
MISSPELT = "print(penguin_cuont)"
WRONG = "total = penguin_count / 0\ntotal"
HALVED = "total = penguin_count / 2\ntotal"


async def test_a_cell_behind_a_gateway_is_fixed_tried_there_and_run_again(
    connect: Connect, wire: Any, jp_fetch: Any, jp_serverapp: Any, notebook: Any
) -> None:
    ids = notebook(SETUP, MISSPELT, WRONG)
    body = {"path": "work.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    response = await jp_fetch("api", "sessions", method="POST", body=json.dumps(body))
    kernel_id = json.loads(response.body)["kernel"]["id"]
    manager = jp_serverapp.kernel_manager.get_kernel(kernel_id)
    assert isinstance(manager, GatewayKernelManager)
    async with KernelClient(GatewayChannels(manager)) as kernel:
        await kernel.execute(SETUP)
        page = await connect()
        # A rule knows the first, the model the second.
        wire.script = [Reply.text(f"```python cell={ids[2]}\n{HALVED}\n```\n")]
        for cell, source, printed in ((ids[1], MISSPELT, "344"), (ids[2], WRONG, "172.0")):
            error = (await kernel.execute(source)).error
            assert error is not None
            binding = {"path": "work.ipynb", "cell_id": cell}
            turn = await page.submit("", purpose="fix", binding=binding, error=error.model_dump())
            await page.ended(turn)
            action = page.of("action_started")[-1]
            assert (action["state"], action["proof"]["status"]) == ("waiting", "ran")
            await page.send("decide", action=action["action"], decision="accept_and_run")
            ran = await page.until_event("cells_ran")
            assert (ran["runs"][0]["status"], ran["runs"][0]["output"].strip()) == ("ok", printed)
    assert len(wire.requests) == 1


async def test_messages_with_buffers_and_a_lost_connection(jp_fetch: Any, jp_serverapp: Any) -> None:
    response = await jp_fetch("api", "kernels", method="POST", body=json.dumps({"name": "python3"}))
    manager = jp_serverapp.kernel_manager.get_kernel(json.loads(response.body)["id"])
    channels = GatewayChannels(manager)
    async with KernelClient(channels) as kernel:
        seen: list[Any] = []
        binary = "import comm\ncomm.create_comm('x').send({}, buffers=[b'abc'])\nprint('after')"
        await kernel.execute(binary, seen.append, timeout=20)
        assert seen[-1]["content"]["text"].strip() == "after"
        started = time.process_time()
        await asyncio.sleep(0.5)
        assert time.process_time() - started < 0.25, "an idle connection costs nothing"
        waiting = asyncio.create_task(kernel.execute("import time; time.sleep(30)"))
        await asyncio.sleep(0.2)
        assert channels._socket is not None
        channels._socket.close()
        with pytest.raises(KernelDied, match="connection to the kernel broke"):
            await asyncio.wait_for(waiting, 10)
    await jp_fetch("api", "kernels", manager.kernel_id, method="DELETE")


async def test_a_gateway_that_refuses_says_what_to_look_at(jp_fetch: Any, jp_serverapp: Any) -> None:
    response = await jp_fetch("api", "kernels", method="POST", body=json.dumps({"name": "python3"}))
    manager = jp_serverapp.kernel_manager.get_kernel(json.loads(response.body)["id"])
    settings = GatewayClient.instance()
    settings.auth_token = "another"
    with pytest.raises(KernelUnreachable) as refused:
        await GatewayChannels(manager).start_channels()
    assert "401" in (refused.value.problem.detail or "")
    assert "auth_token" in (refused.value.problem.remedy or "")
    settings.auth_token = TOKEN
    await jp_fetch("api", "kernels", manager.kernel_id, method="DELETE")
