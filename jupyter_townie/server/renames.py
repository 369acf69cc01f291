"""What was chosen for a notebook goes with it when it is renamed or moved, and ends with it when it is deleted.

A copy is another notebook, for which the user is asked anew: it may be made to be given away, or filled with other
data. What happens outside of this server, as in a terminal, is not noticed; the user is then asked again, too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1"

logger = logging.getLogger(__name__)


class Renames:
    """Watches the files of one server; costs nothing until something has been chosen.

    :param root: the folder that the server's paths begin in; without one, as with contents that are no files, nothing
        is followed.
    :param file: where the choices are kept.
    """

    def __init__(self, events: Any, root: Path | None, file: Path) -> None:
        self._root = root
        self._file = file
        self._lock = asyncio.Lock()
        if root is not None:
            events.add_listener(schema_id=CONTENTS, listener=self._heard)

    @asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Until what was told before has been followed: a page may ask right after it has renamed a notebook."""
        async with self._lock:
            yield

    async def _heard(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        if data.get("action") in ("rename", "delete") and self._file.exists():
            async with self._lock:
                await asyncio.to_thread(self._follow, data)

    def _follow(self, data: dict[str, Any]) -> None:
        from ..context.privacy import Choices

        choices = Choices(self._file)
        try:
            if data["action"] == "rename":
                choices.move(self._place(data["source_path"]), self._place(data["path"]))
            else:
                choices.forget(self._place(data["path"]))
        except (OSError, KeyError):
            logger.warning("What was chosen for %s could not follow it", data.get("path"), exc_info=True)

    def _place(self, path: str) -> Path:
        assert self._root is not None
        return self._root.joinpath(*path.strip("/").split("/"))
