"""Threads on disk: one SQLite file in Jupyter's data directory.

All access happens in one worker thread, in the order in which it was asked for, so the event loop never waits for the
disk and a later write can not overtake an earlier one.  The file is in WAL mode; several servers may use it at the same
time.  Only the holder of a thread's *lease* appends to it, see :meth:`Store.take_lease`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import socket
import sqlite3
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from ..protocol import EVENT, EVENTS, Event

T = TypeVar("T")

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 1
LEASE_SECONDS = 20.0
"""A lease that was not renewed for this long is void: its holder was killed or lost its disk."""

_SCHEMA = """
CREATE TABLE threads (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  created REAL NOT NULL,
  updated REAL NOT NULL,
  path TEXT,
  turns INTEGER NOT NULL DEFAULT 0,
  cost REAL,
  lease_owner TEXT,
  lease_time REAL
);
CREATE TABLE events (
  thread TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (thread, seq)
) WITHOUT ROWID;
CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  thread TEXT NOT NULL REFERENCES threads(id) ON DELETE CASCADE,
  receipt TEXT NOT NULL
);
CREATE INDEX requests_by_thread ON requests(thread);
"""
_HOLDING = r"""
SELECT id FROM threads WHERE title LIKE :like ESCAPE '\' OR path LIKE :like ESCAPE '\'
UNION SELECT thread FROM events
  WHERE instr(body, '"type":"turn_started"') AND json_extract(body, '$.text') LIKE :like ESCAPE '\'
UNION SELECT thread FROM (
  SELECT thread, group_concat(piece, '') AS answer FROM (
    SELECT thread, json_extract(body, '$.turn') AS turn, json_extract(body, '$.part') AS part,
      json_extract(body, '$.text') AS piece
    FROM events WHERE instr(body, '"type":"text"') ORDER BY thread, seq
  ) GROUP BY thread, turn, part
) WHERE answer LIKE :like ESCAPE '\'
"""
"""An answer is put together from its pieces: a word may begin in one and end in the next."""


class StoreError(Exception):
    """The file can not be used; the message says why and what to do."""


class LeaseTaken(Exception):
    """Another server works on this thread."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        self.owner = owner


class LeaseLost(Exception):
    """This server may not append to the thread: it was deleted, or another server has its lease."""

    def __init__(self, *, deleted: bool) -> None:
        super().__init__("the thread was deleted" if deleted else "another server works on the thread")
        self.deleted = deleted


