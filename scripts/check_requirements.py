"""Say what a machine lacks before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys


def problems() -> list[str]:
    """What is missing, each with its remedy."""
    found = []
    if sys.version_info < (3, 10):  # noqa: UP036 - this script is what finds out
        found.append(f"Python {sys.version.split()[0]} is too old: install Python 3.10 or later, or set PYTHON=...")
    node = shutil.which("node")
    if node is None:
        found.append("Node.js is missing: install Node 20 or later")
    else:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
        if int(version.lstrip("v").split(".")[0] or 0) < 20:
            found.append(f"Node {version} is too old: install Node 20 or later")
    return found


if __name__ == "__main__":
    if missing := problems():
        sys.exit("\n".join(missing))
