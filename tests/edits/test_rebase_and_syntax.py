"""Moving an edit to a text the user changed meanwhile, and saying when an edit broke a text."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings, strategies as st

from jupyter_townie.edits import Conflict, rebase, syntax_problem

LINES = st.lists(st.sampled_from("abcd"), max_size=7)
EDITED = st.lists(st.sampled_from("abcdxyz"), max_size=7)


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@settings(max_examples=300, deadline=None)
@given(LINES, EDITED, EDITED)
def test_nothing_the_user_typed_is_lost(base: list[str], after: list[str], current: list[str]) -> None:
    result, _ = rebase(text(base), text(after), text(current))
    typed = Counter(current) - Counter(base)
    assert not typed - Counter(result.split("\n"))
    in_cells, _ = rebase("\n".join(base), "\n".join(after), "\n".join(current))
    assert not typed - Counter(in_cells.split("\n"))


@settings(max_examples=100, deadline=None)
@given(LINES, EDITED)
def test_unchanged_text_takes_the_whole_edit(base: list[str], after: list[str]) -> None:
    assert rebase(text(base), text(after), text(base)) == (text(after), ())


def test_edit_and_typing_in_different_lines_both_stand() -> None:
    assert rebase("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nb\nc\nD\n") == ("a\nB\nc\nD\n", ())


def test_same_line_changed_by_both_keeps_the_users_and_reports_it() -> None:
    result, conflicts = rebase("a\nb\nc\n", "a\nB\nc\n", "a\nmine\nc\n")
    assert result == "a\nmine\nc\n"
    assert conflicts == (Conflict(1, ("b\n",), ("mine\n",), ("B\n",)),)


def test_both_adding_at_the_same_point_is_a_conflict() -> None:
    result, conflicts = rebase("a\nb\n", "a\nmodel\nb\n", "a\nuser\nb\n")
    assert (result, len(conflicts)) == ("a\nuser\nb\n", 1)


@pytest.mark.parametrize(
    ("after", "current", "expected"),
    [
        ("a\nB", "a\nb\nmine", "a\nB\nmine"),
        ("a\nB", "mine\na\nb", "mine\na\nB"),
        ("a\nmodel\nb", "a\nmine", "a\nmodel\nmine"),
        ("a\r\nB", "a\r\nb\r\nmine", "a\r\nB\r\nmine"),
    ],
)
def test_what_was_typed_next_to_the_edit_is_not_in_its_way(after: str, current: str, expected: str) -> None:
    base = "a\r\nb" if "\r" in after else "a\nb"
    assert rebase(base, after, current) == (expected, ())


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n!ls -l\nx = !pwd\n",
        "await f()\n",
        "x?\n?x\n",
        "if x:\n    %time f()\n",
        "%%bash\nfor f in *; do\n",
        "s = '''\n%not a magic\n'''\n",
    ],
)
def test_notebook_python_is_not_called_broken(source: str) -> None:
    assert syntax_problem("x = 1", source, "python") is None


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [("python", "x = 1", "x = ("), ("json", "{}", '{"a": }'), ("notebook", '{"cells": [], "nbformat": 4}', "{}")],
)
def test_text_that_no_longer_parses_is_reported(language: str, before: str, after: str) -> None:
    assert syntax_problem(before, after, language)


def test_text_that_did_not_parse_before_is_not_judged() -> None:
    assert syntax_problem("x = (", "x = ((", "python") is None
