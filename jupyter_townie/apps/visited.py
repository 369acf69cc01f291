"""What fails in a published app, told to its owner beside the app that it was published from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .refusal import NoSuchApp

if TYPE_CHECKING:
    from .app import App
    from .apps import Apps

REMEMBERED = 10.0
"""Seconds for which it is not looked up again what a published app was published from."""


class Visited:
    """Hears of the failures of published backends; only the server sees them, because their visitors have no panel.

    *apps* are those of the workspace, and *source* finds the one that a publication was made of.
    """

    def __init__(self, apps: Apps, source: Callable[[str], App | None]) -> None:
        self._apps = apps
        self._source = source
        self._sources: dict[str, tuple[float, str]] = {}

    def failed(self, publication: str, error: Mapping[str, object]) -> None:
        """The backend of *publication* failed; *error* is what its runner reports, without its secrets."""
        now = time.monotonic()
        at, app = self._sources.get(publication, (0.0, ""))
        try:
            if not at or now - at > REMEMBERED:
                found = self._source(publication)
                app = "" if found is None else found.id
                self._sources[publication] = (now, app)
            if app:
                self._apps.published_failed(app, error)
        except NoSuchApp:
            # Its folder is gone; there is no panel to tell it in.
            self._sources.pop(publication, None)
