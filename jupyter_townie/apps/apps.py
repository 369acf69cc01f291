"""All apps of one server: which there are, what runs, what is known of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .. import protocol as p
from .app import App, app_id, slug
from .consents import Consents
from .manifest import FILE
from .observation import Callback, Observation

if TYPE_CHECKING:
    from .backend import Backend, Endpoint
    from .drafts import Drafts
    from .llm import AppLlm, LlmBackend
    from .storage import Storage

Python = Callable[[str | None], Awaitable[str]]
"""The Python executable of a kernelspec; None is the server's default."""

QUIET = 1.5
"""Seconds without a new failure after which an app that has loaded counts as settled."""


class NoSuchApp(KeyError):
    """There is no app with this id."""


class AppRefused(Exception):
    """What was asked of an app can not be done; ``problem`` says why and what to do."""

    def __init__(self, problem: p.Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an app after a change."""

    failures: list[p.AppFailure]
    """Those that came up since."""
    loaded: bool
    """Whether a watching page has loaded since, or none watches."""
    watched: bool
    """Whether any page watches; without one, failures of the page can not be seen."""


class Apps:
    """Made once for each server.

    *root* is the workspace, *data* a folder of Townie's own in Jupyter's data directory, *python* finds the executable
    of a kernelspec, *llm* is the person's model for apps that were allowed to use it, *folder* where new apps are made.
    All methods belong to the event loop.
    """

    def __init__(
        self, root: Path, data: Path, python: Python, llm: LlmBackend | None = None, folder: str = "apps"
    ) -> None:
        self.root = root.resolve()
        self.data = data
        self.folder = folder.strip("/") or "apps"
        self._python = python
        self._llm = llm
        self._consents = Consents(data, self.root)
        self._paths: dict[str, str] = {app_id(path): path for path in self._consents.remembered()}
        self._observed: dict[str, Observation] = {}
        self._writing: set[str] = set()
        self._drafts: Drafts | None = None
        self._backends: dict[str, Backend] = {}
        self._llms: dict[str, AppLlm] = {}

    # ------------------------------------------------------------------------------------------------ which there are

    def list(self) -> list[p.AppInfo]:
        """Every app that is known: those in the folder of apps, and those elsewhere that were opened before."""
        home = self.root / self.folder
        with contextlib.suppress(OSError), os.scandir(home) as entries:
            for entry in entries:
                if entry.is_dir() and not entry.name.startswith(".") and (Path(entry.path) / FILE).is_file():
                    self._know(f"{self.folder}/{entry.name}")
        known = [app for path in list(self._paths.values()) if (app := App.at(self.root, path)) is not None]
        return sorted((self._info(app) for app in known), key=lambda info: info.updated, reverse=True)

    def get(self, app: str) -> App:
        """The app with this id, as its folder is now.  :raises NoSuchApp: there is none, or it is gone."""
        path = self._paths.get(app)
        if path is None:
            self.list()
            path = self._paths.get(app)
        found = None if path is None else App.at(self.root, path)
        if found is None:
            raise NoSuchApp(app)
        return found

    def of(self, path: str) -> App | None:
        """The app that the workspace file or folder *path* belongs to."""
        parts = [part for part in path.strip("/").split("/") if part not in ("", ".")]
        if ".." in parts:
            return None
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            app = App.at(self.root, folder)
            if app is not None:
                self._know(folder)
                return app
        return None

    def info(self, app: str) -> p.AppInfo:
        """:raises NoSuchApp: there is none."""
        return self._info(self.get(app))

    async def create(self, kind: p.AppKind, title: str, name: str = "") -> App:
        """A new app from its kind's template, in a folder that did not exist.

        :raises AppRefused: the kind is no folder, or it can not be written.
        """
        from .kinds import template

        title = " ".join(title.split())[:200] or "New app"
        if not template(kind, title, "app"):
            message = f"An app of the kind {kind} is not a folder of its own."
            raise AppRefused(p.Problem(code="bad_kind", message=message, remedy="Ask for it in a notebook."))

        def write() -> str:
            home = self.root / self.folder
            home.mkdir(parents=True, exist_ok=True)
            base = slug(name or title)
            for number in range(1, 1_000):
                chosen = base if number == 1 else f"{base}-{number}"
                with contextlib.suppress(FileExistsError):
                    (home / chosen).mkdir()
                    break
            else:
                raise FileExistsError(base)
            for path, text in template(kind, title, chosen).items():
                file = home / chosen / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
            return chosen

        try:
            chosen = await asyncio.to_thread(write)
        except OSError as error:
            message = f"The app could not be written to {self.folder}: {error.strerror or error}."
            raise AppRefused(
                p.Problem(code="not_written", message=message, remedy="Check the folder's permissions.")
            ) from error
        app = self.of(f"{self.folder}/{chosen}")
        assert app is not None
        return app

    def _know(self, path: str) -> None:
        identifier = app_id(path)
        if identifier not in self._paths:
            self._paths[identifier] = path
            self._consents.remember(path)

    def _info(self, app: App) -> p.AppInfo:
        manifest = app.manifest
        name = app.path.rsplit("/", 1)[-1]
        backend = self._backends.get(app.id)
        phase: p.AppPhase = "failed" if app.problem else "running" if not app.backend else "stopped"
        if app.backend and backend is not None:
            phase = backend.phase
        with contextlib.suppress(OSError):
            return p.AppInfo(
                id=app.id,
                path=app.path,
                name=manifest.name if manifest else name,
                title=manifest.title if manifest else name,
                kind=manifest.kind if manifest else "web",
                phase=phase,
                message=backend.message if backend is not None and app.backend else "",
                backend=app.backend,
                rights=self.rights if app.backend else "none",
                consented=self.consented(app.id),
                writing=app.id in self._writing,
                problem=app.problem,
                failures=len(self._observed[app.id].failures) if app.id in self._observed else 0,
                updated=_updated(app.folder),
            )
        raise NoSuchApp(app.id)

    # ------------------------------------------------------------------------------------------------ what is allowed

    @property
    def rights(self) -> Literal["confined", "user"]:
        """What holds the code of a backend on this machine."""
        from .confinement import available

        return "confined" if available() else "user"

    def consented(self, app: str) -> bool:
        """Whether the person has allowed all that the app asks for; an app that asks for nothing needs no consent."""
        manifest = self.get(app).manifest
        return manifest is not None and self._consents.allows(self.get(app).path, manifest)

    def allow(self, app: str) -> None:
        """The person allows the app what it asks for now.  :raises NoSuchApp: there is none."""
        found = self.get(app)
        if found.manifest is not None:
            self._consents.allow(found.path, found.manifest)
            self._observe(app).state_changed()

    # -------------------------------------------------------------------------------------------------- what is known

    def subscribe(self, app: str, callback: Callback) -> Callable[[], None]:
        """Frames of an app from now on, first what is known.  Returns what ends it.

        :raises NoSuchApp: there is none.
        """
        self.get(app)
        return self._observe(app).subscribe(callback)

    def report(self, app: str, report: p.AppReport) -> p.AppFailure | None:
        """A page reports a failure of itself; None when there are too many to look at."""
        return self._observe(app).report(self.get(app), report)

    def ready(self, app: str, ready: p.AppReady) -> None:
        """A page has loaded."""
        self._observe(app).ready(ready)

    def failures(self, app: str) -> Sequence[p.AppFailure]:
        return self._observe(app).failures

    def log(self, app: str) -> Sequence[p.AppLog]:
        """What the backend printed lately, and what Townie says of it."""
        return self._observe(app).lines

    def clear_failures(self, app: str) -> None:
        self._observe(app).clear_failures()

    def llm(self, app: str) -> AppLlm:
        """The app's access to the person's model.  :raises NoSuchApp: there is none."""
        from .llm import AppLlm

        found = self.get(app)
        kept = self._llms.get(app)
        if kept is None or kept.app != found:
            kept = self._llms[app] = AppLlm(found, self._consents, self._llm)
        return kept

    def tell(self, app: str, frame: p.AppFrame) -> None:
        """Send a frame to everybody who watches the app."""
        self._observe(app).tell(frame)

    def watched(self, app: str) -> bool:
        """Whether any page watches the app."""
        return app in self._observed and self._observed[app].watched

    def set_writing(self, app: str, writing: bool) -> None:
        """A turn begins or ends to write the app's files; in between nothing restarts by itself."""
        if writing:
            self._writing.add(app)
        else:
            self._writing.discard(app)
        self._observe(app).state_changed()

    def _observe(self, app: str) -> Observation:
        if app not in self._observed:
            self._observed[app] = Observation(lambda: self.info(app))
        return self._observed[app]

    # ----------------------------------------------------------------------------------------------- running backends

    async def start(self, app: str) -> None:
        raise NotImplementedError

    async def stop(self, app: str) -> None:
        raise NotImplementedError

    async def endpoint(self, app: str) -> Endpoint:
        raise NotImplementedError

    async def changed(self, app: str, paths: Sequence[str]) -> None:
        observation = self._observe(app)
        observation.clear_failures("browser")
        observation.tell(p.AppReloadFrame(reason="files", paths=list(paths)))

    async def settle(self, app: str, since: float, timeout: float = 10) -> Settled:
        """Wait until the app runs again and it has been quiet for :data:`QUIET` seconds, at most *timeout* seconds."""
        observation = self._observe(app)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            loaded = not observation.watched or observation.loaded >= max(since, observation.reload_asked)
            if loaded and time.time() - max(since, observation.loaded, observation.last_failure) >= QUIET:
                break
            await asyncio.sleep(0.05)
        loaded = not observation.watched or observation.loaded >= max(since, observation.reload_asked)
        failures = [failure for failure in observation.failures if failure.last >= since]
        return Settled(failures, loaded, observation.watched)

    # ------------------------------------------------------------------------------------------------- drafts, storage

    @property
    def drafts(self) -> Drafts:
        """Files that a model is writing at this moment."""
        if self._drafts is None:
            from .drafts import Drafts

            self._drafts = Drafts()
        return self._drafts

    def storage(self, app: str, published: bool = False) -> Storage:
        """The app's database and keys.  :raises NoSuchApp: there is none."""
        from .storage import Storage

        found = self.get(app)
        folder = self.data / "apps" / app / "published" if published else found.data
        return Storage(folder)

    async def close(self) -> None:
        """Everything stops; nothing is left behind."""
        for observation in self._observed.values():
            observation.close()
        self._observed.clear()
        self._consents.close()


def _updated(folder: Path) -> float:
    """When a file in *folder* last changed, by its top level and ``static``; seconds since the epoch."""
    latest = folder.stat().st_mtime
    for place in (folder, folder / "static"):
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            latest = max([latest, *(entry.stat().st_mtime for entry in entries if entry.is_file())])
    return latest
