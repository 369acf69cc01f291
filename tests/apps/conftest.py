"""Fixtures of the tests of apps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from .working import Workspace


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jp_asyncio_loop: asyncio.AbstractEventLoop
) -> Iterator[Workspace]:
    """A workspace with apps; everything that a test started ends with it."""
    monkeypatch.setattr("jupyter_townie.apps.running.QUIET", 0.3)

    async def begin() -> Workspace:
        return Workspace(tmp_path)

    made = jp_asyncio_loop.run_until_complete(begin())
    yield made
    jp_asyncio_loop.run_until_complete(made.apps.close())
