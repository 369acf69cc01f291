"""JupyterLab as a person uses it, in a few verbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from .shared_page import SharedPage


class Lab:
    """One browser page with JupyterLab."""

    def __init__(self, page: Page, server: Any, shared: SharedPage | None = None) -> None:
        self.page = page
        self.server = server
        self._shared = shared

    # ------------------------------------------------------------------------------------------------------- JupyterLab

    def open(self, path: str = "work.ipynb", *, kernel: bool = True, reset: bool = True) -> Lab:
        """Open a notebook and wait until it, and its kernel, are there.

        The first time in a page that tests share, JupyterLab is there already; else it is loaded.
        """
        if self._shared is not None and reset:
            self.launch()
            self.command("filebrowser:open-path", {"path": path, "dontShowBrowser": True})
            # Where a notebook is loaded with JupyterLab, there has never been a launcher.
            self.page.evaluate(
                """() => [...window.jupyterapp.shell.widgets('main')]
                    .filter(({ id }) => id.startsWith('launcher'))
                    .forEach(launcher => launcher.dispose())"""
            )
        else:
            self.page.goto(f"{self.server.url}lab/tree/{path}?token=t{'&reset' if reset else ''}")
        self.cells.first.wait_for(timeout=60_000)
        if kernel:
            self.kernel_is_idle()
        self.wait_for(lambda: bool(self.sources), what=f"{path} has no cells")
        return self

    def launch(self) -> None:
        """JupyterLab with nothing open but its launcher."""
        if self._shared is not None:
            self._shared.show(self.server)
            self._shared = None
        else:
            self.page.goto(f"{self.server.url}lab?token=t&reset")
            self.page.locator(".jp-Launcher").first.wait_for(timeout=60_000)

    def kernel_is_idle(self) -> None:
        """Wait until the notebook in front has its kernel and no cell of it is running or queued."""
        self.page.wait_for_function(
            """() => {
              const w = [...window.jupyterapp.shell.widgets('main')].find(w => w.isVisible && w.content?.widgets);
              return w?.sessionContext.isReady && w.sessionContext.session?.kernel?.status === 'idle' &&
                w.content.widgets.every(cell => cell.model.executionState !== 'running');
            }""",
            timeout=60_000,
        )

    def reload(self) -> None:
        self.page.reload()
        self.cells.first.wait_for(timeout=60_000)

    @property
    def cells(self) -> Locator:
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook .jp-Cell")

    def cell(self, index: int) -> Locator:
        return self.cells.nth(index)

    def select(self, index: int) -> None:
        """Make a cell the active one, in command mode."""
        self.cell(index).locator(".jp-InputPrompt").click()

    def run(self, index: int) -> None:
        """Run a cell as a user does, and wait for it."""
        self.select(index)
        self.page.keyboard.press("Control+Enter")
        self.kernel_is_idle()

    @property
    def sources(self) -> list[str]:
        """The sources in the shared model of the notebook in front; none until it is loaded."""
        return self.page.evaluate(
            """() => [...window.jupyterapp.shell.widgets('main')]
                .filter(w => w.isVisible && w.context?.isReady && w.content?.model?.sharedModel.cells)
                .slice(0, 1)
                .flatMap(w => w.content.model.sharedModel.cells.map(cell => cell.getSource()))"""
        )

    def save(self) -> None:
        self.page.keyboard.press("Control+S")
        expect(self.page.locator(".jp-mod-current.jp-mod-dirty, .lm-mod-current.jp-mod-dirty")).to_have_count(0)

    def stored(self, path: str = "work.ipynb") -> str:
        """The file as it is on disk."""
        return (Path(self.server.root) / path).read_text()

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        # What it gives is often a widget, of which a copy would take seconds.
        self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args) }", [name, arguments or {}]
        )

    def dismiss_dialogs(self) -> None:
        """Close JupyterLab's own dialogs, as the one about a lost server: they take the keyboard."""
        self.page.wait_for_timeout(1000)
        while self.page.locator(".jp-Dialog").count():
            self.page.locator(".jp-Dialog .jp-Dialog-button").last.click()
            self.page.wait_for_timeout(300)

    def theme(self, name: str) -> None:
        self.command("apputils:change-theme", {"theme": name})

    # ---------------------------------------------------------------------------------------------------------- Townie

    def get(self, name: str, inside: Locator | None = None) -> Locator:
        """Elements by their ``data-townie`` name."""
        return (inside or self.page).locator(f'[data-townie="{name}"]')

    @property
    def input(self) -> Locator:
        return self.get("input")

    def chat(self) -> None:
        """Show the chat with its shortcut, and wait until it is connected."""
        if not self.input.is_visible():
            self.page.keyboard.press("Control+Shift+J")
        self.input.wait_for()

    def ask(self, text: str) -> Locator:
        """Send a message with Enter; the view of its turn."""
        self.chat()
        turns = self.get("turn").count()
        self.input.fill(text)
        self.input.press("Enter")
        turn = self.get("turn").nth(turns)
        turn.wait_for()
        return turn

    def answer(self, turn: Locator | None = None) -> Locator:
        return self.get("answer", turn or self.get("turn").last)

    def wait_for(self, check: Callable[[], bool], seconds: float = 20, what: str = "") -> None:
        """Wait for something that no locator can tell."""
        import time

        until = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < until, what or "it did not happen"
            self.page.wait_for_timeout(50)
