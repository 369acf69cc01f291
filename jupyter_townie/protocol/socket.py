"""The WebSocket of a thread: commands of a page, frames of the server."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .actions import Problem
from .events import Event
from .pages import PageReply, PageVerb
from .vocabulary import Attachment, Binding, Message, Options, Purpose, RawError


class Submit(Message):
    """Ask for a turn.  ``turn`` is chosen by the page, so that a command sent twice is one turn."""

    command: Literal["submit"] = "submit"
    turn: str
    purpose: Purpose = "chat"
    text: str = ""
    binding: Binding = Binding()
    attachments: list[Attachment] = []
    options: Options = Options()
    error: RawError | None = None
    """For ``fix`` and ``explain``: the error output of ``binding.cell_id``."""
    replaces: str | None = None


class Stop(Message):
    command: Literal["stop"] = "stop"
    turn: str


class Decide(Message):
    """Decide about an action: *accept* applies it (and *run* runs the cell afterwards), *reject* does not."""

    command: Literal["decide"] = "decide"
    action: str
    decision: Literal["accept", "accept_and_run", "reject"]
    text: str | None = None
    """The text to apply instead, when the user accepted only some hunks or changed the proposal."""
    base: str | None = None
    """The source that ``text`` was reviewed against, when it is no longer the action's ``before``."""
    hint: str = ""
    """With *reject*: what to do differently; the loop then goes on."""


class RunCells(Message):
    """Run cells of a turn (all its new ones when ``cell_ids`` is empty)."""

    command: Literal["run"] = "run"
    turn: str
    cell_ids: list[str] = []
    path: str | None = None
    """The notebook of ``cell_ids``; None is the one that the turn is bound to."""


class Keep(Message):
    command: Literal["keep"] = "keep"
    turn: str


class Undo(Message):
    command: Literal["undo"] = "undo"
    turn: str


class Restore(Message):
    """Take back everything after ``turn``; with ``before``, that turn as well."""

    command: Literal["restore"] = "restore"
    turn: str
    before: bool = False


class Continue(Message):
    """Go on with a turn that was cut off, reached its limit, or asked before its next try."""

    command: Literal["continue"] = "continue"
    turn: str


class Reply(Message):
    """The answer of this page to a request of the server."""

    command: Literal["reply"] = "reply"
    request: str
    reply: PageReply


class Documents(Message):
    """Which notebooks this page has open; sent at once and whenever it changes."""

    command: Literal["documents"] = "documents"
    open: list[str]
    unsaved: list[str] = []
    """Notebooks that were closed with changes that are not in their files, and are not open again."""


Command = Annotated[
    Submit | Stop | Decide | RunCells | Keep | Undo | Restore | Continue | Reply | Documents,
    Field(discriminator="command"),
]


class EventFrame(Message):
    frame: Literal["event"] = "event"
    event: Event


class ReplayedFrame(Message):
    """Everything up to ``seq`` has been sent; what follows is live.  ``running`` is the turn in progress, if any."""

    frame: Literal["replayed"] = "replayed"
    seq: int
    running: str | None = None


class RequestFrame(Message):
    frame: Literal["request"] = "request"
    request: str
    body: PageVerb


class ErrorFrame(Message):
    """A command could not be carried out."""

    frame: Literal["error"] = "error"
    problem: Problem
    turn: str | None = None


class PreviewFrame(Message):
    """What a change that is still being written comes to so far.

    Sent to the pages that follow the thread at that moment and kept nowhere: the action that follows says it for good.
    """

    frame: Literal["preview"] = "preview"
    turn: str
    part: int
    path: str
    cell_id: str | None = None
    """None when ``path`` is a file."""
    before: str
    after: str
    """``before`` with what has arrived so far; where nothing has arrived yet it is like ``before``."""


ServerFrame = Annotated[
    EventFrame | ReplayedFrame | RequestFrame | PreviewFrame | ErrorFrame, Field(discriminator="frame")
]
