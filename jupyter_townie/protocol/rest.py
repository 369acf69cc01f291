"""What the REST handlers answer."""

from __future__ import annotations

from typing import Any, Literal

from .actions import ActionBody, ContextPart, Problem, Proof, Usage
from .vocabulary import PROTOCOL_VERSION, ActionState, EditForm, Message, Privacy


class ThreadInfo(Message):
    """A thread in the list."""

    id: str
    title: str
    created: float
    updated: float
    path: str | None = None
    """The notebook of its last turn."""
    running: bool = False
    turns: int = 0
    cost: float | None = None


class KeyState(Message):
    """Where a provider's key comes from; never the key itself."""

    provider: str
    label: str
    state: Literal["environment", "saved", "missing", "not_needed"]
    where: str = ""
    """The environment variable, "keyring" or "file"."""
    remedy: str = ""


class ModelInfo(Message):
    """A model that can be picked."""

    id: str
    """``provider/model``."""
    provider: str
    label: str
    window: int
    max_output: int
    tools: bool = False
    vision: bool = False
    edit_form: EditForm = "search_replace"
    input_price: float | None = None
    """Dollars for a million tokens."""
    output_price: float | None = None
    local: bool = False
    """Whether it runs on the user's own machine, so that what it sees stays there."""
    ready: bool = True
    """False when its key or package is missing."""
    problem: Problem | None = None


class LocalServer(Message):
    """A program of the user's own that serves models, as far as it answers or was set up."""

    provider: str
    label: str
    url: str
    """Host and port."""
    models: int = 0
    problem: Problem | None = None
    """Why it could not be asked."""


class Models(Message):
    default: str
    models: list[ModelInfo]
    keys: list[KeyState]
    servers: list[LocalServer] = []


class TestResult(Message):
    """What *Test connection* found."""

    ok: bool
    model: str
    seconds: float | None = None
    problem: Problem | None = None


class StatusLine(Message):
    """One line of the Status card."""

    name: str
    level: Literal["ok", "warning", "error"]
    text: str
    remedy: str = ""


class Status(Message):
    version: str
    protocol: int = PROTOCOL_VERSION
    lines: list[StatusLine]


class NotebookPrivacy(Message):
    """What a model may see of one notebook, as the user chose it; it is kept outside of the notebook."""

    path: str
    level: Privacy | None = None
    """None when nothing was chosen for it."""


class KernelDeath(Message):
    """How a kernel ended that nobody ended."""

    kernel_id: str
    time: float | None = None
    """None when no death of it is known."""
    code: int | None = None
    """The exit code of its process; negative for a signal."""
    signal: str | None = None
    """``SIGKILL``, ``SIGSEGV``, ..."""


class PendingAction(Message):
    """An action that waits for a decision, whichever thread it belongs to."""

    thread: str
    turn: str
    action: str
    body: ActionBody
    state: ActionState
    proof: Proof | None = None


class DocumentChange(Message):
    """What an undo would do to one cell or file."""

    path: str
    cell_id: str | None = None
    """None when ``path`` is a file."""
    effect: Literal["remove", "bring_back", "change", "none"]
    """*none*: it is already as it would be, or it has to stay as it is; ``message`` says which."""
    certain: bool = True
    """False when the user has changed it since: it is left, and ``after`` becomes a proposal where there is one."""
    before: str | None = None
    """As it is now; None when it does not exist."""
    after: str | None = None
    """As it would be; None when it would not exist."""
    added: int = 0
    removed: int = 0
    """Lines, from ``before`` to ``after``."""
    message: str = ""
    actions: list[str] = []


class RestorePreview(Message):
    """What undoing turns would do, documents in the order in which they were first changed."""

    turns: list[str]
    """The turns that would be undone, oldest first."""
    documents: list[DocumentChange]


class Receipt(Message):
    """One request to a model, whole."""

    id: str
    thread: str
    turn: str
    time: float
    model: str
    body: dict[str, Any]
    """The request as it was handed to the provider's client, keys and credentials excluded."""
    parts: list[ContextPart]
    usage: Usage | None = None
    input_price: float | None = None
    """Dollars for a million tokens that go in, where the profile knows it."""
