"""Publishing apps, and letting their visitors in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web

from .rest import AppsHandler, mint
from .visitor import name_of, session_of, stranger

if TYPE_CHECKING:
    from ... import protocol as p
    from ...apps.app import App
    from ...apps.publications import Publication
    from ...apps.publishing import Publishing

VISITED = "townie_published"
"""The resource that a server's authorizer is asked about for those who visit published apps."""
GONE = "This app is not published any more. Whoever gave you its address can say whether there is a new one."


class PublicationsHandler(AppsHandler):
    """All that is published from this workspace, also where the app itself was deleted."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        publishing = self.runtime.hosting.publishing
        self.answer([described(self, one, publishing.source(one)) for one in publishing.all()])


class PublicationHandler(AppsHandler):
    """How one app is published."""

    @property
    def publishing(self) -> Publishing:
        return self.runtime.hosting.publishing

    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        self.known(app)
        await self._tell(app)

    @web.authenticated
    @authorized
    async def post(self, app: str) -> None:
        asked = self._asked()
        await self._done(app, self.publishing.publish(app, asked.audience, with_data=asked.with_data))

    @web.authenticated
    @authorized
    async def patch(self, app: str) -> None:
        """Change who may visit it."""
        asked = self._asked()
        await self._done(app, self.publishing.set_audience(self._of(app), asked.audience))

    @web.authenticated
    @authorized
    async def delete(self, app: str) -> None:
        await self._done(app, self.publishing.unpublish(self._of(app), delete_data=self.deletes_data))

    def _asked(self) -> p.AppPublish:
        from pydantic import ValidationError

        from ... import protocol as p

        try:
            return p.AppPublish.model_validate(self.body())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise web.HTTPError(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    @property
    def deletes_data(self) -> bool:
        return bool(self.get_argument("data", "") == "delete")

    def _of(self, app: str) -> str:
        self.known(app)
        one = self.publishing.of(self.apps.get(app))
        if one is None:
            raise web.HTTPError(404, "The app is not published")
        return one.id

    async def _done(self, app: str, work: Awaitable[Any]) -> None:
        async def done() -> bool:
            await work
            return True

        if await self.refusable(done()):
            self.apps.consider(app)
            await self._tell(app)

    async def _tell(self, app: str) -> None:
        from ... import protocol as p

        found, publishing = self.apps.get(app), self.publishing
        one = publishing.of(found)
        changed = await asyncio.to_thread(publishing.changed, one, found) if one is not None else []
        self.answer(
            p.AppPublishing(
                publication=described(self, one, found, changed) if one is not None else None,
                refusal=publishing.refusal(found),
                anonymous=publishing.anonymous,
                has_data=await asyncio.to_thread(_has_data, found),
                kept_data=one is None and publishing.kept(found),
            )
        )


class OrphanHandler(AppsHandler):
    """A publication by its own id: that of an app which was deleted can only be ended."""

    @web.authenticated
    @authorized
    async def delete(self, publication: str) -> None:
        await self.refusable(self.runtime.hosting.publishing.unpublish(publication, delete_data=False))
        self.set_status(204)
        self.finish()


class VisitHandler(AppsHandler):
    """Make the capability of a visitor of a published app, for the origin that their browser has."""

    @allow_unauthenticated
    async def post(self, publication: str) -> None:
        hosting = self.runtime.hosting
        one = hosting.publishing.find(publication)
        if one is None:
            raise web.HTTPError(404, "There is no such published app")
        if self.current_user is None and hosting.publishing.open_to_anyone(one):
            if not hosting.admit_stranger():
                self.set_header("Retry-After", "60")
                raise web.HTTPError(429, "Too many visitors have come at once; try again in a minute")
            session = session_of(self)
            mint(self, one.id, stranger(session), session, anonymous=True)
        else:
            await ensure_async(self._signed_in(one))

    @web.authenticated
    @authorized(action="read", resource=VISITED)  # type: ignore[untyped-decorator]
    async def _signed_in(self, one: Publication) -> None:
        if one.ended is not None:
            raise web.HTTPError(410, GONE)
        mint(self, one.id, name_of(self), session_of(self))


def described(handler: AppsHandler, one: Publication, source: App | None, changed: list[str] | None = None) -> Any:
    """A publication as those who published it see it."""
    from ... import protocol as p
    from ...apps.refusal import NoSuchApp

    publishing = handler.runtime.hosting.publishing
    phase: p.AppPhase = "failed"
    try:
        info = publishing.served.info(one.id)
        phase, message = info.phase, info.message
    except NoSuchApp:
        message = "Its copy is gone from Jupyter's data folder. Publish it again."
    return p.AppPublication(
        id=one.id,
        view=url_path_join(handler.base_url, "townie/view", one.id),
        title=one.title,
        source=one.source,
        app=source.id if source is not None else None,
        audience=one.audience,
        open=one.audience == "signed_in" or publishing.anonymous,
        published=one.published,
        updated=one.updated,
        changed=(changed or [])[:100],
        phase=phase,
        message=message,
    )


def _has_data(app: App) -> bool:
    if app.data.is_symlink() or not app.data.is_dir():
        return False
    return any(file.name[0] != "." for file in app.data.iterdir())


def routes() -> list[tuple[str, type]]:
    """Paths below ``townie/api``, with their handlers."""
    return [
        (r"apps/([a-z0-9-]+)/publication", PublicationHandler),
        (r"publications", PublicationsHandler),
        (r"publications/([a-z0-9-]+)", OrphanHandler),
        (r"publications/([a-z0-9-]+)/visit", VisitHandler),
    ]
