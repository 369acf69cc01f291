"""The versions of an app: which there are, and going back to one."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado import web

from .rest import AppsHandler


class VersionsHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        from ...apps.versions import Versions

        self.known(app)
        self.answer(await asyncio.to_thread(Versions(self.apps.data).known, self.apps.get(app)))


class RestoreHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def post(self, app: str, version: str) -> None:
        from ...apps.versions import VersionRefused, go_back

        self.known(app)
        try:
            await go_back(self.apps, app, version)
        except VersionRefused as refused:
            raise web.HTTPError(409, f"{refused.problem.message} {refused.problem.remedy}".strip()) from None
        except OSError as error:
            raise web.HTTPError(409, f"A file of the app cannot be written: {error.strerror or error}") from None
        self.answer(self.known(app))
