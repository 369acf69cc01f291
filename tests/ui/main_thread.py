"""How long the page's main thread is held up at once, in processor time: a busy machine makes nothing longer."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page

CATEGORIES = ["toplevel", "__metadata"]
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")


class Tasks:
    """The longest task of the main thread in each of several steps, in ms."""

    def __init__(self, page: Page, *, settled: int) -> None:
        """``settled`` is how many ms belong to a step after what it waits for has happened."""
        self._page, self._settled = page, settled
        self.longest: dict[str, list[float]] = {}

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
        self.longest.setdefault(name, []).append(longest_task(trace["traceEvents"]))

    def of(self, name: str) -> float:
        """The median over what was done under this name."""
        return statistics.median(self.longest[name])


def longest_task(events: list[dict[str, Any]]) -> float:
    """In ms of the processor's time, of the main threads of pages."""
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return max(
        (
            event["tdur"] / 1000
            for event in events
            if event["name"] in TASKS and "tdur" in event and (event["pid"], event["tid"]) in threads
        ),
        default=0.0,
    )
