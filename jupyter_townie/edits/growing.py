"""What an edit that is still arriving comes to so far."""

from __future__ import annotations

from collections.abc import Sequence

from .apply import apply
from .hunk import Hunk
from .linediff import advance
from .pieces import BlockForm, form_of_content
from .refusal import EditRefused
from .search_replace import closes_block, has_divider, opens_block, parse_search_replace
from .splice import kept_line_ends

_MAX_EDITS = 200


class GrowingEdit:
    """A block that changes ``before``, fed as it arrives.

    :param form: what the block was announced to be; None lets its first line tell.
    """

    def __init__(self, before: str, form: BlockForm | None) -> None:
        self._before = before
        self._form = form
        self._lines: list[str] = []
        self._hunks: list[Hunk] = []
        self._open: int | None = None
        self._after = before

    def text(self, text: str) -> None:
        """Whole lines, each with its line end."""
        for line in (row + "\n" for row in text.removesuffix("\n").split("\n")):
            if self._form is None and line.strip():
                self._form = form_of_content(line)
            if self._form == "search_replace":
                if opens_block(line.rstrip("\r\n")):
                    self._open = len(self._lines)
                elif closes_block(line.rstrip("\r\n")):
                    self._open = None
            self._lines.append(line)

    def hunk(self, hunk: Hunk) -> None:
        """A hunk whose last line has arrived."""
        self._hunks.append(hunk)

    @property
    def after(self) -> str:
        """``before`` with what has arrived; what does not fit, or not yet, is left out."""
        if self._form is None:
            return self._before
        if self._form == "whole":
            return grown(self._before, "".join(self._lines))
        begun = self._begun()
        for hunks in ([*self._hunks, *begun], self._hunks if begun else []):
            if not hunks:
                continue
            try:
                self._after = apply(self._before, hunks).after
                break
            except EditRefused:
                continue
        return self._after

    def _begun(self) -> list[Hunk]:
        """The search/replace block that is arriving, once its old lines are there."""
        if self._open is None:
            return []
        lines = self._lines[self._open + 1 :]
        divider = next((n for n, line in enumerate(lines) if has_divider([line.rstrip("\r\n")])), None)
        if divider is None or divider + 1 == len(lines):
            return []
        old, new = "".join(lines[:divider]), grown("".join(lines[:divider]), "".join(lines[divider + 1 :]))
        if new and not new.endswith("\n"):
            new += "\n"
        try:
            return parse_search_replace(f"<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n")
        except EditRefused:
            return []


def grown(before: str, arrived: str) -> str:
    """The beginning of a new text, and after it that part of the old one which it has not come to yet.

    ``arrived`` is whole lines.  Where they do not go on as ``before`` does, the old lines stay until a later line shows
    that they are gone, so that nothing is shown as removed too early.
    """
    old = before.replace("\r\n", "\n").split("\n") if before else []
    new = arrived.replace("\r\n", "\n").split("\n")[:-1]
    if not new:
        return before
    lines = [*new, *old[_covered(old, new) :]]
    return kept_line_ends(before, lines[:-1] if before.endswith("\n") and not lines[-1] else lines)


def _covered(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines of ``old`` all of ``new`` stands for: where their shortest edit script ends, the rest being free.

    Myers' search that ends as soon as ``new`` is used up, whatever is left of ``old``.
    """
    n, m = len(old), len(new)
    reach = {1: 0}
    for d in range(min(n + m, _MAX_EDITS) + 1):
        advance(reach, d, old, new, (0, n, 0, m))
        ends = [x for k, x in reach.items() if x >= 0 and x - k == m]
        if ends:
            return max(ends)
    return min(n, m)
