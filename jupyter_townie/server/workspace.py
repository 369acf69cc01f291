"""The text files of the workspace, through the contents manager."""

from __future__ import annotations

import asyncio
import base64
import errno
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_server.utils import ensure_async
from tornado.web import HTTPError

from ..context.files import LARGEST, FileRefused, FileText, checked_parts, read

MAX_TEXT = 2_000_000
"""Bytes of a file that is edited as text."""


class FileChanged(FileRefused):
    """The file is not as it was read."""

    changed = True


class Workspace:
    """Implements the file half of :class:`jupyter_townie.threads.Host`, and :class:`.context.files.Files`.

    Hidden files, paths and links that lead out of the workspace, and what is no regular file are refused.
    """

    def __init__(self, contents_manager: Any) -> None:
        self._contents = contents_manager
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read_text(self, path: str) -> str:
        """See ``threads.Host.read_text``."""
        raw = await self.read_bytes(path, MAX_TEXT)
        if b"\0" in raw:
            raise FileRefused(f"{path} is not a text file")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise FileRefused(f"{path} is not text in UTF-8") from None

    async def show_file(self, path: str) -> FileText:
        """See ``threads.Host.show_file``."""
        return await read(path, self)

    async def read_bytes(self, path: str, most: int = LARGEST) -> bytes:
        """See :class:`jupyter_townie.context.files.Files`."""
        path = await self._checked(path)
        try:
            facts = await ensure_async(self._contents.get(path, content=False))
            if facts["type"] == "directory":
                raise FileRefused(f"{path} is a folder")
            if (facts.get("size") or 0) > most:
                raise FileRefused(f"{path} is larger than {most // 1_000_000} MB")
            model = await ensure_async(self._contents.get(path, content=True, type="file", format="base64"))
        except HTTPError as error:
            if error.status_code == 404:
                raise FileNotFoundError(f"there is no file {path} in the workspace") from None
            raise FileRefused(_reason(path, error)) from None
        return base64.decodebytes(model["content"].encode("ascii"))

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        """See ``threads.Host.write_text``."""
        path = await self._checked(path)
        if path.endswith(".ipynb"):
            raise FileRefused(f"{path} is a notebook; its cells are changed one by one, not its file")
        async with self._locks[path]:
            try:
                there: str | None = await self.read_text(path)
            except FileNotFoundError:
                there = None
            if there is None and expected is not None:
                raise FileChanged(f"{path} is not there any more; nothing was written")
            if there != expected:
                raise FileChanged(f"{path} has changed since Townie read it; nothing was written")
            if there == text:
                return
            try:
                if text is None:
                    await ensure_async(self._contents.delete(path))
                    return
                folder = path.rpartition("/")[0]
                if folder and not await ensure_async(self._contents.dir_exists(folder)):
                    raise FileRefused(f"the folder {folder} does not exist; make it first")
                if there is not None:
                    facts = await ensure_async(self._contents.get(path, content=False))
                    if not facts.get("writable", True):
                        raise FileRefused(f"{path} is read-only; nothing was written")
                try:
                    await ensure_async(self._contents.save({"type": "file", "format": "text", "content": text}, path))
                except HTTPError:
                    if there is None:
                        await self._remove_unfinished(path)
                    raise
            except HTTPError as error:
                raise FileRefused(_reason(path, error)) from None

    async def _remove_unfinished(self, path: str) -> None:
        """Remove what is there of a new file: a contents manager on disk keeps only the old text of an existing one."""
        root = getattr(self._contents, "root_dir", None)
        if isinstance(root, str) and root:
            await asyncio.to_thread((Path(root) / path).unlink, missing_ok=True)

    async def make_folder(self, path: str) -> None:
        """See ``threads.Host.make_folder``."""
        parts = (await self._checked(path)).split("/")
        try:
            for length in range(1, len(parts) + 1):
                folder = "/".join(parts[:length])
                if not await ensure_async(self._contents.dir_exists(folder)):
                    await ensure_async(self._contents.save({"type": "directory"}, folder))
        except HTTPError as error:
            raise FileRefused(_reason(path, error)) from None

    async def list_files(self, path: str) -> Sequence[str]:
        """See ``threads.Host.list_files``."""
        if path.strip("/."):
            path = await self._checked(path)
        else:
            path = ""
        try:
            model = await ensure_async(self._contents.get(path, content=True, type="directory"))
        except HTTPError as error:
            raise FileRefused(_reason(path, error)) from None
        return [entry["name"] + ("/" if entry["type"] == "directory" else "") for entry in model["content"]]

    async def _checked(self, path: str) -> str:
        """The path as the contents API names it.

        :raises FileRefused: it is hidden or leads out of the workspace.
        """
        name = "/".join(checked_parts(path))
        root = getattr(self._contents, "root_dir", None)
        if isinstance(root, str) and root:
            # Contents managers on disk follow links wherever they lead, which only their user may do.
            await asyncio.to_thread(_inside, Path(root), name)
        return name


def _inside(root: Path, name: str) -> None:
    root = root.resolve()
    try:
        target = (root / name).resolve()
    except (OSError, RuntimeError) as error:
        raise FileRefused(f"{name} cannot be opened: {error}") from None
    if not target.is_relative_to(root):
        raise FileRefused(f"{name} leads out of the workspace")
    if target != root:
        checked_parts(target.relative_to(root).as_posix())
    if target.exists() and not target.is_file() and not target.is_dir():
        raise FileRefused(f"{name} is not a file")


def _reason(path: str, error: HTTPError) -> str:
    cause = error.__cause__
    if any(isinstance(one, OSError) and one.errno in (errno.ENOSPC, errno.EDQUOT) for one in _behind(error)):
        return f"There is no space left on the disk for {path}; nothing was written. Make room, then try again"
    if isinstance(cause, OSError) and cause.strerror:
        # Without the folders of the server that the whole message has in it.
        return f"{path}: {cause.strerror}"
    return f"{path}: {error.log_message or error.reason or error}"[:300]


def _behind(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from: what a contents manager fails to clean up hides why it had to."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__
