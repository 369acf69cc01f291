"""Every event, command and request that crosses a process border.

The models here are the single description of what travels between the server, the page and the log.  The TypeScript
types in ``labextension/src/protocol.ts`` are generated from them (``make types``), and CI fails when the two differ.

A conversation is a *thread*: an append-only log of :data:`Event`.  Each event has a sequence number ``seq`` (1, 2,
...), unique within its thread and rising.  An event of type ``text`` is the only one that may still grow while it is
the last of its log: it is then sent again with the same ``seq`` and a later ``offset``.  Offsets and lengths of text
are counted in UTF-16 code units, because that is how JavaScript counts.

Times are seconds since the epoch, durations are seconds, prices are US dollars.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

PROTOCOL_VERSION = 1


class Message(BaseModel):
    """Base of everything in this module: unknown fields are refused, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


# --------------------------------------------------------------------------------------------------------- vocabulary

Mode = Literal["plan", "ask", "auto"]
"""*plan*: read only. *ask*: everything that runs or changes a source waits for a decision. *auto*: acts within
limits."""

Purpose = Literal["chat", "fix", "explain", "edit", "app"]
"""Which prompt, tools and limits a turn has; the loop is the same."""

Privacy = Literal["code", "types", "values", "outputs"]
"""What context may hold: code only, + types and shapes of variables, + sample values, + cell outputs."""

GateClass = Literal["read", "insert", "edit", "run", "install", "shell", "network"]
"""What an action does to the world; the gate decides by it."""

ActionState = Literal["streaming", "waiting", "running", "done", "failed", "rejected", "held", "conflict", "undone"]
"""*streaming*: its text still arrives. *waiting*: for a decision of the user. *held*: the notebook that it needs is in
a page that is away. *conflict*: the document changed meanwhile, the user's text was kept."""

EditForm = Literal["whole", "diff", "search_replace", "v4a"]
CellType = Literal["code", "markdown", "raw"]


class Selection(Message):
    """A selected range of a source, in UTF-16 code units from its start; ``start == end`` is a cursor."""

    start: int
    end: int
    text: str = ""


class Binding(Message):
    """What a turn is tied to, fixed at the moment it is submitted."""

    path: str | None = None
    """The notebook's or file's path as the contents API names it, or None when nothing was open."""
    kind: Literal["notebook", "file", "console", "app"] = "notebook"
    """For ``app``, ``path`` is the app's folder."""
    cell_id: str | None = None
    """The active cell, or the failed one for ``fix`` and ``explain``."""
    after: str | None = None
    """New cells go below this cell; None means the end of the notebook."""
    selection: Selection | None = None
    kernel_id: str | None = None


class Attachment(Message):
    """One context chip: something that the user added to the message or did not remove from it."""

    kind: Literal["notebook", "cell", "selection", "file", "variable", "failure", "screenshot"]
    ref: str
    """Path, cell id, or variable name, by ``kind``; for ``screenshot`` the folder of the app that is looked at."""
    label: str
    path: str | None = None
    """The notebook that the cell or variable belongs to."""
    text: str | None = None
    """For a selection, or a file that only the page has: its text."""


class Options(Message):
    """How one turn is to be run; the page takes these from the user's settings."""

    model: str | None = None
    """``provider/model``, or None for the server's default."""
    mode: Mode = "ask"
    privacy: Privacy = "types"
    rules: str = ""
    """The user's own standing instructions; they become part of the system prompt."""
    max_tries: int = Field(3, ge=1, le=20)
    """How often the loop may try to repair a failure."""
    max_cost: float | None = Field(None, ge=0)
    """Dollars that one turn may spend; None is no cap."""
    keep_trying: bool = False
    """Whether a fix goes on to its next try without asking."""
    ask_privacy: bool = False
    """Whether the turn stops before its first request to a model until the user has chosen what that may see of the
    notebook.  A choice that was made for the notebook takes the place of ``privacy`` in any case."""


class RawError(Message):
    """An error as a kernel, a stored output or a browser reports it."""

    ename: str
    evalue: str
    traceback: list[str] = []
    """Lines, possibly with ANSI colours, as in the Jupyter messaging protocol's ``error`` message."""


class Frame(Message):
    """One frame of a traceback that is worth showing."""

    file: str
    """A path, or ``cell`` when the code is a cell's."""
    cell_id: str | None = None
    line: int | None = None
    function: str | None = None
    source: str | None = None
    """The line of code itself."""
    user: bool = True
    """Whether it is the user's code rather than a library's."""


