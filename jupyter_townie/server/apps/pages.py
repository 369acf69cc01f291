"""The pages of apps, below their capabilities. Blind to cookies and tokens: the path is all that opens them."""

from __future__ import annotations

import asyncio
import re
import secrets
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.iostream import StreamClosedError

if TYPE_CHECKING:
    from pathlib import Path

    from ...apps.app import App
    from ...apps.apps import Apps
    from ...apps.capabilities import Capability
    from ...apps.drafts import Draft
    from ..app import TownieApp
    from ..runtime import Runtime

PIECE = 256 * 1024
"""Bytes of a file that are sent at a time."""
_APP = re.compile(r"[a-z0-9-]{1,80}")
_RANGE = re.compile(r"bytes=([0-9]*)-([0-9]*)")


@web.stream_request_body
class PageHandler(web.RequestHandler):
    """Everything below ``townie/apps/<app>/<capability>/``.

    No JupyterHandler: nothing here may depend on who is signed in, and no method of it is open to another origin than
    the opaque one of the app's own pages.
    """

    SUPPORTED_METHODS = ("GET", "HEAD", "POST", "DELETE", "PATCH", "PUT", "OPTIONS")
    capability: Capability | None = None

    def initialize(self, townie: TownieApp) -> None:
        self.townie = townie
        self.app_id, self.path = self._parsed()
        self.received = bytearray()
        self.gone = False
        self._counted = False

    @property
    def runtime(self) -> Runtime:
        return self.townie.runtime

    @property
    def apps(self) -> Apps:
        """Those that the path's app is one of: the workspace's, or the published ones."""
        return self.runtime.hosting.apps_of(self.app_id)

    @property
    def held(self) -> Capability:
        """The capability that the path names; :meth:`prepare` has seen to it."""
        assert self.capability is not None
        return self.capability

    # ------------------------------------------------------------------------------------------- the path and its rules

    def _parsed(self) -> tuple[str, str]:
        """The app's id, and the path below its capability, as the browser encoded it."""
        start = url_path_join(self.base_url, "townie/apps/")
        app, _, rest = self.request.path[len(start) :].partition("/")
        return app, rest.partition("/")[2]

    def prepare(self) -> None:
        from ...apps.traffic import LARGEST_BODY

        start = url_path_join(self.base_url, "townie/apps/")
        app, _, rest = self.request.path[len(start) :].partition("/")
        secret, slash, _ = rest.partition("/")
        found = self.runtime.capabilities.check(app, secret) if _APP.fullmatch(app) else None
        if found is None or not slash:
            raise web.HTTPError(404)
        self.capability = found
        self.set_default_headers()
        headers = self.request.headers
        if headers.get("Sec-Fetch-Dest") in ("document", "fencedframe", "object", "embed"):
            # Opened by itself there is no wrapper to keep it in its place.
            self.redirect(self.view)
            return
        if headers.get("Service-Worker") == "script" or headers.get("Sec-Fetch-Dest") == "serviceworker":
            raise web.HTTPError(403, "Apps have no service workers")
        if headers.get("Origin", "null") != "null":
            raise web.HTTPError(403, "Only the app's own pages may ask for this")
        if self.request.method == "OPTIONS":
            self.set_status(204)
            self.finish()
            return
        meter = self.capability.meter
        if not meter.admit():
            self.set_header("Retry-After", "1")
            raise web.HTTPError(429, "The app asks for too much at once")
        meter.open += 1
        self._counted = True
        length = headers.get("Content-Length", "")
        if length.isdigit() and int(length) > LARGEST_BODY:
            raise web.HTTPError(413, f"A request may hold {LARGEST_BODY // 1024 // 1024} MB")
        connection: Any = self.request.connection
        connection.set_max_body_size(LARGEST_BODY)

    def data_received(self, chunk: bytes) -> None:
        self.received += chunk

    @property
    def view(self) -> str:
        return url_path_join(self.base_url, "townie/view", self.app_id)

    @property
    def is_upgrade(self) -> bool:
        """Whether the request opens a WebSocket."""
        return self.request.headers.get("Upgrade", "").lower() == "websocket"

    @property
    def navigates(self) -> bool:
        """Whether the answer becomes a document; what a script fetches is left as it is."""
        headers = self.request.headers
        aim = headers.get("Sec-Fetch-Dest")
        if aim is not None:
            return aim in ("iframe", "frame")
        return "text/html" in headers.get("Accept", "") and "X-Requested-With" not in headers

    @property
    def base_url(self) -> str:
        return str(self.settings["base_url"])

    def set_default_headers(self) -> None:
        """The policy is on every response, whatever becomes of the request: this runs first, and after each clear()."""
        from ...apps.headers import REFUSAL, page_headers

        if self.capability is None:
            headers = REFUSAL
        else:
            hosts = self.runtime.hosting.allowed_hosts(self.capability)
            asked = self.request.headers.get("Access-Control-Request-Headers")
            headers = page_headers(self.capability, hosts, origin=self.request.headers.get("Origin"), asked=asked)
        self.clear_header("Server")
        for name, value in headers:
            self.set_header(name, value)

    def check_xsrf_cookie(self) -> None:
        """There is no cookie that could be abused: none is looked at."""

    def get_current_user(self) -> None:
        """Nobody."""

    def compute_etag(self) -> None:
        """None: nothing of an app is kept in caches."""

    def on_connection_close(self) -> None:
        self.gone = True

    def on_finish(self) -> None:
        if self._counted and self.capability is not None:
            self._counted = False
            self.capability.meter.open -= 1

    # ---------------------------------------------------------------------------------------------------- what is said

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = (kwargs.get("exc_info") or (None, None))[1]
        message = error.log_message if isinstance(error, web.HTTPError) and error.log_message else self._reason
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"{status_code}: {message}")

    def _log(self) -> None:
        self._scrub()
        super()._log()

    def log_exception(self, *args: Any) -> None:
        self._scrub()
        super().log_exception(*args)

    def _scrub(self) -> None:
        """The secret of a path gets into no log."""
        from ...apps.capabilities import scrubbed

        self.request.uri = scrubbed(self.request.uri or "")
        self.request.path = scrubbed(self.request.path)

    # ------------------------------------------------------------------------------------------------------ the methods

    @allow_unauthenticated
    async def get(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def head(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def post(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def put(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def patch(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def delete(self) -> None:
        await self._answer()

    @allow_unauthenticated
    async def options(self) -> None:
        """Answered by :meth:`prepare`."""

    async def _answer(self) -> None:
        from ...apps.apps import NoSuchApp
        from ...apps.preview import PLATFORM

        try:
            if self.path.startswith(PLATFORM) or self.path + "/" == PLATFORM:
                from .platform import answer

                await answer(self, self.path[len(PLATFORM) :])
                return
            app = self.apps.serving(self.app_id)
            if app.manifest is None:
                message = app.problem.message if app.problem else "The app cannot be read"
                raise web.HTTPError(503, message)
            if app.backend:
                from .proxy import forward

                await forward(self, app)
            else:
                await self._file(app)
        except NoSuchApp:
            raise web.HTTPError(404, "The app is gone: its folder was renamed or deleted") from None
        except StreamClosedError:
            # Whoever asked is gone.
            return

    # ---------------------------------------------------------------------------------------------------------- files

    async def _file(self, app: App) -> None:
        from ...apps import files

        if self.request.method not in ("GET", "HEAD"):
            raise web.HTTPError(405, "This app has no backend: its page can use townie.kv and townie.sql")
        assert app.manifest is not None
        name = files.relative(self.path, app.manifest.entry or "index.html")
        if name is None:
            raise web.HTTPError(404, "Apps load files of their own folder only")
        draft = self.apps.drafts.get(f"{app.path}/{name}")
        if draft is not None:
            await self.draft(draft, name)
            return
        path = await asyncio.to_thread(files.found, app.folder, name)
        if path is None:
            if await asyncio.to_thread((app.folder / name).is_dir):
                self.redirect(self.held.prefix + self.path.rstrip("/") + "/")
                return
            raise web.HTTPError(404, f"{name} is not in the app's folder")
        self.set_header("Content-Type", files.content_type(name))
        if files.is_page(name) and self.navigates:
            text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig", "replace")
            page = await self.rewriter()
            self.finish(page.feed(text) + page.close())
        else:
            await self._bytes(path)

    async def looks(self, app: App) -> bool:
        """Answer with a style sheet or picture beside the page of an app whose backend may not run yet.

        Its page is shown while it is written, and should not be bare. Scripts wait: they would ask for the backend.
        """
        from ...apps import files

        name = files.relative(self.path)
        kind = files.content_type(name or "").partition(";")[0]
        if name is None or self.request.method != "GET" or not kind.startswith(("text/css", "image/", "font/")):
            return False
        for place in (f"static/{name}", f"public/{name}", name):
            path = await asyncio.to_thread(files.found, app.folder, place)
            if path is not None:
                self.set_header("Content-Type", files.content_type(name))
                await self._bytes(path)
                return True
        return False

    async def rewriter(self, *, draft: bool = False) -> Any:
        """What a document of the app goes through."""
        from ...apps.preview import rewriter

        local = await self.apps.storage(self.app_id).local(self.held.person)
        return rewriter(self.held, view=self.view, document=secrets.token_hex(8), draft=draft, local=local)

    async def draft(self, draft: Draft, name: str) -> None:
        """A file that is being written: a page is sent as it grows, anything else when it is complete."""
        from ...apps import files

        self.set_header("Content-Type", files.content_type(name))
        if not (files.is_page(name) and self.navigates):
            async for _ in draft.chunks():
                if self.gone:
                    return
            self.finish(draft.text)
            return
        page = await self.rewriter(draft=True)
        async for piece in draft.chunks():
            if self.gone:
                return
            ready = page.feed(piece)
            if ready:
                self.write(ready)
                await self.flush()
        self.finish(page.close())

    async def _bytes(self, path: Path) -> None:
        size = (await asyncio.to_thread(path.stat)).st_size
        start, end = 0, size
        self.set_header("Accept-Ranges", "bytes")
        asked = _RANGE.fullmatch(self.request.headers.get("Range", ""))
        if asked and (asked[1] or asked[2]):
            start = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
            end = min(size, int(asked[2]) + 1) if asked[1] and asked[2] else size
            if start >= end:
                self.set_header("Content-Range", f"bytes */{size}")
                raise web.HTTPError(416)
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.set_header("Content-Length", str(end - start))
        if self.request.method == "HEAD":
            self.finish()
            return
        with path.open("rb") as file:
            file.seek(start)
            left = end - start
            while left and not self.gone:
                piece = await asyncio.to_thread(file.read, min(PIECE, left))
                if not piece:
                    break
                left -= len(piece)
                self.write(piece)
                await self.flush()
        self.finish()
