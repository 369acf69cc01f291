"""Small pictures of apps as they looked, kept beside their versions: one for each state of an app's files.

A picture is drawn by the app's own page, so it shows what that page likes, and is trusted with nothing: it is kept only
when it is a picture by its bytes, and is given out as that alone.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import Problem
from .refusal import AppRefused
from .versions import Versions, state, write

if TYPE_CHECKING:
    from .app import App

LARGEST = 300_000
"""Bytes of one picture."""
MOST = 80
"""Pictures of one app; those that were taken first go first."""
_NAME = re.compile(r"[0-9a-f]{24}")
_TYPES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


class Pictures:
    """Those of all apps, below ``data``.  Methods block, but for :meth:`newest` after its first call for an app."""

    def __init__(self, data: Path) -> None:
        self._versions = Versions(data)
        self._newest: dict[Path, str | None] = {}

    def keep(self, app: App, raw: bytes) -> None:
        """This is how the app looks now.

        :raises AppRefused: it is no picture, or a large one.
        :raises OSError: it can not be written.
        """
        if len(raw) > LARGEST or content_type(raw) is None:
            message = f"A picture of an app is a PNG or JPEG of at most {LARGEST // 1000} KB."
            raise AppRefused(Problem(code="bad_picture", message=message))
        name = name_of(state(app.folder))
        folder = self._folder(app)
        write(folder / name, raw)
        kept = sorted(folder.glob("*"), key=lambda file: file.stat().st_mtime)
        for file in kept[:-MOST]:
            file.unlink(missing_ok=True)
        self._newest[folder] = self._reference(folder / name)

    def newest(self, app: App) -> str | None:
        """What names the picture that was taken last; another name once there is another picture."""
        folder = self._folder(app)
        if folder not in self._newest:
            with contextlib.suppress(OSError):
                files = [file for file in folder.glob("*") if _NAME.fullmatch(file.name)]
                last = max(files, key=lambda file: file.stat().st_mtime, default=None)
                self._newest[folder] = None if last is None else self._reference(last)
        return self._newest.get(folder)

    def of(self, app: App, files: Mapping[str, str]) -> str | None:
        """What names the picture of the app with these files, by their digests."""
        file = self._folder(app) / name_of(files)
        return self._reference(file) if file.is_file() else None

    def read(self, app: App, reference: str) -> bytes | None:
        """The picture with this name, if there is one."""
        name = reference.partition(".")[0]
        if _NAME.fullmatch(name):
            with contextlib.suppress(OSError):
                return (self._folder(app) / name).read_bytes()
        return None

    def _folder(self, app: App) -> Path:
        return self._versions.folder(app) / "pictures"

    @staticmethod
    def _reference(file: Path) -> str:
        return f"{file.name}.{file.stat().st_mtime_ns // 1_000_000}"


def name_of(files: Mapping[str, str]) -> str:
    """Of an app with these files, by their digests."""
    return hashlib.sha256(json.dumps(sorted(files.items())).encode()).hexdigest()[:24]


def content_type(raw: bytes) -> str | None:
    """The media type of a picture by its first bytes; None is none."""
    return next((kind for start, kind in _TYPES.items() if raw.startswith(start)), None)
