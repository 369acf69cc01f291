"""Threads over a folder with apps, a model at the wire, and pages that show the apps."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_townie import protocol as p
from jupyter_townie.apps.apps import Apps
from jupyter_townie.models.registry import open_model
from jupyter_townie.threads import Thread, Threads
from jupyter_townie.threads.state import TurnRecord
from tests.wire import Reply, WireServer

from .working import FolderHost

MODEL = "anthropic/claude-sonnet-5-5"
HOME = "apps/hello"


def block(path: str, text: str, language: str = "text") -> str:
    return f"```{language} file={path}\n{text}\n```\n\n"


def manifest(kind: str = "web", more: str = "") -> str:
    return block(f"{HOME}/townie.toml", f'name = "hello"\ntitle = "Hello"\nkind = "{kind}"\n{more}', "toml")


PAGE = "<!doctype html>\n<title>Hello</title>\n<p id=hi>Hello</p>"


WEB = "An app.\n\n" + manifest() + block(f"{HOME}/index.html", PAGE, "html")


BROKEN = p.AppReport(kind="error", name="TypeError", message="hi is null", stack="at show (app.js:3:1)", document="d")


ONE, TWO, THREE = (f"<p id={name}>Hello</p>" for name in ("hi", "h2", "h3"))


def change(old: str, new: str) -> str:
    return f"```search_replace file={HOME}/index.html\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


class AppHost(FolderHost):
    """A folder with apps, and a model at the wire."""

    def __init__(self, root: Path, data: Path) -> None:
        super().__init__(root)

        async def python(kernel: str | None) -> str:
            return sys.executable

        self.apps = Apps(root, data, python)

    def open_model(self, name: str | None) -> Any:
        return open_model(name, self.config)


class Work:
    """A thread in which turns are submitted as a page does."""

    def __init__(self, root: Path, host: AppHost, threads: Threads, thread: Thread, wire: WireServer) -> None:
        self.root, self.host, self.apps = root, host, host.apps
        self.threads, self.thread, self.wire = threads, thread, wire

    def says(self, *answers: str) -> None:
        self.wire.script = [Reply.text(answer) for answer in answers]

    async def turn(self, text: str = "Make me an app that says hello", **fields: Any) -> TurnRecord:
        turn = await self.begin(text, **fields)
        return await self.over(turn)

    async def begin(
        self, text: str = "Make me an app", *, mode: p.Mode = "ask", model: str = MODEL, **fields: Any
    ) -> str:
        turn = uuid.uuid4().hex[:12]
        async with self.threads.command(self.thread):
            await self.thread.submit(
                p.Submit(turn=turn, text=text, options=p.Options(mode=mode, model=model), **fields)
            )
        return turn

    async def over(self, turn: str) -> TurnRecord:
        await self.until(lambda: not self.thread.busy)
        return self.thread.state.turns[turn]

    async def until(self, wanted: Callable[[], bool], seconds: float = 20) -> None:
        async def wait() -> None:
            while not wanted():
                await asyncio.sleep(0.01)

        await asyncio.wait_for(wait(), seconds)

    async def decide(self, action: str, decision: Any = "accept") -> None:
        async with self.threads.command(self.thread):
            await self.thread.decide(p.Decide(action=action, decision=decision))
        await self.until(lambda: not self.thread.busy)

    def events(self, kind: type[Any]) -> list[Any]:
        return [event for turn in self.thread.state.turns.values() for event in turn.events if isinstance(event, kind)]

    @property
    def checks(self) -> list[p.AppChecked]:
        return self.events(p.AppChecked)

    @property
    def asked(self) -> list[str]:
        """The last message of each request to the model."""
        return [str(request.body["messages"][-1]["content"]) for request in self.wire.requests]

    def text(self, path: str) -> str:
        return (self.root / path).read_text()


class Watcher:
    """A page that shows an app, as the app's channel sees it: it loads whenever it is told to."""

    def __init__(self, apps: Apps, app: str) -> None:
        self.frames: list[Any] = []
        self.fails: list[p.AppReport | None] = []
        """What each loading reports; nothing once they are used up."""
        self._apps, self._app = apps, app
        self.close = apps.subscribe(app, self._told)

    def _told(self, frame: Any) -> None:
        self.frames.append(frame)
        if isinstance(frame, p.AppReloadFrame):
            asyncio.get_running_loop().call_later(0.02, self._load)

    def _load(self) -> None:
        report = self.fails.pop(0) if self.fails else None
        if report is not None:
            self._apps.report(self._app, report)
        self._apps.ready(self._app, p.AppReady(document=uuid.uuid4().hex))


async def broken(work: Work, *answers: str, reports: int = 1) -> Watcher:
    """An app that a page shows, and that fails the next ``reports`` times it is loaded."""
    work.says(WEB, *answers)
    await work.turn()
    watcher = Watcher(work.apps, work.apps.of(HOME).id)
    watcher.fails = [BROKEN] * reports
    return watcher


def system(work: Work) -> str:
    return str(work.wire.requests[-1].body["system"])
