"""One page with JupyterLab for many tests: people have it open all day, and loading it costs more than most tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

VIEWPORT = {"width": 1400, "height": 900}
SCRIPT = (Path(__file__).parent / "shared_page.js").read_text()
SECONDS = 10


class SharedPage:
    """The tab that tests share, and JupyterLab in it as it is after a load.

    A test begins with a page that is as fresh as one that was just loaded, or with one that is.

    :param tab: opens an empty tab; when it is left, nothing of what its pages stored is there any more.
    """

    def __init__(self, tab: Callable[[], AbstractContextManager[Page]]) -> None:
        self._open = tab
        self._stack = ExitStack()
        self._tab: Page | None = None
        self._server: Any = None
        self._loaded: dict[str, Any] = {}

    @property
    def tab(self) -> Page:
        if self._tab is None:
            self._tab = self._stack.enter_context(self._open())
        return self._tab

    def discard(self) -> None:
        """The next test has a new tab."""
        self._tab = self._server = None
        self._stack.close()

    def show(self, server: Any) -> None:
        """JupyterLab of this server, with nothing open; it is loaded where it is not there."""
        if self._server is server:
            return
        self._server = None
        self.tab.goto(f"{server.url}lab?token=t&reset")
        self.tab.locator(".jp-Launcher").wait_for(timeout=60_000)
        self.tab.wait_for_function("() => window.jupyterapp.restored.then(() => true)")
        self._loaded = self._call("state")
        self._server = server

    def leave(self, server: Any, clean: Callable[[Any], None]) -> list[str]:
        """Leave JupyterLab as it was after the load, in the page and, with *clean*, on the server.

        :returns: in what the page is not as it was; it is not used again then.
        """
        if self._server is not server or self._tab is None:
            return []
        try:
            left = self._left(clean)
        except Error as error:
            left = [f"it could not be left: {error.message.splitlines()[0]}"]
        if left:
            self.discard()
        return left

    def _left(self, clean: Callable[[Any], None]) -> list[str]:
        tab = self.tab
        for other in tab.context.pages:
            if other is not tab:
                other.close()
        tab.unroute_all()
        tab.set_viewport_size(VIEWPORT)  # type: ignore[arg-type]
        tab.context.clear_permissions()
        # Where there is nothing to hover over.
        tab.mouse.move(0, 0)
        for _ in range(5):
            if not tab.locator(".jp-Dialog, .lm-Menu").count():
                break
            tab.keyboard.press("Escape")
        kept = [name for bar in self._loaded["bars"] for name, _ in bar]
        self._call("leave", {"kept": kept, "sizes": self._loaded["sizes"]})
        clean(self._server)
        self._call("settle", {"raw": self._loaded["settings"]})
        for _ in range(SECONDS * 10):
            state = self._call("state")
            if state == self._loaded:
                return []
            tab.wait_for_timeout(100)
        return [f"{name}: {state[name]}, not {was}" for name, was in self._loaded.items() if state[name] != was]

    def _call(self, name: str, options: dict[str, Any] | None = None) -> Any:
        return self.tab.evaluate(f"options => {SCRIPT.strip()}.{name}(options)", options or {})
