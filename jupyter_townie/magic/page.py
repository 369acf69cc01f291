"""The notebook page that shows a session: where it can, it puts cells into its notebook.

The page's half is the labextension's ``kernelInsertion``.  Front ends without it do not answer, or close the comm.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

TARGET = "jupyter_townie"
"""The comm target that the labextension registers on the kernels of open notebooks."""
FOUND = 0.5
"""Seconds in which a page that can insert has said so; a page that is there answers in a tenth of it."""
ANSWERED = 5.0
"""Seconds after which a page that was asked to insert is taken to be gone."""


@dataclass(frozen=True)
class Told:
    """What a page answered."""

    where: str = ""
    """Where the cells are now, in the user's words: "below cell [3]"; empty when nothing was inserted."""
    undone: bool = False
    problem: str = ""


Listener = Callable[[Told], None]


class NotebookPage:
    """The pages that show one cell.  Looks for them when it is made.

    :param cell_id: of the cell whose output this is for, as its page named it.
    :param found: called, in any thread, when a page has said that it can insert.
    """

    def __init__(self, cell_id: str | None, found: Callable[[], None] = lambda: None) -> None:
        self._cell_id = cell_id
        self._tell_found = found
        self._opened = time.monotonic()
        self._found = threading.Event()
        self._probe = _comm(self._see, lambda _: None)
        self._probe.open(data={"cell": cell_id})
        self._insertion: _Insertion | None = None

    @property
    def can_insert(self) -> bool:
        """Whether a page has said that it can; waits until one has had the time to."""
        return self._found.wait(max(0.0, self._opened + FOUND - time.monotonic()))

    @property
    def holds_cells(self) -> bool:
        """Whether cells were inserted and not taken back."""
        return self._insertion is not None and self._insertion.done

    def insert(self, sources: Sequence[str], told: Listener) -> None:
        """Have code cells inserted below the cell, in one page; ``told`` is called once, in any thread."""
        self._insertion = _Insertion(self._cell_id, sources, told)

    def undo(self, told: Listener) -> None:
        """Have them taken out again; refused as a whole when the user has changed one."""
        if self._insertion is not None:
            self._insertion.undo(told)

    def _see(self, message: Any) -> None:
        if "ready" in message["content"]["data"]:
            self._found.set()
            self._probe.close()
            self._tell_found()


class _Insertion:
    """One comm: pages say that they are there, the first is asked."""

    def __init__(self, cell_id: str | None, sources: Sequence[str], told: Listener) -> None:
        self.done = False
        self._sources = list(sources)
        self._page: str | None = None
        self._lock = threading.Lock()
        self._told: Listener | None = None
        self._comm = _comm(self._see, lambda _: self._tell(Told(problem="The notebook is not open in a page.")))
        self._wait_for(told)
        self._comm.open(data={"cell": cell_id})

    def undo(self, told: Listener) -> None:
        self._wait_for(told)
        self._comm.send({"page": self._page, "undo": True})

    def _see(self, message: Any) -> None:
        data = message["content"]["data"]
        if "ready" in data:
            with self._lock:
                if self._page is not None:
                    return
                self._page = str(data["ready"])
            self._comm.send({"page": self._page, "insert": self._sources})
        elif "inserted" in data:
            self.done = True
            self._tell(Told(where=str(data["inserted"])))
        elif "undone" in data:
            undone = data["undone"] is True
            self.done = not undone
            problem = "" if undone else "The inserted code was changed since and was left."
            self._tell(Told(undone=undone, problem=problem))
        elif "refused" in data:
            self._tell(Told(problem=str(data["refused"])))

    def _wait_for(self, told: Listener) -> None:
        self._told = told
        timer = threading.Timer(ANSWERED, self._tell, [Told(problem="The page did not answer; it may be reloaded.")])
        timer.daemon = True
        self._timer = timer
        timer.start()

    def _tell(self, answer: Told) -> None:
        with self._lock:
            told, self._told = self._told, None
        self._timer.cancel()
        if told is not None:
            told(answer)


def cell_of(shell: Any) -> str | None:
    """The cell that is running, as its page names it; None in a terminal and for programs, which name none."""
    if getattr(shell, "kernel", None) is None:
        return None
    metadata = (getattr(shell, "parent_header", None) or {}).get("metadata") or {}
    return metadata.get("cellId") or None


def in_vs_code(shell: Any) -> bool:
    """Whether the cell that is running is one of VS Code, which names its cells by URIs of its own."""
    return (cell_of(shell) or "").startswith("vscode-")


def _comm(heard: Callable[[Any], None], closed: Callable[[Any], None]) -> Any:
    """A comm that is not open yet, so that no answer can be missed."""
    from comm import create_comm

    made = create_comm(target_name=TARGET, primary=False)
    made.on_msg(heard)
    made.on_close(closed)
    let_through(made)
    return made


def let_through(comm: Any) -> None:
    """Have a comm's messages handled while a cell is running.

    JupyterLab (4.4 and later) sends messages of widgets to a *subshell*, a second thread of the kernel (JEP 91).  From
    7.4 on ipykernel sends them on to the thread that wrote to the comm last, which for one made by a cell is the one
    that is busy.  For this comm the page's choice stands.
    """
    if comm is not None and hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda _data, chosen: chosen
