"""The files and the data of an app, to look at: the panel's tabs Code and Data."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from tornado import web

from .rest import AppsHandler

MOST_FILES = 500
LARGEST_TEXT = 1_000_000
_SKIPPED = frozenset(("data", "__pycache__", "node_modules"))


class FilesHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str, path: str | None) -> None:
        self.known(app)
        folder = self.apps.get(app).folder
        if path:
            self.finish(await asyncio.to_thread(_text, folder, unquote(path)))
        else:
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps(await asyncio.to_thread(_files, folder)))


class DataHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str) -> None:
        self.known(app)
        self.finish(await self.apps.storage(app).overview())


class TableHandler(AppsHandler):
    @web.authenticated
    @authorized
    async def get(self, app: str, table: str) -> None:
        from ...apps.storage import StorageError

        self.known(app)
        offset = self.get_argument("offset", "0")
        try:
            self.finish(await self.apps.storage(app).rows(unquote(table), int(offset)))
        except (StorageError, ValueError) as error:
            raise web.HTTPError(400, str(error)) from None


def _files(folder: Path) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if path.is_symlink() or not path.is_file() or len(listed) >= MOST_FILES:
                continue
            stat = path.stat()
            listed.append(
                {"path": path.relative_to(folder).as_posix(), "size": stat.st_size, "modified": stat.st_mtime}
            )
    return listed


def _text(folder: Path, name: str) -> dict[str, Any]:
    try:
        path = (folder / name).resolve(strict=True)
        inside = path.relative_to(folder.resolve())
        if not path.is_file() or inside.parts[0] == "data":
            raise web.HTTPError(404, "There is no such file")
        raw = path.read_bytes()[: LARGEST_TEXT + 1]
    except (OSError, ValueError):
        raise web.HTTPError(404, "There is no such file") from None
    if len(raw) > LARGEST_TEXT:
        raise web.HTTPError(413, "The file is too large to be shown here")
    if b"\0" in raw:
        raise web.HTTPError(415, "The file is no text")
    return {"text": raw.decode("utf-8", "replace")}
