"""What a server keeps about the apps of its workspace, in SQLite files of Jupyter's data directory."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class Database:
    """One of the files, called *name*, which several workspaces share; *root* is this one.

    Calls take well under a millisecond and may come from any thread.
    """

    def __init__(self, data: Path, name: str, root: Path) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = data / name
        file.touch(mode=0o600)
        self.root = str(root)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=10)
        self._connection.execute("PRAGMA journal_mode=WAL")

    def prepare(self, schema: str) -> None:
        """Make the tables of *schema*, which says ``IF NOT EXISTS``."""
        with self._lock:
            self._connection.executescript(schema)

    def do(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """The rows of one SQL statement.  :raises sqlite3.Error: it can not be done."""
        with self._lock:
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
