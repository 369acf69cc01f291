"""A real kernel with the magic, answered by the scripted endpoint."""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from tests.wire import WireServer

KEY = "sk-ant-secret-0123456789abcdef"


def townie_environment(folder: Path, base_url: str | None) -> dict[str, str]:
    """The environment of somebody with one key, whose provider is at ``base_url``, or with none."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_API_KEY", "_AUTH_TOKEN", "_BASE_URL")) and not name.lower().endswith("_proxy")
    }
    environment |= {
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "MPLBACKEND": "agg",
    }
    if base_url:
        environment |= {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": base_url}
    return environment


@dataclass
class Result:
    """What running one cell did: the messages that it published, in order, and its reply."""

    messages: list[dict[str, Any]]
    reply: dict[str, Any]
    displays: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for message in self.messages:
            content = message["content"]
            if message["msg_type"] in ("display_data", "update_display_data") and "text/markdown" in content["data"]:
                name = content.get("transient", {}).get("display_id", "")
                self.displays.setdefault(name, []).append(content["data"]["text/markdown"])

    @property
    def shown(self) -> str:
        """The last state of every Markdown display."""
        return "\n\n".join(states[-1] for states in self.displays.values())

    @property
    def printed(self) -> str:
        return "".join(m["content"]["text"] for m in self.messages if m["msg_type"] == "stream")

    @property
    def results(self) -> list[str]:
        """Plain text of what the cell evaluated to."""
        return [m["content"]["data"]["text/plain"] for m in self.messages if m["msg_type"] == "execute_result"]

    @property
    def errors(self) -> list[str]:
        return [m["content"]["ename"] for m in self.messages if m["msg_type"] == "error"]

    @property
    def next_input(self) -> str | None:
        payload = [p for p in self.reply["content"].get("payload", []) if p["source"] == "set_next_input"]
        return payload[-1]["text"] if payload else None


class Session:
    """A client of a real kernel."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=30)

    def start(self, code: str, metadata: dict[str, Any] | None = None) -> str:
        """Send a cell; returns the id of the request."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        message = self.client.session.msg("execute_request", content, metadata=metadata or {})
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def collect(
        self, request: str, *, timeout: float = 30, seen: Callable[[dict[str, Any]], None] | None = None
    ) -> Result:
        """Everything that a cell publishes until it is idle; ``seen`` is called with each message as it arrives."""
        messages: list[dict[str, Any]] = []
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
            messages.append(message)
            if seen is not None:
                seen(message)
        while True:
            reply = self.client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
            if reply["parent_header"].get("msg_id") == request:
                return Result(messages, reply)

    def run(self, code: str, metadata: dict[str, Any] | None = None, *, timeout: float = 30) -> Result:
        return self.collect(self.start(code, metadata), timeout=timeout)

    def quiet(self, seconds: float) -> list[dict[str, Any]]:
        """What is published within the next seconds, whatever it belongs to."""
        messages = []
        deadline = time.monotonic() + seconds
        with contextlib.suppress(queue.Empty):
            while (left := deadline - time.monotonic()) > 0:
                messages.append(self.client.get_iopub_msg(timeout=left))
        return messages

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[WireServer]:
    """One endpoint for all tests of a file."""
    with WireServer() as server:
        yield server


@pytest.fixture(scope="module")
def kernel(endpoint: WireServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One kernel for all tests of a file, with the extension loaded."""
    folder = tmp_path_factory.mktemp("session")
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=townie_environment(folder, endpoint.url), cwd=str(folder))
    session = Session(manager)
    try:
        session.run("%load_ext jupyter_townie")
        yield session
    finally:
        session.close()


@pytest.fixture
def wire(endpoint: WireServer) -> WireServer:
    """The endpoint, with nothing received and nothing scripted yet."""
    endpoint.requests.clear()
    endpoint.script = []
    return endpoint


@pytest.fixture
def fresh(wire: WireServer, tmp_path: Path) -> Iterator[Session]:
    """A kernel without the extension."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=townie_environment(tmp_path, wire.url), cwd=str(tmp_path))
    session = Session(manager)
    yield session
    session.close()
