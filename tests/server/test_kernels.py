"""The clients of a server's kernels: one each, and nothing is left of those whose kernel is gone."""

from __future__ import annotations

import threading
from typing import Any

from jupyter_client.channels import HBChannel

from jupyter_townie.server.kernels import ServerKernels


async def test_nothing_is_left_of_a_kernel_that_was_shut_down(jp_serverapp: Any) -> None:
    manager = jp_serverapp.kernel_manager
    kernels = ServerKernels(manager, jp_serverapp.session_manager)
    first, second = await manager.start_kernel(), await manager.start_kernel()
    gone = await kernels.client(first)
    assert gone is not None
    assert await kernels.client(first) is gone
    await manager.shutdown_kernel(first, now=True)
    assert await kernels.client(second) is not None
    assert not gone._connection._client.channels_running
    assert [thread for thread in threading.enumerate() if isinstance(thread, HBChannel)] == []
    assert await kernels.client(first) is None
    await kernels.close()
    await manager.shutdown_kernel(second, now=True)
