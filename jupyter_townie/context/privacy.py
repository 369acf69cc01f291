"""What a model may see of a notebook, as its user chose it once.

Kept in the user's data folder under the notebook's path on disk and never in the notebook, which others may get.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import get_args

from jupyter_townie.protocol import Privacy

FILE = "privacy.sqlite"
MOST = 5_000
"""Notebooks that are kept; of more, those that were chosen for longest ago are asked about again."""
LOCK_SECONDS = 1.0

_SCHEMA = "CREATE TABLE IF NOT EXISTS choices (notebook TEXT PRIMARY KEY, level TEXT NOT NULL, chosen REAL NOT NULL)"
_FORGET = "DELETE FROM choices WHERE notebook = ? OR substr(notebook, 1, ?) = ?"
_MOVE = """
UPDATE OR REPLACE choices SET notebook = ? || substr(notebook, ?) WHERE notebook = ? OR substr(notebook, 1, ?) = ?
"""
_LEVELS = get_args(Privacy)


class Choices:
    """The choices of one user, in the SQLite file at ``path``, which is made with the first one.

    Every call may wait for another process up to a second: call it in a thread from an event loop.

    :raises OSError: the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, notebook: str | Path) -> Privacy | None:
        """The level that was chosen for the notebook, or None."""
        if not self._path.exists():
            return None
        rows = self._run("SELECT level FROM choices WHERE notebook = ?", str(notebook))
        level: Privacy | None = rows[0][0] if rows and rows[0][0] in _LEVELS else None
        return level

    def choose(self, notebook: str | Path, level: Privacy | None) -> None:
        """Keep a level for the notebook; None forgets it."""
        if level is None:
            if self._path.exists():
                self._run("DELETE FROM choices WHERE notebook = ?", str(notebook))
            return
        self._run("INSERT OR REPLACE INTO choices VALUES (?, ?, ?)", str(notebook), level, time.time())
        self._run(
            "DELETE FROM choices WHERE notebook NOT IN (SELECT notebook FROM choices ORDER BY chosen DESC LIMIT ?)",
            MOST,
        )

    def move(self, old: str | Path, new: str | Path) -> None:
        """A notebook, or a folder of notebooks, has another path now; nothing stays for one that takes its place."""
        old, new = str(old), str(new)
        if old == new or not self._path.exists():
            return
        self._forget(new)
        self._run(_MOVE, new, len(old) + 1, *_at_or_below(old))

    def forget(self, path: str | Path) -> None:
        """A notebook, or a folder of notebooks, was deleted; another one of its name was not chosen for."""
        if self._path.exists():
            self._forget(str(path))

    def _forget(self, path: str) -> None:
        self._run(_FORGET, *_at_or_below(path))

    def _run(self, statement: str, *values: object) -> list[tuple[Privacy]]:
        try:
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # The names of notebooks tell something too.
                self._path.touch(mode=0o600)
            with closing(sqlite3.connect(self._path, timeout=LOCK_SECONDS)) as file, file:
                file.execute(_SCHEMA)
                return file.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise OSError(f"{self._path}: {error}") from error


def _at_or_below(path: str) -> tuple[str, int, str]:
    folder = path + os.sep
    return path, len(folder), folder
