"""One answer of the model, taken apart as it streams: its parts go into the log, its blocks to where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import protocol as p
from ..edits import BlockEnded, BlockStarted, BlockText, HunkComplete, Prose, ReplyParser
from .joining import Joint

if TYPE_CHECKING:
    from .blocks import Blocks, Outcome
    from .joining import OpenPart
    from .log import Log


class Answer:
    """Consumes the text of one answer.

    :param part: number of the first part that this answer may use.
    :param blocks: deals with its code.
    :param open_: the part in which the answer before this one was cut off, and in which this one goes on.
    """

    def __init__(self, log: Log, turn: str, part: int, blocks: Blocks, open_: OpenPart | None = None) -> None:
        self._log, self._turn, self._blocks = log, turn, blocks
        self._next_part = part
        self._prose: int | None = None
        self._thinking: int | None = None
        self._parser = ReplyParser()
        self._open = open_
        self._joint = Joint(open_) if open_ is not None else None
        self._unfinished = ""
        """The beginning of a line that is in the log already."""
        self.text = ""

    # ------------------------------------------------------------------------------------------------------- feeding

    def thinking(self, text: str) -> None:
        """More of the model's reasoning."""
        if self._thinking is None:
            self._end_prose()
            self._thinking = self._start_part("thinking")
        self._log.text(self._turn, self._thinking, text)

    def feed(self, text: str) -> None:
        """More of the answer."""
        self._end_thinking()
        self.text += text
        if self._joint is not None:
            joined = self._joint.add(text)
            if joined is None:
                return
            text = self._join(joined)
        for piece in self._parser.feed(text):
            self._take(piece)

    async def finish(self, *, complete: bool = True) -> Outcome:
        """The answer has ended; returns when everything that it asked for is done."""
        self._close(complete=complete)
        return await self._blocks.finish()

    async def abandon(self) -> None:
        """The user pressed Stop, or the answer broke: keep what has arrived, start nothing new."""
        self._close(complete=False)
        await self._blocks.abandon()

    def _close(self, *, complete: bool) -> None:
        self._blocks.cut = not complete
        self._end_thinking()
        joined = self._joint.end() if self._joint is not None else None
        if joined is not None:
            for piece in self._parser.feed(self._join(joined)):
                self._take(piece)
        for piece in self._parser.close():
            self._take(piece)
        self._end_prose(complete)

    def _take(self, piece: object) -> None:
        if isinstance(piece, Prose):
            if self._prose is None:
                if not piece.text.strip():
                    return
                self._prose = self._start_part("prose")
            self._log.text(self._turn, self._prose, piece.text)
        elif isinstance(piece, BlockStarted):
            self._end_prose()
            self._blocks.begin(piece, self._start_part("code", piece))
        elif isinstance(piece, BlockText):
            text = piece.text.removeprefix(self._unfinished)
            self._unfinished = ""
            self._log.text(self._turn, self._blocks.part(piece.block), text)
            self._blocks.add(piece.block, text)
            self._blocks.preview(piece.block, piece.text)
        elif isinstance(piece, HunkComplete):
            self._blocks.preview(piece.block, piece.hunk)
        elif isinstance(piece, BlockEnded):
            part = self._blocks.part(piece.block)
            self._log.append(p.PartEnded, turn=self._turn, part=part, complete=piece.complete)
            self._blocks.end(piece)

    # --------------------------------------------------------------------------------------------------------- parts

    def _start_part(self, kind: str, block: BlockStarted | None = None) -> int:
        part = self._next_part
        self._next_part += 1
        fence = {}
        if block is not None:
            where = p.Target(kind=block.target.kind, ref=block.target.ref) if block.target else None
            fence = {"language": block.language, "target": where, "form": block.form, "fence": block.fence}
        self._log.append(p.PartStarted, turn=self._turn, part=part, kind=kind, **fence)
        return part

    def _end_prose(self, complete: bool = True) -> None:
        if self._prose is not None:
            self._log.append(p.PartEnded, turn=self._turn, part=self._prose, complete=complete)
            self._prose = None

    def _end_thinking(self) -> None:
        if self._thinking is not None:
            self._log.append(p.PartEnded, turn=self._turn, part=self._thinking, complete=True)
            self._thinking = None

    # ------------------------------------------------------------------------------------------- where it was cut off

    def _join(self, joined: tuple[bool, str]) -> str:
        """Go on where the answer was cut off; gives what is to be read there."""
        open_, self._joint = self._open, None
        goes_on, text = joined
        if not goes_on or open_ is None:
            return text
        started = open_.started
        self._log.append(
            p.PartResumed, turn=self._turn, part=started.part, kind=started.kind, language=started.language
        )
        if not open_.is_code:
            self._prose = started.part
            return text
        self._unfinished = open_.text.rpartition("\n")[2]
        pieces = self._parser.resume(started.fence or "```", started.language, started.form, open_.text)
        self._blocks.resume(0, open_)
        for piece in pieces:
            if isinstance(piece, BlockText):
                self._blocks.preview(0, piece.text)
            elif isinstance(piece, HunkComplete):
                self._blocks.preview(0, piece.hunk)
        return text
