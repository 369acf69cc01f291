"""How long the page's main thread is held up at once, in processor time: a busy machine makes nothing longer."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

CATEGORIES = ["toplevel", "devtools.timeline", "__metadata"]
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
# While nothing happens: CodeMirror's parser takes up to 100 ms at a time, but stops as soon as there is input.
IDLE = "FireIdleCallback"


class Tasks:
    """The longest task of the main thread in each of several steps, in ms; idle time is told apart."""

    def __init__(self, page: Page, *, settled: int) -> None:
        """``settled`` is how many ms belong to a step after what it waits for has happened."""
        self._page, self._settled = page, settled
        self.longest: dict[str, list[float]] = {}
        self.idle: dict[str, list[float]] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        browser = self._page.context.browser
        assert browser is not None
        browser.start_tracing(page=self._page, categories=CATEGORIES)
        try:
            yield
            self._page.wait_for_timeout(self._settled)
        finally:
            trace = json.loads(browser.stop_tracing())
        busy, idle = longest_tasks(trace["traceEvents"])
        self.longest.setdefault(name, []).append(busy)
        self.idle.setdefault(name, []).append(idle)

    def of(self, name: str) -> float:
        """The median over what was done under this name."""
        return statistics.median(self.longest[name])

    def idle_of(self, name: str) -> float:
        """The same of the work that the page does in idle time only."""
        return statistics.median(self.idle[name])


def longest_tasks(events: list[dict[str, Any]]) -> tuple[float, float]:
    """In ms of processor time, of the main threads of pages: the longest task, and the longest in idle time."""
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    of_pages = [event for event in events if (event["pid"], event["tid"]) in threads]
    idle = [(event["pid"], event["ts"]) for event in of_pages if event["name"] == IDLE]
    found = {True: 0.0, False: 0.0}
    for task in of_pages:
        if task["name"] in TASKS and "tdur" in task:
            end = task["ts"] + task["dur"]
            is_idle = any(pid == task["pid"] and task["ts"] <= at < end for pid, at in idle)
            found[is_idle] = max(found[is_idle], task["tdur"] / 1000)
    return found[False], found[True]
