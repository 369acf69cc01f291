"""Apps in a workspace of their own, with real backends."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_townie import protocol as p
from jupyter_townie.apps import App, Apps
from jupyter_townie.apps.llm import LlmEnd, LlmText

HOST = [(b"host", b"localhost")]


class ScriptedModel:
    """The person's model: answers with what it was asked, word by word."""

    def __init__(self) -> None:
        self.asked: list[Sequence[Mapping[str, Any]]] = []

    async def stream(
        self, messages: Sequence[Mapping[str, Any]], *, model: str | None, max_tokens: int
    ) -> AsyncGenerator[LlmText | LlmEnd, None]:
        self.asked.append(messages)
        for word in ("You", " said ", str(messages[-1]["content"])):
            yield LlmText(word)
        yield LlmEnd("test/model", input_tokens=10, output_tokens=5)


class Workspace:
    """A root folder, its apps, and what was told of them."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir()
        self.data = folder / "data"
        self.model = ScriptedModel()
        self.apps = Apps(self.root, self.data, self._python, self.model)
        self.frames: list[p.AppFrame] = []

    async def _python(self, kernelspec: str | None) -> str:
        return sys.executable

    def make(self, files: Mapping[str, str], *, manifest: str = 'kind = "fullstack"', path: str = "apps/one") -> App:
        """An app of *files*; not allowed to run yet."""
        for name, text in {"townie.toml": manifest, **files}.items():
            file = self.root / path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        app = self.apps.of(path)
        assert app is not None
        return app

    def allowed(self, source: str, *, manifest: str = 'kind = "fullstack"', **files: str) -> App:
        """An app whose ``app.py`` is *source*, and that may run."""
        app = self.make({"app.py": source, **files}, manifest=manifest)
        self.apps.allow(app.id)
        return app

    def write(self, app: App, name: str, text: str) -> None:
        (app.folder / name).write_text(text, encoding="utf-8")

    def watch(self, app: App) -> Callable[[], None]:
        return self.apps.subscribe(app.id, self.frames.append)

    def pid(self, app: App) -> int:
        """The process of a running backend."""
        backend = self.apps._running._backends.of(app.id)
        assert backend is not None
        assert backend.pid is not None
        return backend.pid

    async def get(self, app: App, target: str = "/", method: str = "GET", body: bytes = b"") -> tuple[int, str]:
        """Status and text of an answer."""
        response = await (await self.apps.endpoint(app.id)).pool.request(method, target, HOST, body)
        text = b"".join([piece async for piece in response.body()])
        return response.status, text.decode()

    async def until(self, what: Callable[[], object], timeout: float = 5.0) -> None:
        """Wait until *what* is true."""
        deadline = time.monotonic() + timeout
        while not what():
            assert time.monotonic() < deadline, "it did not come to that"
            await asyncio.sleep(0.01)

    async def failure(self, app: App, timeout: float = 5.0) -> p.AppFailure:
        """The first failure, once there is one."""
        await self.until(lambda: self.apps.failures(app.id), timeout)
        return self.apps.failures(app.id)[0]


PLAIN = """\
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = str(answer(scope["path"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})

"""
"""An ASGI app without any package, for tests that add ``answer``."""


def answering(source: str) -> str:
    """The source of an app that answers each request with what its function ``answer(path)`` returns."""
    return PLAIN + source


HELLO = answering("def answer(path): return 'hello'")
"""An app that says "hello" to whatever it is asked."""
