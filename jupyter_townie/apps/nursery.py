"""The process that holds an app's generations, seen from the server.  See :mod:`.runner.nursery`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import anyio

from .confinement import RUNNER, environment, lent
from .control import Control

LOG_BYTES_A_TURN = 65_536
LOG_PAUSE = 0.05
"""Seconds between two reads of what is printed: 1.3 MB/s at most, after which whoever prints has to wait."""

OnLine = Callable[[Literal["stdout", "stderr"], str], None]


class Nursery:
    """One process, its listening socket in a folder of its own, and its control socket."""

    def __init__(self, process: asyncio.subprocess.Process, control: Control, folder: Path, on_line: OnLine) -> None:
        self._process = process
        self.control = control
        self._folder = folder
        assert process.stdout is not None
        assert process.stderr is not None
        self._logs = [
            asyncio.create_task(_read_lines(process.stdout, "stdout", on_line)),
            asyncio.create_task(_read_lines(process.stderr, "stderr", on_line)),
        ]

    @classmethod
    async def spawn(
        cls,
        python: str,
        caches: Path,
        on_message: Callable[[dict[str, Any]], None],
        on_end: Callable[[], None],
        on_line: OnLine,
    ) -> Nursery:
        """Start it with *python*; *caches* is where it may keep what can be made again.

        :raises OSError: it can not be started.
        """
        # A socket's path may have 107 bytes: the temporary directory, not Jupyter's.
        folder = Path(tempfile.mkdtemp(prefix="townie-"))
        home = folder / "home"
        home.mkdir()
        ours, theirs = socket.socketpair()
        try:
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(str(folder / "s"))
                listening.listen(128)
                process = await asyncio.create_subprocess_exec(
                    python,
                    str(RUNNER),
                    str(theirs.fileno()),
                    str(listening.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    pass_fds=(theirs.fileno(), listening.fileno()),
                    cwd=home,
                    env=environment(home, caches),
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            theirs.close()
        return cls(process, Control(ours, on_message, on_end), folder, on_line)

    @property
    def address(self) -> str:
        """The path of the Unix socket that the app serves."""
        return str(self._folder / "s")

    @property
    def home(self) -> Path:
        """A folder for the app's temporary files, which goes when this ends."""
        return self._folder / "home"

    @property
    def pid(self) -> int:
        return self._process.pid

    def preload(self, modules: Sequence[str]) -> None:
        """Import *modules* once for all generations; what is not installed is left out."""
        self.control.send_with({"command": "preload", "modules": list(modules), "lend": lent()}, ())

    def fork(self, settings: Mapping[str, Any]) -> socket.socket:
        """Begin a generation; the end of its control socket.  :raises OSError: the process is gone."""
        ours, theirs = socket.socketpair()
        try:
            self.control.send_with({**settings, "command": "fork"}, [theirs.fileno()])
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    def kill(self, generation: int) -> None:
        """End a generation at once."""
        self.control.send({"command": "kill", "generation": generation})

    async def close(self) -> None:
        """End it with all that it holds, and take its folder away."""
        self.control.close()
        try:
            with anyio.fail_after(2):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()
        # A child that has left its process group may keep the pipes open.
        _, unread = await asyncio.wait(self._logs, timeout=0.2)
        for task in unread:
            task.cancel()
        await asyncio.gather(*self._logs, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


async def _read_lines(stream: asyncio.StreamReader, name: Literal["stdout", "stderr"], on_line: OnLine) -> None:
    rest = ""
    while piece := await stream.read(LOG_BYTES_A_TURN):
        *lines, rest = (rest + piece.decode("utf-8", "replace")).split("\n")
        for line in lines[-500:]:
            on_line(name, line.rstrip("\r"))
        if len(rest) > LOG_BYTES_A_TURN:
            on_line(name, rest)
            rest = ""
        if len(piece) > LOG_BYTES_A_TURN // 2:
            await asyncio.sleep(LOG_PAUSE)
    if rest:
        on_line(name, rest)
