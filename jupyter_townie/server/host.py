"""The Jupyter server as threads see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .. import protocol as p
from ..models.registry import open_model
from ..notebooks.contents import ManagedContents
from ..notebooks.file import FileSurface
from ..notebooks.live import LiveSurface
from ..notebooks.surface import Surface, SurfaceGone
from .kernels import ServerKernels
from .workspace import Workspace

if TYPE_CHECKING:
    from ..apps.apps import Apps
    from ..context.files import FileText
    from ..kernels.client import KernelClient
    from ..models.config import ModelConfig
    from ..models.model import Model
    from ..threads import Limits
    from .app import TownieApp
    from .pages import Pages


class ServerHost:
    """Implements :class:`jupyter_townie.threads.Host`."""

    def __init__(
        self, app: TownieApp, config: ModelConfig, limits: Limits, pages: Pages, apps: Callable[[], Apps]
    ) -> None:
        server = app.serverapp
        assert server is not None, "the extension is linked to a server before its first request"
        self.config = config
        self.limits = limits
        self.prompts_path = app.prompts_path or None
        self.data: Path | None = app.store_file.parent
        root = getattr(server.contents_manager, "root_dir", "")
        self._root = Path(root).resolve() if root else None
        self._apps = apps
        self._pages = pages
        self._workspace = Workspace(server.contents_manager)
        self._contents = ManagedContents(server.contents_manager)
        self._kernels = ServerKernels(server.kernel_manager, server.session_manager)

    @property
    def apps(self) -> Apps:
        return self._apps()

    def open_model(self, name: str | None) -> Model:
        return open_model(name, self.config)

    def surface(self, path: str, page: str | None) -> Surface:
        return NotebookSurface(path, page, self._pages, FileSurface(path, self._contents, self._kernels))

    def place(self, path: str) -> Path | None:
        return self._root.joinpath(*path.split("/")) if self._root is not None else None

    def sitting(self, path: str, page: str | None) -> str:
        return self._pages.sitting(path, page)

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        if kernel_id:
            return await self._kernels.client(kernel_id)
        return await self._kernels.client_for(path) if path else None

    async def read_text(self, path: str) -> str:
        return await self._workspace.read_text(path)

    async def show_file(self, path: str) -> FileText:
        return await self._workspace.show_file(path)

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        await self._workspace.write_text(path, text, expected)

    async def make_folder(self, path: str) -> None:
        await self._workspace.make_folder(path)

    async def list_files(self, path: str) -> Sequence[str]:
        return await self._workspace.list_files(path)

    async def close(self) -> None:
        await self._kernels.close()


class NotebookSurface:
    """A notebook wherever it is at the moment of each call: in a page that has it open, else in its file.

    As long as a page that has it open may come back, the file is left alone: what the page holds unsaved would be
    overwritten.
    """

    def __init__(self, path: str, page: str | None, pages: Pages, file: FileSurface) -> None:
        self.path = path
        self._page = page
        self._pages = pages
        self._file = file
        self.notes: list[p.Problem] = []

    @property
    def kind(self) -> Literal["live", "file", "kernel"]:
        return self._now().kind

    async def read(self, *, outputs: bool = True) -> p.NotebookSnapshot:
        while True:
            sitting, surface = self._sitting(), self._now()
            try:
                return await surface.read(outputs=outputs)
            except SurfaceGone:
                if self._sitting() == sitting:
                    raise

    async def apply(self, operations: Sequence[p.CellOperation]) -> list[p.OperationResult]:
        while True:
            sitting, surface = self._sitting(), self._now()
            try:
                results = await surface.apply(operations)
            except SurfaceGone:
                if self._sitting() == sitting:
                    raise
                continue
            self.notes += surface.notes
            surface.notes.clear()
            if surface is self._file and surface is not self._now() and all(result.ok for result in results):
                results = await self._show(operations, results)
            return results

    async def _show(
        self, operations: Sequence[p.CellOperation], results: list[p.OperationResult]
    ) -> list[p.OperationResult]:
        """A page has opened the notebook while its file was written: have the change there, too."""
        cells = {cell.id: cell.source for cell in (await self.read(outputs=False)).cells}
        if all(cells.get(result.cell_id) == result.source for result in results):
            return results
        return await self.apply(operations)

    async def run(self, cell_ids: Sequence[str]) -> list[p.CellRun]:
        return await self._now().run(cell_ids)

    def _sitting(self) -> str:
        return self._pages.sitting(self.path, self._page)

    def _now(self) -> Surface:
        page = self._pages.having(self.path, self._page)
        return LiveSurface(self.path, page) if page is not None else self._file
