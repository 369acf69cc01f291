"""The thread in which the user's code runs, and work that has to be done there.

Matplotlib, signal handlers, database connections and much else belong to the thread that made them, so what Townie
runs for the user runs in the user's own thread: while a cell with the magic is running, that thread waits here and does
what it is asked; afterwards the kernel's event loop does it.
"""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
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
        self._stop: Callable[[], None] | None = None

    def call(self, function: Callable[[], T]) -> Future[T]:
        """Have ``function`` called in the user's thread; may be asked from any thread."""
        future: Future[T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(function())
            except BaseException as error:
                future.set_exception(error)

        if threading.current_thread() is self._thread:
            work()
        elif self._serving.is_set():
            self._work.put(work)
        else:
            self._schedule(work)
        return future

    @property
    def serving(self) -> bool:
        """Whether the user's thread waits here, inside an input that is still running."""
        return self._serving.is_set()

    @contextmanager
    def stopping(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have an interrupt (Ctrl-C, or the kernel's) call ``stop`` instead of raising; a second one raises."""
        self._stop = stop
        previous: Any = None
        # Only the main thread may, and only it is interrupted.
        main = threading.current_thread() is threading.main_thread()

        def interrupted(_signal: int, _frame: Any) -> None:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            stop()

        if main:
            previous = signal.signal(signal.SIGINT, interrupted)
        try:
            yield
        finally:
            self._stop = None
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
        """Do what is asked until ``until`` is done.  Called in the user's thread."""
        until.add_done_callback(lambda _: self._work.put(lambda: None))
        self._serving.set()
        try:
            while not until.done():
                try:
                    work = self._work.get(timeout=_LOOK)
                except queue.Empty:
                    continue
                work()
        finally:
            self._serving.clear()
            self._drain()

    def _drain(self) -> None:
        while True:
            try:
                work = self._work.get_nowait()
            except queue.Empty:
                return
            self._schedule(work)

    def _schedule(self, work: Callable[[], None]) -> None:
        loop = getattr(getattr(self._shell, "kernel", None), "io_loop", None)
        if loop is not None:
            loop.add_callback(work)
        else:
            # A terminal has nobody who would do it later; it only ever asks while it is served.
            self._work.put(work)
