"""One failed cell with everything that a rule may look at."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from ..kernels.cell_code import parse_cell, plain_python
from ..kernels.dataflow import CellFlow, cell_flow
from .traceback import ParsedTraceback, TracebackFrame, parse_traceback

Fix = dict[str, Any]
Node = TypeVar("Node", bound=ast.AST)


@dataclass(frozen=True)
class Place:
    """Where in the notebook's sources the error came up."""

    cell: int
    line: int
    """From 1."""
    function: str | None
    span: tuple[int, int, int, int] | None = None
    """First line, last line, first column, last column (UTF-8 bytes) of the failing expression, when a kernel told."""


@dataclass(frozen=True)
class Replacement:
    """Characters ``start`` to ``end`` of a source become ``text``."""

    start: int
    end: int
    text: str


def digest(source: str) -> str:
    """How the kernel names a source that it has run."""
    return hashlib.sha1(source.strip().encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


class Case:
    """The failed cell, its notebook, and what the kernel told about the failure (``live``, empty without a kernel)."""

    def __init__(
        self,
        cells: Sequence[str],
        failing: int,
        ename: str,
        evalue: str,
        traceback: Sequence[str],
        statuses: Sequence[str] | None = None,
        cwd: str | None = None,
        inspection: dict[str, Any] | None = None,
    ) -> None:
        self.cells = list(cells)
        self.failing = failing
        self.ename = ename
        self.evalue = evalue[:20_000]
        self.traceback: ParsedTraceback = parse_traceback(traceback)
        self.statuses = list(statuses) if statuses is not None and len(statuses) == len(cells) else None
        self.live = inspection or {}
        where = cwd or self.live.get("cwd")
        self.cwd = Path(where) if where else None

    # ---------------------------------------------------------------------------------------------------- the notebook

    @property
    def source(self) -> str:
        return self.cells[self.failing]

    def flow(self, index: int) -> CellFlow:
        return cell_flow(self.cells[index])

    def flows(self) -> Iterator[tuple[int, CellFlow]]:
        """Every cell but the failing one."""
        for index in range(len(self.cells)):
            if index != self.failing:
                yield index, self.flow(index)

    def status(self, index: int) -> str:
        """``ok``, ``error``, ``not-run``, or ``unknown``."""
        return self.statuses[index] if self.statuses is not None else "unknown"

    def was_run(self, index: int) -> bool | None:
        """Whether the cell was run as it stands now; None when nothing tells."""
        executed = self.live.get("executed")
        if executed is not None and index < len(executed) and not executed[index]:
            return False
        if self.statuses is not None:
            return self.statuses[index] in ("ok", "error")
        return None if executed is None else bool(executed[index])

    # ------------------------------------------------------------------------------------------------------ the kernel

    @property
    def error(self) -> dict[str, Any]:
        """The kernel's last error, empty when it is not this one."""
        return self.live.get("error") or {}

    @cached_property
    def names(self) -> dict[str, str]:
        """Names in scope where it failed, with their kinds: told by the kernel, else what the cells that ran define."""
        if self.live.get("names") is not None:
            return {**self.live["names"], **(self.error.get("locals") or {})}
        found: dict[str, str] = {}
        for index, flow in self.flows():
            if index < self.failing if self.statuses is None else self.status(index) == "ok":
                found.update(dict.fromkeys(flow.defines, ""))
        return found

    def object(self, expression: str) -> dict[str, Any] | None:
        """What the kernel tells about a dotted expression, seen from where it failed."""
        found: dict[str, Any] | None = (self.live.get("objects") or {}).get(expression)
        return found

    def installed(self, module: str) -> bool | None:
        return (self.live.get("installed") or {}).get(module)

    def local_file(self, module: str) -> Path | None:
        """The file of a module (or the folder of a package) of the user's own, beside the notebook."""
        if self.cwd is None:
            return None
        folder = self.cwd / module.replace(".", "/")
        try:
            return next((path for path in (folder.with_suffix(".py"), folder) if path.exists()), None)
        except OSError:
            return None

    def file_names(self, path: Path, name: str) -> bool:
        """Whether the file of a module binds *name* as it stands now."""
        try:
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        except OSError:
            return False
        return (
            re.search(rf"(?m)^(?:(?:async )?def |class )?{re.escape(name)}\b|import .*\b{re.escape(name)}\b", text)
            is not None
        )

    # ------------------------------------------------------------------------------------------------ where it failed

    @property
    def in_file(self) -> bool:
        """Whether no cell failed, but a file of the user's or a text that was executed; a missing name in a library, too."""
        known = [(one["file"], bool(one.get("cell")), bool(one.get("user"))) for one in self.error.get("frames") or []]
        shown = known or [(one.file, one.file == "cell", one.user) for one in self.traceback.frames]
        # Compiled code tells paths of the machine that it was built on.
        own = [one for one in shown if one[1] or self.ename == "NameError" or (one[2] and one[0].endswith(".py"))]
        return bool(own) and not own[-1][1]

    @cached_property
    def place(self) -> Place | None:
        """The innermost frame that can be found in a cell of this notebook as it stands; None when there is none."""
        found = self._live_place()
        if found is not None:
            return found
        frames = [frame for frame in self.traceback.frames if frame.file == "cell" and frame.line]
        for depth, frame in reversed(list(enumerate(frames))):
            index = self._cell_of(frame, outermost=depth == 0, own=frames[0].execution_count)
            if index is not None and frame.line is not None:
                return Place(index, frame.line, frame.function)
        return None

    def _live_place(self) -> Place | None:
        for frame in reversed(self.error.get("frames") or []):
            if not frame.get("cell"):
                continue
            ran = frame.get("source")
            if frame["file"].startswith("<timed"):
                return Place(self.failing, frame["line"] + 1, None) if self.is_timed(self.failing) else None
            if ran is None:
                continue
            index = self._same_source(ran, frame["line"])
            if index is None:
                return None
            span = tuple(frame["span"]) if frame.get("span") and not self.is_timed(index) else None
            line = frame["line"]
            function = frame["function"] if frame["function"] != "<module>" else None
            return Place(index, line, function, span)
        return None

    def is_timed(self, index: int) -> bool:
        return self.cells[index].lstrip().startswith("%%")

    def _same_source(self, ran: str, line: int) -> int | None:
        """The cell whose text ran; IPython rewrites magics, so the failing line decides where the whole is not equal."""
        stripped = ran.strip()
        same = [index for index, source in enumerate(self.cells) if source.strip() == stripped]
        if not same:
            lines = ran.split("\n")
            text = lines[line - 1].strip() if 0 < line <= len(lines) else None
            same = [
                index
                for index, source in enumerate(self.cells)
                if text
                and source.count("\n") == ran.rstrip("\n").count("\n")
                and source.split("\n")[line - 1].strip() == text
            ]
        if self.failing in same:
            return self.failing
        return same[0] if len(same) == 1 else None

    def _cell_of(self, frame: TracebackFrame, *, outermost: bool, own: int | None) -> int | None:
        def fits(index: int) -> bool:
            lines = self.cells[index].split("\n")
            number = frame.line or 0
            return number <= len(lines) and (not frame.source or lines[number - 1].strip() == frame.source)

        if outermost or frame.execution_count == own:
            return self.failing if fits(self.failing) else None
        matching = [index for index in range(len(self.cells)) if fits(index)]
        return matching[0] if len(matching) == 1 else None

    def tree(self, index: int) -> ast.Module | None:
        return parse_cell(self.cells[index])

    @cached_property
    def failing_tree(self) -> ast.Module | None:
        return None if self.place is None else self.tree(self.place.cell)

    def nodes(self, kind: type[Node]) -> list[Node]:
        """Nodes of one kind in the expression that failed; in its line or statement when that is all that is known."""
        place = self.place
        if place is None or self.failing_tree is None:
            return []
        every = [node for node in ast.walk(self.failing_tree) if isinstance(node, kind) and hasattr(node, "lineno")]
        if place.span:
            first, last, start, end = place.span
            return [
                node
                for node in every
                if (node.lineno, node.col_offset) >= (first, start)  # type: ignore[attr-defined]
                and (node.end_lineno, node.end_col_offset) <= (last, end)  # type: ignore[attr-defined]
            ]
        on_line = [node for node in every if node.lineno <= place.line <= (node.end_lineno or 0)]  # type: ignore[attr-defined]
        exact = [node for node in on_line if place.line in (node.lineno, node.end_lineno)]  # type: ignore[attr-defined]
        return exact or on_line

    def statement_nodes(self, kind: type[Node]) -> list[Node]:
        """Nodes of one kind in the innermost statement that holds the failing line."""
        place = self.place
        if place is None or self.failing_tree is None:
            return []
        holding = [
            node
            for node in ast.walk(self.failing_tree)
            if isinstance(node, ast.stmt) and node.lineno <= place.line <= (node.end_lineno or 0)
        ]
        if not holding:
            return []
        innermost = max(holding, key=lambda node: (node.lineno, -(node.end_lineno or 0), node.col_offset))
        return [node for node in ast.walk(innermost) if isinstance(node, kind)]

    # ----------------------------------------------------------------------------------------------------------- fixes

    def text(self, node: ast.AST, index: int | None = None) -> str:
        start, end = self.span(node, index)
        return self._where(index)[start:end]

    def span(self, node: Any, index: int | None = None) -> tuple[int, int]:
        """Character offsets of a node in its cell."""
        source = self._where(index)
        return offset(source, node.lineno, node.col_offset), offset(source, node.end_lineno, node.end_col_offset)

    def _where(self, index: int | None) -> str:
        if index is None:
            index = self.place.cell if self.place else self.failing
        return self.cells[index]

    def replace(self, replacements: Sequence[Replacement], index: int | None = None) -> Fix | None:
        """The fix that makes these replacements in a cell (the one with the failing line, by default)."""
        if index is None:
            index = self.place.cell if self.place else self.failing
        return self.rewrite(apply(self.cells[index], replacements), index)

    def rewrite(self, source: str, index: int | None = None) -> Fix | None:
        """The fix that gives a cell this source; None when it would not parse or changes nothing."""
        if index is None:
            index = self.failing
        if source == self.cells[index]:
            return None
        if plain_python(self.cells[index]) is not None and parse_cell(source) is None:
            return None
        if index == self.failing:
            return {"failing_cell": source}
        return {"edit": index, "source": source}

    def with_import(self, statement: str, index: int | None = None) -> Fix | None:
        """The fix that puts an import at the top of a cell, below a cell magic and ``from __future__``."""
        if index is None:
            index = self.failing
        lines = self.cells[index].split("\n")
        top = 0
        for number, line in enumerate(lines):
            if line.startswith("%%") or line.startswith("from __future__"):
                top = number + 1
            elif line.strip() and not line.startswith("%"):
                break
        lines.insert(top, statement)
        return self.rewrite("\n".join(lines), index)


def offset(source: str, line: int, column: int) -> int:
    """The character offset of a line (from 1) and a column in UTF-8 bytes, as :mod:`ast` counts."""
    start = 0
    for _ in range(line - 1):
        start = source.index("\n", start) + 1
    end = source.find("\n", start)
    text = source[start:] if end < 0 else source[start:end]
    return start + len(text.encode("utf-8")[:column].decode("utf-8", "ignore"))


def apply(source: str, replacements: Sequence[Replacement]) -> str:
    for one in sorted(set(replacements), key=lambda one: one.start, reverse=True):
        source = source[: one.start] + one.text + source[one.end :]
    return source


Rule = Callable[[Case], "Fix | None"]

Certainty = Literal["certain", "likely", "possible"]
"""How certain a rule is of its fix: what is *likely* is not offered when a trial fails, what is *possible* only when one
runs."""
