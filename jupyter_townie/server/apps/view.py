"""The page around an app: the one that is put into the panel's frame or opened in a tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import allow_unauthenticated, authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ensure_async, url_path_join
from tornado import web

from ..handlers import AUTH_RESOURCE
from .published import GONE, VISITED
from .visitor import name_of, session_of, stranger

if TYPE_CHECKING:
    from ...apps.apps import Apps
    from ...apps.headers import Headers
    from ...apps.publications import Publication
    from ..app import TownieApp


NO_SUCH_APP = (
    "There is no such app here any more: its folder was renamed, moved or deleted. Open it from where it is now, in"
    " JupyterLab's file browser or the list of apps."
)


class ViewHandler(JupyterHandler):
    auth_resource = AUTH_RESOURCE

    def initialize(self, townie: TownieApp) -> None:
        self.townie = townie

    def set_default_headers(self) -> None:
        """None of Jupyter's: this page says itself who may frame it, and no other origin may read it."""
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def set_cors_headers(self) -> None:
        """None, whatever the server allows: the page holds a secret path."""

    @allow_unauthenticated
    async def get(self, app: str) -> None:
        publishing = self.townie.runtime.hosting.publishing
        publication = publishing.find(app)
        if publication is None:
            await ensure_async(self._preview(app))
        elif self.current_user is None and publishing.open_to_anyone(publication):
            session = session_of(self)
            self._published(publication, stranger(session), session)
        else:
            await ensure_async(self._visited(publication))

    @web.authenticated
    @authorized
    async def _preview(self, app: str) -> None:
        api = url_path_join(self.base_url, "townie/api/apps", app, "preview")
        self._show(self.townie.runtime.apps, app, name_of(self), session_of(self), api)

    @web.authenticated
    @authorized(action="read", resource=VISITED)  # type: ignore[untyped-decorator]
    async def _visited(self, publication: Publication) -> None:
        if publication.ended is None:
            self._published(publication, name_of(self), session_of(self))
            return
        from ...apps.preview import notice

        self.set_status(410)
        self._send(*notice(GONE))

    def _published(self, publication: Publication, visitor: str, session: str) -> None:
        api = url_path_join(self.base_url, "townie/api/publications", publication.id, "visit")
        self._show(self.townie.runtime.hosting.publishing.served, publication.id, visitor, session, api)

    def _show(self, apps: Apps, app: str, visitor: str, session: str, api: str) -> None:
        from ...apps.apps import NoSuchApp
        from ...apps.preview import wrapper

        try:
            info = apps.info(app)
        except NoSuchApp:
            from ...apps.preview import notice

            self.set_status(404)
            self._send(*notice(NO_SUCH_APP))
            return
        problem = f"{info.problem.message} {info.problem.remedy}".strip() if info.problem else ""
        # Sets the cookie that the page needs to ask for its capability, for those who have not been in JupyterLab.
        assert self.xsrf_token
        capability = self.townie.runtime.capabilities.find(app, visitor, session)
        if capability is not None and not capability.anonymous:
            capability.login = self.townie.runtime.hosting.logins.of(self)
        page, headers = wrapper(app, info.title, capability, api=api, problem=problem)
        self._send(page, headers)

    def _send(self, page: str, headers: Headers) -> None:
        for name, value in headers:
            self.set_header(name, value)
        self.finish(page)
