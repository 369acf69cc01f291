"""All apps of one server: which there are, what runs, what is known of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from .app import App
from .freezes import Freezes
from .grants import Grants
from .installing import Installing
from .looking import Look, Looks
from .observation import Callback, Observation
from .refusal import AppRefused, NoSuchApp
from .running import Context, Python, Running, Settled
from .shelf import Shelf

if TYPE_CHECKING:
    from .browser import Doors, HeadlessBrowser
    from .drafts import Drafts
    from .driving import Step, Used
    from .lifecycle import Endpoint, HeldKernel
    from .llm import AppLlm, LlmBackend
    from .pictures import Pictures
    from .storage import Storage

__all__ = ["AppRefused", "Apps", "NoSuchApp", "Settled"]


class Apps:
    """Made once for each server.

    *root* is the workspace, *data* a folder of Townie's own in Jupyter's data directory, *python* finds the executable
    of a kernelspec, *llm* is the person's model for apps that were allowed to use it, *folder* where new apps are made.
    *kernel* finds the kernel of an app that runs in one, and *remote* says that the kernels are on another machine.
    *idle* are the seconds without a request after which a backend is stopped, and with *only_confined* one that nothing
    would confine does not run.
    All methods belong to the event loop.
    """

    def __init__(
        self,
        root: Path,
        data: Path,
        python: Python,
        llm: LlmBackend | None = None,
        folder: str = "apps",
        *,
        idle: float | None = None,
        only_confined: bool = False,
        kernel: Callable[[App], Awaitable[HeldKernel]] | None = None,
        remote: bool = False,
    ) -> None:
        self.root = root.resolve()
        self.data = data
        self.folder = folder.strip("/") or "apps"
        self.grants = Grants(data, self.root, llm, remote=remote, only_confined=only_confined)
        self._shelf = Shelf(self.root, self.folder, self.grants.register)
        self.published: Callable[[App], str | None] = lambda app: None
        """The path of an app's published page, below the server's base URL."""
        self.failed: Callable[[str, Mapping[str, object]], None] | None = None
        """Called with an app's id and what its backend's runner reports, for each failure."""
        self._observed: dict[str, Observation] = {}
        self._writing: set[str] = set()
        self._drafts: Drafts | None = None
        self._looks = Looks()
        self.freezes = Freezes(self.grants.register, self.get, self._observe)
        self.doors: Doors | None = None
        """How apps are opened in a browser of the server's own; None where they can not be."""
        self._browser: HeadlessBrowser | None = None
        self.installed: Callable[[App], Awaitable[None]] | None = None
        """Called when packages were installed that an app lacked."""
        self._installing = Installing(python, self._observe, self._renewed)
        self._running = Running(
            Context(
                data=data,
                get=self.get,
                observe=self._observe,
                grants=self.grants,
                python=python,
                writing=self._writing.__contains__,
                rewritten=self.freezes.release,
                idle=idle,
                kernel=kernel,
            )
        )

    # ------------------------------------------------------------------------------------------------ which there are

    def list(self) -> list[p.AppInfo]:
        """Every app that is known: those in the folder of apps and at the top of the workspace, and those elsewhere
        that were opened before."""
        infos = (self._info(app) for app in self._shelf.all())
        return sorted(infos, key=lambda info: info.updated, reverse=True)

    def get(self, app: str) -> App:
        """The app with this id, as its folder is now.  :raises NoSuchApp: there is none, or it is gone."""
        return self._shelf.get(app)

    def serving(self, app: str) -> App:
        """The same for a request, of which there may be many: what runs is not looked up on the disk each time.

        :raises NoSuchApp: there is none, or it is gone.
        """
        return self._running.at_hand(app) or self.get(app)

    def of(self, path: str) -> App | None:
        """The app that the workspace file or folder *path* belongs to."""
        return self._shelf.of(path)

    async def create(self, kind: p.AppKind, title: str, name: str = "") -> App:
        """A new app from its kind's template, in a folder that did not exist.

        :raises AppRefused: the kind is no folder, or it can not be written.
        """
        return await self._shelf.create(kind, title, name)

    def info(self, app: str) -> p.AppInfo:
        """:raises NoSuchApp: there is none."""
        return self._info(self.get(app))

    def _info(self, app: App) -> p.AppInfo:
        manifest = app.manifest
        name = app.path.rsplit("/", 1)[-1]
        phase: p.AppPhase = "failed" if app.problem else "running"
        message = ""
        if app.backend:
            phase, message = self._running.state(app.id)
        with contextlib.suppress(OSError):
            updated = _updated(app.folder)
            return p.AppInfo(
                id=app.id,
                path=app.path,
                name=manifest.name if manifest else name,
                title=manifest.title if manifest else name,
                kind=manifest.kind if manifest else "web",
                phase=phase,
                message=message,
                halted=self._running.is_halted(app.id),
                backend=app.backend,
                rights=self.grants.rights_of(app) if app.backend else "none",
                notebook=app.notebook,
                consented=self.grants.consented(app),
                asks=app.asks,
                secrets=self.grants.secrets.of(app),
                writing=app.id in self._writing,
                problem=app.problem,
                failures=len(self._observed[app.id].failures) if app.id in self._observed else 0,
                packages=self._packages(app),
                published=self.published(app),
                freeze=self.freezes.of(app, updated),
                picture=self.pictures.newest(app),
                updated=updated,
            )
        raise NoSuchApp(app.id)

    # ------------------------------------------------------------------------------------------------ what is allowed

    def consented(self, app: str) -> bool:
        """Whether the person has allowed all that the app asks for; an app that asks for nothing needs no consent."""
        return self.grants.consented(self.get(app))

    def allow(self, app: str) -> None:
        """The person allows the app what it asks for now.  :raises NoSuchApp: there is none."""
        found = self.get(app)
        if found.manifest is not None:
            self.grants.consents.allow(found.path, found.manifest)
            self._observe(app).state_changed()

    async def revoke(self, app: str) -> None:
        """The person takes back what they allowed; a backend that runs is stopped.  :raises NoSuchApp: no app."""
        self.grants.consents.revoke(self.get(app).path)
        await self._running.stop(app, "It is no longer allowed to run.")

    async def keep_secrets(self, app: str, values: Mapping[str, Any]) -> None:
        """Keep secrets for the app's backend, outside of its folder; an empty value takes one away.

        A backend that runs, or waited for them, goes on with what there is now.

        :raises AppRefused: a name or a value can not be kept.  :raises NoSuchApp: no app.
        """
        self.grants.secrets.keep(self.get(app), values)
        await self._running.secrets_changed(app)

    # -------------------------------------------------------------------------------------------------- what is known

    def subscribe(self, app: str, callback: Callback) -> Callable[[], None]:
        """Frames of an app from now on, first what is known.  Returns what ends it.

        :raises NoSuchApp: there is none.
        """
        self.get(app)
        unsubscribe = self._observe(app).subscribe(callback)
        self._running.watch(app)
        return unsubscribe

    def report(self, app: str, report: p.AppReport) -> p.AppFailure | None:
        """A page reports a failure of itself; None when there are too many to look at."""
        return self._observe(app).report(self.get(app), report)

    def ready(self, app: str, ready: p.AppReady) -> None:
        """A page has loaded."""
        self._observe(app).ready(ready)

    async def look(self, app: str, *, picture: bool = True) -> Look:
        """How the app looks to a person who has it open at this moment, else to one who would open it now.

        Without *picture* only what its page consists of.  What is missing is said in the look's ``problem``.
        :raises NoSuchApp: there is none.
        """
        found = self.get(app)
        seen = await self._looks.ask(self._observe(app), picture=picture)
        if (seen.tree and (seen.image is not None or not picture)) or not self.usable:
            return seen
        from .driving import look

        if found.problem is not None or not self.grants.consented(found):
            return replace(seen, problem="It is not allowed to run yet.")
        try:
            return await look(self.browser, app, picture=picture)
        except AppRefused as refused:
            return replace(seen, problem=f"{refused.problem.message} {refused.problem.remedy}".strip())

    @property
    def usable(self) -> bool:
        """Whether apps can be used in a browser of the server's own."""
        from .browser import available

        return self.doors is not None and available()

    @property
    def browser(self) -> HeadlessBrowser:
        """The server's own browser, which starts when it is needed."""
        from .browser import HeadlessBrowser

        if self._browser is None:
            assert self.doors is not None
            self._browser = HeadlessBrowser(self.doors, self.report)
        return self._browser

    async def use(self, app: str, steps: Sequence[Step], *, fresh: bool = False, picture: bool = False) -> Used:
        """Carry out what a person could do, in a browser of the server's own.

        :raises AppRefused: there is none, or the app can not be opened in it.  :raises NoSuchApp: no app.
        """
        from .driving import use

        self.grants.check(self.get(app))
        self._running.wake(app)
        return await use(self.browser, app, steps, fresh=fresh, picture=picture)

    def request(self, app: str) -> contextlib.AbstractContextManager[None]:
        """As long as a request of the app's page waits for its backend."""
        return self._observe(app).pending.request()

    def replied(self, app: str, reply: p.AppReply) -> None:
        """A page that watches the app answers what it was asked for."""
        self._looks.replied(reply)

    def failures(self, app: str) -> Sequence[p.AppFailure]:
        return self._observe(app).failures

    def log(self, app: str) -> Sequence[p.AppLog]:
        """What the backend printed lately, and what Townie says of it."""
        return self._observe(app).lines

    def say(self, app: str, text: str) -> None:
        """Put a line of Townie's own into the app's log."""
        self._observe(app).log("townie", text)

    def backend_failed(self, app: str, name: str, message: str, hint: str) -> None:
        """Tell of a failure of the app's backend that shows here alone.  :raises NoSuchApp: there is no such app."""
        error = {"ename": name, "evalue": message, "traceback": [], "hint": hint}
        self._observe(app).backend_error(self.get(app), error)

    def published_failed(self, app: str, error: Mapping[str, object]) -> None:
        """The backend of the app's published copy failed.  :raises NoSuchApp: the app is not there."""
        self._observe(app).backend_error(self.get(app), error, published=True)

    def clear_published(self, app: str) -> None:
        """Forget what failed in the app's published copy, which is another one now."""
        self._observe(app).clear_published()

    def clear_failures(self, app: str) -> None:
        self._observe(app).clear_failures()

    def llm(self, app: str) -> AppLlm:
        """The app's access to the person's model.  :raises NoSuchApp: there is none."""
        return self.grants.llm(self.get(app))

    def tell(self, app: str, frame: p.AppFrame) -> None:
        """Send a frame to everybody who watches the app."""
        self._observe(app).tell(frame)

    def consider(self, app: str) -> None:
        """Something about the app has changed that its watchers see: tell them how it is now."""
        self._observe(app).state_changed()

    def watched(self, app: str) -> bool:
        """Whether any page watches the app."""
        return app in self._observed and self._observed[app].watched

    def set_writing(self, app: str, writing: bool) -> None:
        """A turn begins or ends to write the app's files; in between nothing restarts by itself."""
        if writing:
            self._writing.add(app)
            self._running.wake(app)
        else:
            self._writing.discard(app)
        self._observe(app).state_changed()

    def _observe(self, app: str) -> Observation:
        if app not in self._observed:
            self._observed[app] = Observation(
                lambda: self.info(app),
                lambda: self._drafts.page(self._shelf.path(app)) if self._drafts is not None else "",
                lambda text: self._hide(app, text),
                lambda error: self.failed(app, error) if self.failed is not None else None,
            )
            with contextlib.suppress(NoSuchApp, OSError):
                found = self.get(app)
                if report := self.freezes.of_before(found, lambda: _updated(found.folder)):
                    self._observed[app].report(found, report)
        return self._observed[app]

    def _hide(self, app: str, text: str) -> str:
        with contextlib.suppress(NoSuchApp):
            return self.grants.secrets.hide(self.get(app), text)
        return text

    # ----------------------------------------------------------------------------------------------- running backends

    async def start(self, app: str) -> None:
        """Start the app's backend, also after it has failed; nothing happens when it runs or there is none.

        :raises AppRefused: it is not allowed (code ``consent``), or can not be started.  :raises NoSuchApp: no app.
        """
        await self._running.start(app)

    async def stop(self, app: str) -> None:
        """Stop the app's backend and all that it started; the next request starts it again."""
        await self._running.stop(app)

    async def halt(self, app: str) -> None:
        """The person wants the app to stop: no request starts it again, until it is started or written."""
        await self._running.halt(app)

    async def endpoint(self, app: str) -> Endpoint:
        """Where the app's backend is reached; it is started when it is stopped.

        :raises AppRefused: it is not allowed (code ``consent``), has none, or can not be started.
        :raises NoSuchApp: there is no such app.
        """
        return await self._running.endpoint(app)

    async def changed(self, app: str, paths: Sequence[str]) -> None:
        """Files of the app (workspace paths) were written: run and show what is there now.

        A backend that runs, or could not run, is started anew when its code changed; a failure of that is one of the
        app's failures.  What others change is noticed without this call.  :raises NoSuchApp: there is no such app.
        """
        await self._running.changed(app, paths)

    async def settle(self, app: str, since: float, timeout: float = 10) -> Settled:
        """Wait until the app runs again and it has been quiet for :data:`QUIET` seconds, at most *timeout* seconds.

        *since* is the time (``time.time()``) from which on failures and loads count.
        """
        return await self._running.settle(app, since, timeout)

    # ------------------------------------------------------------------------------------------------------- packages

    def install(self, app: str, names: Sequence[str]) -> None:
        """Install *names*, which a person has seen as what the app lacks, then start it; the app tells how far it is.

        :raises AppRefused: something else is missing by now.  :raises NoSuchApp: there is no such app.
        """
        found = self.get(app)
        self._installing.begin(found, self._packages(found), names)

    async def stop_installing(self, app: str) -> None:
        """End that; nothing happens when nothing is installed for the app."""
        await self._installing.stop(app)

    def _packages(self, app: App) -> p.AppPackages | None:
        if not app.backend or app.id not in self._observed or self.grants.in_kernel(app):
            return None
        return self._installing.state(app, self._running.python(app.id))

    async def _renewed(self, app: App) -> None:
        """Start an app whose packages are there now, all of it: what was loaded ahead does not know of them."""
        await self._running.stop(app.id)
        with contextlib.suppress(AppRefused, NoSuchApp):
            await self._running.start(app.id)
            self._observe(app.id).tell(p.AppReloadFrame(reason="backend"))
        if self.installed is not None:
            await self.installed(app)

    # ------------------------------------------------------------------------------------------------- drafts, storage

    @property
    def drafts(self) -> Drafts:
        """Files that a model is writing at this moment."""
        if self._drafts is None:
            from .drafts import Drafts

            self._drafts = Drafts()
        return self._drafts

    @cached_property
    def pictures(self) -> Pictures:
        """How apps looked."""
        from .pictures import Pictures

        return Pictures(self.data)

    def storage(self, app: str) -> Storage:
        """The app's database and keys.  :raises NoSuchApp: there is none."""
        from .storage import Storage

        return Storage(self.get(app).data)

    async def close(self) -> None:
        """Everything stops; nothing is left behind."""
        self.freezes.close()
        if self._browser is not None:
            await self._browser.close()
        await self._installing.close()
        await self._running.close()
        for observation in self._observed.values():
            observation.close()
        self._observed.clear()
        self.grants.close()


def _updated(folder: Path) -> float:
    """When a file in *folder* last changed, by its top level and ``static``; seconds since the epoch."""
    latest = folder.stat().st_mtime
    for place in (folder, folder / "static"):
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            latest = max([latest, *(entry.stat().st_mtime for entry in entries if entry.is_file())])
    return latest
