"""The backend of one app: started when it is needed, anew when its code changes or it crashes, ended when idle.

A backend is a nursery process (see :mod:`.nursery`) that forks one generation after the other.  A new generation
imports the app while the old one still serves; then the old one stops to take connections, and the new one begins to.
The listening socket stays the same, so a request that comes in between waits instead of failing.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import deque
from pathlib import Path
from typing import Any

import anyio

from .. import protocol as p
from .app import App
from .confinement import FILE_SIZE, MEMORY, OPEN_FILES, RUNNER, available, lent_places
from .connection import Pool
from .generation import Generation, StartFailed
from .lifecycle import Lifecycle, Surroundings
from .manifest import UNCONFINED
from .nursery import Nursery
from .observation import Observation, waits_for_secret
from .packages import explained
from .preloading import modules_for
from .refusal import AppRefused

logger = logging.getLogger(__name__)

START_DEADLINE = {"fullstack": 30.0}
SLOW_START_DEADLINE = 90.0
"""Seconds that an app may take to serve; frameworks with much to import get the longer time."""
HANGS_AFTER = 10
"""Seconds without a sign of life of its event loop after which a backend is told to hang."""
IDLE = 15 * 60.0
"""Seconds without a request after which a backend is stopped; the next request starts it again."""
CRASHES = 5
CRASH_WINDOW = 60.0
"""An app that has crashed :data:`CRASHES` times within this many seconds is left alone."""
FIRST_PAUSE = 0.25
"""Seconds before the first new start after a crash, doubled with each that follows."""


class Backend(Lifecycle):
    """One in a process of its own.  See :class:`~jupyter_townie.apps.lifecycle.Lifecycle`."""

    def __init__(self, app: App, observation: Observation, around: Surroundings) -> None:
        super().__init__(app, observation, around)
        self._nursery: Nursery | None = None
        self._python = ""
        self._current: Generation | None = None
        self._generations: dict[int, Generation] = {}
        self._count = 0
        self._crashes: deque[float] = deque(maxlen=CRASHES)
        self._revival: asyncio.Task[None] | None = None

    @property
    def confined(self) -> bool:
        return available() and self.app.manifest is not None and self.app.manifest.kind not in UNCONFINED

    @property
    def python(self) -> str:
        """The executable that runs it; empty before the first start."""
        return self._python

    @property
    def pid(self) -> int | None:
        """The process of the app itself."""
        return self._current.pid if self._current is not None else None

    @property
    def writable(self) -> list[Path]:
        """The folders that the app may write to."""
        temporary = [self._nursery.home] if self._nursery is not None else []
        # A link that leads out of the app's folder must not open to the app what it leads to.
        return [folder for folder in (self.app.data, self._around.caches, *temporary) if not folder.is_symlink()]

    @property
    def _address(self) -> str:
        assert self._nursery is not None
        return self._nursery.address

    async def start(self, app: App) -> None:
        self._crashes.clear()
        await super().start(app)

    async def renew(self, app: App) -> None:
        self._crashes.clear()
        await super().renew(app)

    # -------------------------------------------------------------------------------------------------------- starting

    async def _begin(self) -> None:
        if self._revival is not None and self._revival is not asyncio.current_task():
            self._revival.cancel()
        manifest = self.app.manifest
        if manifest is None:
            await self._fail(self.app.problem or p.Problem(code="no_app", message="There is no app."), {})
        assert manifest is not None
        began = time.monotonic()
        self.problem = None
        self._state("starting", "")
        deadline = START_DEADLINE.get(manifest.kind, SLOW_START_DEADLINE)
        try:
            with anyio.fail_after(deadline):
                await self._generation()
        except TimeoutError:
            message = f"The app did not begin to serve within {deadline:.0f} seconds."
            remedy = "See what it waits for: an app must not start a server or a loop of its own while it is loaded."
            latest = self._generations.get(self._count)
            lines = await latest.where(1.0) if latest is not None else []
            lines = [*lines, f"StartTimedOut: {message}"] if lines else []
            error = {"ename": "StartTimedOut", "evalue": message, "traceback": lines, "hint": remedy}
            await self._fail(p.Problem(code="start_timeout", message=message, remedy=remedy), error)
        except StartFailed as failed:
            error = explained(self.app, failed.error or self._silent_end())
            if waits_for_secret(error):
                message = str(error.get("evalue") or "The app needs a secret.")[:300]
                await self._fail(p.Problem(code="secret", message=message), {})
            text = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}".strip(": ")
            problem = p.Problem(
                code="start_failed",
                message=f"The app's backend can not be started. {text}"[:2_000],
                remedy=str(error.get("hint") or "Correct it, or have Townie try to fix it."),
            )
            await self._fail(problem, error)
        except AppRefused as refused:
            await self._fail(refused.problem, {})
        except OSError as error_of_system:
            message = f"{self._python or 'Python'} can not be started: {error_of_system}."
            await self._fail(p.Problem(code="no_python", message=message, remedy="Choose another kernel."), {})
        self._observation.log("townie", f"The backend serves after {time.monotonic() - began:.2f} s.")
        self._state("running", "")

    async def _generation(self) -> None:
        nursery = await self._ready_nursery()
        assert self.app.manifest is not None
        nursery.preload(modules_for(self.app))
        self._count += 1
        number = self._count
        control = nursery.fork(self._settings(nursery, number))
        one = self._generations[number] = Generation(
            number,
            control,
            on_error=self._error,
            on_end=self._ended,
            llm=self._around.llm,
            secret=self._around.secret,
            reach=self._around.reach(self.app),
        )
        await one.loaded()
        before = self._current
        if before is not None:
            await before.stop_accepting(0.5)
            self._later(self._see_off(before))
        if self._pool is not None:
            self._pool.renew()
        self._current = one
        await one.serve()

    async def _ready_nursery(self) -> Nursery:
        assert self.app.manifest is not None
        python = await self._around.python(self.app.manifest.kernel)
        if self._nursery is not None and (python != self._python or self._nursery.control.closed):
            await self._end()
        if self._nursery is None:
            self._python = python
            self._around.caches.mkdir(parents=True, exist_ok=True)
            self._nursery = await Nursery.spawn(
                python,
                self._around.caches,
                self._of_nursery,
                self._nursery_gone,
                lambda stream, line: self._observation.log(stream, line),
            )
            self._pool = Pool(self._nursery.address)
        return self._nursery

    def _settings(self, nursery: Nursery, number: int) -> dict[str, Any]:
        manifest = self.app.manifest
        assert manifest is not None
        self.app.data.mkdir(exist_ok=True)
        return {
            "generation": number,
            "folder": str(self.app.folder),
            "kind": manifest.kind,
            "entry": manifest.entry,
            "title": manifest.title,
            "requirements": list(manifest.requirements),
            "confined": self.confined,
            "read": [str(RUNNER), *lent_places(), *self._around.read(self.app)],
            "write": [str(folder) for folder in self.writable],
            "network": bool(self._around.reach(self.app)),
            "hangs_after": HANGS_AFTER,
            "memory": MEMORY,
            "file_size": FILE_SIZE,
            "open_files": OPEN_FILES,
        }

    # ---------------------------------------------------------------------------------------------------------- ending

    async def _fail(self, problem: p.Problem, error: dict[str, Any]) -> None:
        # The nursery stays, so that the next try, after the code was corrected, is as quick as any other change.
        self._end_generations()
        raise self._failed(problem, error)

    def _silent_end(self) -> dict[str, Any]:
        last = self._generations.get(self._count)
        return _described_end(last, "while it was starting")

    async def _end(self) -> None:
        if self._revival is not None and self._revival is not asyncio.current_task():
            self._revival.cancel()
        self._end_generations()
        nursery, self._nursery = self._nursery, None
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        if nursery is not None:
            await nursery.close()

    def _end_generations(self) -> None:
        self._current = None
        generations, self._generations = list(self._generations.values()), {}
        for one in generations:
            if self._nursery is not None:
                self._nursery.kill(one.number)
            one.close()

    async def _see_off(self, generation: Generation) -> None:
        """Have a generation that was replaced finish what it does, but not for long."""
        if not await generation.exited(2.0) and self._nursery is not None:
            self._nursery.kill(generation.number)

    def _of_nursery(self, message: dict[str, Any]) -> None:
        generation = self._generations.get(message.get("generation", -1))
        if generation is None:
            return
        if message.get("type") == "forked":
            generation.pid = int(message["pid"])
        elif message.get("type") == "exited":
            generation.has_exited(message.get("code"), message.get("signal"))

    def _nursery_gone(self) -> None:
        for generation in list(self._generations.values()):
            generation.has_exited(None, None)

    def _ended(self, generation: Generation) -> None:
        self._generations.pop(generation.number, None)
        if generation is not self._current:
            return
        self._current = None
        if self.phase != "running":
            return
        self._observation.backend_error(self.app, _described_end(generation, "while it was running"))
        now = time.monotonic()
        self._crashes.append(now)
        if len(self._crashes) == CRASHES and now - self._crashes[0] < CRASH_WINDOW:
            message = f"The backend has ended by itself {CRASHES} times within a minute and is left alone."
            self.problem = p.Problem(code="crashes", message=message, remedy="Correct it, then start it again.")
            self._state("failed", message)
            self._later(self._end_locked())
            return
        self._state("starting", "The backend has ended by itself and is started again.")
        self._revival = asyncio.create_task(self._revive(FIRST_PAUSE * 2 ** (len(self._crashes) - 1)))

    async def _end_locked(self) -> None:
        async with self._lock:
            if self.phase == "failed":
                await self._end()

    async def _revive(self, pause: float) -> None:
        await asyncio.sleep(pause)
        async with self._lock:
            if self.phase == "starting" and self._current is None:
                try:
                    await self._begin()
                except StartFailed:
                    pass  # told to everybody who watches
                except Exception:
                    logger.exception("A backend could not be started again")

    def _error(self, error: dict[str, Any]) -> None:
        self._observation.backend_error(self.app, error)


def _described_end(generation: Generation | None, when: str) -> dict[str, Any]:
    if generation is None or (generation.code is None and generation.signal is None):
        how = "It ended"
    elif generation.hung:
        how = "It answered nobody for a minute and was ended"
    elif generation.signal is not None:
        name = signal.Signals(generation.signal).name if generation.signal in set(signal.Signals) else ""
        how = f"It was ended by signal {generation.signal} {name}".rstrip()
    else:
        how = f"It ended itself with exit code {generation.code}"
    hint = ""
    if generation is not None and generation.signal == signal.SIGKILL:
        hint = "The system ends processes like this when memory runs out."
    return {"ename": "BackendEnded", "evalue": f"{how} {when}.", "traceback": [], "hint": hint}
