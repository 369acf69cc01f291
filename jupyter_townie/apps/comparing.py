"""What differs between two states of an app: its files, and the rows of its databases."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import AppComparison, AppFileChange, AppTableChange, Problem
from .versions import VersionRefused, Versions

if TYPE_CHECKING:
    from .app import App

LARGEST_TEXT = 1_000_000
"""Bytes of a file whose lines are compared."""
LONGEST = 3.0
"""Seconds that the rows of one database may be counted for."""


def compare(versions: Versions, app: App, before: str | None, after: str | None) -> AppComparison:
    """What has changed from one version to another; None is the app as it is now.  Blocks.

    :raises VersionRefused: there is no such version.
    """
    old, new = versions.files(app, before), versions.files(app, after)
    files = [
        AppFileChange(path=path, effect="new" if path not in old else "deleted" if path not in new else "changed")
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    ]
    return AppComparison(
        files=files, tables=_tables(versions.databases(app, before), versions.databases(app, after), before, after)
    )


def texts(versions: Versions, app: App, before: str | None, after: str | None, path: str) -> tuple[str, str]:
    """A file in both states; empty where it is not.

    :raises VersionRefused: there is no such version, or the file is no text.
    """

    def text(version: str | None) -> str:
        if path not in versions.files(app, version):
            return ""
        raw = versions.file(app, version, path)
        if b"\0" in raw or len(raw) > LARGEST_TEXT:
            message = f"{path} is no text." if b"\0" in raw else f"{path} is too large to be compared here."
            raise VersionRefused(Problem(code="no_text", message=message))
        return raw.decode("utf-8", "replace")

    return text(before), text(after)


def _tables(old: dict[str, Path], new: dict[str, Path], before: str | None, after: str | None) -> list[AppTableChange]:
    changes: list[AppTableChange] = []
    for name in sorted({*old, *new}):
        if old.get(name) == new.get(name):
            # The very same copy.
            continue
        rows = (
            _rows(old[name], live=before is None) if name in old else {},
            _rows(new[name], live=after is None) if name in new else {},
        )
        changes += [
            AppTableChange(database=name, table=table, before=rows[0].get(table), after=rows[1].get(table))
            for table in sorted({*rows[0], *rows[1]})
            if rows[0].get(table) != rows[1].get(table)
        ]
    return changes


def _rows(file: Path, *, live: bool) -> dict[str, int]:
    """How many rows each table has; none of a database that can not be read, or is not counted in time."""
    uri = file.absolute().as_uri() + ("?mode=ro" if live else "?immutable=1")
    until = time.monotonic() + LONGEST
    found: dict[str, int] = {}
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1)) as database,
    ):
        database.execute("PRAGMA trusted_schema = OFF")
        database.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' LIMIT 200"
        ).fetchall()
        for (name,) in names:
            quoted = '"' + name.replace('"', '""') + '"'
            found[name] = database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608
    return found