class Store:
    """The threads of one user.

    :param path: the SQLite file, created with its folder when missing; only its owner can read it.
    :raises StoreError: (from any method) when the file is not a thread store or of a later version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="townie-store")
        self._connection: sqlite3.Connection | None = None

    # ------------------------------------------------------------------------------------------------------- reading

    async def threads(self) -> list[dict[str, Any]]:
        """Rows of all threads, the latest first."""
        return await self._call(
            lambda db: [dict(row) for row in db.execute("SELECT * FROM threads ORDER BY updated DESC, id")]
        )

    async def version(self) -> tuple[int, int]:
        """Another one after every change, by whichever process, than before it."""

        def read(db: sqlite3.Connection) -> tuple[int, int]:
            # What others have committed, and what this connection has changed.
            return db.execute("PRAGMA data_version").fetchone()[0], db.total_changes

        return await asyncio.wrap_future(self._submit(read, transaction=False))

    async def acting_on(self, path: str, *, below: bool = False) -> set[str]:
        """The threads that have, or once had, an action on the document at ``path``, or ``below`` that folder."""
        quoted = json.dumps(f"{path}/" if below else path, ensure_ascii=False)
        named = f'"path":{quoted[:-1] if below else quoted}'
        return await self._call(
            lambda db: {
                row[0]
                for row in db.execute(
                    "SELECT DISTINCT thread FROM events WHERE (instr(body, ?) OR instr(body, ?)) AND instr(body, ?)",
                    ('"type":"action_started"', '"type":"action_changed"', named),
                )
            }
        )

    async def holding(self, words: Sequence[str]) -> set[str]:
        """The threads that have each of ``words`` in their title, path, questions or answers, whatever its case."""

        def read(db: sqlite3.Connection) -> set[str]:
            found: set[str] | None = None
            for word in words:
                like = "%" + re.sub(r"([\\%_])", r"\\\1", word) + "%"
                rows = db.execute(_HOLDING, {"like": like})
                holding = {row[0] for row in rows}
                found = holding if found is None else found & holding
            return found or set()

        return await self._call(read)

    async def thread(self, thread: str) -> dict[str, Any] | None:
        def read(db: sqlite3.Connection) -> dict[str, Any] | None:
            row = db.execute("SELECT * FROM threads WHERE id = ?", (thread,)).fetchone()
            return dict(row) if row else None

        return await self._call(read)

    async def events(self, thread: str, after: int = 0) -> list[Event]:
        """The events after sequence number ``after``, in order; unknown ones of a later version are left out."""
        return await self._call(
            lambda db: parse_events(
                [
                    row[0]
                    for row in db.execute(
                        "SELECT body FROM events WHERE thread = ? AND seq > ? ORDER BY seq", (thread, after)
                    )
                ]
            )
        )

    async def last(self, thread: str) -> int:
        """The highest sequence number of a thread on disk, 0 when it has no events."""
        return await self._call(
            lambda db: int(
                db.execute("SELECT COALESCE(MAX(seq), 0) FROM events WHERE thread = ?", (thread,)).fetchone()[0]
            )
        )

    async def receipt(self, thread: str, request: str) -> dict[str, Any] | None:
        def read(db: sqlite3.Connection) -> dict[str, Any] | None:
            row = db.execute("SELECT receipt FROM requests WHERE id = ? AND thread = ?", (request, thread)).fetchone()
            return json.loads(row["receipt"]) if row else None

        return await self._call(read)

    # ------------------------------------------------------------------------------------------------------- writing

    async def create(self, thread: str, title: str, path: str | None, now: float) -> None:
        await self._call(
            lambda db: db.execute(
                "INSERT INTO threads (id, title, created, updated, path) VALUES (?, ?, ?, ?, ?)",
                (thread, title, now, now, path),
            )
        )

    async def delete(self, thread: str) -> bool:
        """Remove a thread with its events and receipts; False when there was none."""
        return await self._call(lambda db: db.execute("DELETE FROM threads WHERE id = ?", (thread,)).rowcount > 0)

    def write(self, thread: str, events: Sequence[tuple[int, str]], **columns: Any) -> Future[None]:
        """Write events (sequence number and JSON) and columns of the thread in one transaction.

        An event that is there already is replaced, which only ever happens to the growing last one.  Returns at once;
        the future tells when it is on disk, or has :class:`LeaseLost` when this server does not hold the thread's
        lease: two that append would overwrite each other's events.
        """

        def save(db: sqlite3.Connection) -> None:
            if events:
                row = db.execute("SELECT lease_owner FROM threads WHERE id = ?", (thread,)).fetchone()
                if row is None or row["lease_owner"] != self.owner:
                    raise LeaseLost(deleted=row is None)
            db.executemany(
                "INSERT INTO events (thread, seq, body) VALUES (?, ?, ?) "
                "ON CONFLICT (thread, seq) DO UPDATE SET body = excluded.body",
                [(thread, seq, body) for seq, body in events],
            )
            if columns:
                # The names come from this package, never from outside.
                names = ", ".join(f"{name} = ?" for name in columns)
                db.execute(f"UPDATE threads SET {names} WHERE id = ?", (*columns.values(), thread))  # noqa: S608

        return self._submit(save)

    def write_receipt(self, thread: str, request: str, receipt: str) -> Future[None]:
        def save(db: sqlite3.Connection) -> None:
            db.execute(
                "INSERT INTO requests (id, thread, receipt) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET receipt = excluded.receipt",
                (request, thread, receipt),
            )

        return self._submit(save)

    async def take_lease(self, thread: str) -> None:
        """Become, or stay, the only one who appends to a thread.

        :raises LeaseTaken: while another live server holds it.
        :raises LeaseLost: there is no such thread any more.
        """

        def take(db: sqlite3.Connection) -> str | None:
            now = time.time()
            row = db.execute("SELECT lease_owner, lease_time FROM threads WHERE id = ?", (thread,)).fetchone()
            if row is None:
                raise LeaseLost(deleted=True)
            if self.works_elsewhere(row):
                return str(row["lease_owner"])
            db.execute("UPDATE threads SET lease_owner = ?, lease_time = ? WHERE id = ?", (self.owner, now, thread))
            return None

        holder = await self._call(take)
        if holder:
            raise LeaseTaken(holder)

    async def leased_elsewhere(self, thread: str) -> bool:
        """Whether another live server works on the thread."""
        row = await self.thread(thread)
        return row is not None and self.works_elsewhere(row)

    def works_elsewhere(self, row: Mapping[str, Any] | sqlite3.Row) -> bool:
        """Whether another live server works on the thread that has this row."""
        holder, since = row["lease_owner"], row["lease_time"]
        if not holder or holder == self.owner:
            return False
        return time.time() - since < LEASE_SECONDS and _may_live(holder)

    def drop_lease(self, thread: str) -> Future[None]:
        def drop(db: sqlite3.Connection) -> None:
            db.execute(
                "UPDATE threads SET lease_owner = NULL, lease_time = NULL WHERE id = ? AND lease_owner = ?",
                (thread, self.owner),
            )

        return self._submit(drop)

    async def close(self) -> None:
        """Wait for everything that was asked for, then close the file."""

        def finish(db: sqlite3.Connection) -> None:
            db.close()
            self._connection = None

        if self._connection is not None:
            await asyncio.wrap_future(self._submit(finish, transaction=False))
        self._worker.shutdown(wait=True)

    # ------------------------------------------------------------------------------------------------------ internals

    async def _call(self, function: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._submit(function))

    def _submit(self, function: Callable[[sqlite3.Connection], T], *, transaction: bool = True) -> Future[T]:
        def run() -> T:
            try:
                db = self._open()
                if not transaction:
                    return function(db)
                db.execute("BEGIN IMMEDIATE")
                try:
                    result = function(db)
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
                return result
            except sqlite3.DatabaseError as error:
                raise StoreError(
                    f"Townie cannot use its thread store {self.path}: {error}. "
                    "Free space or permissions may be missing; if the file is damaged, move it away and restart."
                ) from error

        return self._worker.submit(run)

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                # Conversations hold whatever the notebooks hold: nobody else on this machine may read them.
                self.path.touch(mode=0o600)
            db = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            _migrate(db, self.path)
            self._connection = db
        return self._connection


def logged(written: Future[None]) -> None:
    """Have a write that nothing depends on at least logged when it fails; for ``add_done_callback``."""
    if (error := written.exception()) is not None:
        logger.warning("Not written: %s", error)


def parse_events(bodies: Sequence[str]) -> list[Event]:
    """Events from their JSON.  Unknown ones are left out; the others keep their numbers."""
    try:
        # One call for all is several times as fast as one for each.
        return EVENTS.validate_json(f"[{','.join(bodies)}]")
    except ValidationError:
        events = []
        for body in bodies:
            with contextlib.suppress(ValidationError):
                events.append(EVENT.validate_json(body))
        return events


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"{path} was written by a later version of Townie (schema {version}, this one knows {SCHEMA_VERSION}). "
                "Update jupyter_townie, or point TownieApp.store_path to another file."
            )
        if version == 0:
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except BaseException:
        db.execute("ROLLBACK")
        db.close()
        raise
    db.execute("COMMIT")


def _may_live(owner: str) -> bool:
    """Whether the process that a lease names may still be there; only certain for processes of this host."""
    host, pid, _ = owner.rsplit(":", 2)
    if host != socket.gethostname() or os.name != "posix":
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
