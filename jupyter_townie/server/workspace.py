"""The text files of the workspace, through the contents manager."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

MAX_TEXT = 2_000_000
"""Bytes of a file that is read as text."""


class Workspace:
    """Implements the file half of :class:`jupyter_townie.threads.Host`."""

    def __init__(self, contents_manager: Any) -> None:
        self._contents = contents_manager

    async def read_text(self, path: str) -> str:
        """See ``threads.Host.read_text``."""
        try:
            facts = await ensure_async(self._contents.get(path, content=False))
            if facts["type"] == "directory":
                raise ValueError(f"{path} is a folder")
            if (facts.get("size") or 0) > MAX_TEXT:
                raise ValueError(f"{path} is larger than {MAX_TEXT // 1_000_000} MB")
            model = await ensure_async(self._contents.get(path, content=True, type="file", format="text"))
        except HTTPError as error:
            if error.status_code == 404:
                raise FileNotFoundError(f"there is no file {path} in the workspace") from None
            raise ValueError(_reason(path, error)) from None
        return str(model["content"])

    async def write_text(self, path: str, text: str, expected: str | None) -> None:
        """See ``threads.Host.write_text``."""
        try:
            there: str | None = await self.read_text(path)
        except FileNotFoundError:
            there = None
        if there != expected:
            raise ValueError(f"{path} has changed since Townie read it; nothing was written")
        try:
            folder = path.rpartition("/")[0]
            if folder and not await ensure_async(self._contents.dir_exists(folder)):
                raise ValueError(f"the folder {folder} does not exist")
            await ensure_async(self._contents.save({"type": "file", "format": "text", "content": text}, path))
        except HTTPError as error:
            raise ValueError(_reason(path, error)) from None

    async def list_files(self, path: str) -> Sequence[str]:
        """See ``threads.Host.list_files``."""
        try:
            model = await ensure_async(self._contents.get(path, content=True, type="directory"))
        except HTTPError as error:
            raise ValueError(_reason(path, error)) from None
        return [entry["name"] + ("/" if entry["type"] == "directory" else "") for entry in model["content"]]


def _reason(path: str, error: HTTPError) -> str:
    return f"{path}: {error.log_message or error.reason or error}"[:300]
