"""KernelClient on a kernel that runs behind another Jupyter server, reached over HTTP and WebSocket alone."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.gateway.managers import GatewayMappingKernelManager

from jupyter_townie.apps import App
from jupyter_townie.apps.lifecycle import HeldKernel
from jupyter_townie.kernels.client import KernelClient
from jupyter_townie.kernels.dryrun import try_candidates
from jupyter_townie.kernels.errors import KernelDied
from jupyter_townie.kernels.variables import post_mortem, summarise
from jupyter_townie.server.gateway import GatewayChannels
from tests.apps.working import Workspace, answering

SERVER = ["jupyter_server", "--ServerApp.token=", "--ServerApp.jpserver_extensions={}", "--allow-root"]
SERVER.append("--ServerApp.disable_check_xsrf=True")


@pytest.fixture(params=["jupyter_server", "kernel_gateway"])
def gateway(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A Kernel Gateway, or a Jupyter server, which speaks the same protocol, as another process."""
    pytest.importorskip(request.param)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = SERVER if request.param == "jupyter_server" else [request.param]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, f"--port={port}"],
        cwd=tmp_path,
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}/api")
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            # A server that is just restarting the dead kernel takes its time; kernels end when their server is gone.
            process.kill()
            process.wait()


@pytest.fixture
def client(gateway: str, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[Any]:
    settings = GatewayClient.instance()
    settings.url = gateway
    settings.init_connection_args()

    async def start() -> Any:
        manager = GatewayMappingKernelManager()
        kernel_id = await manager.start_kernel(kernel_name="python3")
        return GatewayChannels(manager.get_kernel(kernel_id))

    yield jp_asyncio_loop.run_until_complete(start())
    GatewayClient.clear_instance()


async def answer_of_an_app(kernel: KernelClient, folder: Path) -> tuple[int, str]:
    """What an app in the kernel, to which its files were sent, answers of the kernel's objects."""
    (folder / "apps").mkdir()
    workspace = Workspace(folder / "apps")

    async def held(app: App) -> HeldKernel:
        return HeldKernel(kernel, here=False)

    object.__setattr__(workspace.apps._running._context, "kernel", held)
    source = answering("import __main__\ndef answer(path): return __main__.x\n")
    app = workspace.allowed(source, manifest='kind = "fullstack"\nnotebook = "../../work.ipynb"')
    try:
        return await workspace.get(app)
    finally:
        await workspace.apps.close()


async def test_a_kernel_behind_a_gateway_is_run_looked_at_forked_and_its_death_is_noticed(
    client: Any, tmp_path: Path
) -> None:
    seen: list[str] = []
    async with KernelClient(client) as kernel:
        assert (kernel.language, kernel.status) == ("python", "idle")
        await kernel.execute("x = [1, 2]\nprint('hi')", lambda message: seen.append(message["msg_type"]), timeout=20)
        assert seen == ["stream"]
        assert [summary.text for summary in await summarise(kernel, None, "types")] == ["x: list, length 2, of int"]
        (trial,) = await try_candidates(kernel, ["x.append(3)\nprint(len(x))"])
        assert (trial.status, trial.lines) == ("ran", 1)
        await kernel.execute("def last(rows):\n    return rows[7]\n\nlast(x)", timeout=20)
        told = await post_mortem(kernel, "IndexError", "types")
        assert told is not None
        assert [variable.text for variable in told.variables] == ["rows: list, length 2, of int"]
        assert await answer_of_an_app(kernel, tmp_path) == (200, "[1, 2]")
        running = asyncio.create_task(kernel.execute("import os, time; time.sleep(1); os._exit(1)"))
        await asyncio.sleep(0.5)
        assert kernel.status == "busy"
        with pytest.raises(KernelDied):
            await asyncio.wait_for(running, 30)
