"""Shared by all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# In CI each run tries the same examples, so that what fails there is due to the change; elsewhere, and in `make bench`,
# they are new ones each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

pytest_plugins = ["pytest_jupyter.jupyter_server", "tests.wire.fixture"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--browser-kind",
        choices=("chromium", "firefox", "webkit"),
        default="chromium",
        help="The browser in which apps attack their Jupyter (tests/ui/test_app_attacks.py).",
    )
    parser.addoption("--every-setting", action="store_true", help="Attack under every setting of Jupyter.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What failed at first and passed when it was tried again fails for a reason, too."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.line(report.longreprtext[-3000:])
