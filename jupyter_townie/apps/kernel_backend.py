"""The backend of an app that runs in a kernel: with the objects of a notebook, and with its person's rights.

Only the kernel protocol is used, so the kernel may be anywhere.  A change of the code is loaded anew in the same
kernel.  When the kernel is restarted or dies, the app is stopped, and the next request starts it in what is there then.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio

from .. import protocol as p
from ..kernels.comm import Comm
from ..kernels.errors import KernelError, KernelTimeout
from ..kernels.questions import expression
from .answers import Answers
from .app import App
from .confinement import RUNNER
from .connection import Pool
from .generation import StartFailed
from .kernel_bridge import Bridge, Entrance, Lost, Raised
from .lifecycle import HeldKernel, Lifecycle, Surroundings
from .observation import Observation, waits_for_secret
from .refusal import AppRefused

START_DEADLINE = 60.0
"""Seconds that an app may take to be loaded."""
FREE_WITHIN = 20.0
"""Seconds that a kernel without subshells may be busy before the start is given up."""
PING_EVERY = 3.0
HANGS_AFTER = 10.0
"""Seconds without an answer to a ping after which a backend is told to hang."""
LARGEST_SENT = 4_000_000
"""Bytes of an app's files that are sent to a kernel on another machine."""
GATEWAY_RATE = 600_000
"""Bytes a second of one answer: a gateway drops messages beyond its own limit, a megabyte of text a second."""


