"""Slips of models that once led to a wrong text, or to a refusal of what was clear."""

from __future__ import annotations

import pytest

from jupyter_townie.edits import EditRefused, apply_reply, edit_from_reply

BODY = "def f(a):\n    b = a + 1\n    return b\n"


def block(old: str, new: str, opening: str = "<<<<<<< SEARCH", closing: str = ">>>>>>> REPLACE") -> str:
    return f"{opening}\n{old}\n=======\n{new}\n{closing}\n"


def patch(body: str) -> str:
    return f"*** Begin Patch\n*** Update File: f.py\n{body}*** End Patch\n"


def kind(before: str, reply: str, format: str | None = None) -> str:
    with pytest.raises(EditRefused) as refused:
        apply_reply(before, reply, format)
    return refused.value.kind


def test_byte_order_mark_stays_although_the_model_did_not_see_it() -> None:
    assert apply_reply("\ufeffimport os\n", block("import os", "import sys")) == "\ufeffimport sys\n"


def test_byte_order_mark_stays_under_a_new_whole_text() -> None:
    edit = edit_from_reply("\ufeffa = 1\n", "```python\na = 2\n```", "whole")
    assert (edit.before, edit.after) == ("\ufeffa = 1\n", "\ufeffa = 2\n")


@pytest.mark.parametrize("sign", ["\u2192", "\t", ": ", " | ", ":"])
def test_copied_line_numbers_are_taken_off_with_their_sign_and_nothing_else(sign: str) -> None:
    old = f" 1{sign}def f(a):\n 2{sign}    b = a + 1"
    new = f" 1{sign}def f(a):\n 2{sign}    b = a + 2"
    assert apply_reply(BODY, block(old, new)) == BODY.replace("+ 1", "+ 2")


def test_line_numbers_in_the_new_lines_are_never_written() -> None:
    assert kind(BODY, block("1: def f(a):\n2:     b = a + 1", "def f(a):\n2:     b = a + 2")) == "not_found"


def test_blocks_between_markers_of_a_merge_are_blocks() -> None:
    reply = block("    return b", "    return 2 * b", "<<<<<<< HEAD", ">>>>>>> updated")
    assert apply_reply(BODY, reply, "search_replace") == BODY.replace("return b", "return 2 * b")


@pytest.mark.parametrize("format", ["search_replace", "udiff", "whole"])
def test_merge_conflict_is_never_written(format: str) -> None:
    conflict = ["<<<<<<< HEAD", "    x = 1", "=======", "    x = 2", ">>>>>>> theirs"]
    lines = "\n".join(conflict)
    replies = {
        "search_replace": block("    return b", lines),
        "udiff": "@@\n-    return b\n" + "".join(f"+{line}\n" for line in conflict),
        "whole": f"```python\ndef f(a):\n{lines}\n    return b\n```\n",
    }
    assert kind(BODY, replies[format], format) in ("bad_format", "not_found")


def test_no_break_spaces_of_an_edit_become_blanks_in_a_text_that_has_none() -> None:
    reply = "@@\n     return\u00a0b\n+\n+def\u00a0g(c):\n+    return\u00a0c\n"
    assert apply_reply(BODY, reply) == BODY + "\ndef g(c):\n    return c\n"


def test_added_lines_between_two_blank_ones_are_refused_when_the_hunk_has_neither() -> None:
    assert kind("a = 1\n\n\nb = 2\n", "@@\n a = 1\n+c = 3\n+\n b = 2\n") == "not_found"


def test_blank_line_that_the_hunk_lacks_puts_an_unlike_addition_in_doubt() -> None:
    before = "# One\n\n- first entry of the list\n"
    assert kind(before, "@@\n-# One\n+# Two\n+- another thing to tell\n - first entry of the list\n") == "not_found"


def test_blank_line_that_the_hunk_lacks_is_no_matter_to_a_changed_line() -> None:
    before = "x = compute(1)\n\ny = 2\nz = 3\n"
    after = apply_reply(before, "@@\n-x = compute(1)\n+x = compute(2)\n y = 2\n z = 3\n")
    assert after == before.replace("(1)", "(2)")


def test_hunks_run_together_are_refused_when_they_can_be_parted_in_two_ways() -> None:
    before = "a\nk\nx\ny\nb\nk\nx\nz\nc\n"
    assert kind(before, "@@\n a\n+1\n k\n x\n z\n+2\n c\n") in ("not_found", "ambiguous")


def test_place_that_has_as_many_of_the_lines_as_another_is_refused() -> None:
    block_of = "    with lock:\n        first()\n        second({})\n        third()\n        fourth()\n"
    before = f"def f():\n{block_of.format('x')}\n\ndef g():\n{block_of.format('y')}"
    context = "     with lock:\n         first()\n         second(z)\n"
    reply = f"@@\n{context}-        third()\n+        other()\n         fourth()\n"
    assert kind(before, reply) in ("ambiguous", "not_found")


