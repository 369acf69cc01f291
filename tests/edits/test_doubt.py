"""Edits that look applicable and are not, and what tells two readings of one edit apart."""

from __future__ import annotations

import pickle

import pytest

from jupyter_townie.edits import EditRefused, apply_reply

CLASS = "class A:\n    def run(self):\n        total = 1\n        total += 2\n        return total\n"


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n"


def refusal(before: str, reply: str, format: str | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply_reply(before, reply, format)
    return caught.value


def test_one_blank_line_to_search_for_is_no_place() -> None:
    assert refusal("a = 1\n\nb = 2\n", block("", "import os")).kind == "no_location"


def test_line_cut_off_in_a_fence_that_was_not_closed() -> None:
    reply = "```diff\n@@ -1,2 +1,2 @@\n a = 1\n-return value\n+return va"
    assert refusal("a = 1\nreturn value\n", reply).kind == "incomplete"
    assert apply_reply("a = 1\nreturn value\n", reply + "l\n").endswith("return val\n")


def test_removed_line_that_has_changed_is_not_looked_for_elsewhere() -> None:
    before = "one(\n    a,\n    b,\n    tag(0))\n)\n\n\ntwo(\n    c,\n    tag(1))\n)\n\n\nthree()\n"
    diff = "@@\n one(\n-    a,\n+    d,\n     b,\n-    tag(1))\n )\n \n \n"
    assert refusal(before, diff, "udiff").kind == "not_found"


def test_dots_in_a_whole_text_that_swallow_lines() -> None:
    emptied = CLASS.replace("        total = 1\n        total += 2\n        return total\n", "        ...\n")
    assert refusal(CLASS, f"```python\n{emptied}```\n").kind == "placeholder"
    stub = CLASS + "\n    def later(self):\n        ...\n"
    assert apply_reply(CLASS, f"```python\n{stub}```\n") == stub
    assert refusal(CLASS, f"```python\n{CLASS.replace('        total += 2', '...')}```\n").kind == "placeholder"
    kept = CLASS.replace("        total += 2\n", "        # (other lines stay as they are)\n")
    assert refusal(CLASS, f"```python\n{kept}```\n").kind == "placeholder"


def test_single_line_without_its_indentation_says_nothing_about_the_others() -> None:
    reply = block("return total", "return total\n\n    def stop(self):\n        pass")
    assert refusal(CLASS, reply).kind == "not_found"
    moved = block("return total", "if total:\n    return total")
    assert apply_reply(CLASS, moved).endswith("        if total:\n            return total\n")


def test_blank_after_every_mark() -> None:
    reply = (
        "@@\n     def run(self):\n-         total = 1\n+         total = 3\n@@\n         return total\n+ \n+ x = 1\n"
    )
    assert apply_reply(CLASS, reply, "udiff") == CLASS.replace("total = 1", "total = 3") + "\nx = 1\n"
    assert (
        apply_reply("import a\nimport c\n", "@@\n import a\n+ import b\n import c\n")
        == "import a\nimport b\nimport c\n"
    )
    comment = "@@\n /**\n+ * More.\n  * This.\n  */\n"
    assert apply_reply("/**\n * This.\n */\n", comment) == "/**\n * More.\n * This.\n */\n"


def test_entities_stay_where_nothing_shows_that_they_are_none() -> None:
    page = "<p>One</p>\n<p>Two</p>\n"
    assert (
        apply_reply(page, "@@\n <p>One</p>\n+Tom &amp; Co.\n <p>Two</p>\n") == "<p>One</p>\nTom &amp; Co.\n<p>Two</p>\n"
    )
    assert apply_reply("one\ntwo\n", "@@\n one\n+Tom &amp; Co.\n two\n") == "one\nTom &amp; Co.\ntwo\n"
    code = "if a < b:\n    c = 1\n"
    assert apply_reply(code, "@@\n     c = 1\n+    d = a &lt; 2\n", "udiff") == code + "    d = a < 2\n"


def test_apostrophe_follows_a_text_that_has_its_own() -> None:
    before = "It's one.\nThat's two.\nHere's three.\n"
    assert apply_reply(before, "@@\n It's one.\n+It isn\u2019t.\n".replace("It's", "It\u2019s")) == before.replace(
        "one.\n", "one.\nIt isn't.\n"
    )
    added = "@@\n+It isn\u2019t.\n x = 1\n"
    assert apply_reply("x = 1\n# it's, that's, here's\n", added, "udiff").startswith("It isn't.\n")


def test_addition_among_more_blank_lines_than_the_hunk_has() -> None:
    before = "\n\n\na = 1\n"
    assert refusal(before, "@@ -1,4 +1,5 @@\n \n+b = 2\n \n a = 1\n").kind == "not_found"
    assert refusal("x = 1\nb = 2\n", "@@ -1,3 +1,4 @@\n+a = 1\n \n b = 2\n").kind == "not_found"


def test_heading_is_the_last_one_before_the_lines() -> None:
    before = "def first():\n    return 1\n\nTABLE = {\n    'a': 1,\n    'b': 2,\n}\n\ndef second():\n    return 2\n"
    change = "     'a': 1,\n-    'b': 2,\n+    'b': 3,"
    patch = f"*** Begin Patch\n*** Update File: f.py\n@@ def first():\n{change}\n*** End Patch\n"
    assert apply_reply(before, patch) == before.replace("'b': 2", "'b': 3")
    elsewhere = patch.replace(change, "-    return 2\n+    return 3")
    assert refusal(before, elsewhere).kind == "not_found"


def test_whole_text_in_another_language() -> None:
    before = "".join([f"name_{n} = compute({n})\n" for n in range(14)])
    page = "".join([f".rule-{n} {{\n  color: #{n:03};\n}}\n" for n in range(14)])
    assert refusal(before, f"```css\n{page}```\n", "whole").kind == "bad_format"
    rewritten = "".join([f"value_{n} = other[{n}]\n" for n in range(14)])
    assert apply_reply(before, f"```python\n{rewritten}```\n", "whole") == rewritten


def test_whole_text_that_begins_as_the_old_one_needs_no_fence() -> None:
    before = "Title\n~~~~~\n\nSome words about it.\n\n```\ncode\n```\n"
    assert apply_reply(before, before.replace("Some", "More"), "whole") == before.replace("Some", "More")


def test_more_inexact_hunks_than_are_guessed_at_are_told_what_to_do() -> None:
    lines = [f"value_{n} = compute({n}, 'of it')" for n in range(1600)]
    hunks = [
        f"@@\n {lines[n]}\n {lines[n + 1]}\n {lines[n + 2]} # old\n {lines[n + 3]}\n-{lines[n + 4]}\n+x = {n}\n"
        for n in range(0, 1600, 8)
    ]
    assert apply_reply("\n".join(lines), "".join(hunks[:140]), "udiff").count("x = ") == 140
    assert "parts of at most 150 hunks" in str(refusal("\n".join(lines), "".join(hunks), "udiff"))


def test_refusal_can_be_passed_between_processes() -> None:
    refused = refusal(CLASS, block("nothing like it", "x"))
    again = pickle.loads(pickle.dumps(refused))
    assert (str(again), again.hunks, again.total) == (str(refused), refused.hunks, refused.total)
