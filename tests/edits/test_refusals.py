"""What goes wrong in other tools: each of these has to be refused, or done at the one right place."""

from __future__ import annotations

import pytest

from jupyter_townie.edits import EditRefused, apply_replacement, apply_reply, edit_from_reply

BODY = "    total = x\n    return total\n"
TEXT = f"import os\n\n\ndef first(x):\n{BODY}\n\ndef second(x):\n{BODY}"


def refusal(before: str, reply: str, format: str | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply_reply(before, reply, format)
    return caught.value


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def test_two_equal_places_are_refused_and_both_are_listed() -> None:
    refused = refusal(TEXT, block("    total = x", "    total = 2 * x"))
    assert refused.kind == "ambiguous"
    assert refused.hunks[0].places == (5, 10)
    assert "def first(x):" in str(refused) and "def second(x):" in str(refused)


def test_right_line_number_decides_between_exact_places() -> None:
    reply = "@@ -10,2 +10,2 @@\n-    total = x\n+    total = 2 * x\n     return total\n"
    head, tail = TEXT.split("def second(x):\n")
    assert apply_reply(TEXT, reply) == head + "def second(x):\n" + tail.replace("= x", "= 2 * x")


def test_wrong_counts_make_the_line_number_worthless() -> None:
    reply = "@@ -10,7 +10,7 @@\n-    total = x\n+    total = 2 * x\n     return total\n"
    assert refusal(TEXT, reply).kind == "ambiguous"


def test_anchor_decides_between_equal_places() -> None:
    reply = "*** Begin Patch\n*** Update File: f\n@@ def second(x):\n-    total = x\n+    total = 2 * x\n*** End Patch"
    assert apply_reply(TEXT, reply) == TEXT.replace("second(x):\n    total = x", "second(x):\n    total = 2 * x")


def test_first_line_that_differs_is_shown_beside_the_real_one() -> None:
    refused = refusal(TEXT, block("def first(x):\n    total = y\n    return total", "pass"))
    assert refused.kind == "not_found"
    assert (refused.hunks[0].wrote, refused.hunks[0].wrote_line) == ("    total = y", 2)
    assert (5, "    total = x") in refused.hunks[0].nearest


def test_edit_that_is_already_applied_is_said_to_be() -> None:
    assert refusal(TEXT, block("import sys", "import os")).kind == "already_applied"


def test_insertion_that_is_already_there_is_not_repeated() -> None:
    assert refusal("a\nb\nc\n", "@@\n a\n+b\n").kind == "already_applied"


def test_one_hunk_without_a_place_keeps_all_others_from_being_applied() -> None:
    refused = refusal(TEXT, block("import os", "import sys") + block("no such line", "x"))
    assert (refused.hunks[0].hunk, refused.fitting) == (1, (0,))


@pytest.mark.parametrize(
    "dots", ["# ... existing code ...", "// rest of the code unchanged", "...", "<!-- rest of the page -->"]
)
def test_placeholder_is_never_written(dots: str) -> None:
    assert refusal(TEXT, block("import os", f"import os\n{dots}")).kind == "placeholder"


def test_ellipsis_as_a_function_body_is_not_a_placeholder() -> None:
    assert apply_reply(TEXT, block("import os", "import os\n\n\ndef stub():\n    ...")).count("...") == 1


@pytest.mark.parametrize(
    "reply",
    [
        "<<<<<<< SEARCH\nimport os\n=======\nimport sys\n",
        "*** Begin Patch\n*** Update File: f\n@@\n-import os\n+import sys\n",
        "```diff\n@@\n-import os\n+import sys\n",
        "```python\nimport sys\n\ndef first",
    ],
)
def test_reply_that_was_cut_off_is_refused(reply: str) -> None:
    assert refusal(TEXT, reply).kind == "incomplete"


def test_addition_without_a_place_is_refused() -> None:
    assert refusal(TEXT, "@@\n+import sys\n").kind == "no_location"
    assert refusal(TEXT, "<<<<<<< SEARCH\n=======\nimport sys\n>>>>>>> REPLACE").kind == "no_location"


def test_edit_that_changes_nothing_is_a_refusal() -> None:
    assert refusal(TEXT, block("import os", "import os")).kind == "no_change"


def test_diff_for_two_files_is_refused() -> None:
    two = "--- a/f\n+++ b/f\n@@\n-import os\n+import sys\n--- a/g\n+++ b/g\n@@\n-x\n+y\n"
    assert refusal(TEXT, two).kind == "bad_format"


def test_two_hunks_that_want_the_same_line_are_refused() -> None:
    assert refusal(TEXT, block("import os", "import sys") + block("import os", "import re")).kind == "overlap"


def test_ten_thousand_hunks_are_refused_in_words() -> None:
    assert "10000 hunks" in str(refusal(TEXT, "@@\n-import os\n+import sys\n" * 10_000))


def test_two_blocks_are_no_whole_text() -> None:
    assert refusal(TEXT, "```python\nx = 1\n```\nand\n```python\ny = 2\n```\n", "whole").kind == "bad_format"


def test_snippet_is_no_whole_text() -> None:
    assert refusal(TEXT, "```python\n    total = 3 * x\n    return total\n```\n", "whole").kind == "bad_format"


def test_delimiter_in_the_content_is_read_the_one_way_that_fits() -> None:
    before = "Title\n=======\n\ntext\n"
    assert (
        apply_reply(before, block("Title\n=======\n\ntext", "Title\n=======\n\nother")) == "Title\n=======\n\nother\n"
    )


def test_indentation_shift_moves_the_new_lines_too() -> None:
    reply = block("total = x", "if x:\n    total = x")
    once = "class A:\n\tdef f(self):\n\t\ttotal = x\n"
    assert apply_reply(once, reply) == "class A:\n\tdef f(self):\n\t\tif x:\n\t\t    total = x\n"


def test_unlike_lines_in_the_context_do_not_move_an_edit() -> None:
    reply = "@@\n-    total = z\n+    total = 1\n     return total\n"
    assert refusal(TEXT, reply).kind == "not_found"


def test_bytes_the_model_did_not_mean_to_change_stay() -> None:
    before = "a = 1   \nb = 2\t\nc = 3\n"
    assert apply_reply(before, block("a = 1\nb = 2\nc = 3", "a = 1\nb = 2\nc = 4")) == "a = 1   \nb = 2\t\nc = 4\n"


def test_replacement_within_a_line_has_to_be_the_only_one() -> None:
    assert apply_replacement("x = old + 1\n", "old", "new").after == "x = new + 1\n"
    with pytest.raises(EditRefused):
        apply_replacement("old old\n", "old", "new")


def test_edit_counts_lines_and_names_its_base() -> None:
    edit = edit_from_reply("a\nb\n", block("b", "c\nd"))
    assert (edit.added, edit.removed, len(edit.base)) == (2, 1, 64)


def test_message_stays_short_for_very_long_lines() -> None:
    assert len(str(refusal("x" * 500_000, block("x" * 499_999, "y")))) < 3_000
