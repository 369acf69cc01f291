"""Words that everything else uses: modes, bindings, options, failures."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PROTOCOL_VERSION = 1


class Message(BaseModel):
    """Base of every message: unknown fields are refused, instances are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


Mode = Literal["plan", "ask", "auto"]
"""*plan*: read only. *ask*: everything that runs or changes a source waits for a decision. *auto*: acts within
limits."""

Purpose = Literal["chat", "fix", "explain", "edit", "app"]
"""Which prompt, tools and limits a turn has; the loop is the same."""

Privacy = Literal["code", "types", "values", "outputs"]
"""What context may hold: code only, + types and shapes of variables, + sample values, + cell outputs."""

GateClass = Literal["read", "insert", "edit", "run", "install", "shell", "network"]
"""What an action does to the world; the gate decides by it."""

ActionState = Literal[
    "streaming", "waiting", "running", "done", "failed", "rejected", "held", "conflict", "undone", "joined"
]
"""*streaming*: its text still arrives. *waiting*: for a decision of the user. *held*: the notebook that it needs is in
a page that is away. *conflict*: the document changed meanwhile, the user's text was kept. *joined*: a later change of
the same turn to the same text has it in it."""

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
