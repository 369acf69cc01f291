"""Copies of apps: their files, and their data."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from pathlib import Path

from ..protocol import Problem
from .consents import MARK
from .refusal import AppRefused
from .versions import MOST_FILES, copy_database, is_database, parts, state, write

LARGEST = 200_000_000
"""Bytes of all files of an app that is copied."""
LARGEST_DATA = 500 << 20


def stage(folder: Path, beside: Path) -> Path:
    """A copy of an app's files, without its data, in a new folder of *beside*.

    :raises AppRefused: they are too many or too large.
    """
    target = beside / secrets.token_hex(8)
    target.mkdir(parents=True, mode=0o700)
    try:
        size = 0
        for count, (path, file) in enumerate(parts(folder), 1):
            size += file.stat().st_size
            if count >= MOST_FILES or size > LARGEST:
                most = (
                    f"An app has fewer than {MOST_FILES:,} files and at most {LARGEST // 1_000_000} MB to be published."
                )
                remedy = "Leave out what it does not need."
                raise AppRefused(Problem(code="too_large", message=most, remedy=remedy))
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / path)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    return target


def put(files: Path, folder: Path) -> list[str]:
    """Make the files of *folder* those of *files*, each whole; what is there otherwise, as ``data``, stays.

    Returns the paths that changed.
    """
    wanted, there = state(files, LARGEST), state(folder, LARGEST)
    changed = sorted(path for path in {*wanted, *there} if wanted.get(path) != there.get(path))
    for path in changed:
        if path in wanted:
            write(folder / path, (files / path).read_bytes())
        else:
            (folder / path).unlink(missing_ok=True)
    return changed


def copy_data(source: Path, target: Path) -> None:
    """A copy of an app's data: databases as a whole, other files as they are, links not at all."""
    if source.is_symlink() or not source.is_dir():
        return
    size = 0
    for place, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not (Path(place) / name).is_symlink()]
        for name in names:
            file = Path(place) / name
            if file.is_symlink() or not file.is_file() or name == MARK or name.endswith(("-wal", "-shm", "-journal")):
                continue
            size += file.stat().st_size
            if size > LARGEST_DATA:
                remedy = "Begin with an empty database, or delete what is not needed."
                message = f"The app's data are more than {LARGEST_DATA >> 20} MB."
                raise AppRefused(Problem(code="too_much_data", message=message, remedy=remedy))
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if is_database(file):
                try:
                    copy_database(file, copy)
                except sqlite3.Error as error:
                    message = f"The app's database {name} can not be copied: {error}."
                    remedy = "Begin with an empty database, or stop what writes to it."
                    raise AppRefused(Problem(code="bad_database", message=message, remedy=remedy)) from None
            else:
                shutil.copyfile(file, copy)
