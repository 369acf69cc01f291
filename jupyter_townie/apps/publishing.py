"""Publishing apps: a frozen copy of an app's files, with data of its own, outside of the workspace.

A published app is an app like any other, of a workspace of its own in Jupyter's data directory, so everything that
holds previews (capabilities, confinement, limits) holds it too.  What is published is started once before it is said to
be; when it does not start, what was there before stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import Problem
from .app import App, app_id, slug
from .apps import Apps
from .consents import asked
from .copying import LARGEST, copy_data, put, stage
from .grants import NOT_CONFINED
from .manifest import FILE
from .publications import Audience, Publication, Publications
from .refusal import AppRefused, NoSuchApp
from .running import Python
from .versions import state
from .visited import Visited

if TYPE_CHECKING:
    from .llm import LlmBackend

IDLE = 60 * 60.0
"""Seconds without a request after which a published backend is stopped; the next request starts it again."""
_HOME = "apps"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID = re.compile(rf"[a-z0-9-]+-[{_LETTERS}]{{10}}-[0-9a-f]{{6}}")
"""What ids of published apps look like; those of others seldom do."""


class Publishing:
    """The published apps of one workspace.  Made once for each server; methods belong to the event loop.

    *apps* are those of the workspace, *data* is Townie's folder in Jupyter's data directory, *anonymous* says whether
    an app may be open to visitors who are not signed in, *ended* is called with the id of a publication whose visits
    have to end, and with whether these are only those of anonymous visitors.
    """

    def __init__(
        self,
        apps: Apps,
        data: Path,
        python: Python,
        llm: LlmBackend | None,
        *,
        anonymous: bool,
        ended: Callable[[str, bool], None],
    ) -> None:
        self.apps = apps
        self.anonymous = anonymous
        self._ended = ended
        # Two workspaces may have apps of one name.
        self.root = data / "published" / hashlib.sha256(str(apps.root).encode()).hexdigest()[:12]
        self._staged = self.root / ".staged"
        (self.root / _HOME).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._records = Publications(data, apps.root)
        self._busy = asyncio.Lock()
        self._finish()
        self.served = Apps(self.root, data, python, llm, _HOME, idle=IDLE, only_confined=True)
        self._visited = Visited(apps, self._origin)
        self.served.failed = self._failed

    # ------------------------------------------------------------------------------------------------ which there are

    def find(self, identifier: str) -> Publication | None:
        """The publication with this id, also one that has ended."""
        return self._records.find(identifier) if _ID.fullmatch(identifier) else None

    def serves(self, identifier: str) -> bool:
        """Whether a publication has this id and can be visited."""
        one = self.find(identifier)
        return one is not None and one.ended is None

    def open_to_anyone(self, one: Publication) -> bool:
        """Whether it can be visited without signing in: chosen for it, and allowed on this server."""
        return one.ended is None and one.audience == "anyone" and self.anonymous

    def all(self) -> list[Publication]:
        """Those that can be visited, the newest first."""
        return [one for one in self._records.all() if one.ended is None]

    def of(self, app: App) -> Publication | None:
        """What the app is published as.  It stays that when its folder is renamed."""
        return next((one for one in self._matching(app) if one.ended is None), None)

    def source(self, one: Publication) -> App | None:
        """The app that it was published from, if that is still there."""
        for info in self.apps.list():
            with contextlib.suppress(NoSuchApp):
                found = self.apps.get(info.id)
                if any(match.id == one.id for match in self._matching(found)):
                    return found
        return None

    def _failed(self, identifier: str, error: Mapping[str, object]) -> None:
        """The backend of a publication failed; while one is being published, that says itself what fails."""
        if not self._busy.locked():
            self._visited.failed(identifier, error)

    def _origin(self, identifier: str) -> App | None:
        """What a publication was made of."""
        one = self.find(identifier)
        return None if one is None or one.ended is not None else self.source(one)

    def changed(self, one: Publication, app: App) -> list[str]:
        """The files, sorted, that the app has otherwise than its published copy.  Blocks."""
        now, there = state(app.folder, LARGEST), state(self._folder(one), LARGEST)
        return sorted(path for path in {*now, *there} if now.get(path) != there.get(path))

    def kept(self, app: App) -> bool:
        """Whether data of an earlier publication are there for the next one."""
        return self._earlier(app) is not None

    def _matching(self, app: App) -> list[Publication]:
        records = self._records.all()
        mark = self.apps.grants.consents.identity(app.path) if records else None
        found = [one for one in records if mark is not None and one.mark == mark]
        # A copy of the folder has its mark, too, and is not what was published as long as that is there.
        return [one for one in found if one.source == app.path or not self._is_there(one)]

    def _is_there(self, one: Publication) -> bool:
        return (
            App.at(self.apps.root, one.source) is not None
            and self.apps.grants.consents.identity(one.source) == one.mark
        )

    def _earlier(self, app: App) -> Publication | None:
        for one in self._matching(app):
            if one.ended is not None and one.folder and (self._folder(one) / "data").is_dir():
                return one
        return None

    def _folder(self, one: Publication) -> Path:
        return self.root / _HOME / one.folder

    # ------------------------------------------------------------------------------------------------------ publishing

    def refusal(self, app: App) -> Problem | None:
        """Why the app can not be published as it is, if it can not."""
        if app.problem is not None:
            return app.problem
        assert app.manifest is not None
        kind, permissions = app.manifest.kind, app.manifest.permissions
        info = self.apps.info(app.id)
        if kind == "widgets":
            return _problem("bad_kind", "Widgets live in a notebook and have no page, so they can not be published.")
        if info.writing:
            return _problem("writing", "The app is being written at this moment.", "Wait until that is done.")
        if app.backend and info.rights == "user":
            return NOT_CONFINED
        if permissions.files:
            listed = ", ".join(permissions.files)
            remedy = "Copy that into the app's folder, have the app read it there, and take it out of townie.toml."
            return _problem("reads_files", f"The app reads {listed}, which is not part of it.", remedy)
        if not info.consented:
            return _problem(
                "consent", "The app was not allowed to run yet.", "Allow it in its preview, and look at it."
            )
        return None

    async def publish(self, app: str, audience: Audience, *, with_data: bool = False) -> Publication:
        """Publish the app as it is now, or bring what is published up to date; the published data stay.

        *with_data*: the first copy begins with the data of the preview instead of none.

        :raises NoSuchApp: there is no such app.
        :raises AppRefused: it can not be published, or does not start; what was published before still is.
        """
        async with self._busy:
            found = self.apps.get(app)
            problem = self.refusal(found)
            if problem is not None:
                raise AppRefused(problem)
            self._may_be(audience)
            mark = self.apps.grants.consents.identity(found.path, make=True)
            if mark is None:
                remedy = "Give it permission to write there."
                raise AppRefused(_problem("not_written", f"The folder {found.path}/data can not be written.", remedy))
            try:
                staged = await asyncio.to_thread(stage, found.folder, self._staged)
            except OSError as error:
                raise AppRefused(_unwritten(error)) from error
            try:
                self._check(found, staged)
                before = self.of(found)
                if before is not None:
                    return await self._update(before, found, staged, audience)
                return await self._begin(found, staged, audience, mark, with_data)
            except OSError as error:
                raise AppRefused(_unwritten(error)) from error
            finally:
                await asyncio.to_thread(shutil.rmtree, staged, ignore_errors=True)

    async def set_audience(self, identifier: str, audience: Audience) -> Publication:
        """Who may visit it from now on.  :raises NoSuchApp: it is not published.  :raises AppRefused: not allowed."""
        one = self._live(identifier)
        self._may_be(audience)
        changed = replace(one, audience=audience)
        self._records.keep(changed)
        if audience == "signed_in":
            self._ended(identifier, True)
        return changed

    async def unpublish(self, identifier: str, *, delete_data: bool = False) -> None:
        """End it at once, for everybody.  Its data are kept for another time, unless they are to be deleted.

        :raises NoSuchApp: it is not published.
        """
        async with self._busy:
            one = replace(self._live(identifier), ended=time.time())
            self._records.keep(one)
            self._ended(identifier, False)
            with contextlib.suppress(NoSuchApp):
                await self.served.revoke(identifier)
            self.served.grants.register.forget(f"{_HOME}/{one.folder}")
            if delete_data:
                await asyncio.to_thread(shutil.rmtree, self._folder(one), ignore_errors=True)
                self._records.keep(replace(one, folder=""))

    async def installed(self, app: App) -> None:
        """Packages that *app* lacked are there: what was published of it starts with them at the next request."""
        one = self.of(app)
        if one is not None:
            with contextlib.suppress(NoSuchApp):
                await self.served.stop(one.id)
            self.apps.clear_published(app.id)

    async def close(self) -> None:
        await self.served.close()
        self._records.close()

    def _live(self, identifier: str) -> Publication:
        one = self._records.find(identifier)
        if one is None or one.ended is not None:
            raise NoSuchApp(identifier)
        return one

    def _may_be(self, audience: Audience) -> None:
        if audience == "anyone" and not self.anonymous:
            remedy = "Whoever runs it can allow that with TownieApp.allow_anonymous_apps."
            raise AppRefused(_problem("anonymous", "On this server apps are for visitors who sign in.", remedy))

    def _check(self, app: App, staged: Path) -> None:
        """What was copied is what the person has allowed: the app may have been written to since."""
        copied = App.at(staged.parent, staged.name)
        if copied is None or copied.manifest is None:
            raise AppRefused((copied and copied.problem) or _problem("no_app", f"The app has no {FILE}."))
        if not asked(copied.manifest) <= self.apps.grants.consents.allowed(app.path):
            remedy = "Allow it in its preview, and look at it."
            raise AppRefused(_problem("consent", "The app asks for more than it was allowed.", remedy))
        entry = copied.manifest.entry or "index.html"
        if not copied.backend and not (staged / entry).is_file():
            raise AppRefused(_problem("no_page", f"The app has no page: {entry} is not in its folder."))

    async def _begin(self, app: App, staged: Path, audience: Audience, mark: str, with_data: bool) -> Publication:
        assert app.manifest is not None
        now = time.time()
        folder = f"{slug(app.manifest.title)[:24].strip('-')}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"
        one = Publication(app_id(f"{_HOME}/{folder}"), folder, app.path, mark, app.manifest.title, audience, now, now)
        earlier = self._earlier(app)

        def place() -> None:
            if earlier is None and with_data:
                copy_data(app.data, staged / "data")
            staged.rename(self._folder(one))
            # Known from now on, whatever happens to its data; open to nobody before it has started.
            self._records.keep(replace(one, ended=now))
            if earlier is not None:
                self._folder(earlier).joinpath("data").rename(self._folder(one) / "data")
                self._records.keep(replace(earlier, folder=""))
                shutil.rmtree(self._folder(earlier), ignore_errors=True)

        await asyncio.to_thread(place)
        try:
            await self._start(one, app)
        except AppRefused as refused:
            await self.served.revoke(one.id)
            if earlier is None:
                await asyncio.to_thread(shutil.rmtree, self._folder(one), ignore_errors=True)
                self._records.forget(one.id)
            raise _not_running(refused, "Nothing was published.") from None
        self._records.keep(one)
        return one

    async def _update(self, one: Publication, app: App, staged: Path, audience: Audience) -> Publication:
        assert app.manifest is not None
        before = await asyncio.to_thread(stage, self._folder(one), self._staged)
        try:
            try:
                await self._start(one, app, await self._bring(one, staged))
            except AppRefused as refused:
                paths = await self._bring(one, before)
                with contextlib.suppress(AppRefused):
                    await self._start(one, None, paths)
                raise _not_running(refused, "What was published before still is.") from None
        finally:
            await asyncio.to_thread(shutil.rmtree, before, ignore_errors=True)
        if one.audience == "anyone" and audience == "signed_in":
            self._ended(one.id, True)
        self.apps.clear_published(app.id)
        done = replace(one, source=app.path, title=app.manifest.title, audience=audience, updated=time.time())
        self._records.keep(done)
        return done

    async def _bring(self, one: Publication, files: Path) -> list[str]:
        """Put files in the place of those that are served; the paths that changed.

        Who asks meanwhile is served by what runs.
        """
        self.served.set_writing(one.id, True)
        try:
            self._records.keep(replace(one, pending=files.name))
            paths = await asyncio.to_thread(put, files, self._folder(one))
            self._records.keep(one)
        finally:
            self.served.set_writing(one.id, False)
        return paths

    async def _start(self, one: Publication, app: App | None, changed: Sequence[str] = ()) -> None:
        """Have it run what it is now, which a person has allowed.

        :param app: what it was published from, whose secrets it gets.
        :raises AppRefused: it does not run.
        """
        self.served.allow(one.id)
        path, copies, own = f"{_HOME}/{one.folder}", self.served.grants.consents, self.apps.grants.consents
        if app is not None:
            given = own.secrets(app.path)
            for name in {*given, *copies.secrets(path)}:
                copies.set_secret(path, name, given.get(name, ""))
        if changed and self.served.info(one.id).phase != "stopped":
            await self.served.changed(one.id, [f"{path}/{name}" for name in changed])
        if self.served.get(one.id).backend:
            await self.served.start(one.id)

    def _finish(self) -> None:
        """Finish what a server that was killed had begun."""
        for one in self._records.all():
            if one.pending is not None:
                staged = self._staged / one.pending
                if staged.is_dir():
                    put(staged, self._folder(one))
                self._records.keep(replace(one, pending=None))
        for left in self._staged.glob("*"):
            # What is newer, another server of the same person may be at work with.
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)


def _not_running(refused: AppRefused, what: str) -> AppRefused:
    problem = refused.problem
    message = f"The app does not run as it would be published. {problem.message}"
    return AppRefused(problem.model_copy(update={"message": message, "remedy": f"{problem.remedy} {what}".strip()}))


def _problem(code: str, message: str, remedy: str = "") -> Problem:
    return Problem(code=code, message=message, remedy=remedy)


def _unwritten(error: OSError) -> Problem:
    message = f"The app could not be copied: {error.strerror or error}."
    return _problem("not_written", message, "Check that there is room on the disk, and try again.")
