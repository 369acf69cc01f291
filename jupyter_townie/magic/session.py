"""The IPython session as a place that a thread can run in."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..kernels.client import Execution, KernelClient, Message
from ..models.config import ModelConfig
from ..models.model import Model
from ..notebooks.surface import Surface
from ..threads.host import Limits
from .capture import Outputs, listening
from .foreground import Foreground
from .history import raw_error

if TYPE_CHECKING:
    from ..apps.apps import Apps
    from ..context.files import FileText

FILE_LIMIT = 1_000_000
"""Bytes of a file that may be shown to a model."""


def notebook_of(shell: Any) -> Path | None:
    """The file of the notebook that this kernel was started for: Jupyter Server and VS Code both tell the kernel."""
    # VS Code's is a variable.  With a server it names the session as well, after a file that does not exist.
    for name in (shell.user_ns.get("__vsc_ipynb_file__"), os.environ.get("JPY_SESSION_NAME")):
        if isinstance(name, str) and name.endswith(".ipynb"):
            return Path(name).resolve()
    return None


class SessionKernel(KernelClient):
    """The kernel as seen from inside it: what is asked runs in the user's thread, without any channel."""

    def __init__(self, shell: Any, foreground: Foreground) -> None:
        super().__init__(None, language="python")
        self.shell = shell
        self._foreground = foreground
        self._known = True

    async def start(self, timeout: float = 10.0) -> None:
        return

    async def close(self) -> None:
        return

    async def is_alive(self) -> bool:
        return True

    async def wait_until_idle(self, timeout: float | None = None) -> None:
        return

    async def execute_silently(
        self,
        code: str,
        user_expressions: dict[str, str] | None = None,
        *,
        timeout: float = 10.0,
        wait: float = 0.0,
    ) -> Message:
        def ask() -> Message:
            reply: Message = {"status": "ok", "payload": []}
            if code:
                result = self.shell.run_cell(code, silent=True, store_history=False)
                error = result.error_before_exec or result.error_in_exec
                if error is not None:
                    return {"status": "error", "ename": type(error).__name__, "evalue": str(error)}
            reply["user_expressions"] = self.shell.user_expressions(user_expressions or {})
            return reply

        return await asyncio.wrap_future(self._foreground.call(ask))

    async def execute(
        self,
        code: str,
        on_output: Callable[[Message], None] | None = None,
        *,
        store_history: bool = True,
        timeout: float | None = None,
        stop_on_error: bool = True,
    ) -> Execution:
        def run() -> tuple[Any, Outputs]:
            with listening(self.shell) as outputs:
                return self.shell.run_cell(code, store_history=False), outputs

        result, outputs = await asyncio.wrap_future(self._foreground.call(run))
        for output in outputs if on_output is not None else ():
            content = {key: value for key, value in output.items() if key != "output_type"}
            assert on_output is not None
            on_output({"msg_type": output["output_type"], "content": content})
        error = result.error_before_exec or result.error_in_exec
        return Execution(
            status="ok" if error is None else "error",
            execution_count=None,
            seconds=0.0,
            error=raw_error(self.shell, error) if error is not None else None,
        )


class SessionHost:
    """What :class:`jupyter_townie.threads.host.Host` asks for, inside a kernel or a terminal.

    The workspace is the working directory; files outside it can be read when the user named them.
    """

    def __init__(self, surface: Surface, kernel: SessionKernel, config: ModelConfig, limits: Limits) -> None:
        self._surface = surface
        self._kernel = kernel
        self.config = config
        self.limits = limits
        self.named: set[Path] = set()
        self.apps: Apps | None = None
        """Where the turn that comes next may make an app; None when it is not about one."""

    @property
    def data(self) -> Path | None:
        from jupyter_core.paths import jupyter_data_dir

        return Path(jupyter_data_dir()) / "townie"

    @property
    def prompts_path(self) -> str | None:
        return os.environ.get("TOWNIE_PROMPTS") or None

    def open_model(self, name: str | None) -> Model:
        from ..models.registry import open_model

        return open_model(name, self.config)

    def surface(self, path: str, page: str | None) -> Surface:
        return self._surface

    def place(self, path: str) -> Path | None:
        return notebook_of(self._kernel.shell)

    def sitting(self, path: str, page: str | None) -> str:
        return "session"

    async def kernel(self, path: str | None, kernel_id: str | None) -> KernelClient | None:
        return self._kernel

    async def read_text(self, path: str) -> str:
        return await asyncio.to_thread(self._read, path)

    async def show_file(self, path: str) -> FileText:
        from ..context.files import FileText

        return FileText(path, await self.read_text(path))

    async def write_text(self, path: str, text: str | None, expected: str | None) -> None:
        await asyncio.to_thread(self._write, path, text, expected)

    async def make_folder(self, path: str) -> None:
        self._resolved(path).mkdir(parents=True, exist_ok=True)

    async def list_files(self, path: str) -> Sequence[str]:
        return await asyncio.to_thread(self._list, path)

    def name_file(self, path: str) -> str:
        """Let a file that the user named be read, wherever it is; returns the path to name it by."""
        resolved = Path(path).expanduser().resolve()
        self.named.add(resolved)
        return str(path)

    def _read(self, path: str) -> str:
        file = self._resolved(path, reading=True)
        if not file.exists():
            raise FileNotFoundError(f"there is no file {path}")
        if not file.is_file():
            raise ValueError("it is not a file")
        size = file.stat().st_size
        if size > FILE_LIMIT:
            raise ValueError(f"it is too large ({size:,} bytes; at most {FILE_LIMIT:,} can be sent)")
        try:
            return file.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise ValueError("it is not text in UTF-8") from None

    def _write(self, path: str, text: str | None, expected: str | None) -> None:
        file = self._resolved(path)
        there = file.read_bytes().decode("utf-8", "replace") if file.exists() else None
        if there != expected:
            raise ValueError(f"{path} has changed in the meantime; it was left as it is.")
        try:
            if text is None:
                file.unlink(missing_ok=True)
                return
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode("utf-8"))
        except OSError as error:
            raise ValueError(f"{path} cannot be written: {error.strerror or error}") from error

    def _list(self, path: str) -> list[str]:
        folder = self._resolved(path)
        if not folder.is_dir():
            raise ValueError(f"there is no folder {path}")
        return sorted(entry.name + ("/" if entry.is_dir() else "") for entry in folder.iterdir())

    def _resolved(self, path: str, *, reading: bool = False) -> Path:
        named = Path(path).expanduser().resolve()
        if reading and named in self.named:
            return named
        # Apps belong to the workspace of a server, which need not be where this session works.
        root = self.apps.root if self.apps is not None else Path.cwd().resolve()
        resolved = (root / Path(path).expanduser()).resolve()
        if not resolved.is_relative_to(root):
            raise ValueError(f"{path} is outside the working directory; name it with --files to have it read")
        return resolved
