"""Apps: what is told of them over REST and over the WebSocket of an app."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .actions import Problem
from .notebooks import Image
from .vocabulary import Failure, Message

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


class AppPackages(Message):
    """Packages that an app needs and that the Python of its backend lacks."""

    names: list[str]
    """Requirements as pip takes them."""
    unknown: list[str] = []
    """Those of them that are not well known: whoever wrote the app may have made the name up."""
    into: str
    """The Python whose environment they go to."""
    phase: Literal["missing", "installing", "failed"] = "missing"
    output: str = ""
    """What pip says: its last line while it works, more when it has failed."""
    remedy: str = ""
    """What to do when it has failed."""


class AppInstall(Message):
    """Install packages that an app needs, for its Python."""

    names: list[str]
    """What the person has seen and wants."""


class AppFreeze(Message):
    """JupyterLab stopped answering, or ended, in a browser while the app's page was open in it."""

    time: float
    others: list[str] = []
    """Titles of the apps whose pages were open there, too: any of them may be the cause."""
    ended: bool = False
    """It did not only stop: its browser's process was ended, twice in a row."""
    url: str = ""
    """The script that the page was known to be in before, in the app's folder; empty when that is not known."""
    line: int | None = None


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
    halted: bool = False
    """A person has stopped it: it is shown nowhere, and no request starts it, until somebody wants it again."""
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
    packages: AppPackages | None = None
    """What is missing for it to run, and can be installed."""
    published: str | None = None
    """The path of its published page, below the server's base URL."""
    freeze: AppFreeze | None = None
    """Why its page is not loaded by itself, until its files change or somebody wants it."""
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
    missing: list[str] = []
    """Packages that would have to be installed, when that is the cause; requirements as pip takes them."""
    published: bool = False
    """It came up in the published copy of the app, for one of its visitors."""


class AppLog(Message):
    """A line that the backend printed, or that Townie says of it."""

    time: float
    stream: Literal["stdout", "stderr", "townie"]
    text: str


class AppStateFrame(Message):
    """All that is known of an app at present: told at first and after each change: nobody can have missed it."""

    frame: Literal["state"] = "state"
    app: AppInfo
    failures: list[AppFailure] = []
    page: str = ""
    """The path of its page while that is being written, and can be watched at the preview's address; else empty."""


class AppLogFrame(Message):
    frame: Literal["log"] = "log"
    lines: list[AppLog]


class AppReloadFrame(Message):
    """The page should be loaded anew.

    *files*: load it in a hidden frame and swap. *backend*: the same, after the backend was started again. *folder*: the
    app itself has changed.
    """

    frame: Literal["reload"] = "reload"
    reason: Literal["files", "backend", "folder"]
    paths: list[str] = []


class AppRequestFrame(Message):
    """The server asks this page for something that only it can see."""

    frame: Literal["request"] = "request"
    request: str
    verb: Literal["look"] = "look"
    picture: bool = True
    """Whether a picture is wanted beside the accessibility tree."""


AppFrame = Annotated[AppStateFrame | AppLogFrame | AppReloadFrame | AppRequestFrame, Field(discriminator="frame")]


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


class AppPulse(Message):
    """JupyterLab is there; told every two seconds as long as a page of the app is loaded in it."""

    command: Literal["pulse"] = "pulse"
    session: str
    """Names this JupyterLab; the same for all apps in it."""
    loaded: bool
    """Whether a page of the app is loaded, in a tab of the browser that can be seen."""
    answered: bool = False
    """Whether that page has answered to what it was asked after the last of these."""
    url: str = ""
    """The script that the page was last known to be in."""
    line: int | None = None


class AppRelease(Message):
    """The person wants the app's page loaded, though JupyterLab stopped answering when it was open."""

    command: Literal["release"] = "release"


class AppReply(Message):
    """The answer to an :class:`AppRequestFrame`: what the app's page says of itself, which can be forged."""

    command: Literal["reply"] = "reply"
    request: str
    image: Image | None = None
    tree: str = ""
    """The accessibility tree as indented text, in the form of Playwright's aria snapshots."""
    problem: str = ""
    """Why there is no picture, or nothing at all."""


AppCommand = Annotated[AppReport | AppReady | AppPulse | AppRelease | AppReply, Field(discriminator="command")]


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
