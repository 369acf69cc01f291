"""What a thread needs from the place it runs in: a Jupyter server, or a kernel with the magic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ..kernels.client import KernelClient
    from ..models.config import ModelConfig
    from ..models.model import Model
    from ..notebooks.surface import Surface


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


class Host(Protocol):
    """The edge that a thread runs in."""

    @property
    def config(self) -> ModelConfig: ...

    @property
    def prompts_path(self) -> str | None:
        """A folder with the user's own versions of the prompts."""
        ...

    @property
    def limits(self) -> Limits: ...

    def open_model(self, name: str | None) -> Model:
        """:raises ModelError: when there is no such model."""
        ...

    def surface(self, path: str, page: str | None) -> Surface:
        """The notebook at ``path``; ``page`` is preferred when several have it open."""
        ...

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        """The running kernel of a notebook or console, or None.  Never starts one."""
        ...

    async def read_text(self, path: str) -> str:
        """The text of a workspace file.

        :raises FileNotFoundError: there is none.
        :raises ValueError: it is not text, too large, or outside the workspace; the message says which.
        """
        ...

    async def write_text(self, path: str, text: str, expected: str | None) -> None:
        """Write a workspace file if it still holds ``expected`` (None: if it does not exist).

        :raises ValueError: it has changed, is read-only, or outside the workspace.
        """
        ...

    async def list_files(self, path: str) -> Sequence[str]:
        """Names in a workspace folder, folders with a trailing slash.

        :raises ValueError: there is no such folder.
        """
        ...
