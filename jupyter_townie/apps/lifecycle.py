"""What every backend has in common, whatever runs it: it is started when it is needed, anew when its code changes, and
ended when nobody uses it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from .app import App
from .connection import Pool
from .generation import StartFailed
from .llm import AppLlm
from .observation import Observation
from .outgoing import Reach

if TYPE_CHECKING:
    from ..kernels.client import KernelClient

logger = logging.getLogger(__name__)

AFTER_CLOSING = 60.0
"""Seconds after which a backend is stopped when the last one who watched it has gone and nobody else uses it."""
SAYING_GOODBYE = 3.0
"""Seconds within which the last requests come of a page that is closed."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running backend is reached."""

    socket: str
    """The path of its Unix socket."""
    pool: Pool
    """Connections to it, to be used for every request."""


@dataclass(frozen=True, slots=True)
class HeldKernel:
    """A kernel that an app runs in."""

    client: KernelClient
    here: bool
    """Whether it sees the same files as this server."""
    release: Callable[[], Awaitable[None]] | None = None
    """Ends a kernel that was started for the app alone."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backend needs of its server."""

    python: Callable[[str | None], Awaitable[str]]
    kernel: Callable[[App], Awaitable[HeldKernel]]
    """The kernel that the app runs in.  :raises AppRefused: there is none, with what to do about it."""
    in_kernel: bool
    """Whether the app runs in that instead of in a process of its own."""
    llm: Callable[[], AppLlm]
    secret: Callable[[str], str | None]
    caches: Path
    """A folder outside of the workspace for what the app may cache."""
    read: Callable[[App], list[str]]
    """Absolute paths of the workspace that the app was allowed to read."""
    reach: Callable[[App], Reach]
    """What of the network the app was allowed to reach."""


class Lifecycle(ABC):
    """Methods belong to the event loop and may be called at any time; they take their turn."""

    def __init__(self, app: App, observation: Observation, around: Surroundings) -> None:
        self.app = app
        self.phase: p.AppPhase = "stopped"
        self.message = ""
        self.problem: p.Problem | None = None
        """Why the last start failed."""
        self.used = time.monotonic()
        self._observation = observation
        self._around = around
        self._pool: Pool | None = None
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------------------------------------- what each does itself

    @property
    @abstractmethod
    def writable(self) -> list[Path]:
        """The folders that the app may write to, and that count as its data."""

    @property
    @abstractmethod
    def _address(self) -> str:
        """The path of the Unix socket where it serves."""

    @abstractmethod
    async def _begin(self) -> None:
        """Start, or go over to what the code is now.  :raises StartFailed: it can not be started."""

    @abstractmethod
    async def _end(self) -> None:
        """End all of it."""

    # ------------------------------------------------------------------------------------------------- what all have

    @property
    def pid(self) -> int | None:
        """The process of the app itself, when it has one."""
        return None

    @property
    def python(self) -> str:
        """The executable that it is started with, when it is a process of its own."""
        return ""

    @property
    def busy(self) -> bool:
        """Whether somebody is connected at this moment."""
        return self._pool is not None and self._pool.in_use > 0

    @property
    def abandoned(self) -> bool:
        """Whether the last one who watched it has closed it a while ago, and it was not used since."""
        left = self._observation.left
        # A page's last requests come while it is closed; later ones are those of somebody who has it open elsewhere.
        return left is not None and time.monotonic() - left > AFTER_CLOSING and self.used < left + SAYING_GOODBYE

    async def endpoint(self) -> Endpoint:
        """Where it serves; starts it when it is stopped.

        :raises StartFailed: it can not be started; :attr:`problem` says why.
        """
        self.used = time.monotonic()
        if self.phase != "running":
            await self._to_its_end(self._for_request())
        assert self._pool is not None
        return Endpoint(self._address, self._pool)

    async def start(self, app: App) -> None:
        """Start it, also after it has failed.  :raises StartFailed: it can not be started."""
        await self._to_its_end(self._start(app, anew=False))

    async def renew(self, app: App) -> None:
        """Its code has changed: run what is there now.  :raises StartFailed: that can not be started."""
        await self._to_its_end(self._start(app, anew=True))

    async def _for_request(self) -> None:
        async with self._lock:
            # It may have begun to run, or have failed, while this waited for its turn.
            if self.phase == "failed":
                raise StartFailed({})
            if self.phase != "running":
                await self._begin()

    async def _start(self, app: App, *, anew: bool) -> None:
        async with self._lock:
            self.app = app
            if anew or self.phase != "running":
                await self._begin()

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Do *work*, also when who asked for it waits no longer: a page that is closed while its app starts."""
        await asyncio.shield(self._later(work))

    async def stop(self, message: str = "") -> None:
        """End it, with all that it has started."""
        async with self._lock:
            await self._end()
            self._state("stopped", message)

    async def give_up(self, problem: p.Problem) -> None:
        """End it because of *problem*, until somebody starts it again or its code changes."""
        async with self._lock:
            await self._end()
            self.problem = problem
            self._observation.log("townie", problem.message)
            self._state("failed", problem.message)

    def _failed(self, problem: p.Problem, error: dict[str, Any]) -> StartFailed:
        """It can not be started: tell everybody, and give back what to raise."""
        self.problem = problem
        if error:
            self._observation.backend_error(self.app, error)
        self._observation.log("townie", problem.message)
        self._state("failed", problem.message)
        return StartFailed(error)

    def _state(self, phase: p.AppPhase, message: str) -> None:
        self.phase = phase
        self.message = message
        self._observation.state_changed()

    def _later(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, StartFailed):
            logger.error("A backend's work failed", exc_info=error)
