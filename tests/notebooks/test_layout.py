"""Notebooks are written as they were: what did not change keeps its bytes."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given, strategies as st

from jupyter_townie.notebooks.layout import is_jupyters_own, rewrite

CELLS: list[dict[str, Any]] = [
    {"source": "a = 1\nb", "cell_type": "code", "id": "one", "outputs": [], "execution_count": None, "metadata": {}},
    {"cell_type": "markdown", "metadata": {"custom": {"é": [1.5, None]}}, "id": "two", "source": ["# ü\n", "text"]},
    {
        "cell_type": "code", "id": "three", "metadata": {}, "execution_count": 3, "source": [],
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x\n", "y\n"]}],
    },
]  # fmt: skip
BOOK = {"nbformat_minor": 5, "cells": CELLS, "metadata": {"z": 1, "a": {"unknown": True}}, "nbformat": 4}


def read(text: str) -> Any:
    return nbformat.reads(text, as_version=4)


LAYOUTS = {
    "indented by 4": json.dumps(BOOK, indent=4) + "\n",
    "no final newline": json.dumps(BOOK, indent=2, ensure_ascii=False),
    "tabs": json.dumps(BOOK, indent="\t", ensure_ascii=False) + "\n\n",
    "one line": json.dumps(BOOK),
    "compact": json.dumps(BOOK, separators=(",", ":"), ensure_ascii=False),
    "windows": (json.dumps(BOOK, indent=1, ensure_ascii=False) + "\n").replace("\n", "\r\n"),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_notebook_that_did_not_change_keeps_its_bytes(text: str) -> None:
    assert rewrite(text, read(text)) == text


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_changed_cell_changes_its_source_alone(text: str) -> None:
    notebook = read(text)
    notebook["cells"][0]["source"] = "a = 5"
    expected = json.loads(text)
    expected["cells"][0]["source"] = ["a = 5"]
    again = rewrite(text, notebook)
    assert json.loads(again) == expected
    assert list(json.loads(again)) == list(BOOK)


def test_ids_given_to_an_old_notebook_are_the_only_change() -> None:
    old = json.loads(json.dumps(BOOK))
    old["nbformat_minor"] = 4
    for cell in old["cells"]:
        del cell["id"]
    text = json.dumps(old, indent=2)
    notebook = read(text)
    notebook["nbformat_minor"] = 5
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"id{number}"
    again = json.loads(rewrite(text, notebook))
    assert [cell.pop("id") for cell in again["cells"]] == ["id0", "id1", "id2"]
    assert again.pop("nbformat_minor") == 5
    del old["nbformat_minor"]
    assert again == old


def test_marks_of_trust_are_not_written() -> None:
    text = LAYOUTS["indented by 4"]
    notebook = read(text)
    notebook["cells"][0]["metadata"]["trusted"] = True
    assert rewrite(text, notebook) == text


def test_jupyters_own_layout_is_recognised() -> None:
    own = nbformat.writes(read(json.dumps(BOOK))) + "\n"
    assert is_jupyters_own(own)
    assert not any(is_jupyters_own(text) for text in LAYOUTS.values())
    assert not is_jupyters_own("{broken")


@given(st.lists(st.text(max_size=30), max_size=4), st.sampled_from([None, 1, 2, "\t"]), st.booleans())
def test_any_sources_survive_a_rewrite(sources: list[str], indent: Any, ascii: bool) -> None:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{at}") for at, source in enumerate(sources)]
    book = nbformat.v4.new_notebook(cells=cells)
    text = json.dumps(book, indent=indent, ensure_ascii=ascii)
    assert json.loads(rewrite(text, book)) == json.loads(text)
