"""Where the apps of a workspace are, and the file for all that is kept about them.

Who keeps something has its own tables in it: `consents`, `freezes`, `llm`.
"""

from __future__ import annotations

import time
from pathlib import Path

from .database import Database

_SCHEMA = "CREATE TABLE IF NOT EXISTS apps (path TEXT PRIMARY KEY, root TEXT NOT NULL, seen REAL NOT NULL);"


class Register(Database):
    """The file."""

    def __init__(self, data: Path, root: Path) -> None:
        super().__init__(data, "apps.sqlite", root)
        self.prepare(_SCHEMA)

    def key(self, path: str) -> str:
        """By which the app at the workspace *path* is known in the file."""
        return f"{self.root}/{path}"

    def path(self, key: object) -> str:
        """The workspace path for a `key` of this workspace."""
        return str(key)[len(self.root) + 1 :]

    def remember(self, path: str) -> None:
        """An app was seen at the workspace *path*."""
        self.do("INSERT OR REPLACE INTO apps VALUES (?, ?, ?)", self.key(path), self.root, time.time())

    def forget(self, path: str) -> None:
        """There is none any more."""
        self.do("DELETE FROM apps WHERE path = ?", self.key(path))

    def remembered(self) -> list[str]:
        """The workspace paths of all apps that were seen."""
        rows = self.do("SELECT path FROM apps WHERE root = ? ORDER BY path", self.root)
        return [self.path(key) for (key,) in rows]
