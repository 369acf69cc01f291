"""Where an answer that was cut off goes on: in the part that was open, however the model begins again.

Asked to go on exactly where it stopped, a model may do so, open the block again, begin the unfinished line anew, or
repeat the whole block first.  All these come to the same text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .. import protocol as p

if TYPE_CHECKING:
    from .log import Log
    from .state import ActionRecord, TurnRecord

_CUT = ("cut", "length", "stopped")
_OPENING = re.compile(r" {0,3}(?:`{3,}|~{3,})[ \t]*[A-Za-z{.][^`\n]*")
_BARE = re.compile(r"(?:`{3,}|~{3,})[ \t]*(?:\n|$)")
_SAID = re.compile(r"[A-Z][^\n=()\[\]{}<>]* [^\n=()\[\]{}<>]*[.:!…]")
"""A line that tells of what follows, as models like to say before they go on."""
_SAID_LINES = 3
"""Lines, blank ones apart, among which the block has to be opened again for them to be taken for that."""
_SHORT = 3
"""Characters below which a repeated beginning of a line may as well be what comes next."""


@dataclass(frozen=True, slots=True)
class OpenPart:
    """The part of a turn in which its answer was cut off."""

    started: p.PartStarted
    text: str
    action: ActionRecord | None
    interrupted: bool = False
    """Whether it was the server that ended."""

    @property
    def is_code(self) -> bool:
        return self.started.kind == "code"

    @property
    def takes_more(self) -> bool:
        """Whether its new cell is there, or still wanted."""
        action = self.action
        if action is None or not isinstance(action.body, p.InsertAction):
            return False
        return action.state in ("done", "held") or (action.state == "failed" and self.interrupted)


def open_part(turn: TurnRecord, log: Log) -> OpenPart | None:
    """The part in which the last answer of a turn was cut off; None when it was between two of them, or whole."""
    started: p.PartStarted | None = None
    open_ = False
    for event in turn.events:
        if isinstance(event, (p.PartStarted, p.PartResumed)):
            open_ = True
            started = event if isinstance(event, p.PartStarted) else started
        elif isinstance(event, p.PartEnded):
            open_ = not event.complete
        elif isinstance(event, p.Replied):
            open_ = open_ and event.stop in _CUT
        elif isinstance(event, (p.Observed, p.ToolCalled)):
            open_ = False
    if started is None or not open_ or started.kind == "thinking":
        return None
    actions = [record for record in turn.actions.values() if record.part == started.part]
    interrupted = turn.ended is not None and turn.ended.reason == "interrupted"
    return OpenPart(started, log.part(turn.id, started.part), actions[-1] if actions else None, interrupted)


class Joint:
    """Takes the beginning of an answer that goes on in a part, until it is clear what of it is new.

    :param open_: where it goes on.
    """

    def __init__(self, open_: OpenPart) -> None:
        self._before = open_.text
        self._code = open_.is_code
        self._markdown = open_.started.language in ("markdown", "md")
        self._raw = ""

    def add(self, text: str) -> tuple[bool, str] | None:
        """Whether the answer goes on in the part, and with which text; None while that is not known.

        An answer that repeats the block with other words does not go on: it is then an answer like any other.
        """
        self._raw += text
        return self._decided(final=False)

    def end(self) -> tuple[bool, str] | None:
        """The same at the end of the answer; None when nothing came."""
        return self._decided(final=True) if self._raw else None

    def _decided(self, *, final: bool) -> tuple[bool, str] | None:
        if not self._code:
            return True, self._raw
        opened = self._opened_again(final=final)
        if opened is None:
            return None
        reopened, new = opened
        repeated = self._repeated(new, final=final) if reopened else "other"
        if repeated != "other":
            return None if repeated == "later" else repeated
        line, end, rest = new.partition("\n")
        if not end and not final:
            return None
        lines = self._before.split("\n")
        unfinished = lines[-1]
        beginning = unfinished.strip()
        if len(beginning) >= (1 if reopened else _SHORT) and line.lstrip().startswith(beginning):
            after = line.lstrip()[len(beginning) :]
            blanks = unfinished[len(unfinished.rstrip()) :]
            return True, (after.removeprefix(blanks) if blanks else after) + end + rest
        if reopened and not unfinished and len(lines) > 1 and len(line.strip()) > _SHORT and line == lines[-2]:
            return True, rest
        if unfinished and _BARE.match(line):
            # It closes the block, whose last line was whole.
            return True, "\n" + new
        return True, new

    def _opened_again(self, *, final: bool) -> tuple[bool, str] | None:
        """Whether the model opens the block again, and what follows then; None while that is not known."""
        at = 0
        said = 0
        while True:
            line, end, _ = self._raw[at:].partition("\n")
            if not end and not final and (line.strip() == "" or line.lstrip()[0] in "`~" or _is_said(line) or said):
                return None
            if _OPENING.fullmatch(line.rstrip()) and not self._markdown:
                return True, self._raw[at + len(line) + len(end) :]
            if line.strip():
                said += 1
                if said > _SAID_LINES or self._markdown or (said == 1 and not _SAID.fullmatch(line.strip())):
                    return False, self._raw
            if not end:
                return False, self._raw
            at += len(line) + len(end)

    def _repeated(self, new: str, *, final: bool) -> tuple[bool, str] | Literal["later", "other"]:
        """What is new after the whole block from its beginning.

        "later" while it is still repeated, "other" when it is not.
        """
        before = self._before
        if new.startswith(before):
            return True, new[len(before) :]
        if before.startswith(new):
            return (True, "") if final else "later"
        first = before.split("\n", 1)[0]
        if "\n" in before and first.strip() and new.startswith(first + "\n"):
            return False, self._raw
        return "other"


def _is_said(line: str) -> bool:
    """Whether an unfinished line may still become one that tells of what follows."""
    return bool(re.fullmatch(r"[A-Z][^\n=()\[\]{}<>]*", line.strip()))
