"""How kernels ended that nobody ended: the exit code or signal, which only the server that started them is told.

A page notices by itself that a kernel died, and under which cell; what it was, it asks here.
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from ..kernels.death import exit_code_of, signal_of

if TYPE_CHECKING:
    from .. import protocol as p

ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
REGISTERED_WITHIN = 5.0
"""Seconds that a kernel that was just started may take to be known by its id."""
LOOK = 0.1
MOST = 200
"""Deaths that are kept in memory; of more, the oldest go."""


class Deaths:
    """The kernels of one server that died, by kernel id; costs nothing while they live."""

    def __init__(self, kernels: Any, events: Any) -> None:
        self._kernels = kernels
        self._found: dict[str, dict[str, Any]] = {}
        self._watching: set[asyncio.Task[None]] = set()
        events.add_listener(schema_id=ACTIONS, listener=self._heard)

    def of(self, kernel_id: str) -> p.KernelDeath:
        """The last death of a kernel; one without a time when none is known."""
        # Loaded with the server, so the protocol waits until it is needed.
        from .. import protocol as p

        return p.KernelDeath(kernel_id=kernel_id, **self._found.get(kernel_id, {}))

    async def _heard(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        kernel_id = data.get("kernel_id")
        if data.get("action") == "start" and data.get("status") == "success" and kernel_id:
            # The event comes while the kernel is being started, which must not wait for it.
            task = asyncio.create_task(self._watch(kernel_id))
            self._watching.add(task)
            task.add_done_callback(self._watching.discard)

    async def _watch(self, kernel_id: str) -> None:
        until = time.monotonic() + REGISTERED_WITHIN
        while kernel_id not in self._kernels:
            if time.monotonic() > until:
                return
            await asyncio.sleep(LOOK)
        add = getattr(self._kernels, "add_restart_callback", None)
        if add is None:
            return  # Kernels of a gateway are watched there.
        for event in ("restart", "dead"):
            add(kernel_id, partial(self._died, kernel_id), event)

    def _died(self, kernel_id: str) -> None:
        """Called before the kernel is started again, while the process that ended can still be asked."""
        code = exit_code_of(self._kernels.get_kernel(kernel_id))
        name = signal_of(code) if code is not None else None
        self._found[kernel_id] = {"time": time.time(), "code": code, "signal": name}
        while len(self._found) > MOST:
            del self._found[next(iter(self._found))]
