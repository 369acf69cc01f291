"""Finds a fix that needs no model: one that helped before, or one that a local rule is sure of."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from ..kernels.errors import KernelError
from .actions import edit_action
from .instantoffer import InstantFix, NextCode, as_error, find, offered, remembered

if TYPE_CHECKING:
    from ..kernels.client import KernelClient
    from .prepare import Preparation
    from .remembered import Remembered
    from .state import TurnRecord


class InstantFixes:
    """Asks the memory and the rules about the failures of one thread, and tries what they say."""

    def __init__(self, preparation: Preparation, remembered: Remembered) -> None:
        self._preparation = preparation
        self._remembered = remembered

    async def find(self, turn: TurnRecord) -> InstantFix | NextCode | None:
        """A fix that helped before, or that a local rule is sure of; None leaves the failure to the model."""
        started = turn.started
        failure = turn.failures[-1] if turn.failures else None
        binding = started.binding
        if failure is None or not failure.fixable or failure.language != "python" or binding.path is None:
            return None
        if binding.kind == "console":
            return await self._next_code(turn, failure)
        snapshot = await self._preparation.read(turn.id, binding, outputs=False)
        if snapshot is None:
            return None
        cells = [cell for cell in snapshot.cells if cell.cell_type == "code"]
        index = next((i for i, cell in enumerate(cells) if cell.id == binding.cell_id), None)
        if index is None:
            return None
        kernel = await self._preparation.kernel(binding.path, binding.kernel_id or snapshot.kernel_id)
        known = await self._known(turn.id, failure, binding.path, cells, index, kernel, snapshot.language)
        if known is not None:
            return known
        inspection = await self._inspect(kernel, cells, index, failure)
        found = await asyncio.to_thread(find, cells, index, failure, inspection)
        if found is None:
            return None
        made = offered(binding.path, cells, index, found)
        if made is None:
            return None
        from .rehearsal import rehearse, rehearse_run

        proof = None
        if isinstance(made.body, p.EditAction):
            failed = failure.cell_id or cells[index].id
            with self._preparation.trying(turn.id):
                (tried,) = await rehearse(kernel, cells, failed, [made.body], snapshot.language)
            proof = tried.proof
        elif isinstance(made.body, p.RunAction):
            with self._preparation.trying(turn.id):
                proof = await rehearse_run(kernel, cells, made.body, snapshot.language)
            if not found.may_be_offered(proof.status):
                return None  # what these cells lack, the model may see
        return InstantFix(made.text, made.body, made.gate, proof)

    async def _next_code(self, turn: TurnRecord, failure: p.Failure) -> NextCode | None:
        """What to run next in a console in place of what has failed there, when a rule is sure of it and it runs."""
        started = turn.started
        binding = started.binding
        source = next((chip.text for chip in started.attachments if chip.ref == binding.cell_id and chip.text), "")
        kernel = await self._preparation.kernel(binding.path, binding.kernel_id)
        if not source or kernel is None or kernel.language != "python":
            return None
        cells = [p.CellSnapshot(id=binding.cell_id or "", cell_type="code", source=source)]
        inspection = await self._inspect(kernel, cells, 0, failure)
        found = await asyncio.to_thread(find, cells, 0, failure, inspection)
        made = offered(binding.path or "", cells, 0, found) if found is not None else None
        if made is None or not isinstance(made.body, p.EditAction):
            return None
        from .rehearsal import rehearse

        with self._preparation.trying(turn.id):
            (tried,) = await rehearse(kernel, cells, cells[0].id, [made.body], kernel.language)
        if tried.proof.status == "failed":
            return None
        detail = tried.proof.detail
        said = f"Tried: {detail}." if tried.proof.status == "ran" else f"{detail[:1].upper()}{detail[1:]}."
        return NextCode(f"{made.text} {said}", made.body.after)

    async def _known(
        self,
        turn: str,
        failure: p.Failure,
        path: str,
        cells: Sequence[p.CellSnapshot],
        index: int,
        kernel: KernelClient | None,
        language: str,
    ) -> InstantFix | None:
        """What the user accepted for this failure earlier; what fails when it is tried is forgotten."""
        cell = cells[index]
        source = await self._remembered.recall(failure, cell.source, kernel)
        if source is None:
            return None
        from .rehearsal import rehearse

        body = edit_action(path, cell.id, cell.source, source)
        with self._preparation.trying(turn):
            (tried,) = await rehearse(kernel, cells, cell.id, [body], language)
        if tried.proof.status == "failed":
            await self._remembered.forget(failure, cell.source, kernel)
            return None
        return remembered(body, tried.proof)

    async def _inspect(
        self, kernel: KernelClient | None, cells: Sequence[p.CellSnapshot], index: int, failure: p.Failure
    ) -> dict[str, Any] | None:
        """What the failed kernel knows of the names, columns and modules that the rules may want."""
        if kernel is None:
            return None
        from ..failures.inspection import SECONDS, answer, expressions, question

        asked = question([cell.source for cell in cells], index, as_error(failure))
        try:
            return answer(await kernel.execute_silently("", expressions(asked), timeout=SECONDS))
        except KernelError:
            return None
