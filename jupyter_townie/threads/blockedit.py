"""What the blocks of an answer make of the cells and files that they change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import EditRefused, Target, rebase, syntax_problem
from ..notebooks.surface import SurfaceError
from .actions import edit_action

if TYPE_CHECKING:
    from .actions import Actions
    from .block import Block
    from .scope import Scope
    from .state import ActionRecord


ALIKE = 0.5
"""Likeness from which on a text may be another one's new version."""
CLEARLY = 0.2
"""By which another text has to be more like it than the one that was asked about."""


class UnknownCell(ValueError):
    """A cell that is not in the notebook."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be offered.

    ``joins`` is an earlier change of the turn that waits for the user, and that this one has in it.
    """

    body: p.EditAction
    joins: ActionRecord | None


class BlockEdits:
    """Reads what is there and puts the change of a block into it.

    :param scope: what the turn may change, and what the model was shown of it.
    """

    def __init__(self, actions: Actions, scope: Scope, read_text: Callable[[str], Awaitable[str]]) -> None:
        self._actions, self._scope, self._read_text = actions, scope, read_text

    def place(self, target: Target) -> tuple[str | None, str | None]:
        """The path and, unless it is a file, the cell that a block changes."""
        if target.kind == "file":
            return str(PurePosixPath(target.ref or "")), None
        return self._scope.binding.path, target.ref

    async def found(self, target: Target) -> tuple[str | None, str | None]:
        """The same, with a look at which notebook has the cell, where that may be the app's."""
        path, cell_id = self.place(target)
        other = self._scope.app_notebook
        if cell_id is None or other is None or other == path or cell_id in self._scope.seen:
            return path, cell_id
        try:
            snapshot = await self._actions.surface(self._scope.turn, other).read(outputs=False)
        except SurfaceError:
            return path, cell_id
        return (other if any(cell.id == cell_id for cell in snapshot.cells) else path), cell_id

    async def place_by_header(self, block: Block) -> Target | None:
        """The file that a diff names in its own header, where there is one of that name.

        :raises ValueError: there are several.
        """
        there = [name for name in block.files if await self._is_text(name)]
        if len(block.files) > 1 and there:
            names = ", ".join(block.files)
            raise ValueError(f"A block changes one file, and one of yours is a diff of {names}. Write one for each.")
        return Target("file", there[0]) if there else None

    async def _is_text(self, path: str) -> bool:
        try:
            return (await self.before(path, None))[1]
        except (ValueError, OSError):
            return False

    async def place_by_text(self, block: Block) -> Target | None:
        """The one cell of those that the model was shown that a block fits which does not say what it changes."""
        seen = self._scope.seen
        fits = await asyncio.to_thread(lambda: [cell for cell, source in seen.items() if block.changes(source)])
        return Target("cell", fits[0]) if len(fits) == 1 else None

    async def place_of_whole(self, block: Block, home: Target) -> Target | None:
        """What a block without an address is the new text of: ``home``, or another cell that it is clearly more like.

        None when it is like none of them.
        """
        likeness = {cell: _likeness(source, block.text) for cell, source in self._scope.seen.items()}
        if home.kind == "file":
            path, _ = self.place(home)
            return home if _likeness((await self.before(path or "", None))[0], block.text) >= ALIKE else None
        best = max(likeness, key=lambda cell: likeness[cell], default="")
        own = likeness.get(home.ref or "", 0.0)
        if likeness.get(best, 0.0) > own + CLEARLY:
            return Target("cell", best)
        return home if own >= ALIKE else None

    async def place_of_misnamed(self, block: Block, home: Target | None) -> Target | None:
        """What a block changes that names a cell by a word or a number ("this", "[2]") in place of its id.

        None when there was a cell of that id, or when no single one is meant.
        """
        assert block.target is not None
        if block.target.ref in self._scope.seen:
            return None
        if block.is_whole:
            return await self.place_of_whole(block, home) if home is not None else None
        return await self.place_by_text(block) if block.is_edit else None

    async def change(self, block: Block, path: str, cell_id: str | None) -> Change:
        """What a whole block comes to.

        :raises EditRefused: it does not fit.
        :raises ValueError: it changes nothing, or there is nothing to change; the message says which.
        :raises OSError: the file can not be read.
        :raises SurfaceError: the notebook can not be reached.
        """
        before, exists = await self.before(path, cell_id)
        if not block.complete:
            raise ValueError("The answer ended in the middle of this block, so it was left out.")
        await self._put_secrets_back(block, before)
        earlier = self._actions.waiting_for(self._scope.turn, path, cell_id, before) if block.is_edit else None
        after, note, joined = self._going_on(block, cell_id, before, earlier)
        if after == before and exists:
            raise ValueError("this changes nothing; the source is like that already.")
        note = syntax_problem(before, after, block.written_in(path, cell_id)) or note
        body = edit_action(path, cell_id, before, after, note).model_copy(update={"creates": not exists})
        return Change(body, earlier if joined else None)

    async def whole(self, block: Block, before: str) -> tuple[str, str]:
        """The text of a file with the block's change in it, and what should be known of it.

        :raises EditRefused: it does not fit.
        """
        assert block.target is not None
        await self._put_secrets_back(block, before)
        after, note = self._edited(block, None, before)
        path, _ = self.place(block.target)
        return after, syntax_problem(before, after, block.written_in(path or "", None)) or note

    async def before(self, path: str, cell_id: str | None) -> tuple[str, bool]:
        """The text to change, and whether there is one."""
        if cell_id is None:
            if path.endswith(".ipynb"):
                raise ValueError("a notebook is not changed as a file; change its cells by their ids, cell=...")
            try:
                return await self._read_text(path), True
            except FileNotFoundError:
                if path.startswith("/"):
                    raise ValueError(
                        f"{path} is not a path in the workspace. A new file is named from the folder of the workspace, "
                        f"without a slash at the beginning: file={path.lstrip('/')}"
                    ) from None
                return "", False
        snapshot = await self._actions.surface(self._scope.turn, path).read(outputs=False)
        for cell in snapshot.cells:
            if cell.id == cell_id:
                return cell.source, True
        known = ", ".join(cell.id for cell in snapshot.cells[:50])
        raise UnknownCell(f"The cell {cell_id} is not in {path}, or not any more. The cells are: {known}.")

    async def _put_secrets_back(self, block: Block, before: str) -> None:
        from ..context.redaction import put_back

        # The log keeps what the model wrote; only what goes into the user's source has the secrets that were there.
        block.text = await asyncio.to_thread(put_back, block.text, [before, *self._scope.seen.values()])

    def _going_on(
        self, block: Block, cell_id: str | None, before: str, earlier: ActionRecord | None
    ) -> tuple[str, str, bool]:
        """Like :meth:`_edited`, with what an earlier change of this turn makes of the text; and whether that is in it.

        The model may have written the block for the text that it saw, or for what its earlier change makes of that.

        :raises EditRefused: it fits neither.
        """
        if earlier is None or not isinstance(earlier.body, p.EditAction):
            return *self._edited(block, cell_id, before), False
        waiting = earlier.body.after
        try:
            after, note = self._edited(block, cell_id, before)
        except EditRefused as refusal:
            try:
                edit = block.edit(waiting)
            except EditRefused:
                raise refusal from None
            return edit.after, "", True
        together, conflicts = rebase(before, after, waiting)
        return (after, note, False) if conflicts else (together, note, True)

    def _edited(self, block: Block, cell_id: str | None, before: str) -> tuple[str, str]:
        """The text with the block's change in it, and what the reviewer should know.

        :raises EditRefused: it does not fit.
        """
        seen = self._scope.seen.get(cell_id or "", before)
        edit = block.edit(seen)
        # The first text of a file ends with a line end, and that of a cell does not.
        after = edit.after.removesuffix("\n") if cell_id and not seen else edit.after
        if seen == before:
            return after, ""
        # The user has typed in it since the model saw it: only what the model changed is moved over.
        after, conflicts = rebase(seen, after, before)
        note = "You changed this while it was written; the change was moved to your version."
        if conflicts:
            note = "You changed the same lines while this was written; yours were kept. Read it with care."
        return after, note


def _likeness(one: str, other: str) -> float:
    """From 0 to 1: what two texts share (normalised Indel similarity), or the lines of the first that are left."""
    from rapidfuzz import fuzz

    lines = [line.strip() for line in one.splitlines() if line.strip()]
    kept = {line.strip() for line in other.splitlines()}
    share = sum(line in kept for line in lines) / len(lines) if lines else 0.0
    return max(float(fuzz.ratio(one, other)) / 100, share)
