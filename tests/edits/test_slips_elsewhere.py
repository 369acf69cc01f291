"""Slips seen in the replies and the test suites of other tools, each written anew for this engine."""

from __future__ import annotations

import pytest

from jupyter_townie.edits import EditRefused, apply_replacement, apply_reply

QUEUE = (
    "class Inbox:\n    def take(self):\n        self.check()\n\n    def peek(self):\n        return 1\n\n\n"
    "class Outbox:\n    def put(self):\n        return 2\n"
)


def block(old: str, new: str, opening: str = "<<<<<<< SEARCH", closing: str = ">>>>>>> REPLACE") -> str:
    return f"{opening}\n{old}\n=======\n{new}\n{closing}\n"


def patch(body: str, head: str = "*** Update File: f.py") -> str:
    return f"*** Begin Patch\n{head}\n{body}*** End Patch\n"


def refusal(before: str, reply: str, format: str | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply_reply(before, reply, format)
    return caught.value


@pytest.mark.parametrize(
    "line",
    [
        "  ...rest,",
        "  ...rest",
        "  ...existing,",
        "  ...(schema['properties'] as Record<string, unknown>),",
        "  ...this.props.other,",
        "  ...methods.filter((m) => m.keep),",
        "  [...existing, item],",
        "  ...(remaining ? [remaining] : []),",
    ],
)
def test_spread_of_a_value_is_code(line: str) -> None:
    before = "const a = {\n  b: 1,\n};\n"
    after = f"const a = {{\n  b: 1,\n{line}\n}};\n"
    assert apply_reply(before, block("  b: 1,", f"  b: 1,\n{line}"), "search_replace") == after
    assert apply_reply(before, f"```js\n{after}```\n", "whole") == after


@pytest.mark.parametrize(
    "line", ["...rest of the code", "...existing code...", "...unchanged", "...(rest)", "...other methods"]
)
def test_dots_before_words_are_text_left_out(line: str) -> None:
    assert refusal("const a = 1;\n", block("const a = 1;", f"const a = 2;\n{line}")).kind == "placeholder"


def test_headings_that_follow_each_other_must_all_be_there() -> None:
    body = "-        self.check()\n+        self.check(True)\n"
    assert refusal(QUEUE, patch(f"@@ class Inbox\n@@     def drop(self):\n{body}"), "v4a").kind == "not_found"
    assert refusal(QUEUE, patch(f"@@ class Crate\n@@     def take(self):\n{body}"), "v4a").kind == "not_found"
    assert refusal(QUEUE, patch(f"@@ class Outbox\n@@     def take(self):\n{body}"), "v4a").kind == "not_found"
    after = QUEUE.replace("check()", "check(True)")
    assert apply_reply(QUEUE, patch(f"@@ class Inbox\n@@     def take(self):\n{body}"), "v4a") == after
    assert apply_reply(QUEUE, patch(f"@@ class Inbox\n@@\n{body}"), "v4a") == after
    assert apply_reply(QUEUE, patch(f"@@ somewhere\n{body}"), "v4a") == after


def test_patch_that_creates_the_text_does_not_add_to_one_that_is_there() -> None:
    for reply, format in (
        (patch("+b = 2\n", "*** Add File: f.py"), "v4a"),
        ("```diff\n--- /dev/null\n+++ b/f.py\n@@ -0,0 +1 @@\n+b = 2\n```\n", "udiff"),
    ):
        assert refusal("a = 1\n", reply, format).kind == "no_location"
        assert apply_reply("", reply, format) == "b = 2\n"


def test_addition_at_the_top_is_sure_where_another_hunk_shows_that_numbers_hold() -> None:
    diff = "--- a/f\n+++ b/f\n@@ -0,0 +1 @@\n+import os\n@@ -2 +3 @@\n-b = 2\n+b = 3\n"
    assert apply_reply("a = 1\nb = 2\n", diff, "udiff") == "import os\na = 1\nb = 3\n"


def test_short_markers_of_a_conflict_are_never_written() -> None:
    edit = "<<<<\nold\n====\nnew\n>>>>\n"
    assert refusal("a\nold\nb\n", edit).kind == "bad_format"
    assert refusal("a\nold\nb\n", edit, "whole").kind == "bad_format"
    assert refusal("a\nold\nb\n", block("old", edit.rstrip())).kind == "bad_format"
    assert apply_reply("a\nold\nb\n", edit, "search_replace") == "a\nnew\nb\n"


@pytest.mark.parametrize("dashes", [5, 7, 11])
def test_markers_of_another_length_and_a_longer_divider_are_read(dashes: int) -> None:
    reply = f"{'-' * dashes} SEARCH\nb\n==========\nB\n{'+' * dashes} REPLACE\n"
    assert apply_reply("a\nb\n", reply, "search_replace") == "a\nB\n"


def test_underlined_headings_are_content_beside_the_true_divider() -> None:
    before = "Notes\n=====\n\ntext\n"
    assert apply_reply(before, block("Notes\n=====", "Remarks\n=====")) == "Remarks\n=====\n\ntext\n"


def test_copied_line_numbers_say_which_of_two_places() -> None:
    before = "def f():\n    return 1\n\n\ndef f():\n    return 1\n"
    reply = block("5 | def f():\n6 |     return 1", "5 | def f():\n6 |     return 2")
    assert apply_reply(before, reply, "search_replace") == "def f():\n    return 1\n\n\ndef f():\n    return 2\n"
    elsewhere = reply.replace("5 |", "3 |").replace("6 |", "4 |")
    assert refusal(before, elsewhere, "search_replace").kind == "ambiguous"


def test_lines_that_only_part_of_a_hunk_changes_are_not_called_applied() -> None:
    before = "head\nalpha\nbeta\ngamma\nfoot\n"
    assert apply_reply(before, "@@\n head\n alpha\n-gamma\n+delta\n foot\n", "udiff") == before.replace(
        "gamma", "delta"
    )


ASTRAY = "class A:\n    def f(self):\n        # one\n           # two\n        a = 1\n        b = 2\n        return b\n"


def test_removed_line_that_was_indented_by_chance_is_still_removed() -> None:
    diff = "@@\n class A:\n     def f(self):\n-        # one\n-        # two\n         a = 1\n         b = 2\n"
    after = ASTRAY.replace("        # one\n           # two\n", "")
    assert apply_reply(ASTRAY, f"{diff}         return b\n", "udiff") == after


def test_line_indented_by_chance_beside_an_addition_is_refused_and_named() -> None:
    diff = "@@\n class A:\n     def f(self):\n         # one\n         # two\n+        c = 3\n         a = 1\n"
    refused = refusal(ASTRAY, f"{diff}         b = 2\n", "udiff")
    assert refused.kind == "not_found"
    assert refused.hunks[0].wrote == "        # two" and refused.hunks[0].places == (4,)
    assert "indented differently" in str(refused)


def test_end_of_the_last_line_of_a_reply_need_not_show() -> None:
    before = "one\r\ntwo\nthree\r\n"
    assert apply_reply(before, "@@ ... @@\n one\r\n-two\n+2\r\n three", "udiff") == "one\r\n2\r\nthree\r\n"


def test_divider_too_many_is_named() -> None:
    refused = refusal("a\nb\n", block("a\nb", "a\n======="))
    assert refused.kind == "bad_format" and "2 ======= lines" in str(refused)


def test_first_line_that_differs_is_found_although_lines_are_missing_before() -> None:
    rows = [f"    step_{n}(value)" for n in range(12)]
    before = "def run(value):\n" + "\n".join(rows) + "\n    return value\n"
    old = "\n".join(["def run(value):", "    import sys", *rows[:7]])
    refused = refusal(before, block(old, "pass"))
    failed = refused.hunks[0]
    assert (failed.wrote, failed.wrote_line, failed.places) == ("    import sys", 2, (2,))
    assert failed.nearest[0] == (1, "def run(value):")
    assert failed.nearest_score == (8, 9)


def test_lines_alike_by_a_bracket_alone_are_not_called_near() -> None:
    before = "def load(path):\n    return read(\n        path,\n    )\n"
    refused = refusal(before, block("group.add(\n    '--gui',\n    action='store',\n    help='open',\n)", "pass"))
    assert refused.hunks[0].nearest == ()
    assert "nor is anything like it" in str(refused)


def test_one_blank_line_for_old_lines_is_a_removal_only_where_another_blank_one_says_nothing() -> None:
    reply = block("b = 2", "")
    assert apply_reply("a = 1\n\nb = 2\nc = 3\n", reply) == "a = 1\n\nc = 3\n"
    assert apply_reply("a = 1\nb = 2\n", reply) == "a = 1\n"
    refused = refusal("a = 1\nb = 2\nc = 3\n", reply)
    assert refused.kind == "bad_format" and "one blank line" in str(refused)


def test_copy_of_a_context_line_has_the_quotes_of_that_line() -> None:
    before = "def f():\n    # don\u2019t \u2018wait\u2019\n    g()\n"
    diff = "@@\n def f():\n+    # don't 'wait'\n     # don't 'wait'\n     g()\n"
    line = "    # don\u2019t \u2018wait\u2019\n"
    assert apply_reply(before, diff, "udiff") == before.replace(line, line * 2)


def test_no_break_spaces_before_the_lines_show_that_those_within_are_blanks() -> None:
    hard = "\u00a0"
    reply = block(f"{hard * 2}call(\n{hard * 4}one,\n{hard * 4}two,\n{hard * 2})", f"{hard * 2}call(one,{hard}two)")
    before = "def f(a, b):\n  call(\n    one,\n    two,\n  )\n  return a\n"
    assert apply_reply(before, reply) == "def f(a, b):\n  call(one, two)\n  return a\n"


def test_apostrophe_of_added_prose_stays_as_it_is_written() -> None:
    before = "# Notes\n\nIt says 'no'.\n"
    diff = "@@\n # Notes\n \n+It doesn\u2019t say why.\n It says 'no'.\n"
    assert apply_reply(before, diff, "udiff") == "# Notes\n\nIt doesn\u2019t say why.\nIt says 'no'.\n"
    code = block("print('a')", "print(\u2018b\u2019)")
    assert apply_reply("x = 1\nprint('a')\n", block("x = 1", "x = \u2018b\u2019")) == "x = 'b'\nprint('a')\n"
    assert refusal("x = 1\n", code).kind == "not_found"


def test_hunks_run_together_each_change_something() -> None:
    one, two = "one(\n    a,\n    b,\n)\n", "two(\n    b,\n    c,\n)\n"
    before = f"{one}x = 1\n{two}y = 2\n"
    diff = "@@\n one(\n     a,\n     b,\n-    c,\n )\n y = 2\n"
    assert refusal(before, diff, "udiff").kind in ("not_found", "ambiguous")


def test_width_of_a_tab_is_the_one_that_needs_no_further_indentation() -> None:
    before = "class A {\n\tf() {\n\t\treturn 1\n\t}\n}\n"
    reply = block("    return 1", "    if (a) {\n      b()\n    }\n    return 1")
    after = "class A {\n\tf() {\n\t\tif (a) {\n\t\t\tb()\n\t\t}\n\t\treturn 1\n\t}\n}\n"
    assert apply_reply(before, reply) == after


@pytest.mark.parametrize("new", ["}\n\ninterface B {\n\tb: 1\n}\n", "interface A {\n\ta: 2\n"])
def test_whole_text_that_begins_or_ends_within_a_bracket_is_refused(new: str) -> None:
    before = "interface A {\n\ta: 1\n}\n\ninterface B {\n\tb: 1\n}\n"
    assert refusal(before, f"```ts\n{new}```\n", "whole").kind in ("bad_format", "incomplete")


def test_lines_that_are_everywhere_but_in_another_order_are_not_called_missing() -> None:
    before = "a = 1\nb = 2\n" * 300
    refused = refusal(before, block("a = 1\na = 1\nb = 2", "c = 3"))
    assert refused.kind == "not_found" and "not one after the other" in str(refused)


OPTIONS = "import os\n\n\ndef load(path, mode):\n    if mode:\n        return os.open(path, mode)\n    return None\n"


@pytest.mark.parametrize(
    "body",
    [
        " def load(path, mode):\n-    if mode:\n+    if mode is not None:\n         return os.op",
        " import os\n \n \n-def load(path, mode):\n+def load(path, mo",
        " import os\n-\n \n def load(path, mode):\n     if mode:\n@@ -9,4 +9,4 @@\n     ret",
    ],
)
def test_diff_that_ends_in_the_middle_of_a_line_is_incomplete(body: str) -> None:
    assert refusal(OPTIONS, f"@@\n{body}", "udiff").kind == "incomplete"


def test_right_counts_do_not_make_a_line_whole() -> None:
    diff = "@@ -4,3 +4,3 @@\n def load(path, mode):\n-    if mode:\n+    if mode == 1:\n         return os.op"
    assert refusal(OPTIONS, diff, "udiff").kind == "incomplete"
    assert refusal(OPTIONS, f"```diff\n{diff}", "udiff").kind == "incomplete"


def test_fence_that_ends_in_a_hunk_without_changes_is_incomplete() -> None:
    diff = "```diff\n@@ -1,2 +1,1 @@\n import os\n-\n@@ -5,3 +4,3 @@\n     if mode:\n"
    assert refusal(OPTIONS, diff, "udiff").kind == "incomplete"


def test_reply_that_ends_in_a_marker_is_incomplete() -> None:
    assert refusal(OPTIONS, block("import os", "import sys", closing=">>>>>>> REPL").rstrip()).kind == "incomplete"
    assert refusal(OPTIONS, block("import os", "import sys") + "\n<<<<<<< SEA").kind == "incomplete"


def test_block_that_was_wrapped_before_is_not_wrapped_again() -> None:
    before = "def f():\n    try:\n        return g()\n    except OSError:\n        return None\n"
    reply = block("\n    return g()\n", "\n    try:\n        return g()\n    except OSError:\n        return None\n")
    assert refusal(before, reply).kind == "already_applied"


def test_line_end_of_the_text_may_be_counted_as_a_blank_line() -> None:
    after = "a = 1\n\nb = 2\n"
    assert apply_reply("a = 1\n", "@@\n a = 1\n \n+b = 2\n+\n", "udiff") == after
    assert apply_reply("a = 1\n", "@@\n a = 1\n \n+b = 2\n", "udiff") == after
    assert apply_reply(after, "@@\n a = 1\n \n-b = 2\n-\n", "udiff") == "a = 1\n"
    assert refusal(after, "@@\n a = 1\n \n+b = 2\n+\n", "udiff").kind == "already_applied"


def test_place_that_its_number_names_speaks_against_a_shifted_one_elsewhere() -> None:
    part = "for x in y:\n    one(x)\n    two(x)\n    three(x)\n"
    shifted = "".join(f"  {line}\n" for line in part.splitlines())
    before = f"if a:\n{shifted}else:\n    pass\n{part.replace('two', 'other')}"
    diff = "@@ -8,4 +8,3 @@\n for x in y:\n     one(x)\n-    two(x)\n     three(x)\n"
    assert refusal(before, diff, "udiff").kind == "ambiguous"


def test_blank_replacement_in_a_blank_text_changes_only_what_it_names() -> None:
    assert apply_replacement("\n ", " ", "").after == "\n"


def test_part_that_begins_with_the_same_quotes_as_the_text_is_a_part() -> None:
    functions = "".join(f'def f{n}():\n    """\n    The {n}th.\n    """\n    return {n}\n\n\n' for n in range(9))
    before = f'"""\nAll of them.\n"""\n\n\n{functions}LAST = f8()\n'
    part = before[before.index("def f6") :].replace("return 7", "return 70")
    assert refusal(before, f"```python\n{part}```\n", "whole").kind == "bad_format"


def test_text_of_nothing_but_a_copied_line_number_is_empty() -> None:
    assert refusal("<<<<<<< SEARCH", "\n1 | ").kind == "bad_format"
    assert refusal("a = 1\n", "1 | \n2 | \n", "whole").kind == "bad_format"


def test_same_text_with_its_byte_order_mark_is_no_change() -> None:
    assert refusal("\ufeffa = 1\nb = 2\n", "\ufeffa = 1\nb = 2\n", "whole").kind == "no_change"


def test_addition_between_blank_lines_of_which_the_text_has_more_is_refused() -> None:
    before = "first\nabove\n\n\n\nbelow\n"
    refused = refusal(before, "@@ -2,5 +2,6 @@\n above\n \n+added\n \n below\n", "udiff")
    assert "blank lines leave open" in str(refused)


def test_addition_that_one_of_two_like_places_has_already_is_not_made_at_the_other() -> None:
    before = "start\none\ntwo\nnew\nthree\nmiddle\none\ntwo\nthree\nend\n"
    refused = refusal(before, "@@\n one\n two\n+new\n three\n", "udiff")
    assert refused.kind == "already_applied" and refused.hunks[0].places == (2,)
