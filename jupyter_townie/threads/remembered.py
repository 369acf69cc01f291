"""Fixes that the user accepted earlier: offered again for the same failure, kept when they ran, dropped when not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .. import protocol as p
from ..kernels.errors import KernelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..failures.memory import Memory
    from ..kernels.client import KernelClient
    from .host import Host
    from .state import ActionRecord, TurnRecord

FILE = "fixes.sqlite"
VERSION_SECONDS = 1.0


class Remembered:
    """The accepted fixes of the host's user, for one thread."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._in_order = asyncio.Lock()
        """A fix that was just rejected is dropped in the background: what is asked next waits until it is."""

    async def recall(self, failure: p.Failure, source: str, kernel: KernelClient | None) -> str | None:
        """The failed cell's ``source`` with what helped last time, or None.  Try it before it is offered."""
        memory = self._memory()
        if memory is None or not failure.fixable:
            return None
        async with self._in_order:
            versions = await _versions(memory, failure, kernel)
            return await asyncio.to_thread(memory.recall, failure, source, versions)

    async def forget(self, failure: p.Failure, source: str, kernel: KernelClient | None) -> None:
        """What :meth:`recall` answers is of no use any more."""
        memory = self._memory()
        if memory is not None:
            async with self._in_order:
                await asyncio.to_thread(memory.forget, failure, source, await _versions(memory, failure, kernel))

    async def ran(self, turn: TurnRecord, ran: p.CellsRan) -> None:
        """Cells of a fix were run: what repaired the failed one is kept, what was remembered wrongly goes."""
        memory, failed = self._memory(), turn.started.binding.cell_id
        edits = [
            record.body
            for record in turn.actions.values()
            if isinstance(record.body, p.EditAction) and record.state == "done"
        ]
        status = next((run.status for run in ran.runs if run.cell_id == failed), None)
        if memory is None or status is None or not edits or edits[-1].cell_id != failed:
            return
        edit = edits[-1]
        if status == "ok" and turn.failures:
            # The last error that the turn met is the one that its last edit has repaired.
            await self._call(memory.remember, turn, turn.failures[-1], edit.before, edit.after)
        elif status == "error" and edit.found_by == "memory" and turn.started.failure is not None:
            await self._call(memory.forget, turn, turn.started.failure, edit.before)

    async def rejected(self, turn: TurnRecord, record: ActionRecord) -> None:
        """The user does not want a fix that was remembered, so it is not offered again."""
        memory, body = self._memory(), record.body
        if memory is None or turn.started.failure is None:
            return
        if isinstance(body, p.EditAction) and body.found_by == "memory":
            await self._call(memory.forget, turn, turn.started.failure, body.before)

    async def _call(self, act: Callable[..., object], turn: TurnRecord, failure: p.Failure, *sources: str) -> None:
        memory, binding = self._memory(), turn.started.binding
        assert memory is not None
        async with self._in_order:
            try:
                kernel = await self._host.kernel(binding.path, binding.kernel_id)
            except KernelError:
                kernel = None
            versions = await _versions(memory, failure, kernel)
            await asyncio.to_thread(act, failure, *sources, versions)

    def _memory(self) -> Memory | None:
        if self._host.data is None:
            return None
        from ..failures.memory import Memory

        return Memory(self._host.data / FILE)


async def _versions(memory: Memory, failure: p.Failure, kernel: KernelClient | None) -> dict[str, str]:
    """Of the library that raised the error; what the kernel does not tell is not known at any time."""
    libraries = memory.libraries(failure)
    if not libraries or kernel is None:
        return {}
    from ..failures.inspection import answer, expressions

    asked = expressions({"ename": None, "packages": libraries})
    try:
        told = answer(await kernel.execute_silently("", asked, timeout=VERSION_SECONDS)) or {}
    except KernelError:
        return {}
    return {name: version for name, version in (told.get("versions") or {}).items() if isinstance(version, str)}
