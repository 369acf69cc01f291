"""The versions of an app: which there are, what differs, going back to one, and a new app from one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from .rest import AppsHandler

if TYPE_CHECKING:
    from ...apps.versions import Versions


class VersionsHandler(AppsHandler):
    @property
    def versions(self) -> Versions:
        from ...apps.versions import Versions

        return Versions(self.apps.data)

    async def kept(self, work: Awaitable[Any]) -> Any:
        """The result of ``work``; what can not be done with a version is 409 with the reason."""
        from ...apps.versions import VersionRefused

        try:
            return await work
        except VersionRefused as refused:
            raise web.HTTPError(409, f"{refused.problem.message} {refused.problem.remedy}".strip()) from None
        except OSError as error:
            raise web.HTTPError(409, f"A file of the app can not be read or written: {error.strerror}") from None

    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        self.known(app)
        self.answer(await asyncio.to_thread(self.versions.known, self.apps.get(app)))


class RestoreHandler(VersionsHandler):
    @web.authenticated
    @authorized
    async def post(self, app: str, version: str) -> None:
        from ...apps.keeping import go_back

        self.known(app)
        await self.kept(go_back(self.apps, app, version))
        self.answer(self.known(app))


class BranchHandler(VersionsHandler):
    """A new app from a version."""

    @web.authenticated
    @authorized
    async def post(self, app: str, version: str) -> None:
        from ...apps.keeping import branch

        self.known(app)
        made = await self.refusable(self.kept(branch(self.apps, app, version, self.text(self.body(), "title"))))
        if made is not None:
            self.answer(self.apps.info(made.id), 201)


class CompareHandler(VersionsHandler):
    """What differs between a version and another, or now; with ``path`` both texts of a file."""

    @web.authenticated
    @authorized
    async def get(self, app: str, version: str) -> None:
        from ...apps.comparing import compare, texts

        self.known(app)
        other, path = self.get_argument("with", "now"), self.get_argument("path", "", strip=False)
        before, after = version, None if other == "now" else other
        found = self.apps.get(app)
        if not path:
            self.answer(await self.kept(asyncio.to_thread(compare, self.versions, found, before, after)))
            return
        old, new = await self.kept(asyncio.to_thread(texts, self.versions, found, before, after, path))
        self.finish({"before": old, "after": new})
