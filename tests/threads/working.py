"""Threads over real files and notebooks, without a server, a page or a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from jupyter_townie import protocol as p
from jupyter_townie.models.config import ModelConfig
from jupyter_townie.notebooks.contents import ManagedContents
from jupyter_townie.notebooks.file import FileSurface
from jupyter_townie.server.workspace import Workspace
from jupyter_townie.threads import Limits, Thread, Threads


class NoKernels:
    """Implements :class:`jupyter_townie.notebooks.file.Kernels`: none is running."""

    async def client_for(self, path: str) -> None:
        return None


class FolderHost:
    """A folder as the place that threads work in."""

    prompts_path = None
    data = None
    apps: Any = None
    config = ModelConfig()
    limits = Limits()

    def __init__(self, root: Path) -> None:
        manager = AsyncLargeFileManager(root_dir=str(root), delete_to_trash=False)
        self._contents = ManagedContents(manager)
        self.workspace = Workspace(manager)

    def open_model(self, name: str | None) -> Any:
        raise NotImplementedError("these tests ask no model")

    def surface(self, path: str, page: str | None) -> FileSurface:
        return FileSurface(path, self._contents, NoKernels())

    def place(self, path: str) -> None:
        return None

    def sitting(self, path: str, page: str | None) -> str:
        return "file"

    async def kernel(self, path: str | None, kernel_id: str | None) -> None:
        return None

    async def read_text(self, path: str) -> str:
        return await self.workspace.read_text(path)

    async def show_file(self, path: str) -> Any:
        return await self.workspace.show_file(path)

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        await self.workspace.write_text(path, text, expected)

    async def make_folder(self, path: str) -> None:
        await self.workspace.make_folder(path)

    async def list_files(self, path: str) -> Sequence[str]:
        return await self.workspace.list_files(path)


def working(root: Path) -> Threads:
    """Threads on the files below ``root``, kept there too."""
    return Threads(root / "threads.sqlite", FolderHost(root))


def start_turn(thread: Thread, turn: str, path: str | None = "work.ipynb") -> None:
    """A turn whose actions the test carries out itself; whoever calls has claimed the thread."""
    thread.log.append(
        p.TurnStarted,
        turn=turn,
        purpose="chat",
        text=turn,
        binding=p.Binding(path=path),
        options=p.Options(mode="auto"),
        model="none/none",
    )
