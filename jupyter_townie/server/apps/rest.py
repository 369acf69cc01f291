"""What the panel asks of apps."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from ..handlers import TownieHandler, from_app
from .visitor import name_of, session_of

if TYPE_CHECKING:
    from ...apps.apps import Apps


class AppsHandler(TownieHandler):
    """Base: an app that is not there is 404, what cannot be done is 409 with the reason."""

    @property
    def apps(self) -> Apps:
        return self.runtime.apps

    async def refusable(self, work: Awaitable[Any]) -> Any:
        """The result of ``work``, or None when the refusal has been answered."""
        from ...apps.apps import AppRefused, NoSuchApp

        try:
            return await work
        except NoSuchApp:
            raise web.HTTPError(404, "There is no such app here. It may have been renamed or deleted.") from None
        except AppRefused as refused:
            problem = refused.problem
            self.set_status(409)
            message = f"{problem.message} {problem.remedy}".strip()
            self.finish({"message": message, "problem": problem.model_dump(mode="json")})
            return None

    def known(self, app: str) -> Any:
        """What the app is now.  :raises web.HTTPError: 404, there is none."""
        from ...apps.apps import NoSuchApp

        try:
            return self.apps.info(app)
        except NoSuchApp:
            raise web.HTTPError(404, "There is no such app here. It may have been renamed or deleted.") from None


class ListHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        path = self.get_argument("path", "")
        if path:
            # An app outside of the folder of apps is known once somebody has asked for it.
            self.apps.of(path)
        self.answer(self.apps.list())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        from pydantic import ValidationError

        from ... import protocol as p

        try:
            asked = p.AppCreate.model_validate(self.body())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise web.HTTPError(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        made = await self.refusable(self.apps.create(asked.kind, asked.title, asked.name))
        if made is not None:
            self.answer(self.apps.info(made.id), 201)


class AppHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        self.answer(self.known(app))

    @web.authenticated
    @authorized
    async def patch(self, app: str) -> None:
        """Another title."""
        from ...apps.keeping import retitle

        async def done() -> bool:
            await retitle(self.apps, app, self.text(self.body(), "title"))
            return True

        if await self.refusable(done()):
            self.answer(self.known(app))

    @web.authenticated
    @authorized
    async def delete(self, app: str) -> None:
        from ... import protocol as p
        from ...apps.keeping import delete

        token = await self.refusable(delete(self.apps, app))
        if token is not None:
            self.runtime.capabilities.revoke(app=app)
            self.answer(p.AppDeleted(undo=token))


class DeletedHandler(AppsHandler):
    """A deleted app, which comes back."""

    @web.authenticated
    @authorized
    async def post(self, token: str) -> None:
        from ...apps.keeping import restore

        found = await self.refusable(restore(self.apps, token))
        if found is not None:
            self.answer(self.apps.info(found.id), 201)


class StartHandler(AppsHandler):
    """Start an app's backend, stop it, or allow what it asks for and start it."""

    @web.authenticated
    @authorized
    async def post(self, app: str, verb: str) -> None:
        self.known(app)

        async def done() -> bool:
            if verb == "allow":
                self.apps.allow(app)
            if verb == "stop":
                await self.apps.halt(app)
            elif self.apps.get(app).backend:
                await self.apps.start(app)
            return True

        if await self.refusable(done()):
            self.answer(self.known(app))


class SecretsHandler(AppsHandler):
    """Give secrets to an app, or take them away; they can not be read."""

    @web.authenticated
    @authorized
    async def post(self, app: str) -> None:
        self.known(app)
        values = self.body().get("secrets")
        if not isinstance(values, dict) or not values:
            raise web.HTTPError(400, "secrets: names with their values are needed")

        async def done() -> bool:
            await self.apps.keep_secrets(app, values)
            return True

        if await self.refusable(done()):
            self.answer(self.known(app))


