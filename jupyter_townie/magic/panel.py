"""The buttons under an answer, where the front end can show them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from .page import NotebookPage, let_through

Press = Literal["stop", "insert", "run", "fix", "undo"]

_LABELS: dict[Press, tuple[str, str, str]] = {
    "stop": ("Stop", "stop", "Stop Townie and keep what has arrived"),
    "insert": ("Insert", "plus", "Insert the offered code below this cell, without running it"),
    "run": ("Run", "play", "Run the offered code in this session"),
    "fix": ("Try fixing", "wrench", "Ask for a repair of the cell that failed"),
    "undo": ("Undo", "undo", "Take this answer's changes back"),
}


def can_show_buttons(shell: Any) -> bool:
    """Whether somebody with a notebook page is looking: pages name the cell in their request, programs do not."""
    if getattr(shell, "kernel", None) is None:
        return False
    parent = getattr(shell, "parent_header", None) or {}
    if not (parent.get("metadata") or {}).get("cellId"):
        return False
    if "ipywidgets" in sys.modules:
        return True
    from importlib.util import find_spec

    return find_spec("ipywidgets") is not None


class Panel:
    """A row of buttons.  Made in the user's thread, while the input that it belongs to runs."""

    def __init__(self, shell: Any) -> None:
        import ipywidgets

        self.pressed: Callable[[Press], None] | None = None
        """Called with the name of a button, in whichever thread the kernel handles the press."""
        self._buttons: dict[Press, Any] = {}
        for name, (label, icon, tip) in _LABELS.items():
            button = ipywidgets.Button(description=label, icon=icon, tooltip=tip, layout={"width": "auto"})
            button.on_click(partial(self._press, name))
            self._buttons[name] = button
        self._row = ipywidgets.HBox([self._buttons["stop"]])
        let_through(self._buttons["stop"].comm)
        self.page = NotebookPage(shell.parent_header["metadata"]["cellId"])
        view = {"version_major": 2, "version_minor": 0, "model_id": self._row.model_id}
        # The empty text keeps an exported notebook free of the widget's repr.
        bundle = {"application/vnd.jupyter.widget-view+json": view, "text/plain": ""}
        shell.display_pub.publish(bundle, {})

    def _press(self, name: Press, _button: Any) -> None:
        if self.pressed is not None:
            self.pressed(name)

    def offer(self, names: list[Press]) -> None:
        """Show exactly these buttons."""
        self._row.children = [self._buttons[name] for name in names]