def test_hunk_that_almost_fits_where_its_number_says_is_not_put_elsewhere() -> None:
    body = "start()\none()\ntwo()\nthree()\nend()\n"
    before = body + "# between\n" * 10 + body.replace("two()", "two()  # reviewed")
    reply = "@@ -16,5 +16,5 @@\n start()\n one()\n-two()\n+2\n three()\n end()\n"
    assert kind(before, reply) == "ambiguous"


def test_lone_line_that_lost_its_indentation_does_not_move_lines_that_have_theirs() -> None:
    before = "class A:\n    x = f(\n    )\n\n\nb = 1\n"
    assert kind(before, block([")", "b = 1"][0], ")\n\n    y = 2")) == "not_found"


def test_line_indented_much_deeper_in_the_text_than_written_is_the_same_line_but_not_the_other_way_round() -> None:
    assert kind("import os\n", block(" " * 20 + "import os", "")) == "not_found"


def test_fence_within_the_markers_is_not_taken_off_when_the_text_has_it() -> None:
    before = "```bash\npip install new\n```\n\npip install old\n"
    assert kind(before, block("```bash\npip install old\n```", "```bash\npip install new\n```")) == "already_applied"


def test_repeated_structure_elsewhere_does_not_make_an_addition_look_done() -> None:
    before = "```\n\n```python\nx\n```\n```python\ny\n"
    assert apply_reply(before, block("```\n```python", "```\n\n```python")).count("```\n\n```python") == 2


def test_same_block_with_two_results_is_refused() -> None:
    before = "a\n\n\nb\n"
    assert kind(before, block("a\n\n", "a\nc\n") + block("a\n\n", "a\nc\nd\n")) == "overlap"


def test_edit_of_characters_that_are_already_so_is_already_applied() -> None:
    before = "a = f\u2019x\u2019\nb = 1\n"
    assert kind(before, "@@\n-a = f'x'\n+a = f\u2019x\u2019\n@@\n-b = 1\n+b = 2\n") == "already_applied"


def test_heading_may_follow_its_signs_at_once() -> None:
    before = "def f():\n    pass\ndef g():\n    pass\n"
    assert apply_reply(before, patch("@@def g():\n-    pass\n+    return 1\n")).endswith("g():\n    return 1\n")


def test_addition_that_lost_its_sign_amid_others_is_an_addition() -> None:
    assert apply_reply("a\nb\n", patch("@@\n-b\n+\ndef g():\n+    pass\n")) == "a\n\ndef g():\n    pass\n"


def test_tabs_written_as_backslash_t_are_tabs() -> None:
    assert apply_reply("\t\ta\n\t\tb\n", patch("@@\n-\\t\\tb\n+\\t\\tc\n")) == "\t\ta\n\t\tc\n"


def test_context_that_lost_its_blank_is_read_before_an_indentation_is_guessed() -> None:
    before = "if a:\n        x = 1\n        \n        y = 2\n"
    reply = patch("@@ if a:\n        x = 1\n+# added\n        \n        y = 2\n")
    assert apply_reply(before, reply) == "if a:\n        x = 1\n# added\n        \n        y = 2\n"


def test_commands_are_no_new_text() -> None:
    assert kind(BODY, "```bash\npip install thing\n```\n", "whole") == "bad_format"


def test_command_beside_a_whole_text_is_left_out() -> None:
    reply = f"```python\n{BODY.replace('1', '2')}```\nand run\n```bash\npip install x\n```\n"
    assert apply_reply(BODY, reply, "whole") == BODY.replace("1", "2")


def test_blank_line_before_the_closing_fence_is_not_part_of_the_text() -> None:
    assert apply_reply(BODY, f"```python\n{BODY.replace('1', '2')}\n```\n", "whole") == BODY.replace("1", "2")


def test_part_of_a_text_is_refused_although_it_ends_in_the_same_bracket() -> None:
    before = "".join(f"function f{n}() {{\n  const v{n} = {n};\n  return v{n};\n}}\n\n" for n in range(9))
    assert kind(before, f"```js\n{before[: len(before) // 3]}\n```".replace("const v1", "let v1"), "whole") in (
        "bad_format",
        "incomplete",
    )


def test_each_of_several_replacements_is_taken_to_the_letter() -> None:
    before = "import a\n\nx = 1\ny = 2\n"
    one = '{"oldText": "import a\\n", "newText": "import b\\nimport c"}'
    reply = f'{{"edits": [{one}, {{"oldText": "y = 2", "newText": "y"}}]}}'
    assert apply_reply(before, reply, "search_replace") == "import b\nimport c\nx = 1\ny\n"
