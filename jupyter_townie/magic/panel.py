"""The buttons under an answer, where the front end can show them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

from .page import NotebookPage, cell_of, in_vs_code, let_through

Press = Literal["stop", "insert", "run", "fix", "undo"]

_LABELS: dict[Press, tuple[str, str, str]] = {
    "stop": ("Stop", "stop", "Stop Townie and keep what has arrived"),
    "insert": ("Insert", "plus", "Insert the offered code below this cell, without running it"),
    "run": ("Run", "play", "Run the offered code in this session"),
    "fix": ("Try fixing", "wrench", "Ask for a repair of the cell that failed"),
    "undo": ("Undo", "undo", "Take this answer's changes back"),
}

_ROW = "jp-TownieButtons"
# VS Code gives widgets a white ground in every theme.  The rules touch this row and no other widget of the notebook.
_VS_CODE_STYLE = f"""<style>
.cell-output-ipywidget-background:has(.{_ROW}) {{ background: transparent !important; }}
.{_ROW} .widget-button {{
  background: var(--vscode-button-secondaryBackground);
  color: var(--vscode-button-secondaryForeground);
}}
</style>"""


def can_show_buttons(shell: Any) -> bool:
    """Whether somebody with a notebook page is looking: pages name the cell in their request, programs do not."""
    if cell_of(shell) is None:
        return False
    if "ipywidgets" in sys.modules:
        return True
    from importlib.util import find_spec

    return find_spec("ipywidgets") is not None


class Panel:
    """A row of buttons.  Made in the user's thread, while the input that it belongs to is the present one.

    :param busy: whether the kernel is busy with that input until the answer is whole.
    """

    def __init__(self, shell: Any, *, busy: bool = True) -> None:
        import ipywidgets

        self.pressed: Callable[[Press], None] | None = None
        """Called with the name of a button, in whichever thread the kernel handles the press."""
        self._kernel = shell.kernel
        self._busy = busy
        self._lock = threading.Lock()
        self._concluded = False
        self._buttons: dict[Press, Any] = {}
        for name, (label, icon, tip) in _LABELS.items():
            button = ipywidgets.Button(description=label, icon=icon, tooltip=tip, layout={"width": "auto"})
            button.on_click(partial(self._press, name))
            self._buttons[name] = button
        self._row = ipywidgets.HBox([])
        self._style: list[Any] = []
        if in_vs_code(shell):
            self._row.add_class(_ROW)
            self._style = [ipywidgets.HTML(_VS_CODE_STYLE, layout={"display": "none"})]
        let_through(self._buttons["stop"].comm)
        self.page = NotebookPage(cell_of(shell), found=self.offer_stop)
        self._publisher = shell.display_pub

    def show(self) -> None:
        """Show the row, below what has been shown so far."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self._row.model_id}
        # The empty text keeps an exported notebook free of the widget's repr.
        bundle = {"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}
        self._publisher.publish(bundle, {})
        self.offer_stop()

    def _press(self, name: Press, _button: Any) -> None:
        if self.pressed is not None:
            self.pressed(name)

    @property
    def heard_while_busy(self) -> bool:
        """Whether a page has asked for a thread of the kernel that reads its messages while a cell runs (JEP 91)."""
        manager = getattr(getattr(self._kernel, "shell_channel_thread", None), "manager", None)
        return manager is not None and bool(manager.list_subshell())

    def offer_stop(self) -> None:
        """Show Stop while the answer grows, as soon as the page has a way to press it.

        Where pages have no subshell (VS Code), the kernel would read the press after the cell has ended.
        """
        with self._lock:
            heard = not self._busy or self.heard_while_busy
            if not self._concluded and not self._row.children and heard:
                self._show(["stop"])

    def offer(self, names: Sequence[Press]) -> None:
        """Show exactly these buttons."""
        with self._lock:
            self._concluded = True
            self._show(names)

    def _show(self, names: Sequence[Press]) -> None:
        # Without a button the row takes no place.
        self._row.children = [*self._style, *(self._buttons[name] for name in names)] if names else []