class Failure(Message):
    """Something that went wrong, whatever noticed it."""

    id: str
    source: Literal["cell", "console", "kernel", "backend", "browser", "run"]
    ename: str
    evalue: str
    summary: str
    """The compacted traceback as plain text, a few hundred tokens at most."""
    signature: str
    """Equal for two failures exactly when they are the same failure again."""
    language: str = "python"
    path: str | None = None
    cell_id: str | None = None
    execution_count: int | None = None
    frames: list[Frame] = []
    fixable: bool = True
    """False where offering a fix makes no sense (KeyboardInterrupt, SystemExit)."""
    after: str = ""
    """What a person had done in an app just before, in words: the failure may need that to come again."""


# ---------------------------------------------------------------------------------------------------------- notebooks


class Image(Message):
    """An image among the outputs of a cell."""

    mime: str
    data: str
    """Base64."""


class CellSnapshot(Message):
    """One cell as it stood at the moment of reading."""

    id: str
    cell_type: CellType
    source: str
    execution_count: int | None = None
    edited_since_run: bool = False
    output: str = ""
    """The outputs as plain text, head and tail kept when they are long."""
    images: list[Image] = []
    error: RawError | None = None


class NotebookSnapshot(Message):
    """A notebook as it stood at the moment of reading."""

    path: str
    cells: list[CellSnapshot]
    language: str = "python"
    kernel_id: str | None = None
    kernel_status: Literal["idle", "busy", "starting", "dead", "none", "unknown"] = "unknown"
    active_cell: str | None = None
    dirty: bool = False
    read_only: bool = False


class InsertCell(Message):
    """Insert a cell; its id is chosen by the sender (8 hex digits)."""

    op: Literal["insert"] = "insert"
    cell_id: str
    cell_type: CellType = "code"
    source: str = ""
    after: str | None = None
    """The cell above it; None is the end of the notebook, the empty string is its top."""
    turn: str | None = None
    """The turn that made it: the page marks the cell as new until the user keeps it."""


class AppendText(Message):
    """Append to a cell that is being streamed; refused when its source is no longer ``before``."""

    op: Literal["append"] = "append"
    cell_id: str
    before: str
    text: str


class ReplaceSource(Message):
    """Replace a cell's source; refused when it is no longer ``before``."""

    op: Literal["replace"] = "replace"
    cell_id: str
    before: str
    after: str
    cell_type: CellType | None = None


class DeleteCell(Message):
    """Delete a cell; refused when its source is no longer ``before``."""

    op: Literal["delete"] = "delete"
    cell_id: str
    before: str


CellOperation = Annotated[InsertCell | AppendText | ReplaceSource | DeleteCell, Field(discriminator="op")]


class OperationResult(Message):
    """What became of one operation, read back from the document after it was applied."""

    ok: bool
    cell_id: str
    source: str | None = None
    """The cell's source as it is now; None when there is no such cell."""
    problem: Literal["changed", "missing", "read_only", "closed"] | None = None


class CellRun(Message):
    """What running one cell did."""

    cell_id: str
    status: Literal["ok", "error", "aborted", "not_run"]
    execution_count: int | None = None
    seconds: float | None = None
    output: str = ""
    images: list[Image] = []
    error: RawError | None = None
    message: str = ""
    """Why it was not run (no kernel, kernel busy, ...)."""


# ------------------------------------------------------------------------------------- requests of the server to a page


class ReadRequest(Message):
    """Read an open notebook."""

    verb: Literal["read"] = "read"
    path: str
    outputs: bool = True


class ApplyRequest(Message):
    """Apply cell operations, all or none."""

    verb: Literal["apply"] = "apply"
    path: str
    operations: list[CellOperation]


class RunRequest(Message):
    """Run cells in order as if the user had; stops at the first error."""

    verb: Literal["run"] = "run"
    path: str
    cell_ids: list[str]


PageVerb = Annotated[ReadRequest | ApplyRequest | RunRequest, Field(discriminator="verb")]


class ReadReply(Message):
    verb: Literal["read"] = "read"
    notebook: NotebookSnapshot


class ApplyReply(Message):
    verb: Literal["apply"] = "apply"
    results: list[OperationResult]


class RunReply(Message):
    verb: Literal["run"] = "run"
    runs: list[CellRun]


class RefusedReply(Message):
    """The page cannot do it: the notebook is not open there (any more), or it is read only."""

    verb: Literal["refused"] = "refused"
    reason: Literal["not_open", "read_only", "error"]
    message: str = ""


