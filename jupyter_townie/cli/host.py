"""The command line as a place that a thread can run in: one notebook, its own kernel, the notebook's folder."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir

from .. import protocol as p
from ..context.files import FileText, FolderFiles, checked_parts, text_of
from ..models.config import ModelConfig
from ..models.model import Model
from ..notebooks.surface import Surface
from ..threads.host import Limits
from .fix import Fix, of_actions

if TYPE_CHECKING:
    from ..context.files import FileText
    from ..kernels.client import KernelClient

FILE_LIMIT = 1_000_000
"""Bytes of a file that may be shown to a model."""
SETTLE = 0.02
"""Seconds between two looks at whether the turn is over."""


class HeadlessHost:
    """What :class:`jupyter_townie.threads.host.Host` asks for.  Files are read, never written."""

    def __init__(
        self, surface: Surface, kernel: KernelClient, folder: Path, config: ModelConfig, limits: Limits
    ) -> None:
        self.config = config
        self.limits = limits
        self.prompts_path: str | None = None
        self.apps = None
        self.data: Path | None = Path(jupyter_data_dir()) / "townie"
        self._surface = surface
        self._kernel = kernel
        self._folder = folder.resolve()
        self._files = FolderFiles(folder)

    def open_model(self, name: str | None) -> Model:
        from ..models.registry import open_model

        return open_model(name, self.config)

    def surface(self, path: str, page: str | None) -> Surface:
        return self._surface

    def place(self, path: str) -> Path | None:
        return self._folder / path

    def sitting(self, path: str, page: str | None) -> str:
        return "file"

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        return self._kernel

    async def read_text(self, path: str) -> str:
        raw = await self._files.read_bytes(path, FILE_LIMIT)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError(f"{path} is not text in UTF-8.") from None

    async def show_file(self, path: str) -> FileText:
        return text_of(path, await self._files.read_bytes(path, FILE_LIMIT))

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        raise ValueError("This run changes no other file than the notebook.")

    async def make_folder(self, path: str) -> None:
        raise ValueError("This run changes no other file than the notebook.")

    async def list_files(self, path: str) -> Sequence[str]:
        return await asyncio.to_thread(self._list, path)

    def _list(self, path: str) -> list[str]:
        folder = self._folder.joinpath(*(checked_parts(path) if path.strip("/.") else ())).resolve()
        if not folder.is_relative_to(self._folder) or not folder.is_dir():
            raise ValueError(f"There is no folder {path}.")
        names = (entry.name + ("/" if entry.is_dir() else "") for entry in folder.iterdir())
        return sorted(name for name in names if not name.startswith("."))


def settings() -> tuple[ModelConfig, Limits]:
    """Models and limits as this user's Jupyter server has them configured (``c.TownieApp`` in its configuration)."""
    from jupyter_core.application import JupyterApp

    reader = JupyterApp()
    reader.config_file_name = "jupyter_server_config"
    reader.load_config_file()
    found: Any = reader.config.get("TownieApp", {})
    config = ModelConfig(
        default=found.get("default_model") or None,
        base_urls=dict(found.get("base_urls", {})),
        headers=dict(found.get("headers", {})),
        profiles=dict(found.get("profiles", {})),
    )
    named = {"steps": "max_steps", "cost": "max_cost", "context_tokens": "context_tokens"}
    return config, Limits(**{field: found[name] for field, name in named.items() if name in found})


async def ask_model(host: HeadlessHost, failed: str, error: p.RawError) -> tuple[Fix | None, p.Problem | None]:
    """What the loop comes to for the failed cell; without a fix, why there is none.

    The thread is kept for as long as this takes: an unattended run leaves nothing among the user's conversations.
    """
    from ..models.registry import OFFLINE, default_model
    from ..threads.threads import Threads

    model = await asyncio.to_thread(default_model, host.config)
    if model == OFFLINE:
        return None, p.Problem(
            code="no_model",
            message="No local rule is certain of a fix, and no model is configured.",
            remedy="Set a provider's key, for example ANTHROPIC_API_KEY, or c.TownieApp.default_model in "
            "jupyter_server_config.py.",
        )
    path = host.surface("", None).path
    with TemporaryDirectory(prefix="townie-") as folder:
        threads = Threads(Path(folder) / "threads.sqlite", host)
        try:
            thread = await threads.open((await threads.create(path=path)).id)
            turn = uuid.uuid4().hex
            async with threads.command(thread):
                await thread.submit(
                    p.Submit(turn=turn, purpose="fix", binding=p.Binding(path=path, cell_id=failed), error=error)
                )
            while thread.busy:  # noqa: ASYNC110 - a turn may end and be taken up again before it is really over
                await asyncio.sleep(SETTLE)
            record = thread.state.turns[turn]
            proposed = [action for action in record.actions.values() if action.state == "waiting"]
            fix = of_actions(proposed, failed, f"the model {model}")
            problem = record.ended.problem if record.ended is not None else None
            if fix is None and problem is None:
                problem = p.Problem(
                    code="no_proposal", message="The model proposes no change of a cell.", detail=_said(record.events)
                )
            return fix, problem
        finally:
            await threads.close()


def _said(events: Sequence[p.Event]) -> str:
    """The prose of the model's last answer."""
    replies = [event for event in events if isinstance(event, p.Replied)]
    parts = replies[-1].content if replies else []
    return "\n".join(str(part.get("text", "")) for part in parts if part.get("type") == "text").strip()[:2000]
