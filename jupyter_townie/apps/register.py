"""What a server keeps about the apps of its workspace: one SQLite file in Jupyter's data directory.

Who keeps something has its own tables in it: `consents`, `freezes`, `llm`.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

_SCHEMA = "CREATE TABLE IF NOT EXISTS apps (path TEXT PRIMARY KEY, root TEXT NOT NULL, seen REAL NOT NULL);"


class Register:
    """The file, and in it where the apps are; calls take well under a millisecond and may come from any thread."""

    def __init__(self, data: Path, root: Path) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = data / "apps.sqlite"
        file.touch(mode=0o600)
        self.root = str(root)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=10)
        self._database.execute("PRAGMA journal_mode=WAL")
        self.prepare(_SCHEMA)

    def prepare(self, schema: str) -> None:
        """Make the tables of *schema*, which says ``IF NOT EXISTS``."""
        with self._lock:
            self._database.executescript(schema)

    def do(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of one SQL statement.  :raises sqlite3.Error: it can not be done."""
        with self._lock:
            return self._database.execute(statement, values).fetchall()

    def key(self, path: str) -> str:
        """By which the app at the workspace *path* is known: several workspaces share the file."""
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

    def close(self) -> None:
        with self._lock:
            self._database.close()
