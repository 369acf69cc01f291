"""The tour fails where it says it does, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"

FAILS = {
    "missing-import": ("NameError", "name 'np' is not defined"),
    "misspelt-column": ("KeyError", "'body_mass'"),
    "removed-method": ("AttributeError", "'DataFrame' object has no attribute 'append'"),
    "run-too-early": ("NameError", "name 'complete' is not defined"),
    "needs-a-model": ("ValueError", "Index contains duplicate entries, cannot reshape"),
}


def errors(notebook: nbformat.NotebookNode) -> dict[str, tuple[str, str]]:
    """Name and message of the error of every cell that has one, by cell id."""
    return {
        cell.id: (output.ename, output.evalue)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    }


@pytest.fixture(scope="module")
def tour() -> nbformat.NotebookNode:
    return nbformat.read(EXAMPLES / "Tour.ipynb", as_version=4)


@pytest.fixture(scope="module")
def executed(tour: nbformat.NotebookNode, tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    """The tour, run from top to bottom by somebody without any key."""
    notebook = nbformat.from_dict(tour)
    with pytest.MonkeyPatch.context() as environment:
        for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"):
            environment.delenv(name, raising=False)
        environment.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        environment.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        environment.setenv("MPLBACKEND", "agg")
        client = NotebookClient(
            notebook, timeout=60, allow_errors=True, resources={"metadata": {"path": str(EXAMPLES)}}
        )
        client.execute()
    return notebook


def test_exactly_the_intended_cells_fail(executed: nbformat.NotebookNode) -> None:
    assert errors(executed) == FAILS


def test_only_the_first_failure_is_saved(tour: nbformat.NotebookNode) -> None:
    assert errors(tour) == {"missing-import": FAILS["missing-import"]}
    saved = {cell.id for cell in tour.cells if cell.cell_type == "code" and cell.outputs}
    assert saved == {"missing-import"}


def test_the_tour_is_a_valid_notebook(tour: nbformat.NotebookNode) -> None:
    nbformat.validate(tour)


def test_the_magic_of_the_last_cell_says_that_no_model_answered(executed: nbformat.NotebookNode) -> None:
    outputs = executed.cells[-1].outputs
    shown = " ".join(output.data["text/markdown"] for output in outputs if "text/markdown" in output.get("data", {}))
    assert "tour" in shown.lower()
