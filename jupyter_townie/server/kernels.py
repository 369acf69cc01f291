"""The kernels of this Jupyter server: one client for each kernel that Townie talks to."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from jupyter_server.gateway.managers import GatewayKernelManager
from jupyter_server.utils import ensure_async

from ..kernels.client import KernelClient
from ..kernels.errors import KernelError
from .gateway import GatewayChannels


class ServerKernels:
    """Implements :class:`jupyter_townie.notebooks.file.Kernels`; never starts and never stops a kernel."""

    def __init__(self, kernel_manager: Any, session_manager: Any) -> None:
        self._kernels = kernel_manager
        self._sessions = session_manager
        self._clients: dict[str, KernelClient] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def client_for(self, path: str) -> KernelClient | None:
        """A started client of the kernel of the session at ``path``."""
        for session in await ensure_async(self._sessions.list_sessions()):
            if session["path"] == path and session.get("kernel"):
                return await self.client(session["kernel"]["id"])
        return None

    async def client(self, kernel_id: str) -> KernelClient | None:
        """A started client of one kernel, None when there is no such kernel.

        :raises KernelError: the kernel is dead.
        """
        for gone in [known for known in self._clients if known not in self._kernels]:
            await self._drop(gone)
        if kernel_id not in self._kernels:
            return None
        async with self._locks.setdefault(kernel_id, asyncio.Lock()):
            known = self._clients.get(kernel_id)
            if known is not None:
                if known.status != "dead":
                    return known
                await self._drop(kernel_id)
            client = KernelClient(_channels(self._kernels.get_kernel(kernel_id)), kernel_id=kernel_id)
            await client.start()
            self._clients[kernel_id] = client
            return client

    async def _drop(self, kernel_id: str) -> None:
        client = self._clients.pop(kernel_id, None)
        if kernel_id not in self._kernels:
            self._locks.pop(kernel_id, None)
        if client is not None:
            with contextlib.suppress(KernelError):
                await client.close()

    async def close(self) -> None:
        for kernel_id in list(self._clients):
            await self._drop(kernel_id)


def _channels(manager: Any) -> Any:
    """A client for :class:`KernelClient`, by where the kernel runs."""
    return GatewayChannels(manager) if isinstance(manager, GatewayKernelManager) else manager.client()
