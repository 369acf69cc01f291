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

from pydantic import ConfigDict, TypeAdapter

from .actions import (
    ActionBody as ActionBody,
    ContextPart as ContextPart,
    DeleteAction as DeleteAction,
    EditAction as EditAction,
    InsertAction as InsertAction,
    InstallAction as InstallAction,
    Problem as Problem,
    Proof as Proof,
    RunAction as RunAction,
    StartAppAction as StartAppAction,
    Target as Target,
    Usage as Usage,
    UseAppAction as UseAppAction,
)
from .apps import (
    AppAudience as AppAudience,
    AppCommand as AppCommand,
    AppComparison as AppComparison,
    AppCreate as AppCreate,
    AppDeleted as AppDeleted,
    AppFailure as AppFailure,
    AppFileChange as AppFileChange,
    AppFrame as AppFrame,
    AppFreeze as AppFreeze,
    AppInfo as AppInfo,
    AppInstall as AppInstall,
    AppKind as AppKind,
    AppLog as AppLog,
    AppLogFrame as AppLogFrame,
    AppPackages as AppPackages,
    AppPhase as AppPhase,
    AppPreview as AppPreview,
    AppPublication as AppPublication,
    AppPublish as AppPublish,
    AppPublishing as AppPublishing,
    AppPulse as AppPulse,
    AppReady as AppReady,
    AppRelease as AppRelease,
    AppReloadFrame as AppReloadFrame,
    AppReply as AppReply,
    AppReport as AppReport,
    AppRequestFrame as AppRequestFrame,
    AppSecret as AppSecret,
    AppStateFrame as AppStateFrame,
    AppTableChange as AppTableChange,
    AppVersion as AppVersion,
)
from .events import (
    ActionChanged as ActionChanged,
    ActionStarted as ActionStarted,
    AppChecked as AppChecked,
    CellsRan as CellsRan,
    Event as Event,
    Kept as Kept,
    Notice as Notice,
    Observed as Observed,
    PartEnded as PartEnded,
    PartResumed as PartResumed,
    PartStarted as PartStarted,
    Replied as Replied,
    RequestSent as RequestSent,
    Restored as Restored,
    TextAdded as TextAdded,
    TitleChanged as TitleChanged,
    ToolCalled as ToolCalled,
    ToolReturned as ToolReturned,
    TurnEnded as TurnEnded,
    TurnResumed as TurnResumed,
    TurnStarted as TurnStarted,
    Undone as Undone,
    UndoneVariable as UndoneVariable,
    UsageReported as UsageReported,
    Waiting as Waiting,
)
from .notebooks import (
    AppendText as AppendText,
    CellOperation as CellOperation,
    CellRun as CellRun,
    CellSnapshot as CellSnapshot,
    DeleteCell as DeleteCell,
    Image as Image,
    InsertCell as InsertCell,
    NotebookSnapshot as NotebookSnapshot,
    OperationResult as OperationResult,
    ReplaceSource as ReplaceSource,
)
from .pages import (
    ApplyReply as ApplyReply,
    ApplyRequest as ApplyRequest,
    PageReply as PageReply,
    PageVerb as PageVerb,
    ReadReply as ReadReply,
    ReadRequest as ReadRequest,
    RefusedReply as RefusedReply,
    RunReply as RunReply,
    RunRequest as RunRequest,
)
from .rest import (
    DocumentChange as DocumentChange,
    KernelDeath as KernelDeath,
    KeyState as KeyState,
    LocalServer as LocalServer,
    ModelInfo as ModelInfo,
    Models as Models,
    NotebookPrivacy as NotebookPrivacy,
    PendingAction as PendingAction,
    Receipt as Receipt,
    RestorePreview as RestorePreview,
    Status as Status,
    StatusLine as StatusLine,
    TestResult as TestResult,
    ThreadInfo as ThreadInfo,
)
from .socket import (
    Command as Command,
    Continue as Continue,
    Decide as Decide,
    Documents as Documents,
    ErrorFrame as ErrorFrame,
    EventFrame as EventFrame,
    Keep as Keep,
    PreviewFrame as PreviewFrame,
    ReplayedFrame as ReplayedFrame,
    Reply as Reply,
    RequestFrame as RequestFrame,
    Restore as Restore,
    RunCells as RunCells,
    ServerFrame as ServerFrame,
    Stop as Stop,
    Submit as Submit,
    Undo as Undo,
)
from .vocabulary import (
    PROTOCOL_VERSION as PROTOCOL_VERSION,
    ActionState as ActionState,
    Attachment as Attachment,
    Binding as Binding,
    CellType as CellType,
    EditForm as EditForm,
    Failure as Failure,
    Frame as Frame,
    GateClass as GateClass,
    Message as Message,
    Mode as Mode,
    Options as Options,
    Privacy as Privacy,
    Purpose as Purpose,
    RawError as RawError,
    Selection as Selection,
)

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
