"""Shared by all tests."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytest_jupyter.jupyter_server", "tests.wire.fixture"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--browser-kind",
        choices=("chromium", "firefox", "webkit"),
        default="chromium",
        help="The browser in which apps attack their Jupyter (tests/ui/test_app_attacks.py).",
    )
    parser.addoption("--every-setting", action="store_true", help="Attack under every setting of Jupyter.")
