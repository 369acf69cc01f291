"""Which apps are published: one SQLite file in Jupyter's data directory, so that they are after a restart, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .database import Database

Audience = Literal["signed_in", "anyone"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS publications (
    id TEXT PRIMARY KEY, root TEXT NOT NULL, folder TEXT NOT NULL, source TEXT NOT NULL, mark TEXT, title TEXT NOT NULL,
    audience TEXT NOT NULL, published REAL NOT NULL, updated REAL NOT NULL, ended REAL, pending TEXT
);
"""
_FIELDS = "id, folder, source, mark, title, audience, published, updated, ended, pending"


@dataclass(frozen=True, slots=True)
class Publication:
    """An app that was published, and may have ended to be."""

    id: str
    """Names it in URLs, for as long as it is published; never used again."""
    folder: str
    """The name of the folder of its copy; empty when that was deleted."""
    source: str
    """The app's workspace path when it was published last."""
    mark: str | None
    """What tells the app's folder from another one at the same path."""
    title: str
    audience: Audience
    published: float
    updated: float
    ended: float | None = None
    """When it was taken back."""
    pending: str | None = None
    """The folder of an update whose files are being put in place."""


class Publications(Database):
    """The records of one workspace (*root*); other workspaces of the same person have their own."""

    def __init__(self, data: Path, root: Path) -> None:
        super().__init__(data, "published.sqlite", root)
        self.prepare(_SCHEMA)

    def find(self, identifier: str) -> Publication | None:
        """The publication with this id, also one that has ended."""
        rows = self.do(
            f"SELECT {_FIELDS} FROM publications WHERE root = ? AND id = ?",  # noqa: S608 -- a constant
            self.root,
            identifier,
        )
        return Publication(*rows[0]) if rows else None  # type: ignore[arg-type]

    def all(self) -> list[Publication]:
        """All of them, the newest first."""
        rows = self.do(
            f"SELECT {_FIELDS} FROM publications WHERE root = ? ORDER BY published DESC",  # noqa: S608 -- a constant
            self.root,
        )
        return [Publication(*row) for row in rows]  # type: ignore[arg-type]

    def keep(self, one: Publication) -> None:
        """Write a record, in the place of the one with its id."""
        self.do(
            f"INSERT OR REPLACE INTO publications (root, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            self.root,
            one.id,
            one.folder,
            one.source,
            one.mark,
            one.title,
            one.audience,
            one.published,
            one.updated,
            one.ended,
            one.pending,
        )

    def forget(self, identifier: str) -> None:
        """Drop a record."""
        self.do("DELETE FROM publications WHERE root = ? AND id = ?", self.root, identifier)
