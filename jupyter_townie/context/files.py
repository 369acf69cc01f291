"""Reading a workspace file that the user attached: inside the workspace, text, and not too much of it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from jupyter_townie.kernels.printed import head_and_tail

LIMIT = 200_000
"""Bytes of a file that are shown: of a longer one its head and its tail."""
LARGEST = 20_000_000
"""Bytes of a file that is opened at all."""


@dataclass(frozen=True)
class FileText:
    """The text of a file, as much of it as is to be shown."""

    path: str
    """Relative to the workspace, with forward slashes."""
    text: str
    note: str = ""
    """What was left out or converted."""


class FileRefused(ValueError):
    """A file that is not read; the message tells the user why."""


class Files(Protocol):
    """Where the bytes of workspace files come from."""

    async def read_bytes(self, path: str, most: int) -> bytes:
        """:raises FileNotFoundError: there is no such file.
        :raises FileRefused: it may not be read, or has more than ``most`` bytes.
        """
        ...


class FolderFiles:
    """Files below a folder on disk.

    A path is refused when it leaves the folder, by ``..``, an absolute path or a link, when any part of it is hidden
    (``.env``, ``.git``, ``.ssh``: the contents API hides them too), or when it is not a regular file.
    """

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root).resolve()

    async def read_bytes(self, path: str, most: int) -> bytes:
        """See :meth:`Files.read_bytes`."""
        return await asyncio.to_thread(self._read, path, most)

    def _read(self, path: str, most: int) -> bytes:
        parts = checked_parts(path)
        try:
            target = self._root.joinpath(*parts).resolve(strict=True)
        except FileNotFoundError:
            raise FileNotFoundError(f"There is no file {path}.") from None
        except (OSError, RuntimeError, ValueError) as error:
            raise FileRefused(f"{path} cannot be opened: {error}") from None
        if not target.is_relative_to(self._root):
            raise FileRefused(f"{path} leads out of the workspace.")
        checked_parts(target.relative_to(self._root).as_posix())
        # Not following a link, and not blocking on a pipe, that took the file's place since it was looked at.
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            descriptor = os.open(target, flags)
        except OSError as error:
            raise FileRefused(f"{path} cannot be opened: {error.strerror}.") from None
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise FileRefused(f"{path} is not a file.")
        with os.fdopen(descriptor, "rb") as file:
            if status.st_size > most:
                raise FileRefused(
                    f"{path} is larger than {most // 1_000_000} MB. Select the part that matters, or describe it."
                )
            return file.read(most)


def checked_parts(path: str) -> tuple[str, ...]:
    """The parts of a workspace path.

    :raises FileRefused: it is absolute, leaves the workspace, or has a hidden part.
    """
    if "\0" in path or "\\" in path or ":" in path.split("/")[0]:
        raise FileRefused(f"{path!r} is not a path in the workspace.")
    parts = PurePosixPath(path.lstrip("/")).parts
    if not parts or ".." in parts:
        raise FileRefused(f"{path} is not a path in the workspace.")
    if any(part.startswith(".") for part in parts):
        raise FileRefused(f"{path} is hidden, and hidden files are not read.")
    return parts


async def read(path: str, files: Files, *, limit: int = LIMIT) -> FileText:
    """The text of an attached file; a notebook is shown as its sources.

    :raises FileNotFoundError: there is no such file.
    :raises FileRefused: it is hidden, outside, binary or too large; the message says which.
    """
    parts = checked_parts(path)
    return text_of("/".join(parts), await files.read_bytes(path, LARGEST), limit=limit)


def text_of(path: str, raw: bytes, *, limit: int = LIMIT) -> FileText:
    """What ``raw``, the content of the file at ``path``, is as text of at most ``limit`` bytes.

    :raises FileRefused: it is not text.
    """
    note = ""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
    else:
        if b"\0" in raw[:8192]:
            raise FileRefused(f"{path} is not a text file.")
        text = raw.decode("utf-8-sig", "replace")
        wrong = text.count("\ufffd")
        if wrong > len(text) // 10:
            raise FileRefused(f"{path} is not a text file, or not in UTF-8.")
        if wrong:
            note = f"{wrong} characters that are not UTF-8 were replaced"
    if path.endswith(".ipynb"):
        text = _sources(text)
    cut = head_and_tail(text, limit)
    if len(cut) < len(text):
        note = "; ".join(part for part in (note, f"{limit // 1000} KB of {len(raw) // 1000} KB") if part)
    return FileText(path, cut, note)


def _sources(text: str) -> str:
    """A notebook's sources in the percent format; the text itself when it is not a notebook."""
    try:
        cells = json.loads(text)["cells"]
        shown = []
        for cell in cells:
            source = cell.get("source", "")
            source = source if isinstance(source, str) else "".join(source)
            kind = "" if cell.get("cell_type") == "code" else f" [{cell.get('cell_type')}]"
            shown.append(f"# %%{kind}\n{source}")
        return "\n\n".join(shown)
    except (ValueError, KeyError, TypeError, AttributeError):
        return text
