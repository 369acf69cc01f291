"""A change that is still arriving, as far as it has come."""

from __future__ import annotations

from hypothesis import given, strategies as st

from jupyter_townie.edits import GrowingEdit, HunkComplete, ReplyParser
from jupyter_townie.edits.growing import grown
from jupyter_townie.edits.pieces import BlockStarted, BlockText

BEFORE = "import os\n\na = 1\nb = 2\nc = 3\n"


def stages(before: str, block: str) -> list[str]:
    """What is shown after each line of a fenced block."""
    parser, edit, shown = ReplyParser(), None, []
    for line in block.split("\n"):
        for piece in parser.feed(line + "\n"):
            if isinstance(piece, BlockStarted):
                edit = GrowingEdit(before, piece.form)
            elif edit is not None and isinstance(piece, BlockText):
                edit.text(piece.text)
            elif edit is not None and isinstance(piece, HunkComplete):
                edit.hunk(piece.hunk)
        if edit is not None:
            shown.append(edit.after)
    return shown


def test_a_line_of_a_whole_text_replaces_an_old_one_once_the_next_line_shows_it() -> None:
    assert grown(BEFORE, "import sys\n") == "import sys\n" + BEFORE
    assert grown(BEFORE, "import sys\n\na = 1\n") == BEFORE.replace("os", "sys")


def test_an_inserted_line_removes_nothing() -> None:
    assert grown(BEFORE, "import os\nimport sys\n") == BEFORE.replace("os\n", "os\nimport sys\n")


def test_line_ends_and_the_missing_final_one_are_kept() -> None:
    assert grown("a\r\nb\r\nc", "a\nB\n") == "a\r\nB\r\nb\r\nc"


def test_a_rewrite_that_shares_nothing_is_shown_above_the_old_text() -> None:
    assert grown("a\nb\n", "x\ny\nz\n") == "x\ny\nz\na\nb\n"


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.lists(st.sampled_from("abcx"), min_size=1, max_size=12))
def test_what_has_arrived_is_always_at_the_top(old: list[str], new: list[str]) -> None:
    before, arrived = "".join(line + "\n" for line in old), "".join(line + "\n" for line in new)
    shown = grown(before, arrived)
    assert shown.startswith(arrived)
    assert before.endswith(shown[len(arrived) :])


def test_hunks_are_shown_one_by_one_before_the_block_ends() -> None:
    block = (
        "```search_replace cell=c\n<<<<<<< SEARCH\na = 1\n=======\na = 10\n>>>>>>> REPLACE\n"
        "<<<<<<< SEARCH\nc = 3\n=======\nc = 30\n>>>>>>> REPLACE"
    )
    shown = stages(BEFORE, block)
    assert BEFORE.replace("a = 1", "a = 10") in shown
    assert shown[-1] == BEFORE.replace("a = 1", "a = 10").replace("c = 3", "c = 30")


def test_new_lines_of_a_search_replace_block_are_shown_as_they_arrive() -> None:
    block = "```search_replace cell=c\n<<<<<<< SEARCH\na = 1\nb = 2\n=======\na = 10\nb = 2"
    shown = stages(BEFORE, block)
    assert shown[-2:] == [BEFORE.replace("a = 1", "a = 10\na = 1"), BEFORE.replace("a = 1", "a = 10")]


def test_a_hunk_of_a_diff_is_shown_when_the_next_one_begins() -> None:
    block = "```diff cell=c\n@@ -3,1 +3,1 @@\n-a = 1\n+a = 10\n@@ -5,1 +5,1 @@\n-c = 3"
    assert stages(BEFORE, block)[-1] == BEFORE.replace("a = 1", "a = 10")


def test_a_hunk_that_does_not_fit_leaves_what_fitted() -> None:
    block = (
        "```search_replace cell=c\n<<<<<<< SEARCH\na = 1\n=======\na = 10\n>>>>>>> REPLACE\n"
        "<<<<<<< SEARCH\nnot there\n=======\nc = 30\n>>>>>>> REPLACE"
    )
    assert stages(BEFORE, block)[-1] == BEFORE.replace("a = 1", "a = 10")


def test_a_block_without_a_form_is_told_by_its_first_line() -> None:
    assert stages(BEFORE, "```python cell=c\nimport sys\n\na = 1")[-1] == BEFORE.replace("os", "sys")