class InstallHandler(AppsHandler):
    """Install what an app lacks, or end that; how far it is the app's channel tells."""

    @web.authenticated
    @authorized
    async def post(self, app: str) -> None:
        from pydantic import ValidationError

        from ... import protocol as p

        self.known(app)
        try:
            asked = p.AppInstall.model_validate(self.body())
        except ValidationError:
            raise web.HTTPError(400, "names: the packages are needed that were shown as missing") from None

        async def done() -> bool:
            self.apps.install(app, asked.names)
            return True

        if await self.refusable(done()):
            self.answer(self.known(app), 202)

    @web.authenticated
    @authorized
    async def delete(self, app: str) -> None:
        self.known(app)
        await self.apps.stop_installing(app)
        self.answer(self.known(app))


class PreviewHandler(AppsHandler):
    """Make the capability of this visitor, for the origin that their browser has."""

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:
        """Where it comes from is looked at in :meth:`post`: to Jupyter a proxy that rewrites ``Host`` looks foreign."""
        return not from_app(self)

    @web.authenticated
    @authorized
    async def post(self, app: str) -> None:
        self.known(app)
        mint(self, app, name_of(self), session_of(self))


def mint(handler: AppsHandler, app: str, visitor: str, session: str, *, anonymous: bool = False) -> None:
    """Answer with where ``visitor`` sees the app; their capability for it is made unless they have it.

    :raises web.HTTPError: 400, the request's origin is none that an app can be shown at.
    """
    from ... import protocol as p
    from ...apps.capabilities import BadOrigin
    from ...apps.preview import SELF_TEST

    origin = handler.text(handler.body(), "origin")
    sent = handler.request.headers.get("Origin")
    if sent is not None and sent != origin:
        raise web.HTTPError(400, "The origin is not the one that the request comes from")
    login = "" if anonymous else handler.runtime.hosting.logins.of(handler)
    try:
        made = handler.runtime.capabilities.mint(app, visitor, origin, session, anonymous=anonymous, login=login)
    except BadOrigin as error:
        raise web.HTTPError(400, str(error)) from None
    view = url_path_join(handler.base_url, "townie/view", app)
    handler.answer(p.AppPreview(view=view, self_test=made.prefix + SELF_TEST))


class ExportHandler(AppsHandler):
    """The app as a zip file that runs without Townie."""

    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        import asyncio

        from ...apps.export import archive

        info = self.known(app)
        packed = await self.refusable(asyncio.to_thread(archive, self.apps.get(app)))
        if packed is not None:
            self.set_header("Content-Disposition", f'attachment; filename="{info.id.rsplit("-", 1)[0]}.zip"')
            self.finish(packed, set_content_type="application/zip")


def routes() -> list[tuple[str, type]]:
    """Paths below ``townie/api``, with their handlers."""
    from .channel import AppChannelHandler
    from .contents import DataHandler, FilesHandler, TableHandler
    from .pictures import PictureHandler, PicturesHandler
    from .versions import BranchHandler, CompareHandler, RestoreHandler, VersionsHandler

    app = r"apps/([a-z0-9-]+)"
    return [
        ("apps", ListHandler),
        (app, AppHandler),
        (app + "/(start|stop|allow)", StartHandler),
        (app + "/secrets", SecretsHandler),
        (app + "/install", InstallHandler),
        (app + "/preview", PreviewHandler),
        (app + "/export", ExportHandler),
        (app + "/files(?:/(.*))?", FilesHandler),
        (app + "/data", DataHandler),
        (app + "/data/(.+)", TableHandler),
        (app + "/versions", VersionsHandler),
        (app + "/versions/([a-z0-9]+)/restore", RestoreHandler),
        (app + "/versions/([a-z0-9]+)/branch", BranchHandler),
        (app + "/versions/([a-z0-9]+)/compare", CompareHandler),
        (app + "/picture", PictureHandler),
        (app + r"/pictures/([a-f0-9]+\.[0-9]+)", PicturesHandler),
        ("deleted-apps/([a-f0-9]+)", DeletedHandler),
        (app + "/channel", AppChannelHandler),
    ]
