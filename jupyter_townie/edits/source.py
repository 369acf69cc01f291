"""The text to edit, indexed only as far as the search for a place needs it."""

from __future__ import annotations

from functools import cached_property

from .projection import Projection
from .typography import plain


class Source:
    """A text as lines without line ends, and the projections of them that each rung of the ladder compares.

    Lines end at ``\\n`` or ``\\r\\n`` only, never at form feeds or other separators. A text that ends with a line end
    has no further empty line; an empty text has no line.
    """

    def __init__(self, text: str) -> None:
        self.original = text
        self.has_crlf = "\r\n" in text
        self.mixed = self.has_crlf and text.count("\r\n") != text.count("\n")
        body = text.replace("\r\n", "\n") if self.has_crlf else text
        self.terminated = body.endswith("\n")
        self.empty = not body
        self.body = body[:-1] if self.terminated else body
        self.exact = Projection(None if self.empty else self.body)

    @property
    def lines(self) -> list[str]:
        return self.exact.lines

    @cached_property
    def count(self) -> int:
        return 0 if self.empty else self.body.count("\n") + 1

    @cached_property
    def ends(self) -> list[str]:
        """The line end of each line; the last may have none."""
        pieces = self.original.split("\n")
        ends = ["\r\n" if piece.endswith("\r") else "\n" for piece in pieces[: self.count]]
        if ends and not self.terminated:
            ends[-1] = ""
        return ends

    @cached_property
    def without_tails(self) -> Projection:
        """The lines without trailing blanks."""
        return self._of([line.rstrip() for line in self.lines])

    @property
    def trimmed(self) -> list[str]:
        return self.without_tails.lines

    @cached_property
    def without_indents(self) -> Projection:
        """The lines without blanks around them."""
        return self._of([line.strip() for line in self.lines])

    @property
    def stripped(self) -> list[str]:
        return self.without_indents.lines

    @cached_property
    def written(self) -> list[int]:
        """The rows of the lines that are not blank."""
        return [row for row, line in enumerate(self.stripped) if line]

    @cached_property
    def without_blanks(self) -> Projection:
        """The lines that are not blank, without blanks around them; row n is line ``written[n]``."""
        return self._of([line for line in self.stripped if line])

    @cached_property
    def plain_written(self) -> Projection:
        """As ``without_blanks``, in plain typography."""
        if self.body.isascii():
            return self.without_blanks
        text = self.without_blanks.text
        return Projection(None if text is None else plain(text))

    @property
    def plain(self) -> list[str]:
        return self.plain_written.lines

    @cached_property
    def plain_stripped(self) -> Projection:
        """As ``without_indents``, in plain typography."""
        if self.body.isascii():
            return self.without_indents
        text = self.without_indents.text
        return Projection(None if text is None else plain(text))

    @property
    def plain_positions(self) -> dict[str, list[int]]:
        """Indices into ``plain`` of each of its lines."""
        return self.plain_written.positions

    @cached_property
    def known(self) -> frozenset[str]:
        """Every line, for membership."""
        return frozenset(self.lines)

    @cached_property
    def known_stripped(self) -> frozenset[str]:
        return frozenset(self.stripped)

    @staticmethod
    def _of(lines: list[str]) -> Projection:
        projection = Projection("\n".join(lines) if lines else None)
        projection.__dict__["lines"] = lines
        return projection
