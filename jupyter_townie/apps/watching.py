"""Notices what a person, or a program of theirs, changes in an app's folder.

Looked at by the clock, because that works on every file system (network mounts, containers) and needs nothing that is
compiled; an app has few files.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

logger = logging.getLogger(__name__)

EVERY = 0.3
"""Seconds between two looks."""
MOST_FILES = 2_000
DEEPEST = 6
LEFT_OUT = frozenset({"data", "__pycache__", "node_modules", "venv", "env"})
"""Folders whose content is not the app's code; those that begin with a dot as well."""

Signature = tuple[int, int, int]
"""Time of the last change in ns, size in bytes, inode."""
Files = dict[str, Signature]
"""By path, relative to the app's folder, with slashes."""


def files_of(folder: Path) -> Files:
    """What the app's code consists of at this moment; empty when the folder is gone."""
    found: Files = {}
    waiting = [(str(folder), "", 0)]
    while waiting and len(found) < MOST_FILES:
        place, prefix, depth = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith(("~", ".pyc", ".swp")):
                    continue
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in LEFT_OUT and depth < DEEPEST:
                            waiting.append((entry.path, f"{prefix}{entry.name}/", depth + 1))
                    elif len(found) < MOST_FILES:
                        status = entry.stat()
                        found[prefix + entry.name] = (status.st_mtime_ns, status.st_size, status.st_ino)
    return found


def difference(before: Files, after: Files) -> list[str]:
    """The paths of what was added, changed or removed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


class Watch:
    """Calls *on_change* with the paths that changed, once they are the same in two looks.

    While *paused* says so nothing is called; what changed meanwhile is noticed afterwards.
    """

    def __init__(
        self,
        folder: Path,
        known: Files,
        on_change: Callable[[list[str], Files], Awaitable[None]],
        *,
        wanted: Callable[[], bool],
        paused: Callable[[], bool],
    ) -> None:
        self._folder = folder
        self._known = known
        self._on_change = on_change
        self._wanted = wanted
        self._paused = paused
        self._task = asyncio.create_task(self._look())

    @property
    def over(self) -> bool:
        """Whether it has ended, because nobody wanted it any more."""
        return self._task.done()

    def seen(self, files: Files) -> None:
        """What Townie has written itself, and dealt with."""
        self._known = files

    async def _look(self) -> None:
        pending: Files | None = None
        while self._wanted():
            await asyncio.sleep(EVERY if pending is None else EVERY / 3)
            if self._paused():
                pending = None
                continue
            now = await asyncio.to_thread(files_of, self._folder)
            if now == self._known:
                pending = None
            elif now != pending:
                # Editors write in several steps: wait until the files keep still.
                pending = now
            else:
                pending = None
                paths = difference(self._known, now)
                self._known = now
                try:
                    await self._on_change(paths, now)
                except Exception:
                    logger.exception("A change of an app's files could not be dealt with")

    def close(self) -> None:
        self._task.cancel()