PageReply = Annotated[ReadReply | ApplyReply | RunReply | RefusedReply, Field(discriminator="verb")]


# ------------------------------------------------------------------------------------------------------------- actions


class InsertAction(Message):
    """A new cell."""

    kind: Literal["insert_cell"] = "insert_cell"
    path: str
    cell_id: str
    cell_type: CellType = "code"
    after: str | None = None
    source: str = ""
    """The whole source once it is complete, else empty."""


class EditAction(Message):
    """A change to the source of a cell or the text of a file."""

    kind: Literal["edit"] = "edit"
    path: str
    cell_id: str | None = None
    """None when ``path`` is a file."""
    before: str
    after: str
    base_hash: str
    """SHA-256, in hex, of ``before`` as UTF-8."""
    added: int = 0
    removed: int = 0
    note: str = ""
    """What the reviewer should know, for example that the result does not parse."""
    creates: bool = False
    """The file did not exist before; ``before`` is empty."""
    deletes: bool = False
    """The file does not exist afterwards; ``after`` is empty.  For a cell with ``takes_back``: the cell goes."""
    takes_back: list[str] = []
    """For a proposal of an undo: the actions whose part of the document it takes back; they are undone with it."""
    found_by: Literal["model", "rule", "memory"] = "model"
    """*memory*: a fix that the user had accepted for the same failure earlier."""


class StartAppAction(Message):
    """The first start of an app's own Python code; later starts need no decision."""

    kind: Literal["start_app"] = "start_app"
    path: str
    """The app's folder."""
    app: str
    title: str
    rights: Literal["confined", "user"] = "confined"
    """*user*: where nothing confines it, the code has all the rights of the person who allows it."""
    note: str = ""
    """What the person should know before it starts."""


class UseAppAction(Message):
    """Townie clicks and types in an app, to test it; decided once for an app in a thread."""

    kind: Literal["use_app"] = "use_app"
    path: str
    """The app's folder."""
    app: str
    title: str
    steps: list[str] = []
    """What is to be done first, in words."""


class DeleteAction(Message):
    """A cell taken away."""

    kind: Literal["delete_cell"] = "delete_cell"
    path: str
    cell_id: str
    before: str
    cell_type: CellType = "code"
    after: str | None = None
    """The cell above it, the empty string for the top; where it comes back."""


class RunAction(Message):
    """A run of cells in the notebook's kernel."""

    kind: Literal["run"] = "run"
    path: str
    cell_ids: list[str]


class InstallAction(Message):
    """An installation of packages into the kernel's environment."""

    kind: Literal["install"] = "install"
    path: str
    packages: list[str]


ActionBody = Annotated[
    InsertAction | EditAction | DeleteAction | RunAction | InstallAction | StartAppAction | UseAppAction,
    Field(discriminator="kind"),
]


class Proof(Message):
    """What happened when a candidate was tried before it was offered."""

    status: Literal["ran", "failed", "untried"]
    seconds: float | None = None
    detail: str = ""
    """In plain words: "runs, prints 5 lines", "fails with KeyError: 'x'", "the kernel cannot fork"."""
    lines: int | None = None
    """Lines that it printed, where it ran: what the real run is compared with."""
    images: int | None = None


class Usage(Message):
    """Tokens of one request, and their price where the profile knows it."""

    model: str
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None


class Problem(Message):
    """An error told to the user: what happened, and what to do next."""

    code: str
    message: str
    remedy: str = ""
    detail: str = ""
    """The other side's own words, shortened."""


class ContextPart(Message):
    """One piece of a request, for the receipt."""

    kind: Literal[
        "system",
        "rules",
        "history",
        "message",
        "notebook",
        "cell",
        "selection",
        "variable",
        "file",
        "failure",
        "output",
        "image",
        "tools",
    ]
    label: str
    tokens: int
    note: str = ""
    """What was left out or redacted."""


class Target(Message):
    """Where a code part goes, as the model wrote it."""

    kind: Literal["new_cell", "cell", "file"]
    ref: str | None = None


# -------------------------------------------------------------------------------------------------- events of a thread


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
    repaired: bool = False
    """Whether the failure that the turn is about is gone, and no new one came."""
    after: str = ""
    """No failure came, but the one that the turn is about had come after this was done in the app."""
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
    """Nothing can be done for a while."""

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


# ------------------------------------------------------------------------------------------ the WebSocket of a thread


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


