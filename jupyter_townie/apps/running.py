"""Apps while they run: started, reached, loaded anew after a change, and watched until they are quiet."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .. import protocol as p
from .app import App
from .grants import Grants
from .manifest import FILE
from .observation import Observation
from .refusal import AppRefused, NoSuchApp
from .watching import Files, Watch, files_of

if TYPE_CHECKING:
    from .backends import Backends
    from .lifecycle import Endpoint, HeldKernel, Surroundings

Python = Callable[[str | None], Awaitable[str]]
"""The Python executable of a kernelspec; None is the server's default."""

QUIET = 1.5
"""Seconds without a new failure after which an app that has loaded counts as settled."""
CODE = frozenset({".py", ".toml", ".ipynb", ".sql", ".json", ".yaml", ".yml", ".txt", ".csv", ".env", ".ini", ".cfg"})
"""Files whose change makes a backend start anew; those of its page only load the page anew."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an app after a change."""

    failures: list[p.AppFailure]
    """Those that came up since."""
    loaded: bool
    """Whether a watching page has loaded since, or none watches."""
    watched: bool
    """Whether any page watches; without one, failures of the page can not be seen."""
    running: int = 0
    """Requests of the page that its backend had not answered when the time was over."""


@dataclass(frozen=True, slots=True)
class Context:
    """What of :class:`~jupyter_townie.apps.apps.Apps` is needed here."""

    data: Path
    get: Callable[[str], App]
    observe: Callable[[str], Observation]
    grants: Grants
    python: Python
    writing: Callable[[str], bool]
    rewritten: Callable[[str], None]
    """Called with the id of an app whose files are others now, before its pages are loaded anew."""
    idle: float | None = None
    """Seconds without a request after which a backend is stopped; None is the time of previews."""
    kernel: Callable[[App], Awaitable[HeldKernel]] | None = None


