"""What Townie does or proposes to do, what came of trying it, and what a request was made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .vocabulary import CellType, Message


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
