"""The text to edit, indexed only as far as the search for a place needs it."""

from __future__ import annotations

from collections.abc import Set
from functools import cached_property

from .projection import Projection
from .typography import plain

_CLOSERS = ("}", ")", "]", "end", "else", "elif", "except", "finally", "catch")


class Source:
    """A text as lines without line ends, and the projections of them that each rung of the ladder compares.

    Lines end at ``\\n`` or ``\\r\\n`` only, never at form feeds or other separators. A text that ends with a line end
    has no further empty line; an empty text has no line.
    """

    def __init__(self, text: str) -> None:
        self.original = text
        body = text.replace("\r\n", "\n") if "\r" in text else text
        self.has_crlf = len(body) < len(text)
        self.mixed = self.has_crlf and len(text) - len(body) != body.count("\n")
        self.terminated = body.endswith("\n")
        self.empty = not body
        self.exact = Projection(f"\n{body}" if self.terminated or self.empty else f"\n{body}\n")
        self._block_ends: dict[int, int] = {}
        self._beginnings: dict[str, list[int]] = {}

    @cached_property
    def body(self) -> str:
        """The text with ``\\n`` for each line end but the last, which it does not have."""
        return self.exact.framed[1:-1]

    @cached_property
    def count(self) -> int:
        """How many lines there are; most edits do not need to know."""
        return self.exact.framed.count("\n") - 1

    @property
    def lines(self) -> list[str]:
        return self.exact.lines

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
        lines = list(map(str.rstrip, self.lines))
        return self.exact if lines == self.lines else self._of(lines)

    @property
    def trimmed(self) -> list[str]:
        return self.without_tails.lines

    @cached_property
    def without_indents(self) -> Projection:
        """The lines without blanks around them."""
        return self._of(list(map(str.strip, self.trimmed)))

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
        return Projection(plain(self.without_blanks.framed))

    @property
    def plain(self) -> list[str]:
        return self.plain_written.lines

    @cached_property
    def plain_stripped(self) -> Projection:
        """As ``without_indents``, in plain typography."""
        if self.body.isascii():
            return self.without_indents
        return Projection(plain(self.without_indents.framed))

    @property
    def plain_positions(self) -> dict[str, list[int]]:
        """Indices into ``plain`` of each of its lines."""
        return self.plain_written.positions

    @cached_property
    def known(self) -> Set[str]:
        """Every line, for membership."""
        return self.exact.known

    @cached_property
    def known_stripped(self) -> frozenset[str]:
        return frozenset(self.stripped)

    def rows_beginning(self, text: str) -> list[int]:
        """The rows that are ``text``, blanks around it aside; where there are none, those that begin with its words."""
        rows = self._beginnings.get(text)
        if rows is None:
            rows = self.without_indents.rows_of_line(text)
            if not rows and len(text) >= 4:
                rows = [row for row in self.without_indents.rows_of_beginning(text) if self._ends_word(row, text)]
            self._beginnings[text] = rows
        return rows

    def _ends_word(self, row: int, text: str) -> bool:
        rest = self.stripped[row][len(text) : len(text) + 1]
        return not (text[-1].isalnum() and (rest.isalnum() or rest == "_"))

    def block_end(self, row: int) -> int:
        """The line after the last one that is indented deeper than ``row``, with the line that closes it."""
        end = self._block_ends.get(row)
        if end is None:
            end = self._block_ends[row] = self._end_of_block(row)
        return end

    def _end_of_block(self, row: int) -> int:
        stripped, indents = self.stripped, self._indents
        depth = indents[row]
        end = row + 1
        for n in range(row + 1, self.count):
            if not stripped[n]:
                continue
            if indents[n] <= depth:
                if stripped[n].startswith(_CLOSERS) or stripped[n] == "{":
                    end = n + 1
                    if stripped[n].startswith(("}", ")", "]", "end")) and not stripped[n].endswith(("{", ":", "(")):
                        break
                    continue
                break
            end = n + 1
        return end

    @cached_property
    def _indents(self) -> list[int]:
        return [len(line) - len(line.lstrip()) for line in self.lines]

    @staticmethod
    def _of(lines: list[str]) -> Projection:
        projection = Projection("\n".join(["", *lines, ""]) if lines else "\n")
        projection.__dict__["lines"] = lines
        return projection
