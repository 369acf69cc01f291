"""The workspace as this Jupyter server stores it: notebooks and text files through the contents manager."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import nbformat
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from ..notebooks.file import NotebookChanged, StoredNotebook
from ..notebooks.surface import SurfaceError
from ..protocol import Problem

MAX_TEXT = 2_000_000
"""Bytes of a file that is read as text."""


class Workspace:
    """Implements :class:`jupyter_townie.notebooks.file.Contents` and the file half of ``threads.Host``."""

    def __init__(self, contents_manager: Any) -> None:
        self._contents = contents_manager

    # ---------------------------------------------------------------------------------------------------- notebooks

    async def get(self, path: str) -> StoredNotebook:
        """:raises SurfaceError: there is no such notebook, or it cannot be read as one."""
        try:
            model = await ensure_async(self._contents.get(path, content=True, type="notebook"))
        except HTTPError as error:
            raise SurfaceError(
                Problem(
                    code="notebook_unreadable",
                    message=f"{path} could not be read as a notebook.",
                    remedy="Check that it exists and opens in JupyterLab.",
                    detail=str(error.log_message or error)[:300],
                )
            ) from None
        return StoredNotebook(
            notebook=model["content"], writable=bool(model["writable"]), version=_version(model["content"])
        )

    async def save(self, path: str, notebook: Any, expected: str) -> None:
        """:raises NotebookChanged: the file is another one by now.  :raises SurfaceError: it cannot be written."""
        if (await self.get(path)).version != expected:
            raise NotebookChanged(path)
        try:
            await ensure_async(self._contents.save({"type": "notebook", "content": notebook}, path))
        except HTTPError as error:
            raise SurfaceError(
                Problem(
                    code="notebook_unwritable",
                    message=f"{path} could not be saved.",
                    remedy="Check its permissions and the space on the disk.",
                    detail=str(error.log_message or error)[:300],
                )
            ) from None

    # -------------------------------------------------------------------------------------------------------- files

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


def _version(notebook: Any) -> str:
    return hashlib.sha256(nbformat.writes(notebook).encode("utf-8", "surrogatepass")).hexdigest()


def _reason(path: str, error: HTTPError) -> str:
    return f"{path}: {error.log_message or error.reason or error}"[:300]
