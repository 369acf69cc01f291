"""The worked examples of each kind start; those whose framework is not installed are skipped."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_townie.apps.manifest import Manifest
from jupyter_townie.protocol import AppKind

from .test_frameworks import PREFIX, PYTHON, need
from .working import HOST, Workspace

EXAMPLES = Path(__file__).parents[2] / "examples"
APPS = {Manifest.read(file.parent).kind: file.parent.name for file in sorted(EXAMPLES.glob("*/townie.toml"))}


def test_each_kind_that_is_a_folder_has_an_example() -> None:
    assert set(APPS) == {"web", "fullstack", "streamlit", "gradio", "panel", "dash", "voila"}


@pytest.mark.parametrize("kind", [kind for kind in APPS if kind != "web"])
async def test_example_starts(workspace: Workspace, kind: AppKind) -> None:
    if kind != "fullstack":
        need(kind)

    async def python(_: str | None) -> str:
        return PYTHON

    object.__setattr__(workspace.apps._running._context, "python", python)
    for name in (APPS[kind], "data"):
        shutil.copytree(EXAMPLES / name, workspace.root / name)
    app = workspace.apps.of(APPS[kind])
    assert app is not None
    workspace.apps.allow(app.id)
    response = await (await workspace.apps.endpoint(app.id)).pool.request("GET", "/", [*HOST, *PREFIX])
    page = b"".join([piece async for piece in response.body()])
    assert (response.status, b"<html" in page.lower()) == (200, True)
    assert workspace.apps.failures(app.id) == []


def test_files_that_the_page_of_the_example_loads_are_there() -> None:
    folder = EXAMPLES / APPS["web"]
    page = (folder / "index.html").read_text()
    assert {name for name in ("style.css", "app.js") if f'"{name}"' in page and (folder / name).is_file()} == {
        "style.css",
        "app.js",
    }


def test_widgets_of_the_example_show_what_they_count() -> None:
    pytest.importorskip("ipywidgets")
    notebook = nbformat.read(EXAMPLES / "Widgets.ipynb", as_version=4)
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    assert "application/vnd.jupyter.widget-view+json" in notebook.cells[-1].outputs[-1]["data"]
