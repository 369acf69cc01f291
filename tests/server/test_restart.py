"""A server that is stopped or killed in the middle of a turn: afterwards everything that had arrived is there."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tornado.websocket

from jupyter_townie.threads.log import FLUSH_SECONDS
from tests.wire import Reply, WireServer

from .conftest import Page


class Server:
    """A Jupyter server in a process of its own."""

    def __init__(self, root: Path, wire: WireServer) -> None:
        self.root = root
        self.environment = {
            **os.environ,
            "ANTHROPIC_BASE_URL": wire.url,
            "ANTHROPIC_API_KEY": "sk-ant-test",
            "JUPYTER_DATA_DIR": str(root / "data"),
            "JUPYTER_RUNTIME_DIR": str(root / "runtime"),
            "JUPYTER_CONFIG_DIR": str(root / "config"),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        arguments = ["-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1", "--port=0"]
        arguments += [f"--ServerApp.root_dir={self.root}", "--IdentityProvider.token=t"]
        arguments += ["--ServerApp.jpserver_extensions=jupyter_townie=True"]
        self.process = subprocess.Popen(
            [sys.executable, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        found = self.root / "runtime" / f"jpserver-{self.process.pid}.json"
        for _ in range(300):
            if found.exists() and (text := found.read_text()):
                self.url = json.loads(text)["url"]
                break
            time.sleep(0.1)
        until = time.monotonic() + 10
        while not self.answers():
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            self.call("GET", "api/status")
        except OSError:
            return False
        return True

    def call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": "token t"},
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.loads(response.read() or b"null")

    async def page(self, thread: str, after: int = 0) -> Page:
        address = f"ws{self.url[4:]}townie/api/threads/{thread}/channel?after={after}&page=p&token=t"
        page = Page(await tornado.websocket.websocket_connect(address), thread)
        await page.until(lambda frame: frame["frame"] == "replayed")
        return page

    def end(self, how: int) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with WireServer([]) as wire:
        made = Server(tmp_path, wire)
        made.wire = wire  # type: ignore[attr-defined]
        yield made
        made.end(signal.SIGKILL)


async def test_cell_that_a_killed_server_was_writing_goes_on(server: Server) -> None:
    import nbformat

    wire: WireServer = server.wire  # type: ignore[attr-defined]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a = 1")])
    nbformat.write(book, server.root / "work.ipynb")
    begun = "A cell:\n\n```python cell=new\nx = 20\ny "
    wire.script = [Reply.text(begun + "= ", chunk=1).hang_after(len(begun)), Reply.text("y = 22\n```\n\nDone.")]
    server.start()
    thread = server.call("POST", "townie/api/threads", {})["id"]
    page = await server.page(thread)
    turn = await page.submit("add", binding={"path": "work.ipynb"})
    await page.until_event("text", text="x = 20\n")
    await asyncio.sleep(2 * FLUSH_SECONDS)
    server.end(signal.SIGKILL)
    server.start()
    again = await server.page(thread)
    await again.send("continue", turn=turn)
    assert (await again.ended(turn))["reason"] == "done"
    assert wire.requests[-1].body["messages"][-2]["content"][0]["text"] == begun.rpartition("y ")[0]
    assert [cell.source for cell in nbformat.read(server.root / "work.ipynb", 4).cells] == ["a = 1", "x = 20\ny = 22"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_what_had_arrived_is_there_after_a_restart_and_the_turn_goes_on(server: Server, how: int) -> None:
    wire: WireServer = server.wire  # type: ignore[attr-defined]
    wire.script = [Reply.endless("word ", delay=0.02), Reply.text("the rest")]
    server.start()
    thread = server.call("POST", "townie/api/threads", {})["id"]
    page = await server.page(thread)
    turn = await page.submit()
    await page.until_event("text")
    await asyncio.sleep(0.6)
    marks: list[tuple[float, str]] = []
    while len(marks) < 20:
        await page.until_event("text")
        marks.append((time.monotonic(), page.text(turn)))
    killed = time.monotonic()
    server.end(how)
    server.start()
    again = await server.page(thread)
    kept = again.text(turn)
    # Of a killed server the last quarter of a second may be lost, of a stopped one nothing that was sent.
    loss = 0.0 if how == signal.SIGTERM else FLUSH_SECONDS + 0.05
    sure = [text for moment, text in marks if moment <= killed - loss]
    assert kept.startswith(sure[-1] if sure else marks[0][1][:1])
    (ended,) = again.of("turn_ended")
    assert ended["reason"] == ("stopped" if how == signal.SIGTERM else "interrupted")
    await again.send("continue", turn=turn)
    assert (await again.ended(turn))["reason"] == "done"
    assert again.text(turn) == kept + "the rest"
