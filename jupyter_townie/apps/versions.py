"""Versions of apps: every state that a turn has left, with a copy of its databases, kept outside of the app's folder.

Texts and databases are kept once however many versions have them, by their SHA-256.  A database is copied with
SQLite's backup interface, so a copy is whole even while the app writes.  ``data/`` is not part of a version otherwise:
what people have uploaded is theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..protocol import AppVersion, Problem

if TYPE_CHECKING:
    from .app import App

MOST_VERSIONS = 60
"""Versions of one app that are kept; the oldest go first."""
MOST_FILES = 2_000
LARGEST_FILE = 20_000_000
"""Bytes; a larger file is no part of a version."""
LARGEST_DATABASE = 100_000_000
MOST_DATABASES = 20
LONGEST_WAIT = 5.0
"""Seconds to wait for a database that is being written."""

MADE_ITSELF = frozenset(("data", "__pycache__", "node_modules"))
"""Folders of an app that are not what it was written as."""

_IN_USE = (5, 6)
"""SQLite's result codes BUSY and LOCKED."""
_MAGIC = b"SQLite format 3\0"


class VersionRefused(Exception):
    """A version can not be gone back to; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Versions:
    """Those of all apps, below ``data``.  Methods block: call them in a thread."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def known(self, app: App) -> list[AppVersion]:
        """The newest first."""
        from .pictures import Pictures

        pictures = Pictures(self._data)
        now = state(app.folder)
        listed: list[AppVersion] = []
        before: dict[str, str] = {}
        for entry in self._entries(app):
            files: dict[str, str] = entry["files"]
            changed = sorted(name for name in {*files, *before} if files.get(name) != before.get(name))
            listed.append(
                AppVersion(
                    id=entry["id"],
                    time=entry["time"],
                    title=entry["title"],
                    thread=entry.get("thread"),
                    turn=entry.get("turn"),
                    changed=changed[:100],
                    files=len(files),
                    databases=len(entry["databases"]),
                    current=files == now,
                    picture=pictures.of(app, files),
                )
            )
            before = files
        return listed[::-1]

    def take(self, app: App, title: str, *, thread: str | None = None, turn: str | None = None) -> str | None:
        """Keep the app as it is now; the version's id, or None when its files are those of the newest version.

        :raises OSError: it can not be written.
        """
        files = state(app.folder)
        entries = self._entries(app)
        if not files or (entries and entries[-1]["files"] == files):
            return None
        return self._keep(app, files, title, thread, turn)

    def files(self, app: App, version: str | None) -> dict[str, str]:
        """The digest of every file of a version by its path; None is the app as it is now.

        :raises VersionRefused: there is no such version.
        """
        return state(app.folder) if version is None else dict(self._entry(app, version)["files"])

    def file(self, app: App, version: str | None, path: str) -> bytes:
        """The bytes of a file in a version, or as it is now.

        :raises VersionRefused: there is no such version or file.
        """
        digest = self.files(app, version).get(path)
        if digest is None:
            raise VersionRefused(Problem(code="no_file", message=f"{path} was not there in that version."))
        place = app.folder / path if version is None else self._object(app, digest)
        return place.read_bytes()

    def databases(self, app: App, version: str | None) -> dict[str, Path]:
        """The SQLite files of a version, or of now, by their names in ``data/``; to be read alone.

        :raises VersionRefused: there is no such version.
        """
        if version is None:
            return {file.name: file for file in _databases(app)}
        return {name: self._object(app, digest) for name, digest in self._entry(app, version)["databases"].items()}

    def title(self, app: App, version: str) -> str:
        """:raises VersionRefused: there is no such version."""
        return str(self._entry(app, version)["title"])

    def go_back(self, app: App, version: str) -> list[str]:
        """Make the app what it was: its files, and its databases; what it is now is kept as a version first.

        Returns the paths, in its folder, of the files that changed.  The backend must not be running.

        :raises VersionRefused: there is no such version, or a database is in use.
        :raises OSError: a file can not be written.
        """
        entry = self._entry(app, version)
        there = state(app.folder)
        self._keep(app, there, f"Before going back to: {entry['title']}"[:100], None, None, unless_known=True)
        wanted: dict[str, str] = entry["files"]
        changed = sorted(path for path in {*wanted, *there} if wanted.get(path) != there.get(path))
        for path in changed:
            file = app.folder / path
            if not file.parent.resolve().is_relative_to(app.folder):
                # The folder has become a link to somewhere else since.
                continue
            if path in wanted:
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, self._object(app, wanted[path]).read_bytes())
            else:
                file.unlink(missing_ok=True)
        for name, digest in entry["databases"].items():
            if app.data.is_symlink() or (app.data / name).is_symlink():
                # It has become a link to somewhere else since, which must not be written to.
                continue
            _copy_back(self._object(app, digest), app.data / name)
        return changed

    # ------------------------------------------------------------------------------------------------------- on disk

    def folder(self, app: App) -> Path:
        """Where the versions of an app are kept, and its pictures."""
        # The id tells apps of one workspace apart, the folder those of several workspaces.
        place = hashlib.sha256(str(app.folder).encode()).hexdigest()[:12]
        return self._data / "apps" / f"{app.id}-{place}" / "versions"

    def _object(self, app: App, digest: str) -> Path:
        return self.folder(app) / "objects" / digest[:2] / digest[2:]

    def _entries(self, app: App) -> list[dict[str, Any]]:
        """All versions, the oldest first."""
        found = []
        for file in self.folder(app).glob("*.json"):
            # A version whose writing was interrupted is none.
            with contextlib.suppress(OSError, ValueError):
                found.append(json.loads(file.read_text(encoding="utf-8")))
        return sorted(found, key=lambda entry: (entry["time"], entry["number"]))

    def _entry(self, app: App, version: str) -> dict[str, Any]:
        for entry in self._entries(app):
            if entry["id"] == version:
                return entry
        remedy = "Only the newest versions are kept; choose another one."
        raise VersionRefused(Problem(code="no_version", message="That version is not kept any more.", remedy=remedy))

    def _keep(
        self,
        app: App,
        files: dict[str, str],
        title: str,
        thread: str | None,
        turn: str | None,
        *,
        unless_known: bool = False,
    ) -> str:
        for path, digest in files.items():
            target = self._object(app, digest)
            if not target.exists():
                write(target, (app.folder / path).read_bytes())
        entries = self._entries(app)
        databases = dict(self._databases(app))
        if unless_known:
            for known in entries:
                if known["files"] == files and known["databases"] == databases:
                    return str(known["id"])
        entry = {
            "id": uuid.uuid4().hex[:12],
            "number": entries[-1]["number"] + 1 if entries else 1,
            "time": time.time(),
            "title": title,
            "thread": thread,
            "turn": turn,
            "files": files,
            "databases": databases,
        }
        write(self.folder(app) / f"{entry['number']:06}.json", json.dumps(entry).encode())
        self._forget(app, [*entries, entry])
        return str(entry["id"])

    def _databases(self, app: App) -> Iterator[tuple[str, str]]:
        """Copies of the app's databases: their names below ``data/`` and their digests."""
        for file in _databases(app):
            with tempfile.TemporaryDirectory(prefix="townie-") as folder:
                copy = Path(folder) / "copy.sqlite"
                try:
                    copy_database(file, copy)
                except sqlite3.Error:
                    # A damaged or locked database must not keep the files from being kept.
                    continue
                raw = copy.read_bytes()
            digest = hashlib.sha256(raw).hexdigest()
            target = self._object(app, digest)
            if not target.exists():
                write(target, raw)
            yield file.name, digest

    def _forget(self, app: App, entries: list[dict[str, Any]]) -> None:
        """Delete the oldest versions, and what only they have."""
        gone, kept = entries[:-MOST_VERSIONS], entries[-MOST_VERSIONS:]
        if not gone:
            return
        used = {digest for entry in kept for digest in (*entry["files"].values(), *entry["databases"].values())}
        for entry in gone:
            (self.folder(app) / f"{entry['number']:06}.json").unlink(missing_ok=True)
            for digest in (*entry["files"].values(), *entry["databases"].values()):
                if digest not in used:
                    self._object(app, digest).unlink(missing_ok=True)


