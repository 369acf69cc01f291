"""The events of a thread's log."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from .actions import ActionBody, ContextPart, Problem, Proof, Target, Usage
from .apps import AppFailure
from .notebooks import CellRun, Image
from .vocabulary import ActionState, Attachment, Binding, EditForm, Failure, GateClass, Message, Options, Purpose


class _Event(Message):
    seq: int
    time: float
    turn: str | None = None


class TurnStarted(_Event):
    type: Literal["turn_started"] = "turn_started"
    purpose: Purpose
    text: str
    binding: Binding
    attachments: list[Attachment] = []
    options: Options
    model: str
    """The model that answers, as ``provider/model``."""
    failure: Failure | None = None
    replaces: str | None = None
    """The turn that this one takes the place of, after a retry or an edit of its message."""


class RequestSent(_Event):
    """The model was asked; the exact request is kept beside the log and can be fetched as ``request``."""

    type: Literal["request_sent"] = "request_sent"
    request: str
    model: str
    label: str = ""
    """What the model is called wherever it can be picked."""
    tokens: int
    """An estimate made before sending."""
    parts: list[ContextPart] = []


class PartStarted(_Event):
    """The answer goes on with a new part; parts are numbered 0, 1, ... within a turn."""

    type: Literal["part_started"] = "part_started"
    part: int
    kind: Literal["prose", "thinking", "code"]
    language: str = ""
    target: Target | None = None
    form: EditForm | None = None
    fence: str = ""
    """The backticks or tildes that opened it, of code."""


class PartResumed(_Event):
    """An answer that was cut off goes on within the part that had ended there."""

    type: Literal["part_resumed"] = "part_resumed"
    part: int
    kind: Literal["prose", "code"]
    language: str = ""


class TextAdded(_Event):
    type: Literal["text"] = "text"
    part: int
    offset: int
    """Where ``text`` begins within its part; what was there from that offset on is replaced."""
    text: str


class PartEnded(_Event):
    type: Literal["part_ended"] = "part_ended"
    part: int
    complete: bool = True
    """False when the answer was cut off inside this part."""


class ActionStarted(_Event):
    type: Literal["action_started"] = "action_started"
    action: str
    body: ActionBody
    gate: GateClass
    state: ActionState
    part: int | None = None
    call: str | None = None
    """The tool call that it answers, if any."""
    proof: Proof | None = None


class ActionChanged(_Event):
    type: Literal["action_changed"] = "action_changed"
    action: str
    state: ActionState
    message: str = ""
    body: ActionBody | None = None
    """The whole action again, when more than its state changed."""
    proof: Proof | None = None


class CellsRan(_Event):
    """Cells were run, by an action or by the loop itself."""

    type: Literal["cells_ran"] = "cells_ran"
    action: str | None = None
    path: str
    runs: list[CellRun]
    failure: Failure | None = None


class AppChecked(_Event):
    """An app was started or loaded anew, and watched until it was quiet."""

    type: Literal["app_checked"] = "app_checked"
    app: str
    path: str
    """The app's folder."""
    title: str
    failures: list[AppFailure] = []
    """What failed since, the first few."""
    watched: bool = False
    """Whether a page showed it, so that failures in the browser would have been seen."""
    loaded: bool = False
    """Whether that page had loaded and become quiet in time."""
    running: int = 0
    """Requests of that page that its backend had not answered in time: they may still fail."""
    repaired: bool = False
    """Whether the failure that the turn is about is gone, and no new one came."""
    after: str = ""
    """No failure came, but the one that the turn is about had come after this was done in the app."""
    published: bool = False
    """Whether that was in the published app, which has the change with its next update."""
    secrets: list[str] = []
    """Names of secrets that it needs and that nobody has given yet."""
    seconds: float = 0.0


class ToolCalled(_Event):
    type: Literal["tool_called"] = "tool_called"
    call: str
    name: str
    arguments: dict[str, Any]


class ToolReturned(_Event):
    type: Literal["tool_returned"] = "tool_returned"
    call: str
    ok: bool
    text: str
    images: list[Image] = []
    """Pictures that the model was given with the text."""


class Waiting(_Event):
    """What goes on meanwhile, said in plain words: a wait for something, or a trial that takes longer than a moment."""

    type: Literal["waiting"] = "waiting"
    reason: str
    seconds: float | None = None


class Notice(_Event):
    """Something that the user should know, in the middle of a turn or between turns."""

    type: Literal["notice"] = "notice"
    level: Literal["info", "warning", "error"]
    problem: Problem


class UsageReported(_Event):
    type: Literal["usage"] = "usage"
    usage: Usage


class Replied(_Event):
    """One whole answer of the model, exactly as it came; what the model is shown as history."""

    type: Literal["replied"] = "replied"
    content: list[dict[str, Any]]
    stop: Literal["end", "length", "tool", "stopped", "cut"]


class TurnEnded(_Event):
    type: Literal["turn_ended"] = "turn_ended"
    reason: Literal["done", "stopped", "failed", "limit", "interrupted"]
    problem: Problem | None = None
    summary: str = ""


class TurnResumed(_Event):
    """A turn that had ended goes on: the user decided, asked for another try, or an action of it has a result."""

    type: Literal["turn_resumed"] = "turn_resumed"
    reason: str


class Observed(_Event):
    """What the model is told about the outcome of what it wrote, word for word."""

    type: Literal["observed"] = "observed"
    text: str
    failure: Failure | None = None


class Kept(_Event):
    """The user kept the new cells of a turn."""

    type: Literal["kept"] = "kept"


class UndoneVariable(Message):
    """A variable that the kernel still holds as an undone cell had made it."""

    name: str
    path: str
    cell_id: str
    """The undone cell that had assigned or changed it."""
    defined_by: str | None = None
    """The remaining cell that defines it: running it again brings the variable back to what the notebook says."""


class Undone(_Event):
    """The changes of a turn were taken back."""

    type: Literal["undone"] = "undone"
    actions: list[str]
    left: list[str] = []
    """Actions that could not be taken back because the user had changed the document since."""
    proposals: list[str] = []
    """Edits of this turn, waiting for a decision, that take back Townie's part of what is in ``left`` and keep the
    user's."""
    variables: list[UndoneVariable] = []


class Restored(_Event):
    """Everything after ``turn`` was taken back (with ``before``, that turn too); each has its ``undone`` as well."""

    type: Literal["restored"] = "restored"
    before: bool = False
    turns: list[str]
    left: list[str] = []
    proposals: list[str] = []
    variables: list[UndoneVariable] = []


class TitleChanged(_Event):
    type: Literal["title"] = "title"
    title: str


Event = Annotated[
    TurnStarted
    | RequestSent
    | PartStarted
    | PartResumed
    | TextAdded
    | PartEnded
    | ActionStarted
    | ActionChanged
    | CellsRan
    | AppChecked
    | ToolCalled
    | ToolReturned
    | Waiting
    | Notice
    | UsageReported
    | Replied
    | TurnEnded
    | TurnResumed
    | Observed
    | Kept
    | Undone
    | Restored
    | TitleChanged,
    Field(discriminator="type"),
]
