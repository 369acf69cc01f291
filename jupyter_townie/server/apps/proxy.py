"""Requests that go on to an app's backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado import web

if TYPE_CHECKING:
    from ...apps.app import App
    from .pages import PageHandler


async def forward(handler: PageHandler, app: App) -> None:
    raise web.HTTPError(503, "The app's backend does not run")
