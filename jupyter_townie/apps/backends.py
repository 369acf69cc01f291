"""All backends of one server: which may run, how many at a time, and which have been idle for too long."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import stat
import time
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from .. import protocol as p
from .app import App
from .backend import IDLE, Backend
from .confinement import supported
from .generation import StartFailed
from .lifecycle import Endpoint, Lifecycle, Surroundings
from .observation import Observation
from .refusal import AppRefused

logger = logging.getLogger(__name__)

MOST = 5
"""Backends that run at a time; one more ends the one that was used longest ago."""
LOOK_EVERY = 20.0
"""Seconds between two looks for idle backends."""
MEASURE_EVERY = 3.0
"""Seconds between two looks at how much they keep: a disk is full within a minute."""
LARGEST_DATA = 500 << 20
"""Bytes that an app may keep in its data, its caches and its temporary files."""


class Backends:
    """Backends by the ids of their apps.  Who calls has checked that the app is allowed to run."""

    def __init__(self, idle: float | None = None) -> None:
        self._idle = IDLE if idle is None else idle
        self._backends: dict[str, Lifecycle] = {}
        self._looking: asyncio.Task[None] | None = None

    def of(self, app: str) -> Lifecycle | None:
        """The app's backend, if it was ever started."""
        return self._backends.get(app)

    async def start(self, app: App, observation: Observation, around: Surroundings) -> None:
        """Start the app's backend.  :raises AppRefused: it can not be started."""
        backend = await self._ready(app, observation, around)
        try:
            await backend.start(app)
        except StartFailed:
            raise AppRefused(_problem(backend)) from None

    async def endpoint(self, app: App, observation: Observation, around: Surroundings) -> Endpoint:
        """Where the app is served; started when it is stopped.  :raises AppRefused: it can not be started."""
        backend = self._backends.get(app.id)
        if backend is None or backend.phase != "running":
            backend = await self._ready(app, observation, around)
        try:
            return await backend.endpoint()
        except StartFailed:
            raise AppRefused(_problem(backend)) from None

    async def renew(self, app: App) -> bool:
        """Run the app's code as it is now, if its backend was running or could not run; whether there is one.

        A failure to start is told to those who watch.
        """
        backend = self._backends.get(app.id)
        if backend is None or backend.phase == "stopped":
            return False
        with contextlib.suppress(StartFailed):
            await backend.renew(app)
        return True

    async def stop(self, app: str, message: str = "") -> None:
        """Stop the app's backend; nothing happens when it does not run."""
        backend = self._backends.get(app)
        if backend is not None:
            await backend.stop(message)

    async def close(self) -> None:
        """End all of them."""
        if self._looking is not None:
            self._looking.cancel()
        await asyncio.gather(*(backend.stop() for backend in self._backends.values()), return_exceptions=True)
        self._backends.clear()

    async def _ready(self, app: App, observation: Observation, around: Surroundings) -> Lifecycle:
        assert app.manifest is not None
        if not supported() and not around.in_kernel:
            message = "Backends of apps run on Linux and macOS only."
            raise AppRefused(p.Problem(code="no_backends", message=message, remedy="Make it a page alone (web)."))
        backend = await self._of_its_kind(app, observation, around)
        if backend.phase != "running":
            await self._make_room(backend)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return backend

    async def _of_its_kind(self, app: App, observation: Observation, around: Surroundings) -> Lifecycle:
        from .kernel_backend import KernelBackend

        kind = KernelBackend if around.in_kernel else Backend
        backend = self._backends.get(app.id)
        if backend is not None and not isinstance(backend, kind):
            # Its townie.toml says otherwise now.
            await backend.stop()
            backend = None
        if backend is None:
            backend = self._backends[app.id] = kind(app, observation, around)
        return backend

    async def _make_room(self, newcomer: Lifecycle) -> None:
        running = [
            one for one in self._backends.values() if one is not newcomer and one.phase in ("running", "starting")
        ]
        running.sort(key=lambda one: one.used)
        for one in running[: max(len(running) - MOST + 1, 0)]:
            await one.stop(f"Stopped, because {MOST} apps run at a time; it starts again when it is used.")

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(min(LOOK_EVERY, MEASURE_EVERY))
            now = time.monotonic()
            for backend in list(self._backends.values()):
                if backend.phase != "running":
                    continue
                if backend.busy:
                    backend.used = now
                elif now - backend.used > self._idle:
                    await backend.stop("Stopped, because nobody used it; it starts again when it is used.")
                    continue
                elif backend.abandoned:
                    await backend.stop("Stopped, because its panel was closed; it starts again when it is used.")
                    continue
                if not await asyncio.to_thread(backend.app.folder.is_dir):
                    await backend.stop("Its folder is gone.")
                elif await asyncio.to_thread(kept_by, backend.writable, backend.pid) > LARGEST_DATA:
                    message = f"Stopped, because its data folder and its caches hold more than {LARGEST_DATA >> 20} MB."
                    remedy = "Delete what it does not need, then start it again."
                    await backend.give_up(p.Problem(code="too_much_data", message=message, remedy=remedy))


def kept_by(folders: Sequence[Path], process: int | None) -> int:
    """Bytes that an app keeps: below *folders*, and in files that it has open and that have no name any more."""
    total = size_of(folders)
    with contextlib.suppress(OSError), os.scandir(f"/proc/{process}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat()
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0:
                    total += status.st_size
    return total


def size_of(folders: Sequence[Path]) -> int:
    """Bytes of all files below *folders*."""
    total = 0
    for place, _, names in chain.from_iterable(map(os.walk, folders)):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 -- there may be many
    return total


def caches_of(data: Path, app: App) -> Path:
    """Where an app's caches are kept, outside of the workspace; other workspaces have apps with the same id."""
    return data / "apps" / f"{app.id}-{hashlib.sha256(str(app.folder).encode()).hexdigest()[:12]}" / "cache"


def _problem(backend: Lifecycle) -> p.Problem:
    return backend.problem or p.Problem(code="start_failed", message="The app's backend can not be started.")
