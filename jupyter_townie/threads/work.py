"""What a thread is doing besides its turn: decisions that are carried out, cells that the user has had run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal

Kind = Literal["change", "run"]


class Work:
    """Tasks, each of them for a turn; *change* alters documents and is short, *run* waits for cells.

    :param failed: told of what a task raised.
    :param ended: called after each.
    """

    def __init__(self, failed: Callable[[BaseException], None], ended: Callable[[], None]) -> None:
        self._failed, self._ended = failed, ended
        self._tasks: dict[asyncio.Task[Any], tuple[str, Kind]] = {}

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def start(self, turn: str, kind: Kind, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks[task] = (turn, kind)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
        self._ended()

    def cancel(self, turn: str | None = None, kind: Kind | None = None) -> None:
        """Cancel the tasks of a turn, or all."""
        for task in self._of(turn, kind):
            task.cancel()

    async def settled(self, turn: str | None = None, kind: Kind | None = None, timeout: float | None = None) -> None:
        """Wait for the tasks of a turn, or all; never raises what they raise."""
        tasks = self._of(turn, kind)
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)

    def _of(self, turn: str | None, kind: Kind | None) -> list[asyncio.Task[Any]]:
        here = asyncio.current_task()
        return [
            task
            for task, (whose, what) in self._tasks.items()
            if turn in (None, whose) and kind in (None, what) and task is not here
        ]
