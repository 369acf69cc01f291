"""What a person has allowed apps to do, and the secrets that they were given.

A consent is given to an app for what its ``townie.toml`` asks for at that moment, not for one version of its code.
When the file asks for more later, the app has to be allowed again; when it asks for less, the consent still holds.

The consent belongs to the folder and not only to its path: a mark is left in its ``data``, so that another app that
comes to lie at the same place is asked about anew.  The same holds for the secrets that a person gave to it.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from .manifest import UNCONFINED, Manifest
from .register import Register

_SCHEMA = """
CREATE TABLE IF NOT EXISTS consents (path TEXT PRIMARY KEY, allowed TEXT NOT NULL, time REAL NOT NULL, mark TEXT);
CREATE TABLE IF NOT EXISTS kept_secrets (
    path TEXT, name TEXT, value TEXT NOT NULL, mark TEXT, PRIMARY KEY (path, name)
);
"""
MARK = ".townie"
"""In an app's ``data``."""


def asked(manifest: Manifest) -> frozenset[str]:
    """What an app asks for, as comparable words."""
    permissions = manifest.permissions
    words = {f"host {host}" for host in permissions.hosts} | {f"file {path}" for path in permissions.files}
    if manifest.backend:
        words.add("code")
    if manifest.notebook is not None:
        words.add(f"kernel of {manifest.notebook}")
    if manifest.kind in UNCONFINED:
        words.add("rights")
    if permissions.network:
        words.add("network")
    if permissions.llm:
        words.add("llm")
    return frozenset(words)


class Consents:
    """Those of all apps of one workspace; calls take well under a millisecond and may come from any thread."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.era = 0
        """Grows with each change of a secret."""
        register.prepare(_SCHEMA)
        with suppress(sqlite3.OperationalError):
            # A file of an earlier version.
            register.do("ALTER TABLE consents ADD COLUMN mark TEXT")

    # ------------------------------------------------------------------------------------------------------- consents

    def allows(self, path: str, manifest: Manifest) -> bool:
        """Whether everything that the app asks for has been allowed."""
        return asked(manifest) <= self.allowed(path)

    def allowed(self, path: str) -> frozenset[str]:
        rows = self._register.do("SELECT allowed, mark FROM consents WHERE path = ?", self._register.key(path))
        if not rows or rows[0][1] != self._marked(path):
            return frozenset()
        return frozenset(json.loads(str(rows[0][0])))

    def allow(self, path: str, manifest: Manifest) -> None:
        """A person allows what the app asks for now, and no more than that."""
        text = json.dumps(sorted(asked(manifest)))
        self._register.do(
            "INSERT OR REPLACE INTO consents VALUES (?, ?, ?, ?)",
            self._register.key(path),
            text,
            time.time(),
            self._mark(path),
        )

    def revoke(self, path: str) -> None:
        self._register.do("DELETE FROM consents WHERE path = ?", self._register.key(path))

    def identity(self, path: str, *, make: bool = False) -> str | None:
        """What tells the app's folder from another one at its place, and finds it when it was renamed.

        :param make: leave the mark when there is none yet.
        """
        return self._mark(path) if make else self._marked(path)

    def _marked(self, path: str) -> str | None:
        """The mark in the app's folder; None without one, as in a folder that can not be written."""
        with suppress(OSError), os.fdopen(self._open(path, os.O_RDONLY), encoding="ascii", errors="replace") as file:
            return file.read(100) or None
        return None

    def _mark(self, path: str) -> str | None:
        mark = self._marked(path)
        if mark is None:
            mark = secrets.token_hex(16)
            with suppress(OSError):
                (Path(self._register.root) / path / "data").mkdir(exist_ok=True)
                with os.fdopen(self._open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="ascii") as file:
                    file.write(mark)
        return self._marked(path)

    def _open(self, path: str, flags: int) -> int:
        """The mark's file; a link in its place, or in that of the folder, is not followed."""
        folder = Path(self._register.root) / path / "data"
        if folder.is_symlink():
            raise OSError(f"{folder} is a link")
        return os.open(folder / MARK, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o600)

    # -------------------------------------------------------------------------------------------------------- secrets

    def secrets(self, path: str) -> dict[str, str]:
        """The secrets that a person gave to the app in this folder, by name."""
        rows = self._register.do(
            "SELECT name, value, mark FROM kept_secrets WHERE path = ? ORDER BY name", self._register.key(path)
        )
        if not rows:
            return {}
        mark = self._marked(path)
        return {str(name): str(value) for name, value, given_to in rows if given_to == mark}

    def set_secret(self, path: str, name: str, value: str) -> None:
        """Keep a secret; an empty *value* deletes it."""
        self.era += 1
        if value:
            self._register.do(
                "INSERT OR REPLACE INTO kept_secrets VALUES (?, ?, ?, ?)",
                self._register.key(path),
                name,
                value,
                self._mark(path),
            )
        else:
            self._register.do("DELETE FROM kept_secrets WHERE path = ? AND name = ?", self._register.key(path), name)
