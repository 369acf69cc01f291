"""What an app keeps: a database for its own tables, keys with JSON values, and each visitor's ``localStorage``.

All of it lies in the app's ``data`` folder, in two SQLite files that the app's Python code (``import townie``) uses
too: ``app.sqlite`` holds the app's tables, ``keys.sqlite`` the tables ``keys`` and ``local``.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

DATABASE = "app.sqlite"
KEYS = "keys.sqlite"
LARGEST_DATABASE = 100 * 1024 * 1024
LARGEST_KEYS = 5 * 1024 * 1024
LARGEST_VALUE = 1024 * 1024
"""Characters of one value as JSON."""
LARGEST_LOCAL = 512 * 1024
"""Characters of one visitor's ``localStorage``; all of it is in every page."""
LONGEST_QUERY = 5.0
"""Seconds."""
MOST_ROWS = 10_000
LARGEST_RESULT = 5_000_000
LARGEST_CELL = 20_000_000
"""Bytes of one text or blob, and of one row, while a query is worked on."""
PAGE_ROWS = 100
"""Rows of a table that are looked at at a time."""

_KEYS_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, value TEXT NOT NULL, updated REAL NOT NULL);
CREATE TABLE IF NOT EXISTS local (visitor TEXT, key TEXT, value TEXT NOT NULL, PRIMARY KEY (visitor, key));
"""
_PRAGMAS = frozenset(("table_info", "table_xinfo", "table_list", "index_list", "index_info", "foreign_key_list"))

T = TypeVar("T")

_THREADS = ThreadPoolExecutor(4, "townie-data")
"""Of their own: pages that keep them busy with slow queries take none from the rest of the server."""


class StorageError(Exception):
    """It cannot be kept or read; the text says why, ``status`` is the fitting HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Storage:
    """The data of one app in ``folder``.  Each call is a transaction of its own, in a thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # ----------------------------------------------------------------------------------------------------------- keys

    async def get(self, key: str) -> dict[str, Any]:
        """``{"found": bool, "value": ...}``."""

        def read(database: sqlite3.Connection) -> dict[str, Any]:
            row = database.execute("SELECT value FROM keys WHERE key = ?", (key,)).fetchone()
            return {"found": row is not None, "value": json.loads(row[0]) if row else None}

        return await self._keys(read, {"found": False, "value": None})

    async def set(self, key: str, value: Any) -> None:
        """:raises StorageError: it is too large, or the keys are full."""
        text = json.dumps(value, ensure_ascii=False)
        if len(text) > LARGEST_VALUE:
            raise StorageError(
                f"A value may have {LARGEST_VALUE:,} characters as JSON; this one has {len(text):,}.", 413
            )
        if not key or len(key) > 512:
            raise StorageError("A key has between 1 and 512 characters.")

        def write(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?)", (key, text, time.time()))

        await self._keys(write)

    async def delete(self, key: str) -> None:
        def write(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM keys WHERE key = ?", (key,))

        await self._keys(write)

    async def items(self, prefix: str = "", *, values: bool = False) -> dict[str, Any]:
        """``{"keys": [...]}``, or ``{"items": {key: value}}``, of keys that begin with ``prefix``, in their order."""

        def read(database: sqlite3.Connection) -> dict[str, Any]:
            rows = database.execute(
                "SELECT key, value FROM keys WHERE substr(key, 1, ?) = ? ORDER BY key LIMIT ?",
                (len(prefix), prefix, MOST_ROWS),
            ).fetchall()
            if values:
                return {"items": {key: json.loads(value) for key, value in rows}}
            return {"keys": [key for key, _ in rows]}

        return await self._keys(read, {"items": {}} if values else {"keys": []})

    async def local(self, visitor: str) -> dict[str, str]:
        """What a visitor's ``localStorage`` holds."""

        def read(database: sqlite3.Connection) -> dict[str, str]:
            return dict(database.execute("SELECT key, value FROM local WHERE visitor = ?", (visitor,)).fetchall())

        try:
            return await self._keys(read, {})
        except StorageError:
            # A page is shown without what it kept rather than not at all; writing to it says what is wrong.
            return {}

    async def set_local(self, visitor: str, changes: dict[str, Any]) -> None:
        """Keep changes of a visitor's ``localStorage``; None deletes a key.

        :raises StorageError: it is full.
        """

        def write(database: sqlite3.Connection) -> None:
            for key, value in changes.items():
                if value is None:
                    database.execute("DELETE FROM local WHERE visitor = ? AND key = ?", (visitor, key))
                else:
                    database.execute("INSERT OR REPLACE INTO local VALUES (?, ?, ?)", (visitor, key, str(value)))
            size = "SELECT coalesce(sum(length(key) + length(value)), 0) FROM local WHERE visitor = ?"
            if database.execute(size, (visitor,)).fetchone()[0] > LARGEST_LOCAL:
                raise StorageError(
                    f"localStorage is full: it holds {LARGEST_LOCAL:,} characters. Use townie.kv or townie.sql.", 413
                )

        await self._keys(write)

    # -------------------------------------------------------------------------------------------------------- database

    async def sql(self, query: Any, params: Any = None) -> dict[str, Any]:
        """Carry out a statement, or several without parameters, on the app's own tables.

        :return: ``rows`` (objects by column), ``columns``, ``changes``, ``lastId``.
        :raises StorageError: SQLite refuses it, it takes too long, or its result is too large.
        """
        if not isinstance(query, str) or not query.strip():
            raise StorageError("A query is a text with one SQL statement.")
        if params is not None and not isinstance(params, (list, dict)):
            raise StorageError("Parameters are a list, or an object for named ones.")
        values: Any = params or []
        values = {k: _bound(v) for k, v in values.items()} if isinstance(values, dict) else [_bound(v) for v in values]

        def run(database: sqlite3.Connection) -> dict[str, Any]:
            statements = [query] if values else list(_statements(query))
            result: dict[str, Any] = {"rows": [], "columns": [], "changes": 0, "lastId": None}
            for statement in statements:
                cursor = database.execute(statement, values)
                result = _result(cursor)
            return result

        return await self._apart(DATABASE, run, LARGEST_DATABASE, guarded=True)

    async def overview(self) -> dict[str, Any]:
        """``tables`` (name, columns, rows) and ``keys`` (key, value), to look at."""

        def tables(database: sqlite3.Connection) -> list[dict[str, Any]]:
            names = database.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
                " ORDER BY name"
            ).fetchall()
            listed = []
            for (name,) in names[:200]:
                quoted = _quoted(name)
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({quoted})")]
                count = database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608
                listed.append({"name": name, "columns": columns, "rows": count})
            return listed

        def keys(database: sqlite3.Connection) -> list[dict[str, Any]]:
            rows = database.execute("SELECT key, substr(value, 1, 500) FROM keys ORDER BY key LIMIT 500").fetchall()
            return [{"key": key, "value": value} for key, value in rows]

        return {"tables": await self._read(DATABASE, tables, []), "keys": await self._read(KEYS, keys, [])}

    async def rows(self, table: str, offset: int = 0) -> dict[str, Any]:
        """Rows of a table from ``offset`` on: ``columns``, ``rows`` (lists), ``total``.

        :raises StorageError: there is no such table.
        """

        def read(database: sqlite3.Connection) -> dict[str, Any]:
            quoted = _quoted(table)
            total = database.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0]  # noqa: S608
            cursor = database.execute(f"SELECT * FROM {quoted} LIMIT ? OFFSET ?", (PAGE_ROWS, max(0, offset)))  # noqa: S608
            rows = [[_shown(value) for value in row] for row in cursor.fetchall()]
            return {"columns": [column[0] for column in cursor.description], "rows": rows, "total": total}

        found = await self._read(DATABASE, read, None)
        if found is None:
            raise StorageError("There is no database yet.", 404)
        return found

    # --------------------------------------------------------------------------------------------------------- sqlite

    async def _keys(self, work: Callable[[sqlite3.Connection], T], otherwise: T | None = None) -> T:
        if otherwise is not None and not (self.folder / KEYS).exists():
            return otherwise
        return await self._apart(KEYS, work, LARGEST_KEYS)

    async def _read(self, file: str, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        if not (self.folder / file).exists():
            return otherwise
        return await self._apart(file, work, 0, guarded=True)

    async def _apart(
        self, file: str, work: Callable[[sqlite3.Connection], T], largest: int, *, guarded: bool = False
    ) -> T:
        run = functools.partial(self._run, file, work, largest, guarded=guarded)
        return await asyncio.get_running_loop().run_in_executor(_THREADS, run)

    def _run(self, file: str, work: Callable[[sqlite3.Connection], T], largest: int, *, guarded: bool = False) -> T:
        """Open the file, do the work within one transaction, close it.

        :param largest: bytes that the file may have; 0 opens it for reading only.
        :param guarded: the statements are the app's own, so only its own tables are open to them.
        """
        with _said(), self._opened(file, writable=bool(largest)) as database:
            if largest:
                size = database.execute("PRAGMA page_size").fetchone()[0]
                database.execute(f"PRAGMA max_page_count = {largest // size}")
                database.execute("PRAGMA journal_mode = WAL")
            if file == KEYS and largest:
                database.executescript(_KEYS_SCHEMA)
            until = time.monotonic() + LONGEST_QUERY
            database.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)
            database.execute("BEGIN")
            if guarded and largest:
                database.set_authorizer(_authorized)
            result = work(database)
            if guarded and largest:
                # None would take it away, but not before Python 3.11, where it refuses everything from then on.
                database.set_authorizer(lambda *_: sqlite3.SQLITE_OK)
            database.commit()
            return result

    @contextlib.contextmanager
    def _opened(self, file: str, *, writable: bool) -> Iterator[sqlite3.Connection]:
        path = self.folder / file
        if writable:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # Not through a link: it may lead to a file that is not there yet.
            with (
                contextlib.suppress(FileExistsError),
                (self.folder / ".gitignore").open("x", encoding="utf-8") as file_,
            ):
                file_.write("*\n")
        for one in (self.folder, path, *(path.with_name(file + end) for end in ("-wal", "-shm", "-journal"))):
            # An app must not make the server write to a database of somebody else, or wait for a pipe.
            if one.is_symlink():
                raise StorageError(f"{one.name} is a symbolic link; an app's data lie in its own folder.", 409)
            if one.exists() and not (one.is_file() or one == self.folder):
                raise StorageError(f"{one.name} is no ordinary file.", 409)
        uri = path.absolute().as_uri() + ("?mode=rwc" if writable else "?mode=ro")
        database = sqlite3.connect(uri, uri=True, timeout=5, isolation_level=None)
        try:
            if sys.version_info >= (3, 11):
                # One value of a query could be a gigabyte otherwise, in the server's memory.
                database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_CELL)
                database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA foreign_keys = ON")
            yield database
        finally:
            database.close()


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """SQLite's errors in the words of who wrote the statement."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "interrupted" in text:
            # Not 408: Firefox takes that for a lost connection, and asks ten times before it gives up without a word.
            raise StorageError(f"The query took longer than {LONGEST_QUERY:.0f} seconds and was stopped.") from None
        if "full" in text:
            raise StorageError("The app's storage is full.", 413) from None
        if "locked" in text:
            raise StorageError(
                "database is locked: something else writes to it for more than 5 seconds.", 409
            ) from None
        raise StorageError(text) from None
    except sqlite3.DatabaseError as error:
        if "not authorized" in str(error) or "prohibited" in str(error):
            raise StorageError(
                "This statement is not open to pages: each call is a transaction of its own, on the app's own tables.",
                403,
            ) from None
        raise StorageError(str(error)) from None
    except (sqlite3.Warning, sqlite3.ProgrammingError, OverflowError) as error:
        raise StorageError(str(error)) from None
    except OSError as error:
        raise StorageError(f"The app's data folder cannot be used: {error.strerror or error}.", 409) from None


def _authorized(action: int, first: str | None, second: str | None, *_: Any) -> int:
    denied = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT)
    if action in denied:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in (
        "load_extension",
        "readfile",
        "writefile",
        "edit",
        "fts3_tokenizer",
    ):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _statements(script: str) -> Iterator[str]:
    """The statements of a script."""
    begun = ""
    for piece in script.split(";"):
        begun += piece
        if sqlite3.complete_statement(begun + ";"):
            if begun.strip():
                yield begun
            begun = ""
        else:
            begun += ";"
    if begun.strip().strip(";").strip():
        yield begun


def _result(cursor: sqlite3.Cursor) -> dict[str, Any]:
    columns = [column[0] for column in cursor.description or ()]
    rows: list[dict[str, Any]] = []
    size = 0
    for row in cursor:
        rows.append(dict(zip(columns, map(_shown, row), strict=True)))
        size += sum(len(value) if isinstance(value, (str, bytes)) else 8 for value in row)
        if len(rows) > MOST_ROWS or size > LARGEST_RESULT:
            raise StorageError(f"The result has more than {MOST_ROWS:,} rows or 5 MB: add a LIMIT.", 413)
    return {"rows": rows, "columns": columns, "changes": max(0, cursor.rowcount), "lastId": cursor.lastrowid}


def _bound(value: Any) -> Any:
    """A JSON value as SQLite takes it; lists and objects are kept as JSON."""
    if isinstance(value, dict) and set(value) == {"$blob"} and isinstance(value["$blob"], str):
        return base64.b64decode(value["$blob"])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _shown(value: Any) -> Any:
    return {"$blob": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
