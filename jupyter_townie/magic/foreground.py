"""The thread in which the user's code runs, and work that has to be done there.

Matplotlib, signal handlers, database connections and much else belong to the thread that made them, so what Townie
runs for the user runs in the user's own thread: while a cell with the magic is running, that thread waits here and does
what it is asked; afterwards the kernel's event loop does it.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")

_LOOK = 0.1
"""Seconds between two looks, so that an interrupt is noticed where a wait cannot be interrupted (Windows)."""


class Foreground:
    """Made in the thread that it stands for."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._thread = threading.current_thread()
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._serving = threading.Event()
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Have ``function`` called in the user's thread; may be asked from any thread."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function())
            except (KeyboardInterrupt, SystemExit):
                # Who waits for it is cancelled; these two would end the event loop that it is waited for in.
                future.set_exception(CancelledError())
                raise
            except BaseException as error:
                future.set_exception(error)

        if threading.current_thread() is self._thread:
            work()
            return future
        with self._lock:
            if self._serving.is_set():
                self._work.put(work)
            else:
                self._schedule(work)
        return future

    @property
    def serving(self) -> bool:
        """Whether an input with the magic is running in the user's thread."""
        return self._serving.is_set()

    @contextmanager
    def attending(self, stop: Callable[[], None]) -> Iterator[None]:
        """While an input with the magic runs: what is asked waits for :meth:`serve`.

        An interrupt (Ctrl-C, or the kernel's) calls ``stop`` instead of raising; a second one raises.
        """
        previous: Any = None
        # Only the main thread may, and only it is interrupted.
        main = threading.current_thread() is threading.main_thread()

        def interrupted(_signal: int, _frame: Any) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            stop()

        if main:
            previous = signal.signal(signal.SIGINT, interrupted)
        self._stop = stop
        self._serving.set()
        try:
            yield
        finally:
            self._stop = None
            with self._lock:
                self._serving.clear()
                for work in self._left():
                    self._schedule(work)
            if main:
                signal.signal(signal.SIGINT, previous)

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """While the user's own code runs an interrupt is for that code."""
        if not self.serving or threading.current_thread() is not threading.main_thread():
            yield
            return
        present = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, present)

    def interrupted(self) -> None:
        """The user's code was interrupted; what waits for it is stopped as well."""
        if self._stop is not None:
            self._stop()

    def serve(self, until: Future[Any]) -> None:
        """Do what is asked until ``until`` is done.  Called in the user's thread, within :meth:`attending`."""
        until.add_done_callback(lambda _: self._work.put(lambda: None))
        while not until.done():
            with contextlib.suppress(queue.Empty):
                self._work.get(timeout=_LOOK)()

    def _left(self) -> list[Callable[[], None]]:
        left = []
        with contextlib.suppress(queue.Empty):
            while True:
                left.append(self._work.get_nowait())
        return left

    def _schedule(self, work: Callable[[], None]) -> None:
        loop = getattr(getattr(self._shell, "kernel", None), "io_loop", None)
        if loop is not None:
            loop.add_callback(work)
        else:
            # A terminal has nobody who would do it now; the next use of the magic does.
            self._work.put(work)
