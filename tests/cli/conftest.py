"""The command as a shell runs it, on notebooks in a folder of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.magic.conftest import townie_environment

SECONDS = 60


@dataclass
class Done:
    """How the command ended."""

    status: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, Any]:
        """The object that ``--json`` printed."""
        return dict(json.loads(self.out))


class Shell:
    """A folder with notebooks, and the command to run on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base_url: str | None = None
        (folder / "home").mkdir()

    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        return townie_environment(home, self.base_url) | {"JUPYTER_CONFIG_DIR": str(home / "config")}

    def notebook(self, *sources: str, kernel: str = "python3", tags: dict[int, str] | None = None) -> Path:
        """``work.ipynb`` with a cell of text and then code cells ``c0``, ``c1``, ..., as Jupyter would save it."""
        cells = [new_markdown_cell("# Work", id="text")]
        for number, source in enumerate(sources):
            cell = new_code_cell(source, id=f"c{number}")
            if tags and number in tags:
                cell["metadata"]["tags"] = [tags[number]]
            cells.append(cell)
        made = new_notebook(cells=cells)
        made["metadata"]["kernelspec"] = {"name": kernel, "display_name": kernel, "language": "python"}
        made["metadata"]["language_info"] = {"name": "python"}
        path = self.folder / "work.ipynb"
        nbformat.write(made, path)
        return path

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "jupyter_townie.cli", "fix", *arguments]

    def fix(self, *arguments: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def source_of() -> Callable[[Path, str], str]:
    """The source of a cell as it stands in the file."""

    def read(path: Path, cell_id: str) -> str:
        cells = nbformat.read(path, as_version=4)["cells"]
        return str(next(cell["source"] for cell in cells if cell["id"] == cell_id))

    return read
