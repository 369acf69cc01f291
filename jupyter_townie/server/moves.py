"""What waits for a notebook or file, or can be undone in it, goes with it when it is renamed or moved in JupyterLab."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .renames import CONTENTS

if TYPE_CHECKING:
    from ..threads import Threads

_logger = logging.getLogger(__name__)


class Moves:
    """Watches the contents of one server.

    :param threads: None as long as nobody has used Townie.
    """

    def __init__(self, events: Any, threads: Callable[[], Threads | None]) -> None:
        self._threads = threads
        events.add_listener(schema_id=CONTENTS, listener=self._heard)

    async def _heard(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        threads = self._threads()
        if data.get("action") != "rename" or threads is None:
            return
        try:
            await threads.moved(data["source_path"].strip("/"), data["path"].strip("/"))
        except Exception:
            _logger.warning("The changes of %s could not follow it", data.get("source_path"), exc_info=True)
