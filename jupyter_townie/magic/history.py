"""What this IPython session has run so far, as cells, and which of them failed last."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..protocol import CellSnapshot, RawError

MAX_CELLS = 200
"""Inputs that are looked at; older ones are left out."""
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Ids as nbformat has them."""
_MAGIC = ("%townie", "%%townie", "%load_ext jupyter_townie", "%reload_ext jupyter_townie")


@dataclass(slots=True)
class Ran:
    """One input that was run.  ``cell_id`` is the notebook's own where the frontend tells it."""

    count: int
    cell_id: str
    source: str
    error: BaseException | None = field(default=None, repr=False)


class SessionHistory:
    """Follows the inputs of one IPython shell.

    Inputs from before the extension was loaded are read from IPython's own history; whether they failed is only known
    of the last failure, which the interpreter keeps.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._seen: dict[int, Ran] = {}
        self._failed: int | None = None
        self._since = len(shell.history_manager.input_hist_raw)
        self._adopt_earlier_failure()

    def watch(self) -> None:
        """Start to follow what is run."""
        self._shell.events.register("post_run_cell", self._after)

    def unwatch(self) -> None:
        self._shell.events.unregister("post_run_cell", self._after)

    @property
    def failed(self) -> Ran | None:
        """The input that failed last, unless the same cell has run well since."""
        return self._seen.get(self._failed) if self._failed is not None else None

    @property
    def inputs(self) -> list[Ran]:
        """The inputs of this session in the order in which they ran, Townie's own left out, the last 200 at most."""
        recorded: Iterable[str] = self._shell.history_manager.input_hist_raw
        ran = [
            self._seen.get(count) or Ran(count, f"in-{count}", source)
            for count, source in enumerate(recorded)
            if source.strip() and not source.lstrip().startswith(_MAGIC)
        ]
        # An input that is recorded and has not ended is the one that is running now.
        return [entry for entry in ran if entry.count < self._since or entry.count in self._seen][-MAX_CELLS:]

    def cells(self) -> list[CellSnapshot]:
        """The inputs as cells of a notebook: one for each cell id, as it was run last."""
        from ..protocol import CellSnapshot

        latest: dict[str, Ran] = {}
        for entry in self.inputs:
            latest.pop(entry.cell_id, None)
            latest[entry.cell_id] = entry
        return [
            CellSnapshot(
                id=entry.cell_id,
                cell_type="code",
                source=entry.source,
                execution_count=entry.count,
                error=raw_error(self._shell, entry.error) if entry.error is not None else None,
            )
            for entry in latest.values()
        ]

    def _after(self, result: Any) -> None:
        source, count = result.info.raw_cell, result.execution_count
        if not result.info.store_history or count is None or not isinstance(source, str):
            return
        if source.lstrip().startswith(_MAGIC):
            return
        error = result.error_before_exec or result.error_in_exec
        stopped = isinstance(error, (KeyboardInterrupt, SystemExit))
        cell_id = _short(getattr(result.info, "cell_id", None) or f"in-{count}")
        before = self.failed
        if error is not None and not stopped:
            if before is not None:
                # Its traceback holds on to every local variable of the frames that failed.
                before.error = None
            self._failed = count
        elif error is None and before is not None and before.cell_id == cell_id:
            before.error = None
            self._failed = None
        self._seen[count] = Ran(count, cell_id, source, None if stopped else error)

    def _adopt_earlier_failure(self) -> None:
        error = getattr(sys, "last_value", None)
        if not isinstance(error, BaseException) or isinstance(error, (KeyboardInterrupt, SystemExit)):
            return
        count = self._input_of(error)
        recorded = self._shell.history_manager.input_hist_raw
        if count is not None and 0 < count < len(recorded):
            self._seen[count] = Ran(count, f"in-{count}", recorded[count], error)
            self._failed = count

    def _input_of(self, error: BaseException) -> int | None:
        """Which input an exception came out of, by the file names that IPython gave to the inputs."""
        numbers: dict[str, int] = getattr(self._shell.compile, "_filename_map", {})
        if isinstance(error, SyntaxError) and error.filename in numbers:
            return numbers[error.filename]
        traceback: TracebackType | None = error.__traceback__
        while traceback is not None:
            filename = traceback.tb_frame.f_code.co_filename
            if filename in numbers:
                return numbers[filename]
            traceback = traceback.tb_next
        return None


def _short(cell_id: str) -> str:
    """The id to tell models.  VS Code's is the URI of the cell, which would cost tokens and show the user's folders."""
    if _PLAIN.fullmatch(cell_id):
        return cell_id
    return "cell-" + hashlib.sha256(cell_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def raw_error(shell: Any, error: BaseException) -> RawError:
    """An exception as the kernel would have reported it."""
    from ..protocol import RawError

    try:
        if isinstance(error, SyntaxError):
            lines = shell.SyntaxTB.structured_traceback(type(error), error, [])
        else:
            lines = shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)
    except Exception:
        # The user's own exception classes can fail while they are shown.
        lines = [type(error).__name__]
    return RawError(ename=type(error).__name__, evalue=_message(error), traceback=[str(line) for line in lines])


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
