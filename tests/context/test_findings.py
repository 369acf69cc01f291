"""What a fix is told of the names that the failed cell uses."""

from __future__ import annotations

from jupyter_townie.context.findings import origins
from jupyter_townie.protocol import CellSnapshot


def code(name: str, source: str, count: int | None, *, edited: bool = False) -> CellSnapshot:
    return CellSnapshot(id=name, cell_type="code", source=source, execution_count=count, edited_since_run=edited)


def test_a_name_comes_from_the_cell_that_bound_it_last() -> None:
    cells = [code("a", "rows = [1]", 3), code("b", "rows = [2]", 2), code("f", "rows[9]", 4)]
    assert origins(cells, "f") == "rows: cell a, 1 other cell binds it too"


def test_an_edited_cell_is_told_as_one() -> None:
    cells = [code("a", "rows = [1]", 1, edited=True), code("f", "rows[9]", 2)]
    assert origins(cells, "f") == "rows: cell a, edited since run"


def test_a_cell_that_was_not_run_is_told_as_one() -> None:
    cells = [code("f", "rows[9]", 1), code("b", "rows = [1]", None)]
    assert origins(cells, "f") == "rows: cell b, not run, below the failed cell"


def test_a_cell_that_ran_out_of_order_is_told_as_one() -> None:
    cells = [code("a", "x = 1", 5), code("b", "rows = [x]", 2), code("f", "rows[9]", 6)]
    assert origins(cells, "f") == "rows: cell b, run before a cell above it"


def test_names_that_no_cell_binds_are_left_out() -> None:
    assert origins([code("f", "print(len(rows))", 1)], "f") == ""