# ---------------------------------------------------------------------------------------------------------------- REST


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
    ready: bool = True
    """False when its key or package is missing."""
    problem: Problem | None = None


class Models(Message):
    default: str
    models: list[ModelInfo]
    keys: list[KeyState]


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


# ---------------------------------------------------------------------------------------------------------------- apps

AppKind = Literal["web", "fullstack", "streamlit", "gradio", "panel", "dash", "voila", "widgets"]

AppPhase = Literal["stopped", "starting", "running", "failed"]
"""Of the backend; an app without one is *running* as long as its folder is there."""


class AppSecret(Message):
    """A secret that an app uses; its value never leaves the server."""

    name: str
    purpose: str = ""
    """What it is for, in the words of the app's ``townie.toml``."""
    kept: bool = False
    """Whether the person has given it."""


class AppInfo(Message):
    """An app: a folder of the workspace with a ``townie.toml``."""

    id: str
    """Names it in URLs; stable as long as the folder keeps its path."""
    path: str
    """The folder, as the contents API names it."""
    name: str
    title: str
    kind: AppKind
    phase: AppPhase = "stopped"
    message: str = ""
    """Why it failed or is slow to start, in words."""
    backend: bool = False
    """Whether it has Python code of its own that runs outside the page."""
    rights: Literal["confined", "user", "none"] = "none"
    """What holds its backend: a confined process, nothing (it has the user's rights), or there is none."""
    consented: bool = False
    """Whether the user has allowed its backend to run, and what else it asks for."""
    notebook: str = ""
    """The notebook in whose kernel its backend runs; empty when it is in a process, or a kernel, of its own."""
    asks: list[str] = []
    """What it asks for beyond running its own code, in words that go after "It asks to"."""
    secrets: list[AppSecret] = []
    """Those that it names, has asked for, or was given."""
    writing: bool = False
    """Whether a turn is writing its files at this moment."""
    problem: Problem | None = None
    """What is wrong with its folder or ``townie.toml``."""
    failures: int = 0
    published: str | None = None
    """The path of its published page, below the server's base URL."""
    picture: str | None = None
    """Names the newest picture of how it looks; another name when there is another one."""
    updated: float = 0.0


class AppFailure(Message):
    """A failure of an app, counted once however often it came."""

    failure: Failure
    count: int = 1
    first: float
    last: float
    hint: str = ""
    """What it may be, where Townie knows ("the network is off for this app")."""


class AppLog(Message):
    """A line that the backend printed, or that Townie says of it."""

    time: float
    stream: Literal["stdout", "stderr", "townie"]
    text: str


class AppStateFrame(Message):
    frame: Literal["state"] = "state"
    app: AppInfo


class AppFailuresFrame(Message):
    """All failures that are known at present; an empty list after a repair or a reload that brought none."""

    frame: Literal["failures"] = "failures"
    failures: list[AppFailure]


class AppLogFrame(Message):
    frame: Literal["log"] = "log"
    lines: list[AppLog]


class AppReloadFrame(Message):
    """The page should be loaded anew.

    *draft*: a page is being written, and can be watched at the preview's address at once. *files*: load it in a hidden
    frame and swap. *backend*: the same, after the backend was started again. *folder*: the app itself has changed.
    """

    frame: Literal["reload"] = "reload"
    reason: Literal["draft", "files", "backend", "folder"]
    paths: list[str] = []


class AppRequestFrame(Message):
    """The server asks this page for something that only it can see."""

    frame: Literal["request"] = "request"
    request: str
    verb: Literal["look"] = "look"
    picture: bool = True
    """Whether a picture is wanted beside the accessibility tree."""


AppFrame = Annotated[
    AppStateFrame | AppFailuresFrame | AppLogFrame | AppReloadFrame | AppRequestFrame, Field(discriminator="frame")
]


class AppReport(Message):
    """Something that the app's page reported of itself.  All of it can be forged: shown as text, never acted on."""

    command: Literal["report"] = "report"
    kind: Literal["error", "rejection", "console", "network", "resource", "csp", "blank", "hang", "loop", "storage"]
    message: str
    name: str = ""
    stack: str = ""
    url: str = ""
    line: int | None = None
    column: int | None = None
    status: int | None = None
    backend_error: str = ""
    """The id that the backend gave to the exception behind a failed request."""
    after: str = ""
    """What the person had done in the page just before, without what they typed."""
    document: str = ""


class AppReady(Message):
    """A document of the app has loaded and has been quiet since."""

    command: Literal["ready"] = "ready"
    document: str
    title: str = ""
    blank: bool = False


