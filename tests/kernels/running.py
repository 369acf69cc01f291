"""Real kernels for tests: one process for a module, a fresh client for each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager, start_new_kernel

from jupyter_townie.kernels.client import KernelClient


@pytest.fixture(scope="module")
def kernel_process() -> Iterator[Any]:
    """A started kernel's manager, shared by a module."""
    manager, client = start_new_kernel(kernel_name="python3")
    client.stop_channels()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(kernel_process: Any, jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[KernelClient]:
    """A client as one makes it from a connection file, with an empty namespace."""
    client = AsyncKernelClient()
    client.load_connection_info(kernel_process.get_connection_info())
    started = KernelClient(client)

    async def begin() -> None:
        await started.start()
        await started.wait_until_idle(10)
        await started.execute("%reset -f", store_history=False)

    jp_asyncio_loop.run_until_complete(begin())
    yield started
    jp_asyncio_loop.run_until_complete(started.close())


@pytest.fixture
def own_kernel(jp_asyncio_loop: asyncio.AbstractEventLoop) -> Iterator[AsyncKernelManager]:
    """The manager of a kernel that a test may kill."""
    manager = AsyncKernelManager(kernel_name="python3")
    jp_asyncio_loop.run_until_complete(manager.start_kernel())
    yield manager
    jp_asyncio_loop.run_until_complete(manager.shutdown_kernel(now=True))
