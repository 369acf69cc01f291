"""A real Jupyter server with Townie, a model at the wire, and a client of the thread's WebSocket."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.wire import Reply, WireServer

Connect = Callable[..., Coroutine[Any, Any, "Page"]]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The model; ``wire.script`` decides what it says."""
    with WireServer([Reply.text("ready")]) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
        yield server


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "townie" / "threads.sqlite"


@pytest.fixture
def jp_server_config(store_file: Path) -> dict[str, Any]:
    return {
        "ServerApp": {"jpserver_extensions": {"jupyter_townie": True}},
        "TownieApp": {"store_path": str(store_file), "default_model": "anthropic/claude-sonnet-5-5"},
    }


class Page:
    """A client of one thread's WebSocket that keeps what it was sent."""

    def __init__(self, socket: Any, thread: str) -> None:
        self.socket = socket
        self.thread = thread
        self.frames: list[dict[str, Any]] = []

    @property
    def events(self) -> list[dict[str, Any]]:
        return [frame["event"] for frame in self.frames if frame["frame"] == "event"]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def text(self, turn: str) -> str:
        """The prose of a turn."""
        prose = {
            event["part"] for event in self.of("part_started") if event["turn"] == turn and event["kind"] == "prose"
        }
        return "".join(event["text"] for event in self.of("text") if event["turn"] == turn and event["part"] in prose)

    async def send(self, command: str, **fields: Any) -> None:
        await self.socket.write_message(json.dumps({"command": command, **fields}))

    async def submit(self, text: str = "hello", **fields: Any) -> str:
        turn = uuid.uuid4().hex[:12]
        await self.send("submit", turn=turn, text=text, **fields)
        return turn

    async def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 20) -> dict[str, Any]:
        """The next frame that is wanted."""

        async def read() -> dict[str, Any]:
            while True:
                message = await self.socket.read_message()
                assert message is not None, "the server closed the WebSocket"
                frame: dict[str, Any] = json.loads(message)
                self.frames.append(frame)
                if wanted(frame):
                    return frame

        return await asyncio.wait_for(read(), seconds)

    async def until_event(self, kind: str, seconds: float = 20, **fields: Any) -> dict[str, Any]:
        frame = await self.until(
            lambda frame: (
                frame["frame"] == "event"
                and frame["event"]["type"] == kind
                and all(frame["event"].get(name) == value for name, value in fields.items())
            ),
            seconds,
        )
        return frame["event"]

    async def ended(self, turn: str, seconds: float = 30) -> dict[str, Any]:
        return await self.until_event("turn_ended", seconds, turn=turn)

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def connect(jp_fetch: Any, jp_ws_fetch: Any) -> Iterator[Connect]:
    pages: list[Page] = []

    async def make(thread: str | None = None, after: int = 0, page: str = "page1", load: str = "load1") -> Page:
        if thread is None:
            response = await jp_fetch("townie", "api", "threads", method="POST", body="{}")
            thread = json.loads(response.body)["id"]
        socket = await jp_ws_fetch(
            "townie", "api", "threads", thread, "channel", params={"after": str(after), "page": page, "load": load}
        )
        made = Page(socket, thread)
        pages.append(made)
        await made.until(lambda frame: frame["frame"] == "replayed")
        return made

    yield make
    for page in pages:
        page.close()


@pytest.fixture
def notebook(jp_root_dir: Path) -> Callable[..., list[str]]:
    """Write a notebook into the workspace; the ids of its cells."""

    def write(*sources: str, path: str = "work.ipynb") -> list[str]:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(book, jp_root_dir / path)
        return [cell["id"] for cell in book.cells]

    return write
