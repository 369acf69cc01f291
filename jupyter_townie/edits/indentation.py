"""How the indentation a model wrote becomes the indentation of the file: one rule for a whole hunk, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

OPENS = (":", "{", "(", "[", ",", "\\", ">", "=>", "=")
"""How a line ends below which deeper ones belong."""


@dataclass(frozen=True, slots=True)
class Reindent:
    """``unit`` conversion of the leading blanks first, then ``add`` or ``cut`` of one prefix.

    ``levels`` lists each indentation and what it becomes, where no other rule explains all of them and none stays.
    ``to_tabs``/``to_spaces`` is the width of a tab in the conversion, where one blank may be left over (it stands
    before the stars of a comment); ``scale`` is ``(from, to)`` blanks per level.
    ``first_only`` says that only the first line of the block had lost its indentation ``add``.
    """

    to_tabs: int = 0
    to_spaces: int = 0
    scale: tuple[int, int] = (1, 1)
    add: str = ""
    cut: str = ""
    first_only: bool = False
    levels: tuple[tuple[str, str], ...] = ()

    @property
    def converts(self) -> bool:
        """Whether tabs and blanks are exchanged, or levels have another width."""
        return bool(self.to_tabs or self.to_spaces) or self.scale != (1, 1)

    @property
    def is_identity(self) -> bool:
        return self == SAME

    def indent(self, blanks: str) -> str | None:
        """The new leading blanks, or None when this rule does not fit them."""
        if self.levels:
            return next((real for written, real in self.levels if written == blanks), None)
        if self.to_tabs:
            width = len(blanks.expandtabs(self.to_tabs))
            if width % self.to_tabs > 1:
                return None
            blanks = "\t" * (width // self.to_tabs) + " " * (width % self.to_tabs)
        elif self.to_spaces:
            blanks = blanks.expandtabs(self.to_spaces)
        elif self.scale != (1, 1):
            if len(blanks) % self.scale[0] or "\t" in blanks:
                return None
            blanks = " " * (len(blanks) // self.scale[0] * self.scale[1])
        if self.cut:
            return blanks[len(self.cut) :] if blanks.startswith(self.cut) else None
        return self.add + blanks

    def line(self, line: str) -> str | None:
        """The line with its new indentation; blank lines stay as they are."""
        if self.first_only or self.is_identity:
            return line
        line = leading(line) + line.lstrip()
        text = line.lstrip(" \t")
        if not text.strip():
            converted = replace(self, add="", cut="").indent(line.rstrip("\r")) if line else line
            return line if converted is None else converted
        blanks = self.indent(line[: len(line) - len(text)])
        return None if blanks is None else blanks + text


SAME = Reindent()


def leading(line: str) -> str:
    """The blanks before a line; no-break spaces count as blanks."""
    blanks = line[: len(line) - len(line.lstrip())]
    return blanks if blanks.isascii() else blanks.replace("\u00a0", " ")


def shift_between(written: Sequence[str], real: Sequence[str]) -> Reindent | None:
    """The rule where all lines are the same, or have one prefix of blanks added or cut; None for any other.

    Lines are compared whole, which is all that most edits need.
    """
    size = len(real[0]) - len(written[0])
    if size >= 0:
        add = real[0][:size]
        if add.isspace() or not add:
            return _shift(add, "") if [add + line for line in written] == list(real) else None
        return None
    cut = written[0][:-size]
    return _shift("", cut) if cut.isspace() and [cut + line for line in real] == list(written) else None


@lru_cache(64)
def _shift(add: str, cut: str) -> Reindent:
    return Reindent(add=add, cut=cut) if add or cut else SAME


def rule_for(pairs: Sequence[tuple[str, str]]) -> Reindent | None:
    """The one rule that turns each first indentation into the second, or None.

    ``pairs`` holds the leading blanks ``(written, real)`` of the lines that are not blank, in order. Tried in this
    order: the same, one prefix added or cut, tabs and blanks exchanged (with or without a prefix), another number of
    blanks per level, the first line alone without its indentation, each level another one in the same order.
    """
    distinct = list(dict.fromkeys(pairs))
    if all(written == real for written, real in distinct):
        return SAME
    written, real = distinct[0]
    if real.endswith(written):
        add = real[: len(real) - len(written)]
        if all(real == add + written for written, real in distinct):
            return Reindent(add=add)
    written_tabs = any("\t" in written for written, _ in distinct)
    real_tabs = any("\t" in real for _, real in distinct)
    bases = [Reindent()]
    if real_tabs:
        bases += [Reindent(to_tabs=width) for width in (4, 2, 8, 3)]
    if written_tabs:
        bases += [Reindent(to_spaces=width) for width in (4, 2, 8, 3)]
    for base in bases:
        if all(base.indent(written) == real for written, real in distinct):
            return base
    for base in bases:
        rule = _with_prefix(base, distinct)
        if rule:
            return rule
    if not written_tabs and not real_tabs and len({written for written, _ in distinct}) > 1:
        for scale in ((2, 4), (4, 2), (4, 8), (8, 4), (3, 4), (4, 3), (2, 3), (3, 2)):
            rule = Reindent(scale=scale)
            if all(rule.indent(written) == real for written, real in distinct):
                return rule
    if len(pairs) > 1 and all(written == real for written, real in pairs[1:]):
        written, real = pairs[0]
        if real.endswith(written):
            return Reindent(add=real[: len(real) - len(written)], first_only=True)
    if any(written and written == real for written, real in distinct):
        return None
    by_written = dict(distinct)
    if len(by_written) == len(distinct) > 1 and len(set(by_written.values())) == len(distinct):
        ordered = sorted(distinct, key=lambda pair: len(pair[0].expandtabs(4)))
        widths = [len(real.expandtabs(4)) for _, real in ordered]
        if widths == sorted(set(widths)) and len({len(written.expandtabs(4)) for written, _ in ordered}) == len(
            ordered
        ):
            return Reindent(levels=tuple(ordered))
    return None


def _with_prefix(base: Reindent, distinct: Sequence[tuple[str, str]]) -> Reindent | None:
    written, real = distinct[0]
    blanks = base.indent(written) or ""
    if real.endswith(blanks):
        rule = Reindent(to_tabs=base.to_tabs, to_spaces=base.to_spaces, add=real[: len(real) - len(blanks)])
    elif blanks.endswith(real):
        rule = Reindent(to_tabs=base.to_tabs, to_spaces=base.to_spaces, cut=blanks[: len(blanks) - len(real)])
    else:
        return None
    return rule if all(rule.indent(written) == real for written, real in distinct) else None
