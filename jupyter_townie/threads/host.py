"""What a thread needs from the place it runs in: a Jupyter server, or a kernel with the magic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..apps.apps import Apps
    from ..context.files import FileText
    from ..kernels.client import KernelClient
    from ..models.config import ModelConfig
    from ..models.model import Model
    from ..notebooks.surface import Surface


FILE = "file"
"""The sitting of a notebook that no page has open, and none was seen to close."""
SAVED = "saved"
"""The sitting of a notebook that was closed with all its changes saved."""
LOST = "lost"
"""The sitting of a notebook that was closed with changes that were not saved."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What no turn may exceed, whatever its options say."""

    steps: int = 25
    """Requests to the model in one go."""
    cost: float | None = None
    """Dollars in one turn."""
    context_tokens: int = 48_000
    """The notebook, files and variables of one request."""
    history_tokens: int = 32_000
    """Earlier turns of the thread in one request."""
    dry_runs: bool = True
    """Whether a fix is tried in a copy of the kernel before it is offered."""


class Host(Protocol):
    """The edge that a thread runs in."""

    @property
    def config(self) -> ModelConfig: ...

    def place(self, path: str) -> Path | None:
        """Where on this machine the notebook at ``path`` is; None where that is not known."""
        ...

    @property
    def prompts_path(self) -> str | None:
        """A folder with the user's own versions of the prompts."""
        ...

    @property
    def limits(self) -> Limits: ...

    @property
    def data(self) -> Path | None:
        """The folder of what Townie keeps for this user: fixes, choices; None keeps nothing."""
        ...

    @property
    def apps(self) -> Apps | None:
        """The apps of the workspace; None where none can be shown."""
        ...

    def open_model(self, name: str | None) -> Model:
        """:raises ModelError: when there is no such model."""
        ...

    def surface(self, path: str, page: str | None) -> Surface:
        """The notebook at ``path``; ``page`` is preferred when several have it open."""
        ...

    def sitting(self, path: str, page: str | None) -> str:
        """Names the place where the notebook is edited at present: one page's opening of it, or its file.

        When the answer changes, what was not saved in the former place may be gone; with :data:`SAVED` there is
        nothing of that.
        """
        ...

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        """The running kernel of a notebook or console, or None.  Never starts one."""
        ...

    async def read_text(self, path: str) -> str:
        """The exact text of a workspace file, for editing it.

        :raises FileNotFoundError: there is none.
        :raises ValueError: it is not text, too large, hidden, or outside the workspace; the message says which.
        """
        ...

    async def show_file(self, path: str) -> FileText:
        """The text of a workspace file as it is shown to a model: bounded, decoded with tolerance.

        :raises FileNotFoundError: there is none.
        :raises ValueError: it is not text, too large, hidden, or outside the workspace; the message says which.
        """
        ...

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        """Write a workspace file if it still holds ``expected`` (None: if it does not exist); None deletes it.

        :raises ValueError: it has changed (then the error has ``changed`` True), is read-only, a notebook, hidden, or
            outside the workspace.
        """
        ...

    async def make_folder(self, path: str) -> None:
        """Have a workspace folder there, with those that it lies in.

        :raises ValueError: it is hidden, outside the workspace, or can not be made.
        """
        ...

    async def list_files(self, path: str) -> Sequence[str]:
        """Names in a workspace folder, folders with a trailing slash.

        :raises ValueError: there is no such folder.
        """
        ...
