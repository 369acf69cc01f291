"""A block of an answer: its text as it arrives, where it goes, and what it makes of what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..edits import Edit, EditRefused, apply, hunks_of
from ..edits.pieces import form_of_content

if TYPE_CHECKING:
    from ..edits import Target
    from .appfiles import AppFile
    from .insertions import CellStream
    from .previews import Preview
    from .state import ActionRecord

_NO_SOURCE = frozenset({"text", "txt", "plaintext", "output", "console", "pycon", "traceback", "bash", "sh", "shell"})
"""Languages of blocks that show something and are not the new text of anything."""
_FILE = re.compile(r"^(?:--- .*\n\+\+\+|\*\*\* (?:Update|Add|Delete) File:) +(?:b/)?([^\t\r\n]+)", re.MULTILINE)
"""Where a diff or a patch names what it changes; git's prefix and the time after a tab are no part of the name."""
_NAMES = {"diff": "udiff", "search_replace": "search_replace", "v4a": "v4a"}


@dataclass(slots=True)
class Block:
    """``form`` and ``language`` are what its fence announces; a language that names a form is none of a source."""

    part: int
    language: str
    target: Target | None
    form: str | None
    text: str = ""
    ended: bool = False
    complete: bool = False
    """Whether it ended with its closing fence."""
    action: ActionRecord | None = None
    cell: CellStream | None = None
    file: AppFile | None = None
    preview: Preview | None = None

    @property
    def is_edit(self) -> bool:
        """Whether it changes a part of a text, and is not the whole of it."""
        return self.form in _NAMES or (self.form is None and form_of_content(self.text.lstrip()) != "whole")

    @property
    def files(self) -> list[str]:
        """The files that a diff or a patch names itself, each once."""
        return list(dict.fromkeys(name.strip() for name in _FILE.findall(self.text)))

    @property
    def is_whole(self) -> bool:
        """Whether it is all there, and may be the new text of something."""
        return self.complete and not self.is_edit and self.language not in _NO_SOURCE

    def arriving(self) -> tuple[str, bool, bool]:
        """The text so far, whether that is all, and whether all of it is there."""
        return self.text, self.ended, self.complete

    def arrived(self) -> tuple[str, bool]:
        """The text so far, and whether that is all; a cell has no final newline, so the last one is held back."""
        return (self.text, True) if self.ended else (self.text.removesuffix("\n"), False)

    def written_in(self, path: str, cell_id: str | None) -> str:
        """The language of what it changes."""
        told = "" if self.form in _NAMES else self.language
        suffix = PurePosixPath(path).suffix.lstrip(".").lower()
        if cell_id is not None or suffix == "py":
            return told or "python"
        return told or suffix or "text"

    def changes(self, before: str) -> bool:
        """Whether it fits ``before`` and is not in it already."""
        try:
            return self.edit(before).after != before
        except EditRefused:
            return False

    def edit(self, before: str) -> Edit:
        """``before`` with the block's change in it.

        :raises EditRefused: it does not fit.
        """
        name = _NAMES.get(self.form or "", "whole")
        text = self.text
        if name == "whole":
            # The engine trusts a whole text that came in a fence, as this one did, more than a bare one.
            fence = "`" * (3 + max((len(run) for run in re.findall("`+", text)), default=0))
            text = f"{fence}\n{text}\n{fence}\n"
        return apply(before, hunks_of(text, name, before))
