"""A change to an existing source, shown while the model still writes it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import GrowingEdit

if TYPE_CHECKING:
    from ..edits import Hunk
    from ..edits.pieces import BlockForm
    from .log import Log

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.08
"""How often at most a preview is sent."""
SHARE = 0.2
"""Of the time, at most, that is spent on a preview that takes long."""
LARGEST = 200_000
"""Characters of a source; the change of a larger one is shown when it is complete."""


class Preview:
    """Tells the pages that follow a thread what one block comes to, as it grows.

    :param source: reads what the block changes; raises ValueError or OSError where there is nothing to be shown.
    """

    def __init__(
        self,
        log: Log,
        turn: str,
        part: int,
        path: str,
        cell_id: str | None,
        form: BlockForm | None,
        source: Callable[[], Awaitable[str]],
    ) -> None:
        self._log = log
        self._where = {"turn": turn, "part": part, "path": path, "cell_id": cell_id}
        self._form, self._source = form, source
        self._arrived: list[str | Hunk] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def add(self, piece: str | Hunk) -> None:
        """Whole lines of the block, or a hunk that is complete."""
        self._arrived.append(piece)
        self._more.set()

    def end(self) -> None:
        """All has arrived: what follows says more than a preview."""
        self._task.cancel()

    async def _run(self) -> None:
        try:
            before = await self._source()
            if len(before) > LARGEST:
                return
            edit = GrowingEdit(before, self._form)
            shown = before
            while True:
                await self._more.wait()
                self._more.clear()
                pieces, self._arrived = self._arrived, []
                after, spent = await asyncio.to_thread(_grow, edit, pieces)
                if after != shown:
                    shown = after
                    self._log.show(p.PreviewFrame.model_validate({**self._where, "before": before, "after": after}))
                await asyncio.sleep(max(BATCH_SECONDS, spent / SHARE))
        except (ValueError, OSError) as error:
            logger.debug("No preview: %s", error)
        except Exception:
            # The change itself comes all the same.
            logger.exception("A preview failed")


def _grow(edit: GrowingEdit, pieces: list[str | Hunk]) -> tuple[str, float]:
    """What the edit comes to, and the seconds of work in that; waiting for a busy machine is none."""
    began = time.thread_time()
    for piece in pieces:
        if isinstance(piece, str):
            edit.text(piece)
        else:
            edit.hunk(piece)
    return edit.after, time.thread_time() - began
