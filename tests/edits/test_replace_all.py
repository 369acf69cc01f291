"""Replacing every occurrence of a text, where a tool call asks for it."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings, strategies as st

from jupyter_townie.edits import EditRefused, apply_replacement, apply_reply, hunks_of

CELL = 'df = load("df.csv")\ndf = df.dropna()\n\nplot(df, by="kind")\n'


def replaced(before: str, old: str, new: str) -> str:
    return apply_replacement(before, old, new, everywhere=True).after


def refusal(before: str, old: str, new: str) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        replaced(before, old, new)
    return caught.value


def call(*edits: tuple[str, str, bool]) -> str:
    return json.dumps({"edits": [{"old_string": o, "new_string": n, "replace_all": a} for o, n, a in edits]})


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_occurrence_changes_in_whole_lines_or_not(end: str) -> None:
    before = CELL.replace("\n", end)
    edit = apply_replacement(before, "df", "frame", everywhere=True)
    assert edit.after == before.replace("df", "frame")
    assert replaced(before, "df = ", "") == before.replace("df = ", "")


def test_without_being_asked_for_several_occurrences_are_refused() -> None:
    with pytest.raises(EditRefused) as caught:
        apply_replacement(CELL, "df", "frame")
    assert caught.value.kind == "ambiguous"


def test_part_of_a_longer_name_is_shown_and_nothing_changes() -> None:
    refused = refusal("df = 1\npdf = df\nx = df2\n", "df", "frame")
    assert refused.kind == "ambiguous" and refused.hunks[0].places == (2, 3)
    assert replaced("数df数\n", "df", "frame") == "数frame数\n"


def test_call_sent_again_is_recognised() -> None:
    once = replaced("run(a)\nrun(b)\n", "run(", "await run(")
    assert once == "await run(a)\nawait run(b)\n"
    assert refusal(once, "run(", "await run(").kind == "already_applied"


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("a\n#\nb\n#\n", "#\n", "", "a\nb\n"),
        ("a\n#\nb", "\n#", "\n# -\n# -", "a\n# -\n# -\nb"),
        ("a,\nb,\nc\n", ",\n", ", ", "a, b, c\n"),
        ("x x\nx\n", "x", "y", "y y\ny\n"),
        ("one\none\n", "one\none\n", "two\n", "two\n"),
    ],
)
def test_line_ends_are_part_of_what_is_replaced(before: str, old: str, new: str, after: str) -> None:
    assert replaced(before, old, new) == after


def test_text_that_is_not_there_as_it_is_goes_to_the_one_place_that_fits() -> None:
    before = "def f():\n    one()\n    two()\n"
    assert replaced(before, "one()\ntwo()", "one()\ntwo(2)") == "def f():\n    one()\n    two(2)\n"
    assert refusal(before * 2, "one()\ntwo()", "one()\ntwo(2)").kind == "ambiguous"


def test_call_written_as_json_beside_other_edits() -> None:
    reply = call(("df", "frame", True), ("import pandas", "import pandas as pd", False))
    before = f"import pandas\n{CELL}"
    assert apply_reply(before, reply) == before.replace("df", "frame").replace("pandas", "pandas as pd")
    assert len(hunks_of(reply, None, before)) == 2
    with pytest.raises(EditRefused):
        apply_reply(before, call(("df", "frame", True), ("df = df.dropna()", "df = df.fillna(0)", False)))
    with pytest.raises(EditRefused):
        apply_reply(before, call(("df", "frame", False)))


@settings(max_examples=150, deadline=None)
@given(st.text("ab_ \n", max_size=24), st.text("ab\n ", min_size=1, max_size=4), st.text("abc\n ", max_size=5))
def test_result_is_that_of_the_literal_replacement_or_a_refusal(before: str, old: str, new: str) -> None:
    if old not in before:
        return
    with contextlib.suppress(EditRefused):
        assert replaced(before, old, new).removesuffix("\n") == before.replace(old, new).removesuffix("\n")
