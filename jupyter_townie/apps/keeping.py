"""What a person does with whole apps: back to a version, a new one from it, another title, away with it, and back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ..protocol import AppReloadFrame, Problem
from .app import App, folder_name
from .manifest import FILE, retitled
from .refusal import AppRefused
from .versions import Versions, copy_database, write

if TYPE_CHECKING:
    from .apps import Apps

KEPT = 30 * 24 * 3600.0
"""Seconds for which a deleted app can be had back."""


def free_folder(home: Path, base: str) -> str:
    """Make a folder in *home* that did not exist, named *base* or with a number behind; its name.

    :raises OSError: it can not be made.
    """
    home.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1_000):
        chosen = base if number == 1 else f"{base}-{number}"
        try:
            (home / chosen).mkdir()
        except FileExistsError:
            continue
        return chosen
    raise FileExistsError(base)


async def go_back(apps: Apps, app: str, version: str) -> list[str]:
    """Bring an app to a version: its backend is stopped, its files and databases are put back, its pages load anew.

    Returns the workspace paths of what changed.

    :raises NoSuchApp: there is no such app.
    :raises VersionRefused: there is no such version, or a database is in use.
    :raises OSError: a file can not be written.
    """
    found = apps.get(app)
    ran = found.backend and apps.info(app).phase in ("running", "starting")
    if found.backend:
        await apps.stop(app)
    apps.set_writing(app, True)
    try:
        changed = await asyncio.to_thread(Versions(apps.data).go_back, found, version)
    finally:
        apps.set_writing(app, False)
    paths = [f"{found.path}/{path}" for path in changed]
    await apps.changed(app, paths)
    if ran:
        await _run_again(apps, app)
    return paths


async def _run_again(apps: Apps, app: str) -> None:
    # One that does not start, or asks for more than was allowed, tells that by itself.
    with contextlib.suppress(AppRefused):
        await apps.start(app)
        apps.tell(app, AppReloadFrame(reason="backend"))


async def branch(apps: Apps, app: str, version: str, title: str) -> App:
    """A new app from a version of another: its files, and copies of its databases.

    :raises NoSuchApp: there is no such app.
    :raises AppRefused: it has no title, or can not be written.
    :raises VersionRefused: there is no such version.
    """
    found, versions = apps.get(app), Versions(apps.data)
    title = _title(title)

    def made() -> str:
        files = versions.files(found, version)
        databases = versions.databases(found, version)
        home = apps.root / apps.folder
        name = free_folder(home, folder_name(title))
        for path in files:
            raw = versions.file(found, version, path)
            if path == FILE:
                raw = retitled(raw.decode("utf-8-sig", "replace"), title, name).encode()
            write(home / name / path, raw)
        for database, copy in databases.items():
            (home / name / "data").mkdir(exist_ok=True)
            copy_database(copy, home / name / "data" / database)
        return f"{apps.folder}/{name}"

    try:
        path = await asyncio.to_thread(made)
    except OSError as error:
        raise AppRefused(_unwritten(apps.folder, error)) from error
    new = apps.of(path)
    if new is None:
        message = f"That version has no {FILE}, so it is no app by itself."
        raise AppRefused(Problem(code="no_app", message=message, remedy=f"Its files are in {path}."))
    await asyncio.to_thread(_same_picture, apps, found, version, new)
    return new


def _same_picture(apps: Apps, app: App, version: str, new: App) -> None:
    """Until it is looked at, a branch looks like what it comes from."""
    picture = apps.pictures.of(app, Versions(apps.data).files(app, version))
    raw = apps.pictures.read(app, picture) if picture else None
    if raw is not None:
        with contextlib.suppress(OSError):
            apps.pictures.keep(new, raw)


async def retitle(apps: Apps, app: str, title: str) -> None:
    """Give an app another title; its folder, which its address and its data go by, stays.

    :raises NoSuchApp: there is no such app.
    :raises AppRefused: there is no title, or its ``townie.toml`` can not be written.
    """
    found = apps.get(app)
    title = _title(title)
    if found.problem is not None:
        raise AppRefused(found.problem)

    def rewrite() -> None:
        file = found.folder / FILE
        write(file, retitled(file.read_text(encoding="utf-8-sig"), title).encode())

    try:
        await asyncio.to_thread(rewrite)
    except OSError as error:
        raise AppRefused(_unwritten(f"{found.path}/{FILE}", error)) from error
    apps.consider(app)


async def delete(apps: Apps, app: str) -> str:
    """Take an app's folder out of the workspace; what brings it back within :data:`KEPT` seconds.

    :raises NoSuchApp: there is no such app.
    :raises AppRefused: it can not be moved.
    """
    found = apps.get(app)
    place = apps.root / found.path
    if place.is_symlink() or place.resolve() != found.folder:
        message = f"{found.path} is a link."
        raise AppRefused(Problem(code="link", message=message, remedy="Delete it in the file browser."))
    if apps.info(app).writing:
        message = f"{found.path} is being written at this moment."
        raise AppRefused(Problem(code="writing", message=message, remedy="Stop that first, or wait until it is done."))
    within = [info.path for info in apps.list() if info.path.startswith(f"{found.path}/")]
    if within:
        message = f"Other apps are in its folder: {', '.join(within[:3])}."
        raise AppRefused(Problem(code="not_alone", message=message, remedy="Delete or move these first."))
    await apps.stop(app)
    token = secrets.token_hex(8)
    kept = _deleted(apps) / token

    def move() -> None:
        _forget_old(_deleted(apps))
        kept.mkdir(parents=True, mode=0o700)
        (kept / "place.json").write_text(json.dumps({"root": str(apps.root), "path": found.path, "time": time.time()}))
        shutil.move(place, kept / "app")

    try:
        await asyncio.to_thread(move)
    except OSError as error:
        message = f"{found.path} can not be deleted: {error.strerror or error}."
        raise AppRefused(Problem(code="not_deleted", message=message, remedy="Check its permissions.")) from error
    return token


async def restore(apps: Apps, token: str) -> App:
    """Bring a deleted app back to its place, or beside what lies there now.

    :raises AppRefused: it is not kept any more, or can not be written.
    """
    kept = _deleted(apps) / token

    def back() -> str:
        known = json.loads((kept / "place.json").read_text())
        if known["root"] != str(apps.root):
            raise FileNotFoundError(token)
        parent, _, name = str(known["path"]).rpartition("/")
        home = apps.root / parent
        chosen = free_folder(home, name)
        (home / chosen).rmdir()
        shutil.move(kept / "app", home / chosen)
        shutil.rmtree(kept, ignore_errors=True)
        return f"{parent}/{chosen}".lstrip("/")

    try:
        found = apps.of(await asyncio.to_thread(back))
    except (FileNotFoundError, ValueError):
        found = None
    except OSError as error:
        raise AppRefused(_unwritten(apps.folder, error)) from error
    if found is None:
        raise AppRefused(Problem(code="not_kept", message="The deleted app is not kept any more."))
    return found


def _deleted(apps: Apps) -> Path:
    return apps.data / "deleted"


def _forget_old(home: Path) -> None:
    for kept in home.glob("*"):
        if time.time() - kept.stat().st_mtime > KEPT:
            shutil.rmtree(kept, ignore_errors=True)


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not any(character.isalnum() for character in title):
        raise AppRefused(Problem(code="no_title", message="An app needs a title.", remedy="Type a few words."))
    if len(title) > 100:
        message = "A title has at most 100 characters."
        raise AppRefused(Problem(code="no_title", message=message, remedy="Shorten it."))
    return title


def _unwritten(place: str, error: OSError) -> Problem:
    message = f"{place} can not be written: {error.strerror or error}."
    return Problem(code="not_written", message=message, remedy="Check its permissions, and the room on the disk.")
