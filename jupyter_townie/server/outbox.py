"""What goes out over one WebSocket: no more at a time than its page takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .. import protocol as p

if TYPE_CHECKING:
    from ..threads import Thread

Write = Callable[[str], Awaitable[None]]

MOST_UNSENT = 1_000_000
"""Characters that may wait for a slow page.  Events beyond that wait in the thread's log, where they are anyway."""


class Outbox:
    """Sends a thread's events in their order, those after ``after`` first, and other frames in between.

    :param write: sends one frame; done when the connection has taken it, raises when it is closed.
    """

    def __init__(self, thread: Thread, after: int, write: Write) -> None:
        self._thread, self._write = thread, write
        self._seq = after
        self._unsent = 0
        self._behind = True
        self._replayed = False
        self._closed = False
        self._writes: set[asyncio.Task[None]] = set()
        self._late: dict[tuple[str | None, int | None], p.PreviewFrame] = {}
        """The newest preview of each part that waits until the page has taken what is lasting."""
        self._unread = thread.log.read(self._event)
        self._unwatch = thread.log.watch(self._preview)
        self._catch_up()

    def close(self) -> None:
        self._closed = True
        self._unread()
        self._unwatch()

    def send(self, frame: str) -> None:
        """Send a frame that is not an event."""
        if self._closed:
            return
        self._unsent += len(frame)
        task = asyncio.ensure_future(self._written(frame))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _written(self, frame: str) -> None:
        try:
            await self._write(frame)
        except Exception:
            # The page is gone; it asks for what it has missed when it is back.
            self.close()
            return
        self._unsent -= len(frame)
        if self._behind and self._unsent < MOST_UNSENT // 2:
            self._catch_up()
        self._show()

    def _event(self, event: p.Event) -> None:
        if isinstance(event, p.Replied | p.TurnEnded):
            self._late.clear()
        elif isinstance(event, p.ActionStarted):
            self._late.pop((event.turn, event.part), None)
        if not self._behind:
            self._send_event(event)
            self._behind = self._unsent > MOST_UNSENT

    def _preview(self, preview: p.PreviewFrame) -> None:
        self._late[preview.turn, preview.part] = preview
        self._show()

    def _show(self) -> None:
        if not self._behind and not self._unsent and not self._closed:
            late, self._late = self._late, {}
            for preview in late.values():
                self.send(preview.model_dump_json())

    def _send_event(self, event: p.Event) -> None:
        self._seq = event.seq
        self.send(p.EventFrame(event=event).model_dump_json())

    def _catch_up(self) -> None:
        for event in self._thread.log.after(self._seq):
            if self._unsent > MOST_UNSENT:
                return
            self._send_event(event)
        self._behind = False
        if not self._replayed:
            self._replayed = True
            running = self._thread.running
            self.send(p.ReplayedFrame(seq=self._thread.log.seq, running=running).model_dump_json())
