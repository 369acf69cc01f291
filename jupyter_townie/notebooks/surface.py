"""The three verbs by which a notebook is reached, whoever has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from jupyter_townie.protocol import CellOperation, CellRun, NotebookSnapshot, OperationResult, Problem


class SurfaceError(Exception):
    """The notebook cannot be read, changed or run at all; ``problem`` is what the user is told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class SurfaceGone(SurfaceError):
    """The page that had the notebook went away; it may come back, or the notebook may be reached as a file."""


class Surface(Protocol):
    """A notebook at one path.

    What concerns a single cell is told in results (:class:`OperationResult`, :class:`CellRun`); what concerns the whole
    notebook is raised as :class:`SurfaceError`.
    """

    @property
    def path(self) -> str:
        """As the contents API names it."""
        ...

    @property
    def kind(self) -> Literal["live", "file", "kernel"]: ...

    @property
    def notes(self) -> list[Problem]:
        """What the user should be told once, for example that the notebook's format was upgraded; take and clear."""
        ...

    async def read(self, *, outputs: bool = True) -> NotebookSnapshot:
        """The notebook as it is now; without ``outputs``, text, images and errors of outputs are empty."""
        ...

    async def apply(self, operations: Sequence[CellOperation]) -> list[OperationResult]:
        """Apply all operations in order, or none.

        One result for each operation, with the source as it is afterwards.  When one is refused every result has
        ``ok`` False; the refused ones say why in ``problem``, the others would have been possible.
        """
        ...

    async def run(self, cell_ids: Sequence[str]) -> list[CellRun]:
        """Run cells in the given order; after the first error the others are reported as ``not_run``."""
        ...
