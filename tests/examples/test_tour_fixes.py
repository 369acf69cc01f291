"""Somebody without a key repairs the tour, cell by cell, with local rules alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager

from jupyter_townie.failures import instant_fix
from tests.magic.conftest import Result, Session, townie_environment

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    tour = nbformat.read(EXAMPLES / "Tour.ipynb", as_version=4)
    return {cell.id: cell.source for cell in tour.cells if cell.cell_type == "code"}


@pytest.fixture(scope="module")
def session(sources: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A kernel without any key, in the folder of the tour, with the data loaded."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=townie_environment(tmp_path_factory.mktemp("tour"), None), cwd=str(EXAMPLES))
    session = Session(manager)
    session.run("%load_ext jupyter_townie")
    session.run(sources["load"], {"cellId": "load"}, timeout=60)
    yield session
    session.close()


def repair(session: Session, cell: str, source: str) -> Result:
    assert session.run(source, {"cellId": cell}).errors
    return session.run("%townie --run fix")


def test_the_missing_import_is_added(session: Session, sources: dict[str, str]) -> None:
    assert "8.27" in repair(session, "missing-import", sources["missing-import"]).results[0]


def test_the_column_gets_its_real_name(session: Session, sources: dict[str, str]) -> None:
    assert "4201.7" in repair(session, "misspelt-column", sources["misspelt-column"]).results[0]


def test_the_removed_method_is_replaced(session: Session, sources: dict[str, str]) -> None:
    result = repair(session, "removed-method", sources["removed-method"])
    assert "+pd.concat" in result.shown
    assert "5200" in result.results[0]


def test_the_cell_that_came_too_early_needs_the_one_below(session: Session, sources: dict[str, str]) -> None:
    ids = list(sources)
    failing = ids.index("run-too-early")
    (error,) = (m for m in session.run(sources["run-too-early"]).messages if m["msg_type"] == "error")
    statuses = ["ok" if cell == "load" else "not-run" for cell in ids]
    statuses[failing] = "error"
    fix = instant_fix(list(sources.values()), failing, error["content"], statuses=statuses)
    assert fix is not None
    assert [ids[index] for index in fix["rerun"] if index != failing] == ["complete"]


def test_for_the_last_one_it_says_that_a_model_is_needed(session: Session, sources: dict[str, str]) -> None:
    result = repair(session, "needs-a-model", sources["needs-a-model"])
    assert result.results == []
    assert "No model is configured" in result.shown
