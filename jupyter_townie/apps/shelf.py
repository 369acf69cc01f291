"""Which apps there are in a workspace."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .. import protocol as p
from .app import App, app_id, folder_name
from .manifest import FILE
from .refusal import AppRefused, NoSuchApp

if TYPE_CHECKING:
    from .register import Register

MOST_ENTRIES = 2000
"""Of the entries of a folder, in search of apps."""


class Shelf:
    """Finds apps by their ids and paths, and makes new ones in the folder *folder* of the workspace *root*.

    Apps elsewhere in the workspace are known once they were opened, which *register* remembers.
    """

    def __init__(self, root: Path, folder: str, register: Register) -> None:
        self._root = root
        self.folder = folder
        self._register = register
        self._paths: dict[str, str] = {app_id(path): path for path in register.remembered()}

    def all(self) -> Iterator[App]:
        """Every app that is known: those in the folder of apps and at the top of the workspace, and those elsewhere
        that were opened before."""
        self._look_around()
        for path in list(self._paths.values()):
            if (app := App.at(self._root, path)) is not None:
                yield app

    def path(self, app: str) -> str:
        """The workspace path of the folder of an app that is known."""
        return self._paths[app]

    def get(self, app: str) -> App:
        """The app with this id, as its folder is now.  :raises NoSuchApp: there is none, or it is gone."""
        path = self._paths.get(app)
        if path is None:
            self._look_around()
            path = self._paths.get(app)
        found = None if path is None else App.at(self._root, path)
        if found is None:
            raise NoSuchApp(app)
        return found

    def of(self, path: str) -> App | None:
        """The app that the workspace file or folder *path* belongs to."""
        parts = [part for part in path.strip("/").split("/") if part not in ("", ".")]
        if ".." in parts:
            return None
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            app = App.at(self._root, folder)
            if app is not None:
                self._know(folder)
                return app
        return None

    async def create(self, kind: p.AppKind, title: str, name: str = "") -> App:
        """A new app from its kind's template, in a folder that did not exist.

        :raises AppRefused: the kind is no folder, or it can not be written.
        """
        from .keeping import free_folder
        from .kinds import template

        title = " ".join(title.split())[:200] or "New app"
        if not template(kind, title, "app"):
            message = f"An app of the kind {kind} is not a folder of its own."
            raise AppRefused(p.Problem(code="bad_kind", message=message, remedy="Ask for it in a notebook."))

        def write() -> str:
            home = self._root / self.folder
            chosen = free_folder(home, folder_name(name if any(character.isalnum() for character in name) else title))
            for path, text in template(kind, title, chosen).items():
                file = home / chosen / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
            return chosen

        try:
            chosen = await asyncio.to_thread(write)
        except OSError as error:
            message = f"The app could not be written to {self.folder}: {error.strerror or error}."
            raise AppRefused(
                p.Problem(code="not_written", message=message, remedy="Check the folder's permissions.")
            ) from error
        app = self.of(f"{self.folder}/{chosen}")
        assert app is not None
        return app

    def _look_around(self) -> None:
        for home in (self.folder, ""):
            with contextlib.suppress(OSError), os.scandir(self._root / home) as entries:
                for entry in itertools.islice(entries, MOST_ENTRIES):
                    if entry.is_dir() and not entry.name.startswith(".") and (Path(entry.path) / FILE).is_file():
                        self._know(f"{home}/{entry.name}".lstrip("/"))

    def _know(self, path: str) -> None:
        identifier = app_id(path)
        if identifier not in self._paths:
            self._paths[identifier] = path
            self._register.remember(path)
