"""All threads of one user: made, opened, listed, deleted."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from .. import protocol as p
from .host import Host
from .lease import DELETED, elsewhere
from .refusals import Refused
from .store import Store
from .thread import Thread

UNTITLED = ""
MOST_WORDS = 8
"""Of a search."""


class Threads:
    """The threads in one store.

    :param path: the SQLite file.
    """

    def __init__(self, path: Path, host: Host) -> None:
        self.store = Store(path)
        self._host = host
        self._open: dict[str, Thread] = {}
        self._opening: dict[str, asyncio.Lock] = {}

    async def infos(self, search: str = "") -> list[p.ThreadInfo]:
        """Every thread, or those that have every word of *search* in them; the one used last first."""
        infos = []
        found = await self.store.holding(search.split()[:MOST_WORDS]) if search.strip() else None
        for row in await self.store.threads():
            if found is not None and row["id"] not in found:
                continue
            thread = self._open.get(row["id"])
            infos.append(
                p.ThreadInfo(
                    id=row["id"],
                    title=row["title"],
                    created=row["created"],
                    updated=row["updated"],
                    path=row["path"],
                    running=bool(thread and thread.running) or self.store.works_elsewhere(row),
                    turns=row["turns"],
                    cost=row["cost"],
                )
            )
        return infos

    async def create(self, title: str = "", path: str | None = None) -> p.ThreadInfo:
        """Make an empty thread; without a title its first message gives it one."""
        thread, now = uuid.uuid4().hex, time.time()
        await self.store.create(thread, title, path, now)
        if title:
            opened = await self.open(thread)
            async with self.command(opened):
                await opened.rename(title)
        return p.ThreadInfo(id=thread, title=title, created=now, updated=now, path=path)

    async def open(self, thread: str) -> Thread:
        """The thread, read from disk when it is not in memory.

        A turn that no server works on any more is marked as interrupted.

        :raises KeyError: there is no such thread.
        """
        async with self._opening.setdefault(thread, asyncio.Lock()):
            if thread in self._open:
                return self._open[thread]
            if await self.store.thread(thread) is None:
                raise KeyError(thread)
            with _uncollected():
                opened = Thread(thread, self.store, self._host, await self.store.events(thread))
            self._open[thread] = opened
            opened.told.append(lambda _, ends: self._forget(opened) if ends else None)
        if any(turn.ended is None for turn in opened.state.turns.values()):
            # Claiming it marks what nobody works on any more; somebody else may be at it.
            with contextlib.suppress(Refused):
                async with self.command(opened):
                    pass
        return opened

    def _forget(self, thread: Thread) -> None:
        if self._open.get(thread.id) is thread:
            del self._open[thread.id]

    @contextlib.asynccontextmanager
    async def command(self, thread: Thread) -> AsyncIterator[Thread]:
        """Around every command to a thread: claims it, and gives it free when nothing goes on in it.

        :raises Refused: another server works on it, or it was deleted.
        """
        await thread.lease.claim()
        try:
            yield thread
        finally:
            thread.lease.release()

    async def delete(self, thread: str) -> None:
        """Stop and remove a thread with everything in it.

        :raises KeyError: there is no such thread.
        :raises Refused: another server works on it.
        """
        # Nobody may open it again from what is about to be deleted.
        async with self._opening.setdefault(thread, asyncio.Lock()):
            if await self.store.leased_elsewhere(thread):
                raise Refused.of(elsewhere())
            opened = self._open.pop(thread, None)
            if opened is not None:
                opened.leave(DELETED)
                await opened.close()
            if not await self.store.delete(thread):
                raise KeyError(thread)

    async def pending(self, path: str) -> list[p.PendingAction]:
        """The actions on ``path`` that wait for a decision, whichever thread they belong to."""
        found = []
        acting = await self.store.acting_on(path)
        for row in await self.store.threads():
            if row["id"] not in acting and row["id"] not in self._open:
                continue
            try:
                thread = await self.open(row["id"])
            except KeyError:
                continue
            found += [
                p.PendingAction(
                    thread=thread.id,
                    turn=record.turn,
                    action=record.id,
                    body=record.body,
                    state=record.state,
                    proof=record.proof,
                )
                for record in thread.state.actions.values()
                if record.state in ("waiting", "held") and record.body.path == path
            ]
        return found

    async def moved(self, source: str, target: str) -> None:
        """A notebook, file or folder is called ``target`` now: what waits for it, or was done in it, goes with it."""
        acting = await self.store.acting_on(source) | await self.store.acting_on(source, below=True)
        for name in acting | set(self._open):
            # One that was deleted meanwhile, or that another server works on.
            with contextlib.suppress(KeyError, Refused):
                thread = await self.open(name)
                if thread.actions.at(source):
                    async with self.command(thread):
                        thread.actions.move(source, target)

    @property
    def opened(self) -> tuple[Thread, ...]:
        """The threads in memory."""
        return tuple(self._open.values())

    async def close(self) -> None:
        """Stop every turn, write everything, close the file."""
        for thread in self.opened:
            await thread.close()
        await self.store.close()


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the garbage collector, to which thousands of new objects, all of which are kept, are a reason to look
    through everything that the server has: 200 ms in the middle of opening a long thread."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


__all__ = ["Refused", "Threads"]
