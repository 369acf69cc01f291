"""Whether a kernel lives, as its client knows: by its process, its heartbeat, or a gateway's word."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

from jupyter_townie.kernels.death import exit_code_of

LOOK = 0.5
"""Seconds between two looks at whether the kernel lives."""
REMOTE_LOOK = 3.0
"""The same where each look is a request to a gateway, which also tells of a death by itself."""
RESTART_LOOKS = 40
"""Looks in a row in which a kernel that its manager is ending or starting may be without a process."""
MISSED_BEATS = 6
"""Looks that may fail in a row when only a heartbeat tells; one is enough when the process itself is watched."""
FIRST_BEATS = 20
"""Tenths of a second that a heartbeat is given which has just been started."""


class Vitals:
    """Looks at the kernel behind one ``jupyter_client`` asynchronous client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._missed = 0

    @property
    def _manager(self) -> Any:
        return getattr(self._client, "parent", None)

    @property
    def interval(self) -> float:
        """Seconds from one look to the next."""
        return LOOK if self._is_local else REMOTE_LOOK

    @property
    def exit_code(self) -> int | None:
        return exit_code_of(self._manager)

    @property
    def needs_heartbeat(self) -> bool:
        """Whether nothing else tells that the kernel lives."""
        return not self._watches_process

    async def is_alive(self) -> bool:
        """Whether the process, its heartbeat, or the gateway's word of it is there now."""
        # The client's own method asks for the process of its manager, which a gateway's manager does not have.
        asked = self._manager if self._watches_process else self._client
        try:
            return bool(await settled(asked.is_alive()))
        except Exception:  # a gateway that cannot be reached says so in its own ways
            return False

    async def comes_alive(self) -> bool:
        """The same, with time for the first beat of a heartbeat that has just been started."""
        for _ in range(FIRST_BEATS):
            if await self.is_alive():
                return True
            await asyncio.sleep(0.1)
        return await self.is_alive()

    def has_died(self, alive: bool) -> bool:
        """Whether the kernel was found dead often enough in a row to believe it, *alive* being the newest look."""
        self._missed = 0 if alive else self._missed + 1
        return self._missed >= self._believed

    @property
    def _believed(self) -> int:
        if not (self._watches_process and self._is_local):
            return MISSED_BEATS
        ready = getattr(self._manager, "ready", None)
        # Between its end and its new process, a kernel that is being restarted is not dead.
        return RESTART_LOOKS if ready is not None and not ready.done() else 1

    @property
    def _watches_process(self) -> bool:
        return hasattr(self._manager, "is_alive")

    @property
    def _is_local(self) -> bool:
        """Whether looking costs nothing: a gateway is asked over HTTP."""
        return not self._watches_process or getattr(self._manager, "provisioner", None) is not None


async def settled(value: Any) -> Any:
    """What a method of ``jupyter_client`` comes to, which some clients have as a coroutine and others not."""
    return await value if inspect.isawaitable(value) else value
