"""The log of one thread: an append-only list of events, followed by any number of readers and kept on disk.

The text of an answer arrives in many small pieces.  They grow one *open* event, which is sent to readers piece by piece
and written to disk at most four times a second; any other event, or 4,096 characters, closes it.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from .. import protocol

if TYPE_CHECKING:
    from .store import Store

E = TypeVar("E", bound="protocol.events._Event")

FLUSH_SECONDS = 0.25
RETRY_SECONDS = 2.0
"""After which what could not be written is tried again: a disk that was full may have room by then."""
TEXT_LIMIT = 4096
"""Characters after which a text event is closed, so that growing it on disk stays cheap."""

Reader = Callable[["protocol.Event"], None]
Viewer = Callable[["protocol.PreviewFrame"], None]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as JavaScript counts."""
    return len(text) + sum(1 for character in text if character > "\uffff") if not text.isascii() else len(text)


class Log:
    """The events of one thread in memory, in order of their sequence numbers.

    :param events: what is on disk already.
    """

    def __init__(self, thread: str, store: Store, events: Iterable[protocol.Event] = ()) -> None:
        self.thread = thread
        self.events: list[protocol.Event] = list(events)
        self._store = store
        self._readers: list[Reader] = []
        self._viewers: list[Viewer] = []
        self._lengths: dict[tuple[str | None, int], int] = {}
        self._open: list[str] | None = None
        self._open_size = 0
        self._dirty = False
        self._timer: asyncio.TimerHandle | None = None
        self._unwritten: dict[int, str] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._floor = 0
        self._detached = False
        self.not_written: Callable[[BaseException], None] | None = None
        """Told, in the event loop, when events could not be written; they are kept and tried again."""
        for event in self.events:
            self._measure(event)

    @property
    def seq(self) -> int:
        """The sequence number of the last event, 0 when there is none."""
        return max(self.events[-1].seq if self.events else 0, self._floor)

    def append(self, event: type[E], *, turn: str | None, **fields: Any) -> E:
        """Add one event, tell the readers, and have it written."""
        self._close_text()
        made = event(seq=self.seq + 1, time=time.time(), turn=turn, **fields)
        self.events.append(made)  # type: ignore[arg-type]
        self._write(made)
        self._tell(made)  # type: ignore[arg-type]
        return made

    def adopt(self, event: protocol.Event) -> None:
        """Take over an event that another server has written to disk."""
        self._close_text()
        last = self.events[-1] if self.events else None
        if last is not None and event.seq == last.seq and isinstance(event, protocol.TextAdded) and event != last:
            self.events[-1] = event
        elif event.seq > self.seq:
            self.events.append(event)
        else:
            return
        self._measure(event)
        self._tell(event)

    def reserve(self, seq: int) -> None:
        """Numbers up to ``seq`` are taken on disk, if only by events that this version does not know."""
        self._floor = max(self._floor, seq)

    def detach(self) -> None:
        """Write nothing any more: the thread was deleted, or belongs to another server."""
        self._detached = True
        self._unwritten.clear()
        for timer in (self._timer, self._retry):
            if timer is not None:
                timer.cancel()
        self._timer = self._retry = None

    def text(self, turn: str, part: int, text: str) -> None:
        """Add to the text of a part."""
        if not text:
            return
        offset = self._lengths.get((turn, part), 0)
        last = self.events[-1] if self.events else None
        grows = (
            self._open is not None
            and isinstance(last, protocol.TextAdded)
            and last.turn == turn
            and last.part == part
            and self._open_size < TEXT_LIMIT
        )
        if not grows:
            self._close_text()
            self.events.append(
                protocol.TextAdded(seq=self.seq + 1, time=time.time(), turn=turn, part=part, offset=offset, text="")
            )
            self._open, self._open_size = [], 0
        assert self._open is not None
        self._open.append(text)
        self._open_size += len(text)
        self._lengths[turn, part] = offset + utf16_length(text)
        self._dirty = True
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        grown = self.events[-1]
        self._tell(protocol.TextAdded(seq=grown.seq, time=grown.time, turn=turn, part=part, offset=offset, text=text))

    def after(self, seq: int) -> list[protocol.Event]:
        """What a reader that has seen everything up to ``seq`` needs to catch up.

        The event ``seq`` itself comes again when it is a text event, because it may have grown since.
        """
        self._settle()
        start = bisect_right(self.events, seq, key=lambda event: event.seq)
        if start and self.events[start - 1].seq == seq and isinstance(self.events[start - 1], protocol.TextAdded):
            start -= 1
        return self.events[start:]

    def part(self, turn: str, part: int) -> str:
        """The text of a part, as far as it has arrived."""
        self._settle()
        return "".join(
            event.text
            for event in self.events
            if isinstance(event, protocol.TextAdded) and event.turn == turn and event.part == part
        )

    def read(self, reader: Reader) -> Callable[[], None]:
        """Call ``reader`` with every event from now on; returns what ends it."""
        self._readers.append(reader)

        def end() -> None:
            if reader in self._readers:
                self._readers.remove(reader)

        return end

    def watch(self, viewer: Viewer) -> Callable[[], None]:
        """Call ``viewer`` with what is shown from now on and not kept; returns what ends it."""
        self._viewers.append(viewer)

        def end() -> None:
            if viewer in self._viewers:
                self._viewers.remove(viewer)

        return end

    def show(self, preview: protocol.PreviewFrame) -> None:
        """Show who follows the log something that is not part of it."""
        for viewer in list(self._viewers):
            viewer(preview)

    def flush(self) -> None:
        """Hand the open text to the store; it is on disk when :meth:`Store.close` or a later write has returned."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._dirty:
            self._settle()
            self._write(self.events[-1])
            self._dirty = False
        elif self._unwritten:
            self._write()

    def _close_text(self) -> None:
        self.flush()
        if self._open is not None:
            self._settle()
            self._open = None

    def _settle(self) -> None:
        """Bring the growing event in ``events`` up to date."""
        if self._open and isinstance(last := self.events[-1], protocol.TextAdded):
            self._open = ["".join(self._open)]
            if last.text != self._open[0]:
                self.events[-1] = last.model_copy(update={"text": self._open[0]})

    def _measure(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.TextAdded):
            self._lengths[event.turn, event.part] = event.offset + utf16_length(event.text)

    def _write(self, event: Any = None) -> None:
        if self._detached:
            return
        batch, self._unwritten = self._unwritten, {}
        if event is not None:
            batch[event.seq] = event.model_dump_json()
        written = self._store.write(self.thread, sorted(batch.items()), updated=time.time())
        loop = asyncio.get_running_loop()

        def done(future: Future[None]) -> None:
            error = future.exception()
            if error is not None and not loop.is_closed():
                loop.call_soon_threadsafe(partial(self._keep, batch, error))

        written.add_done_callback(done)

    def _keep(self, batch: dict[int, str], error: BaseException) -> None:
        """Try again later with what could not be written; what was written anew meanwhile is newer."""
        if self._detached:
            return
        self._unwritten = {**batch, **self._unwritten}
        if self._retry is None:
            self._retry = asyncio.get_running_loop().call_later(RETRY_SECONDS, self._try_again)
        if self.not_written is not None:
            self.not_written(error)

    def _try_again(self) -> None:
        self._retry = None
        if self._unwritten:
            self._write()

    def _tell(self, event: protocol.Event) -> None:
        for reader in list(self._readers):
            reader(event)