class KernelBackend(Lifecycle):
    """See the module."""

    def __init__(self, app: App, observation: Observation, around: Surroundings) -> None:
        super().__init__(app, observation, around)
        self._kernel: HeldKernel | None = None
        self._entrance: Entrance | None = None
        self._bridge: Bridge | None = None
        self._comm: Comm | None = None
        self._answers: Answers | None = None
        self._loaded: asyncio.Future[dict[str, Any]] | None = None
        self._heard = 0.0
        self._hang_told = False
        self._looking: asyncio.Task[None] | None = None

    @property
    def writable(self) -> list[Path]:
        return [self.app.data] if not self.app.data.is_symlink() else []

    @property
    def _address(self) -> str:
        assert self._entrance is not None
        return self._entrance.address

    # -------------------------------------------------------------------------------------------------------- starting

    async def _begin(self) -> None:
        began = time.monotonic()
        self.problem = None
        self._state("starting", "")
        try:
            await self._load()
        except AppRefused as refused:
            await self._end()
            raise self._failed(refused.problem, {}) from None
        except KernelTimeout:
            await self._end()
            message = f"{self._where} is busy with something, and the app can not be loaded beside that."
            remedy = "Wait for the cell that runs, or interrupt it, then start the app again."
            raise self._failed(p.Problem(code="kernel_busy", message=message, remedy=remedy), {}) from None
        except KernelError as error:
            await self._end()
            message = f"{self._where} can not be reached: {error}"
            remedy = "Restart the kernel and run its cells, then start the app again."
            raise self._failed(p.Problem(code="no_kernel", message=message, remedy=remedy), {}) from None
        except StartFailed as failed:
            await self._end()
            raise self._not_loaded(failed.error) from None
        seconds = time.monotonic() - began
        beside = "" if self._comm is None or self._comm.beside else " It answers while no cell runs."
        self._observation.log("townie", f"The backend serves in {self._where} after {seconds:.2f} s.{beside}")
        self._state("running", "")

    def _not_loaded(self, error: dict[str, Any]) -> StartFailed:
        if waits_for_secret(error):
            return self._failed(p.Problem(code="secret", message=str(error.get("evalue"))[:300]), {})
        text = f"{error.get('ename', 'Error')}: {error.get('evalue', '')}".strip(": ")
        problem = p.Problem(
            code="start_failed",
            message=f"The app's backend can not be started. {text}"[:2_000],
            remedy=str(error.get("hint") or "Correct it, or have Townie try to fix it."),
        )
        return self._failed(problem, error)

    async def _load(self) -> None:
        before = self._comm
        self._comm = None
        if before is not None:
            # Before the new one is loaded: both would have the same database and the same modules.
            await before.close()
        held = await self._around.kernel(self.app)
        if self._kernel is not None and self._kernel.client is not held.client:
            await self._release()
        self._kernel = held
        loop = asyncio.get_running_loop()
        self._loaded = loop.create_future()
        comm = held.client.comm(self._take, lambda: self._lost(comm), self._printed)
        self._bridge = Bridge(comm.send)
        self._answers = Answers(self._reply, self._around.llm, self._around.secret, self._around.reach(self.app))
        target = f"townie.app.{uuid.uuid4().hex}"
        settings = await asyncio.to_thread(self._settings, held.here)
        self._comm = comm
        await comm.open(expression("asgi", "listen", target), target, settings, timeout=FREE_WITHIN)
        try:
            with anyio.fail_after(START_DEADLINE):
                loaded = await asyncio.shield(self._loaded)
        except TimeoutError:
            message = f"The app was not loaded within {START_DEADLINE:.0f} seconds."
            raise StartFailed({"ename": "StartTimedOut", "evalue": message, "traceback": []}) from None
        self._serve(loaded)

    def _serve(self, loaded: Mapping[str, Any]) -> None:
        from .runner.asgi import Guard

        assert self._bridge is not None
        guard = Guard(self._bridge, self, self)  # type: ignore[no-untyped-call]
        guard._wants_root = bool(loaded.get("wants_root"))
        if self._entrance is None:
            self._guarded = guard
            self._entrance = Entrance(self._through)
            self._pool = Pool(self._entrance.address)
        self._guarded = guard
        self._heard, self._hang_told = time.monotonic(), False
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())

    async def _through(self, scope: Any, receive: Any, send: Any) -> None:
        await self._guarded(scope, receive, send)

    def _settings(self, here: bool) -> dict[str, Any]:
        manifest = self.app.manifest
        assert manifest is not None
        modules = ["database", "keys", "llm", "secrets", "__init__"]
        return {
            "app": self.app.id.replace("-", "_"),
            "folder": str(self.app.folder),
            "entry": manifest.entry,
            "rate": None if here else GATEWAY_RATE,
            "files": None if here else _files(self.app.folder),
            "townie": [(name, (RUNNER / "townie" / f"{name}.py").read_text(encoding="utf-8")) for name in modules],
        }

    # ---------------------------------------------------------------------------------------------------------- ending

    async def _end(self) -> None:
        if self._looking is not None and self._looking is not asyncio.current_task():
            self._looking.cancel()
        self._looking = None
        comm, self._comm = self._comm, None
        if self._bridge is not None:
            self._bridge.lose()
        if self._answers is not None:
            self._answers.close()
        if comm is not None:
            await comm.close()
        await self._release()
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()
        entrance, self._entrance = self._entrance, None
        if entrance is not None:
            await entrance.close()

    async def _release(self) -> None:
        kernel, self._kernel = self._kernel, None
        if kernel is not None and kernel.release is not None:
            with contextlib.suppress(KernelError):
                await kernel.release()

    def _lost(self, comm: Comm) -> None:
        """The kernel is gone or was restarted, and with it the app."""
        if comm is not self._comm:
            return
        if self._bridge is not None:
            self._bridge.lose()
        if self._loaded is not None and not self._loaded.done():
            self._loaded.set_exception(
                StartFailed({"ename": "KernelDied", "evalue": "The kernel ended.", "traceback": []})
            )
            self._loaded.exception()
        elif self.phase == "running":
            message = f"{self._where} was restarted or has ended; the app starts again in it when it is used."
            self._observation.log("townie", message)
            self._later(self.stop(message))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(PING_EVERY)
            comm, kernel = self._comm, self._kernel
            if comm is None or kernel is None:
                continue
            if not await kernel.client.is_alive():
                self._lost(comm)
                continue
            comm.send({"type": "ping"})
            silent = time.monotonic() - self._heard
            if silent > 1.5 * PING_EVERY:
                await kernel.client.look()
            if silent > HANGS_AFTER and not self._hang_told and comm.beside:
                self._hang_told = True
                text = f"It has answered nobody for {HANGS_AFTER:.0f} seconds: its event loop is kept busy."
                error = {"where": "hang", "ename": "BackendHangs", "evalue": text, "traceback": []}
                self._observation.backend_error(self.app, error)

    # ------------------------------------------------------------------------------------------------- what is said

    @property
    def _where(self) -> str:
        notebook = self.app.notebook
        return f"The kernel of {notebook}" if notebook else "The app's kernel"

    def _take(self, message: dict[str, Any]) -> None:
        self._heard, self._hang_told = time.monotonic(), False
        kind = message.get("type")
        if kind == "loaded" and self._loaded is not None and not self._loaded.done():
            self._loaded.set_result(message)
        elif kind == "failed" and self._loaded is not None and not self._loaded.done():
            self._loaded.set_exception(StartFailed(message))
            self._loaded.exception()
        elif kind == "error":
            self._observation.backend_error(self.app, message)
        elif kind == "ask" and self._answers is not None and isinstance(message.get("asked"), dict):
            self._answers.take(message["asked"])
        elif kind in ("event", "end", "raised") and self._bridge is not None:
            self._bridge.take(message)

    def _reply(self, message: Mapping[str, Any], handed_over: Any = None) -> None:
        if handed_over is not None:
            handed_over.close()
        if self._comm is not None:
            self._comm.send({**message, "type": "reply"})

    def _printed(self, stream: str, text: str) -> None:
        for line in text.splitlines():
            self._observation.log("stderr" if stream == "stderr" else "stdout", line)

    # As the errors and the life of :class:`.runner.asgi.Guard`, which tells of what a request has raised.

    failed: dict[str, Any] | None = None

    def tell(self, error: BaseException, where: str, identifier: str = "", shown: bool = False) -> None:
        """A request has raised *error*."""
        if isinstance(error, Raised):
            self._observation.backend_error(self.app, {**error.error, "id": identifier, "where": where})
        elif not isinstance(error, Lost):
            self._observation.log("townie", f"{where}: {error}")

    def described(self, error: BaseException) -> dict[str, Any]:
        return error.error if isinstance(error, Raised) else {"ename": "Error", "evalue": str(error), "traceback": []}


def _files(folder: Path) -> dict[str, str]:
    """The app's files but for its data, as base64.  :raises AppRefused: they are too large to be sent."""
    from .watching import files_of

    found: dict[str, str] = {}
    size = 0
    for name in files_of(folder):
        content = (folder / name).read_bytes()
        size += len(content)
        if size > LARGEST_SENT:
            message = f"The app's files are larger than {LARGEST_SENT >> 20} MB, too much to send to its kernel."
            raise AppRefused(p.Problem(code="too_large", message=message, remedy="Leave large files out of it."))
        found[name] = base64.b64encode(content).decode("ascii")
    return found