class AppReply(Message):
    """The answer to an :class:`AppRequestFrame`: what the app's page says of itself, which can be forged."""

    command: Literal["reply"] = "reply"
    request: str
    image: Image | None = None
    tree: str = ""
    """The accessibility tree as indented text, in the form of Playwright's aria snapshots."""
    problem: str = ""
    """Why there is no picture, or nothing at all."""


AppCommand = Annotated[AppReport | AppReady | AppReply, Field(discriminator="command")]


class AppPreview(Message):
    """Where an app can be seen by the person who asked."""

    view: str
    """The wrapper page's path, with the server's base URL; the only address that is ever put into a frame or tab."""
    self_test: str
    """A path that answers with the headers of the app's pages, so that the page can see that no proxy strips them."""


class AppCreate(Message):
    kind: AppKind
    title: str
    name: str = ""
    """The folder's name; made from the title when empty."""


AppAudience = Literal["signed_in", "anyone"]
"""Who may visit a published app: whom this server lets sign in, or whoever has its address."""


class AppPublish(Message):
    """Publish an app as it is now, or bring what is published up to date."""

    audience: AppAudience = "signed_in"
    with_data: bool = False
    """Whether the first copy begins with the data of the preview; later ones keep the data that they have."""


class AppPublication(Message):
    """An app that is published: a frozen copy with data of its own."""

    id: str
    view: str
    """The path of its page, with the server's base URL."""
    title: str
    source: str
    """The workspace path of the app when it was published."""
    app: str | None = None
    """The app that it was published from; None when that was deleted."""
    audience: AppAudience
    open: bool = True
    """Whether that audience can visit it: false when it is for anyone and the server does not allow that any more."""
    published: float
    updated: float
    changed: list[str] = []
    """Files that the app has otherwise now, the first hundred."""
    phase: AppPhase = "stopped"
    message: str = ""


class AppPublishing(Message):
    """How an app is published, and whether it can be."""

    publication: AppPublication | None = None
    refusal: Problem | None = None
    """Why it can not be published as it is now."""
    anonymous: bool = False
    """Whether this server allows apps for visitors who are not signed in."""
    has_data: bool = False
    """Whether its preview has data that the first copy could begin with."""
    kept_data: bool = False
    """Whether data of an earlier publication are there, which the next one goes on with."""


class AppVersion(Message):
    """An app as it was after a turn had changed it, with a copy of its databases."""

    id: str
    time: float
    title: str
    """What was asked for, shortened; or what else made it."""
    thread: str | None = None
    turn: str | None = None
    changed: list[str] = []
    """Files that differ from the version before, the first hundred."""
    files: int = 0
    databases: int = 0
    current: bool = False
    """Whether the files are like that now."""
    picture: str | None = None
    """Names the picture of how it looked, if one was taken."""


class AppFileChange(Message):
    """A file that differs between two states of an app."""

    path: str
    effect: Literal["new", "changed", "deleted"]


class AppTableChange(Message):
    """A table of which two states of an app have different numbers of rows; None where there is no such table."""

    database: str
    table: str
    before: int | None = None
    after: int | None = None


class AppComparison(Message):
    """What differs between two states of an app."""

    files: list[AppFileChange]
    tables: list[AppTableChange]


class AppDeleted(Message):
    """An app was deleted."""

    undo: str
    """What brings it back, for thirty days."""


_LAZY = ConfigDict(defer_build=True)

EVENT: TypeAdapter[Event] = TypeAdapter(Event, config=_LAZY)
EVENTS: TypeAdapter[list[Event]] = TypeAdapter(list[Event], config=_LAZY)
COMMAND: TypeAdapter[Command] = TypeAdapter(Command, config=_LAZY)
SERVER_FRAME: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame, config=_LAZY)
PAGE_REPLY: TypeAdapter[PageReply] = TypeAdapter(PageReply, config=_LAZY)
PAGE_VERB: TypeAdapter[PageVerb] = TypeAdapter(PageVerb, config=_LAZY)
CELL_OPERATION: TypeAdapter[CellOperation] = TypeAdapter(CellOperation, config=_LAZY)
ACTION_BODY: TypeAdapter[ActionBody] = TypeAdapter(ActionBody, config=_LAZY)
APP_FRAME: TypeAdapter[AppFrame] = TypeAdapter(AppFrame, config=_LAZY)
APP_COMMAND: TypeAdapter[AppCommand] = TypeAdapter(AppCommand, config=_LAZY)
