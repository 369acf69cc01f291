"""A fixed sample of the benchmark's corpus: a few small cases of every way in which models damage an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_townie.edits import EditRefused, apply_reply

_FILES = ("corpus_sample.jsonl", "slips_sample.jsonl")
_ROWS = [json.loads(line) for name in _FILES for line in (Path(__file__).parent / name).read_text("utf-8").splitlines()]
_CASES = [pytest.param(row, id=f"{n}-{row['format']}-{row['kind']}".replace(" ", "_")) for n, row in enumerate(_ROWS)]


@pytest.mark.parametrize("row", [case for case in _CASES if case.values[0]["expected"] is not None])
def test_damaged_edit_gives_the_text_that_was_meant(row: dict[str, str]) -> None:
    assert apply_reply(row["before"], row["reply"], row["format"]) == row["expected"]


@pytest.mark.parametrize("row", [case for case in _CASES if case.values[0]["expected"] is None])
def test_edit_that_cannot_be_right_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(EditRefused):
        apply_reply(row["before"], row["reply"], row["format"])
