"""A thread that works on apps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_townie.threads import Threads
from tests.wire import WireServer

from .apps import AppHost, Work


@pytest.fixture
def work(
    tmp_path: Path, wire: WireServer, monkeypatch: pytest.MonkeyPatch, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Work]:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", wire.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-0123456789")
    monkeypatch.setattr("jupyter_townie.apps.running.QUIET", 0.2)
    monkeypatch.setattr("jupyter_townie.models.offline.PACE", 0.0)
    root = tmp_path / "root"
    root.mkdir()
    host = AppHost(root, tmp_path / "data")
    threads = Threads(tmp_path / "threads.sqlite", host)

    async def begin() -> Work:
        thread = await threads.open((await threads.create()).id)
        return Work(root, host, threads, thread, wire)

    async def end() -> None:
        await threads.close()
        await host.apps.close()

    yield jp_asyncio_loop.run_until_complete(begin())
    jp_asyncio_loop.run_until_complete(end())
