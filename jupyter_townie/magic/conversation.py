"""The thread of one IPython session, driven from the user's thread and running beside it.

Turns run in a thread with an event loop of their own, because the loop of the user's thread belongs to the user.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import protocol as p
from ..threads.threads import Threads

if TYPE_CHECKING:
    from ..threads.thread import Thread
    from .foreground import Foreground
    from .session import SessionHost

T = TypeVar("T")

SETTLE = 0.02
"""Seconds between two looks at whether everything that was asked for is done."""


class Conversation:
    """One thread in the user's store.  Nothing is started or opened before the first command."""

    def __init__(self, store: Path, host: SessionHost, foreground: Foreground, path: str) -> None:
        self._store = store
        self._host = host
        self._foreground = foreground
        self._path = path
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: Threads | None = None
        self._thread: Thread | None = None
        self._stopped: set[str] = set()

    @property
    def thread(self) -> Thread | None:
        """The thread, once something has been asked in it."""
        return self._thread

    def submit(self, command: p.Submit, listener: Callable[[p.Event], None]) -> Future[None]:
        """Run a turn; ``listener`` is called with its events, in the loop's thread.  Done when nothing is going on."""

        async def give(thread: Thread) -> None:
            await thread.submit(command)
            if command.turn in self._stopped:
                await thread.stop(command.turn)

        return self._command(give, listener)

    def decide(self, command: p.Decide, listener: Callable[[p.Event], None]) -> Future[None]:
        return self._command(lambda thread: thread.decide(command), listener)

    def go_on(self, turn: str, listener: Callable[[p.Event], None]) -> Future[None]:
        return self._command(lambda thread: thread.continue_(p.Continue(turn=turn)), listener)

    def run(self, turn: str, listener: Callable[[p.Event], None]) -> Future[None]:
        return self._command(lambda thread: thread.run(p.RunCells(turn=turn)), listener)

    def undo(self, turn: str, listener: Callable[[p.Event], None]) -> Future[None]:
        return self._command(lambda thread: thread.undo(p.Undo(turn=turn)), listener)

    def stop(self, turn: str) -> None:
        """Stop a turn, also one that is only about to start; may be called from any thread and returns at once."""
        self._stopped.add(turn)
        if self._loop is not None and self._thread is not None:
            asyncio.run_coroutine_threadsafe(self._thread.stop(turn), self._loop)

    def finish(self, future: Future[T]) -> T:
        """Wait for a command in the user's thread and do there what it asks for."""
        self._foreground.serve(future)
        return future.result()

    def close(self) -> None:
        """Stop what is going on and have it written; at most a few seconds."""
        loop, threads = self._loop, self._threads
        if loop is None or threads is None:
            return
        self._loop = self._threads = self._thread = None
        closing = asyncio.run_coroutine_threadsafe(threads.close(), loop)
        try:
            closing.result(timeout=6)
        finally:
            loop.call_soon_threadsafe(loop.stop)

    # ------------------------------------------------------------------------------------------ in the loop's thread

    def _command(
        self, give: Callable[[Thread], Coroutine[Any, Any, None]], listener: Callable[[p.Event], None]
    ) -> Future[None]:
        async def carry_out() -> None:
            threads, thread = await self._opened()
            end = thread.log.read(listener)
            try:
                async with threads.command(thread):
                    await give(thread)
                while thread.busy:  # noqa: ASYNC110 - a turn may end and be taken up again before it is really over
                    await asyncio.sleep(SETTLE)
            finally:
                end()

        return asyncio.run_coroutine_threadsafe(carry_out(), self._started_loop())

    async def _opened(self) -> tuple[Threads, Thread]:
        if self._threads is None:
            self._threads = Threads(self._store, self._host)
        if self._thread is None:
            info = await self._threads.create(path=self._path)
            self._thread = await self._threads.open(info.id)
        return self._threads, self._thread

    def _started_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="townie", daemon=True).start()
            self._loop = loop
        return self._loop
