"""The endpoint as a pytest fixture: ``pytest_plugins = ["tests.wire.fixture"]`` or an import in a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import WireServer


@pytest.fixture
def wire() -> Iterator[WireServer]:
    """A running endpoint; the test sets ``wire.script``."""
    with WireServer() as server:
        yield server
