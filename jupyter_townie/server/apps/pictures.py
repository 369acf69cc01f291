"""Pictures of apps: taken by the panel, shown in the list of apps and of versions."""

from __future__ import annotations

import asyncio
import base64
import binascii

from jupyter_server.auth.decorator import authorized
from tornado import web

from .rest import AppsHandler


class PictureHandler(AppsHandler):
    """Keep a picture of how an app looks now."""

    @web.authenticated
    @authorized
    async def post(self, app: str) -> None:
        self.known(app)
        head, _, data = self.text(self.body(), "image").partition(",")
        if head not in ("data:image/png;base64", "data:image/jpeg;base64"):
            raise web.HTTPError(400, "A picture is sent as a data URL of a PNG or JPEG")
        try:
            raw = base64.b64decode(data, validate=True)
        except binascii.Error:
            raise web.HTTPError(400, "The picture is not Base64") from None

        async def done() -> bool:
            await asyncio.to_thread(self.apps.pictures.keep, self.apps.get(app), raw)
            return True

        try:
            kept = await self.refusable(done())
        except OSError as error:
            raise web.HTTPError(507, f"The picture can not be kept: {error.strerror}") from None
        if kept:
            self.apps.consider(app)
            self.answer(self.known(app))


class PicturesHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str, picture: str) -> None:
        from ...apps.pictures import content_type

        self.known(app)
        raw = await asyncio.to_thread(self.apps.pictures.read, self.apps.get(app), picture)
        kind = content_type(raw) if raw is not None else None
        if raw is None or kind is None:
            raise web.HTTPError(404, "There is no such picture")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("X-Content-Type-Options", "nosniff")
        # Its name says when it was taken.
        self.set_header("Cache-Control", "private, max-age=86400, immutable")
        self.finish(raw, set_content_type=kind)
