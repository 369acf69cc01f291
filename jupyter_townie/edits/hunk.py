"""What a model wrote, as data: hunks of old and new lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from .linediff import Line, marked_lines

Form = Literal["udiff", "search_replace", "v4a", "whole", "replacement"]


class Hunk(NamedTuple):
    """One place to change: the lines that are there and the lines that should be there.

    ``old`` and ``new`` hold lines without their line ends. ``marked`` holds the same lines with ``" "``, ``"-"`` or
    ``"+"`` before each, as a diff format gave them; empty for search/replace, where `lines` derives it.
    ``start`` is the 1-based number of the first old line as the model wrote it (0 allowed for an empty side).
    ``unmarked`` are the numbers of those of ``marked`` that the model gave no mark, read as context.
    ``closed`` says that the text of the hunk came to its end, ``ends_mid_line`` that the reply ends in its last line.
    ``everywhere`` asks for every occurrence of the old text, in whole lines or not, to be replaced.
    ``others`` are further readings of the same text, for example when a delimiter also occurs in the content.
    """

    old: tuple[str, ...]
    new: tuple[str, ...]
    form: Form
    marked: tuple[Line, ...] = ()
    unmarked: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()
    start: int | None = None
    old_count: int | None = None
    new_start: int | None = None
    new_count: int | None = None
    at_end: bool = False
    old_unterminated: bool = False
    new_unterminated: bool = False
    closed: bool = True
    in_fence: bool = False
    ends_mid_line: bool = False
    everywhere: bool = False
    others: tuple[Hunk, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The hunk as marked lines, context included."""
        return self.marked or marked_lines(self.old, self.new)

    @property
    def counts_right(self) -> bool:
        """Whether the header's line counts are the hunk's own; only then is its line number worth anything."""
        return self.old_count == len(self.old) and self.new_count == len(self.new)

    @property
    def creates(self) -> bool:
        """Whether its header says that there was no text before."""
        return self.start == 0 and self.old_count == 0 and not self.old

    @property
    def leaves_one_blank(self) -> bool:
        """Whether it is a block of written lines that becomes one blank line, which many write for no line at all."""
        return (
            self.form == "search_replace"
            and len(self.new) == 1
            and not self.new[0].strip()
            and all(line.strip() for line in self.old)
        )

    @property
    def changes_nothing(self) -> bool:
        return self.old == self.new and not (self.old_unterminated ^ self.new_unterminated)


BYTE_ORDER_MARK = "\ufeff"


def without_byte_order_mark(hunk: Hunk) -> Hunk:
    """The hunk without the mark that a text may begin with, and that models see or do not see."""
    if not any(side and side[0].startswith(BYTE_ORDER_MARK) for side in (hunk.old, hunk.new)):
        return hunk
    old, new = (side and (side[0].removeprefix(BYTE_ORDER_MARK), *side[1:]) for side in (hunk.old, hunk.new))
    marked = tuple([(mark, text.removeprefix(BYTE_ORDER_MARK)) for mark, text in hunk.marked])
    return hunk._replace(old=old, new=new, marked=marked)


def olds(marked: Iterable[Line]) -> tuple[str, ...]:
    """The lines that are there, of marked ones."""
    return tuple([text for mark, text in marked if mark != "+"])


def news(marked: Iterable[Line]) -> tuple[str, ...]:
    """The lines that should be there, of marked ones."""
    return tuple([text for mark, text in marked if mark != "-"])


def hunk_of(marked: Sequence[Line], form: Form, **facts: object) -> Hunk:
    """A hunk from marked lines; ``facts`` are further fields of `Hunk`."""
    return Hunk(olds(marked), news(marked), form, tuple(marked), **facts)  # type: ignore[arg-type]