class Running:
    """Made with :class:`~jupyter_townie.apps.apps.Apps`; loads what runs backends when the first one is needed."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._loaded: Backends | None = None
        self._watches: dict[str, Watch] = {}
        self._halted: set[str] = set()
        """Apps that the person has stopped."""

    @property
    def _backends(self) -> Backends:
        if self._loaded is None:
            from .backends import Backends

            self._loaded = Backends(self._context.idle)
        return self._loaded

    def state(self, app: str) -> tuple[p.AppPhase, str]:
        """Phase and message of the app's backend."""
        backend = None if self._loaded is None else self._loaded.of(app)
        return ("stopped", "") if backend is None else (backend.phase, backend.message)

    def at_hand(self, app: str) -> App | None:
        """The app as it was when its backend began to run, if that runs; a change of its folder ends or renews it."""
        backend = None if self._loaded is None else self._loaded.of(app)
        return backend.app if backend is not None and backend.phase == "running" else None

    def python(self, app: str) -> str:
        """The executable of the app's backend, when it has one of its own and was started before."""
        backend = None if self._loaded is None else self._loaded.of(app)
        return "" if backend is None else backend.python

    # --------------------------------------------------------------------------------------------- starting, reaching

    async def start(self, app: str) -> None:
        """See :meth:`Apps.start`."""
        found = self._allowed(app)
        self.wake(app)
        if found.backend:
            observation = self._context.observe(app)
            observation.clear_failures("backend", published=False)
            await self._backends.start(found, observation, self._around(found))
            self.watch(app)

    async def endpoint(self, app: str) -> Endpoint:
        """See :meth:`Apps.endpoint`."""
        backend = None if self._loaded is None else self._loaded.of(app)
        if backend is not None and backend.phase == "running":
            # Every request comes through here.  It ran because it was allowed, and is stopped when it no longer is.
            return await self._backends.endpoint(backend.app, self._context.observe(app), self._around(backend.app))
        if self.is_halted(app):
            message = "The app is stopped."
            raise AppRefused(p.Problem(code="halted", message=message, remedy="Start it in its panel."))
        found = self._allowed(app)
        if not found.backend:
            message = "This app is a page alone and has no backend."
            raise AppRefused(p.Problem(code="no_backend", message=message))
        endpoint = await self._backends.endpoint(found, self._context.observe(app), self._around(found))
        self.watch(app)
        return endpoint

    async def stop(self, app: str, message: str = "") -> None:
        """See :meth:`Apps.stop`."""
        if self._loaded is not None:
            await self._loaded.stop(app, message)

    async def halt(self, app: str) -> None:
        """See :meth:`Apps.halt`."""
        self._halted.add(app)
        await self.stop(app)

    def wake(self, app: str) -> None:
        """Somebody wants the app again: the next request may start it."""
        self._halted.discard(app)

    def is_halted(self, app: str) -> bool:
        """Whether the person has stopped the app."""
        return app in self._halted

    def _allowed(self, app: str) -> App:
        """The app, which may run.  :raises AppRefused: it may not, or not yet.  :raises NoSuchApp: there is none."""
        found = self._context.get(app)
        self._context.grants.check(found)
        return found

    def _around(self, app: App) -> Surroundings:
        from .backends import caches_of
        from .lifecycle import Surroundings

        grants = self._context.grants
        return Surroundings(
            python=self._context.python,
            kernel=self._kernel,
            in_kernel=grants.in_kernel(app),
            llm=lambda: grants.llm(self._context.get(app.id)),
            secret=lambda name: self._secret(app, name),
            caches=caches_of(self._context.data, app),
            read=grants.readable,
            reach=grants.reach,
        )

    async def _kernel(self, app: App) -> HeldKernel:
        if self._context.kernel is None:
            raise AppRefused(p.Problem(code="no_kernel", message="There are no kernels here for apps to run in."))
        return await self._context.kernel(app)

    def _secret(self, app: App, name: str) -> str | None:
        value, news = self._context.grants.secrets.ask(app, name)
        if news:
            self._context.observe(app.id).state_changed()
        return value

    async def secrets_changed(self, app: str) -> None:
        """Go on with the secrets that the person has given now, or without those that they took away."""
        observation = self._context.observe(app)
        observation.unmet.clear()
        found = self._context.get(app)
        if self._loaded is not None and self._context.grants.consented(found) and await self._loaded.renew(found):
            observation.clear_failures()
            observation.tell(p.AppReloadFrame(reason="backend"))
        observation.state_changed()

    # -------------------------------------------------------------------------------------------------------- changes

    def watch(self, app: str) -> None:
        """From now on notice what others change in the app's folder, as long as it runs or somebody watches."""
        known = self._watches.get(app)
        if known is not None and not known.over:
            return
        folder = self._context.get(app).folder

        async def changed(paths: list[str], files: Files) -> None:
            await self._changed(app, paths, files)

        def wanted() -> bool:
            return self._context.observe(app).watched or self.state(app)[0] != "stopped"

        self._watches[app] = Watch(
            folder,
            files_of(folder),
            changed,
            wanted=wanted,
            paused=lambda: self._context.writing(app),
        )

    async def changed(self, app: str, paths: Sequence[str]) -> None:
        """See :meth:`Apps.changed`."""
        found = self._context.get(app)
        files = await asyncio.to_thread(files_of, found.folder)
        watch = self._watches.get(app)
        if watch is not None:
            watch.seen(files)
        await self._changed(app, [path.removeprefix(f"{found.path}/") for path in paths], files, start=True)

    async def _changed(self, app: str, paths: Sequence[str], files: Files, *, start: bool = False) -> None:
        observation = self._context.observe(app)
        try:
            found = self._context.get(app)
        except NoSuchApp:
            await self.stop(app, "Its folder is gone.")
            observation.tell(p.AppReloadFrame(reason="folder"))
            return
        observation.clear_failures("browser")
        self._context.rewritten(app)
        reason = "files"
        if found.backend and any(_is_code(path) for path in paths):
            observation.clear_failures("backend")
            if not self._context.grants.consented(found):
                await self.stop(app, "It asks for more than it was allowed.")
            elif self._loaded is not None and await self._loaded.renew(found):
                reason = "backend"
            elif start:
                # What Townie wrote is seen to run; that it does not is one of the app's failures.
                with contextlib.suppress(AppRefused):
                    await self.start(app)
                reason = "backend"
        elif not found.backend:
            await self.stop(app)
        if FILE in paths:
            observation.state_changed()
        workspace = [f"{found.path}/{path}" for path in paths]
        observation.tell(p.AppReloadFrame(reason="backend" if reason == "backend" else "files", paths=workspace))

    # -------------------------------------------------------------------------------------------------------- settling

    async def settle(self, app: str, since: float, timeout: float) -> Settled:
        """See :meth:`Apps.settle`."""
        observation = self._context.observe(app)
        deadline = time.monotonic() + timeout

        def loaded() -> bool:
            return not observation.watched or observation.loaded >= max(since, observation.reload_asked)

        while time.monotonic() < deadline:
            phase = self.state(app)[0]
            if phase == "failed":
                break
            pending = observation.pending
            quiet = time.time() - max(since, observation.loaded, observation.last_failure, pending.answered)
            if phase != "starting" and loaded() and quiet >= QUIET and not pending.slow(since):
                break
            await asyncio.sleep(0.05)
        # What visitors of the published copy meet meanwhile says nothing of the change.
        failures = [one for one in observation.failures if one.last >= since and not one.published]
        return Settled(failures, loaded(), observation.watched, observation.pending.slow(since))

    async def close(self) -> None:
        for watch in self._watches.values():
            watch.close()
        self._watches.clear()
        if self._loaded is not None:
            with contextlib.suppress(Exception):
                await self._loaded.close()


def _is_code(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return PurePosixPath(path).suffix.lower() in CODE and "static" not in parts[:-1] and "public" not in parts[:-1]