def parts(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files that an app was written as, by their paths in its folder; at most :data:`MOST_FILES`.

    Hidden files are none but for ``.gitignore``, and links are not followed.
    """
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in MADE_ITSELF and name[0] != ".")
        for name in sorted(names):
            file = Path(place) / name
            if (name[0] == "." and name != ".gitignore") or file.is_symlink() or not file.is_file():
                continue
            count += 1
            if count > MOST_FILES:
                return
            yield file.relative_to(folder).as_posix(), file


def state(folder: Path, largest: int = LARGEST_FILE) -> dict[str, str]:
    """The digest of every file of an app that has no more than *largest* bytes, by its path."""
    found = {}
    for path, file in parts(folder):
        # A file that goes away meanwhile is not part of the state.
        with contextlib.suppress(OSError):
            if file.stat().st_size <= largest:
                found[path] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def write(file: Path, raw: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".townie-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(raw)
        if file.exists():
            Path(name).chmod(file.stat().st_mode & 0o777)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _databases(app: App) -> list[Path]:
    if app.data.is_symlink() or not app.data.is_dir():
        return []
    found = (file for file in sorted(app.data.glob("*")) if not file.is_symlink() and is_database(file))
    return list(itertools.islice(found, MOST_DATABASES))


def is_database(file: Path) -> bool:
    try:
        if not file.is_file() or file.stat().st_size > LARGEST_DATABASE:
            return False
        with file.open("rb") as opened:
            return opened.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def copy_database(source: Path, target: Path) -> None:
    until = time.monotonic() + LONGEST_WAIT

    def told(status: int, remaining: int, total: int) -> None:
        # Left to itself the interface waits for a lock without end.
        if status in _IN_USE and time.monotonic() > until:
            raise sqlite3.OperationalError("it is in use")

    with (
        contextlib.closing(sqlite3.connect(source, timeout=LONGEST_WAIT)) as read,
        contextlib.closing(sqlite3.connect(target, timeout=LONGEST_WAIT)) as write,
    ):
        read.backup(write, progress=told)


def _copy_back(source: Path, target: Path) -> None:
    """Through SQLite, so that whoever has the database open sees the change, and no journal is left that belongs to
    the one before."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        copy_database(source, target)
    except sqlite3.Error as error:
        message = f"The database {target.name} could not be put back: {error}."
        remedy = "Close what uses it, and go back once more; the app's files are already those of that version."
        raise VersionRefused(Problem(code="database_in_use", message=message, remedy=remedy)) from None
