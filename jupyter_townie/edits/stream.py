"""A reply in the fence dialect, read as it arrives.

A state machine over lines: each line is looked at once, only the unfinished last one is kept back. In prose even that
is passed on as soon as it can no longer become a fence, so text appears without delay.
"""

from __future__ import annotations

from .fences import FenceTracker, without_indent
from .hunk import Hunk
from .pieces import (
    BlockEnded,
    BlockForm,
    BlockStarted,
    BlockText,
    HunkComplete,
    Piece,
    Prose,
    form_of_content,
    read_info,
)
from .refusal import EditRefused
from .search_replace import closes_block, opens_block, parse_search_replace
from .udiff import parse_udiff
from .v4a import parse_v4a


class ReplyParser:
    """Feed it a reply in any chunks; it answers with the pieces that are certain so far.

    The pieces of one chunk and of a thousand are the same once neighbouring `Prose` and `BlockText` are joined.
    """

    def __init__(self) -> None:
        self._tracker = FenceTracker()
        self._line: list[str] = []
        self._told = False
        self._probe = _FenceProbe()
        self._blocks = 0
        self._body: list[str] = []
        self._hunks: _HunkWatch | None = None
        self._form: BlockForm | None = None
        self._closed = False

    def feed(self, chunk: str) -> list[Piece]:
        """The pieces that ``chunk`` completes."""
        if self._closed:
            raise RuntimeError("the reply was closed")
        pieces: list[Piece] = []
        rows = chunk.split("\n")
        for row in rows[:-1]:
            self._line.append(row)
            self._end_line(pieces, "\n")
        if rows[-1]:
            self._line.append(rows[-1])
            self._peek(pieces)
        return _joined(pieces)

    def resume(self, fence: str, language: str, form: BlockForm | None, text: str) -> list[Piece]:
        """Go on in a block in which an earlier reply was cut off; to be called before anything is fed.

        Gives the pieces within that block, which has number 0. An unfinished last line of ``text`` is not among them:
        it comes with the rest of the line.
        """
        info = f"{language} form={form}" if form is not None else language
        return [piece for piece in self.feed(f"{fence}{info}\n{text}") if not isinstance(piece, BlockStarted)]

    def close(self) -> list[Piece]:
        """The pieces that the end of the reply completes."""
        if self._closed:
            return []
        self._closed = True
        pieces: list[Piece] = []
        if self._line:
            self._end_line(pieces, "")
        if self._tracker.inside:
            self._end_block(pieces, complete=False)
        return _joined(pieces)

    def _peek(self, pieces: list[Piece]) -> None:
        """Passes on an unfinished line of prose that can no longer become a fence."""
        if self._tracker.inside:
            return
        if not self._told and not self._probe.may_open(self._line[-1]):
            self._told = True
        if self._told:
            pieces.append(Prose("".join(self._line)))
            self._line = [""]

    def _end_line(self, pieces: list[Piece], end: str) -> None:
        line = "".join(self._line)
        self._line = []
        self._probe = _FenceProbe()
        if self._told:
            self._told = False
            if line or end:
                pieces.append(Prose(line + end))
            return
        role = self._tracker.role(line.rstrip("\r"))
        if role == "prose":
            pieces.append(Prose(line + end))
        elif role == "open":
            self._start_block(pieces)
        elif role == "text":
            self._take(pieces, line, end)
        else:
            self._end_block(pieces, complete=True)

    def _start_block(self, pieces: list[Piece]) -> None:
        info = read_info(self._tracker.info)
        self._body = []
        self._form = info.form
        self._hunks = _HunkWatch(info.form) if info.form not in (None, "whole") else None
        pieces.append(
            BlockStarted(self._blocks, info.language, info.target, info.form, self._tracker.info, self._tracker.fence)
        )

    def _take(self, pieces: list[Piece], line: str, end: str) -> None:
        line = without_indent(line, self._tracker.indent) + end
        self._body.append(line)
        pieces.append(BlockText(self._blocks, line))
        if self._form is None and line.strip():
            self._form = form_of_content(line)
            self._hunks = _HunkWatch(self._form) if self._form != "whole" else None
        if self._hunks is not None and end:
            pieces.extend([HunkComplete(self._blocks, hunk) for hunk in self._hunks.line(line)])

    def _end_block(self, pieces: list[Piece], *, complete: bool) -> None:
        if self._hunks is not None and complete:
            pieces.extend([HunkComplete(self._blocks, hunk) for hunk in self._hunks.end()])
        text = "".join(self._body)
        pieces.append(BlockEnded(self._blocks, text.removesuffix("\n") if complete else text, complete))
        self._blocks += 1
        self._body = []
        self._hunks = None


class _HunkWatch:
    """Collects the lines of the hunk that is arriving and parses it once it is over."""

    def __init__(self, form: BlockForm | None) -> None:
        self._form = form
        self._lines: list[str] = []
        self._open = False

    def line(self, line: str) -> list[Hunk]:
        """The hunks that this line completes."""
        text = line.rstrip("\r\n")
        if self._form == "search_replace":
            if opens_block(text):
                self._lines = []
                self._open = True
            self._lines.append(line)
            if self._open and closes_block(text):
                self._open = False
                return self._parsed()
            return []
        begins = text.startswith(("@@", "--- ", "diff --git ")) or (self._form == "v4a" and text.startswith("*** "))
        done: list[Hunk] = []
        if begins and self._open and not (self._form == "v4a" and text == "*** End of File"):
            done = self._parsed()
            self._open = False
        self._lines.append(line)
        if line[:1] in ("+", "-") and not line.startswith(("+++ ", "--- ")):
            self._open = True
        return done

    def end(self) -> list[Hunk]:
        """The hunk that the end of the block completes."""
        return self._parsed() if self._open and self._form != "search_replace" else []

    def _parsed(self) -> list[Hunk]:
        text = "".join(self._lines)
        self._lines = []
        try:
            if self._form == "search_replace":
                return parse_search_replace(text)
            if self._form == "v4a":
                return parse_v4a(text.replace("*** Begin Patch", "").replace("*** End Patch", ""))
            return parse_udiff(text)
        except EditRefused:
            return []


class _FenceProbe:
    """Whether an unfinished line may still turn out to be a fence, told from each new part of it alone."""

    def __init__(self) -> None:
        self._blanks = 0
        self._char = ""
        self._length = 0
        self._in_info = False

    def may_open(self, part: str) -> bool:
        """Whether the line, continued by ``part``, may; once it may not, the answer stays so for the caller to keep."""
        for n, char in enumerate(part):
            if self._in_info:
                return not (self._char == "`" and "`" in part[n:])
            if not self._char and char == " " and self._blanks < 3:
                self._blanks += 1
            elif char in "`~" and (not self._char or char == self._char):
                self._char = char
                self._length += 1
            elif self._length >= 3:
                self._in_info = True
                return not (self._char == "`" and "`" in part[n:])
            else:
                return False
        return True


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces with neighbouring prose, and neighbouring lines of one block, joined."""
    out: list[Piece] = []
    for piece in pieces:
        last = out[-1] if out else None
        if isinstance(piece, Prose) and isinstance(last, Prose):
            out[-1] = Prose(last.text + piece.text)
        elif isinstance(piece, BlockText) and isinstance(last, BlockText) and last.block == piece.block:
            out[-1] = BlockText(piece.block, last.text + piece.text)
        else:
            out.append(piece)
    return out
