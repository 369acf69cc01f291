"""Cell operations: all or none, and taken back."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
from hypothesis import given, strategies as st

from jupyter_townie.notebooks.identity import ensure_ids, upgrade
from jupyter_townie.notebooks.operations import apply, inverse
from jupyter_townie.protocol import AppendText, CellOperation, DeleteCell, InsertCell, ReplaceSource


def notebook(*sources: str) -> Any:
    cells = [nbformat.v4.new_code_cell(source, id=f"cell{at}") for at, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def layout(book: Any) -> list[tuple[str, str, str]]:
    return [(cell["id"], cell["cell_type"], cell["source"]) for cell in book["cells"]]


def test_operations_apply_in_order_and_build_on_each_other() -> None:
    book = notebook("a", "b")
    changed, results = apply(
        book,
        [
            InsertCell(cell_id="new", source="x", after="cell0"),
            AppendText(cell_id="new", before="x", text="y"),
            ReplaceSource(cell_id="cell1", before="b", after="# b", cell_type="markdown"),
            InsertCell(cell_id="top", cell_type="markdown", source="t", after=""),
            InsertCell(cell_id="end", after=None),
            DeleteCell(cell_id="cell0", before="a"),
        ],
    )
    assert layout(changed) == [
        ("top", "markdown", "t"), ("new", "code", "xy"), ("cell1", "markdown", "# b"), ("end", "code", ""),
    ]  # fmt: skip
    assert all(result.ok for result in results)
    nbformat.validate(changed)


def test_one_refused_operation_keeps_all_from_being_applied() -> None:
    book = notebook("a", "b")
    before = copy.deepcopy(book)
    changed, results = apply(
        book,
        [
            ReplaceSource(cell_id="cell0", before="a", after="x"),
            ReplaceSource(cell_id="cell1", before="other", after="y"),
            DeleteCell(cell_id="gone", before=""),
        ],
    )
    assert changed is book
    assert book == before
    assert [(result.ok, result.problem, result.source) for result in results] == [
        (False, None, "a"), (False, "changed", "b"), (False, "missing", None),
    ]  # fmt: skip


def test_an_id_is_never_given_twice() -> None:
    _, (result,) = apply(notebook("a"), [InsertCell(cell_id="cell0", source="x")])
    assert result.problem == "changed"


def test_a_place_that_is_gone_is_not_guessed() -> None:
    _, (result,) = apply(notebook("a"), [InsertCell(cell_id="new", after="gone")])
    assert result.problem == "missing"


@st.composite
def edits(draw: Any) -> tuple[Any, list[CellOperation]]:
    """A notebook, and operations that fit it."""
    book = notebook(*draw(st.lists(st.text(max_size=5), max_size=5)))
    now = copy.deepcopy(book)
    made: list[CellOperation] = []
    for number in range(draw(st.integers(0, 6))):
        ids = [cell["id"] for cell in now["cells"]]
        kind = draw(st.sampled_from(["insert", "append", "replace", "delete"] if ids else ["insert"]))
        operation: CellOperation
        if kind == "insert":
            operation = InsertCell(
                cell_id=f"new{number}",
                cell_type=draw(st.sampled_from(["code", "markdown", "raw"])),
                source=draw(st.text(max_size=5)),
                after=draw(st.sampled_from([None, "", *ids])),
            )
        else:
            cell_id = draw(st.sampled_from(ids))
            before = next(cell["source"] for cell in now["cells"] if cell["id"] == cell_id)
            text = draw(st.text(max_size=5))
            if kind == "append":
                operation = AppendText(cell_id=cell_id, before=before, text=text)
            elif kind == "replace":
                cell_type = draw(st.sampled_from([None, "code", "markdown"]))
                operation = ReplaceSource(cell_id=cell_id, before=before, after=text, cell_type=cell_type)
            else:
                operation = DeleteCell(cell_id=cell_id, before=before)
        now, (result,) = apply(now, [operation])
        assert result.ok
        made.append(operation)
    return book, made


@given(edits())
def test_the_inverse_takes_back_what_was_done(case: tuple[Any, list[CellOperation]]) -> None:
    book, operations = case
    changed, _ = apply(book, operations)
    restored, results = apply(changed, inverse(book, operations))
    assert all(result.ok for result in results)
    assert layout(restored) == layout(book)


def without_ids(*sources: str) -> Any:
    book = notebook(*sources)
    for cell in book["cells"]:
        del cell["id"]
    book["nbformat_minor"] = 4
    return book


def test_made_up_ids_are_the_same_at_every_reading() -> None:
    first, second = without_ids("a", "a", "b"), without_ids("a", "a", "b")
    ensure_ids(first)
    ensure_ids(second)
    assert layout(first) == layout(second)
    assert len({cell["id"] for cell in first["cells"]}) == 3


def test_made_up_ids_do_not_move_when_another_cell_is_inserted() -> None:
    first, second = without_ids("a", "b"), without_ids("new", "a", "b")
    ensure_ids(first)
    ensure_ids(second)
    assert layout(first) == layout(second)[1:]


def test_doubled_and_invalid_ids_are_replaced_and_the_result_is_valid() -> None:
    book = notebook("a", "b", "c")
    book["cells"][1]["id"] = "cell0"
    book["cells"][2]["id"] = "not valid!"
    assert ensure_ids(book)
    assert book["cells"][0]["id"] == "cell0"
    nbformat.validate(book)


def test_an_old_notebook_is_upgraded_and_that_is_said() -> None:
    book = without_ids("a")
    assert "4.5" in upgrade(book)
    nbformat.validate(book)
    assert upgrade(book) == ""
