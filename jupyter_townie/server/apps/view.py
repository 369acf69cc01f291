"""The page around an app: the one that is put into the panel's frame or opened in a tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado import web

from ..handlers import AUTH_RESOURCE
from .visitor import name_of, session_of

if TYPE_CHECKING:
    from ..app import TownieApp


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

    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        from ...apps.apps import NoSuchApp
        from ...apps.preview import wrapper

        runtime = self.townie.runtime
        try:
            info = runtime.apps.info(app)
        except NoSuchApp:
            raise web.HTTPError(404, "There is no such app here. It may have been renamed or deleted.") from None
        problem = f"{info.problem.message} {info.problem.remedy}".strip() if info.problem else ""
        session = session_of(self)
        # Sets the cookie that the page needs to ask for its capability, for those who have not been in JupyterLab.
        assert self.xsrf_token
        capability = runtime.capabilities.find(app, name_of(self), session)
        api = url_path_join(self.base_url, "townie/api/apps", app, "preview")
        page, headers = wrapper(app, info.title, capability, api=api, problem=problem)
        for name, value in headers:
            self.set_header(name, value)
        self.finish(page)
