"""Replies of which a careless reading would lose a line, or find it in a part of the text that was not meant."""

from __future__ import annotations

import pytest

from jupyter_townie.edits import EditRefused, apply_replacement, apply_reply
from jupyter_townie.edits.names import names_left_undefined

STEPS = "def load(path):\n    rows = []\n    for row in read(path):\n        rows.append(row)\n    return rows\n"


def refusal(before: str, reply: str, format: str | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply_reply(before, reply, format)
    return caught.value


def test_hunk_with_counts_of_nothing_and_a_first_blank_line_without_its_mark_is_not_passed_over() -> None:
    before = "a = 1\n\nb = 2\n\nc = 3\n"
    diff = "@@ -0,0 +0,0 @@\n-a = 1\n+a = 10\n@@ -0,0 +0,0 @@\n\n-c = 3\n+c = 30\n"
    assert apply_reply(before, diff, "udiff") == "a = 10\n\nb = 2\n\nc = 30\n"


def test_hunk_goes_on_behind_the_lines_that_its_header_announces() -> None:
    before = "a = 1\n\nb = 2\n\nc = 3\n"
    hunk = "@@ -1,1 +1,1 @@\n-a = 1\n+a = 10\n\n b = 2\n\n-c = 3\n+c = 30\n"
    for diff in (hunk, f"```diff\n{hunk}```\n", f"{hunk}@@ -3,1 +3,1 @@\n-b = 2\n+b = 20\n"):
        assert "c = 30" in apply_reply(before, diff, "udiff")


def test_list_in_the_prose_below_a_hunk_is_no_part_of_it() -> None:
    diff = "@@ -1,1 +1,1 @@\n-a = 1\n+a = 10\n\nWhat has changed:\n\n- a is ten\n"
    assert apply_reply("a = 1\nb = 2\n", diff, "udiff") == "a = 10\nb = 2\n"


def test_function_of_another_name_whose_body_looks_the_same_is_another() -> None:
    old = STEPS.replace("load", "save").rstrip()
    new = old.replace("append(row)", "append(row.strip())")
    block = f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"
    assert refusal(STEPS, block).kind == "not_found"
    kept = old.replace("def save(path):", "def load(path):  # of a file")
    assert "strip" in apply_reply(STEPS, block.replace("def save(path):", kept.split("\n")[0]))


def test_new_line_shown_as_context_beside_a_change_is_not_left_out() -> None:
    lines = STEPS.rstrip().split("\n")
    diff = "\n".join(["@@", f" {lines[0]}", f"-{lines[1]}", "     rows = list()", *[f" {line}" for line in lines[2:]]])
    assert refusal(STEPS, f"{diff}\n", "udiff").kind == "not_found"
    assert refusal("a = 1\nb = 2\n", "@@\n-b = 2\n b = 20\n", "udiff").kind == "not_found"


def test_elided_hunk_that_was_cut_off_is_incomplete() -> None:
    before = "one()\ntwo()\nthree()\nfour()\nfive()\n"
    reply = "```diff\n@@ -1,5 +1,5 @@\n one()\n # ...\n four()\n-five()\n+cinq(1"
    assert refusal(before, reply, "udiff").kind == "incomplete"


def test_placeholder_in_a_replacement_with_literal_line_ends() -> None:
    with pytest.raises(EditRefused, match="left out"):
        apply_replacement("a = 1\nb = 2\n", r"a = 1\nb = 2", r"a = 1\n# ... existing code ...")


def test_line_numbers_left_in_some_of_the_new_lines_are_not_written() -> None:
    before = "BINS = {\n    25: 172,\n    35: 484,\n}\n"
    old = "1 | BINS = {\n2 |     25: 172,\n3 |     35: 484,\n4 | }"
    with pytest.raises(EditRefused):
        apply_replacement(before, old, "1 | BINS = {\n    25: 173,\n3 |     35: 484,\n4 | }")


def test_whole_text_has_no_more_blank_lines_before_it_than_the_text() -> None:
    assert apply_reply("a = 1\n", "```python\n\na = 2\n```\n", "whole") == "a = 2\n"
    assert apply_reply("\na = 1\n", '<file path="a.py">\n\na = 2\n</file>\n', "whole") == "\na = 2\n"


@pytest.mark.parametrize("form", ["@@\n{}", "*** Begin Patch\n*** Update File: f\n@@\n{}*** End Patch\n"])
def test_context_without_its_mark_does_not_move_the_additions(form: str) -> None:
    before = "def a():\n    one()\n    two()\n"
    body = "    one()\n    two()\n\n+\n+def b():\n+    three()\n"
    assert apply_reply(before, form.format(body)) == "def a():\n    one()\n    two()\n\n\ndef b():\n    three()\n"
    nested = '[\n {\n  "a": 1\n },\n {\n  "b": 2\n }\n]\n'
    body = '  "a": 1\n+  "c": 3\n },\n {\n'
    assert apply_reply(nested, form.format(body)) == nested.replace('"a": 1\n', '"a": 1\n  "c": 3\n')


def test_same_change_in_hunks_with_more_or_less_context_is_one() -> None:
    diff = "@@\n one()\n-two()\n+due()\n@@\n-two()\n+due()\n three()\n"
    assert apply_reply("one()\ntwo()\nthree()\n", diff, "udiff") == "one()\ndue()\nthree()\n"


def test_tag_in_entities_is_not_written_into_a_text_of_tags() -> None:
    before = "<ul>\n<li>one</li>\ntwo\n</ul>\n"
    refused = refusal(before, "@@\n two\n+&lt;li&gt;three&lt;/li&gt;\n", "udiff")
    assert refused.kind == "bad_format" and "as it is" in str(refused)
    shown = "@@\n <li>one</li>\n+&lt;li&gt;\n two\n"
    assert apply_reply(before, shown, "udiff") == before.replace("two", "&lt;li&gt;\ntwo")
    assert refusal("", "@@ -0,0 +1 @@\n+f = (a) =&gt; a\n", "udiff").kind == "bad_format"


def test_first_lines_sent_as_the_whole_with_the_last_one_moved_up_are_a_part() -> None:
    before = "".join(f"def step_{n}():\n    return {n}\n" for n in range(12)) + "run(step_3)\n"
    lines = before.splitlines()
    part = "\n".join([*lines[:5], lines[-1], *lines[5:8]])
    assert refusal(before, f"```python\n{part}\n```\n", "whole").kind == "bad_format"
    kept = "\n".join([*lines[:8], lines[-1]])
    assert apply_reply(before, f"```python\n{kept}\n```\n", "whole") == f"{kept}\n"


def test_two_spaces_that_may_be_meant_as_no_break_spaces_are_asked_about() -> None:
    before = "call(\n    [\n        1,\n    ]\n)\na = 1\nb = 2\nc = 3\n"
    diff = "@@\n call(\n+    #\u00a0of\n     [\n"
    assert refusal(before, diff, "udiff").kind == "bad_format"
    assert apply_reply(before, diff + "         1,\n     ]\n )\n a = 1\n", "udiff").count("\u00a0") == 1


def test_first_lines_that_use_a_function_of_the_others_are_a_part() -> None:
    below = "".join(f"def more_{n}():\n    return {n}\n\n\n" for n in range(6))
    before = f"import os\n\n\ndef made():\n    return os\n\n\n{below}here = made()\n"
    assert refusal(before, "```python\nimport os\n\nhere = made()\n```\n", "whole").kind == "bad_format"


def test_last_line_of_a_cut_reply_is_not_dropped_when_it_is_in_no_text() -> None:
    reply = "```diff\n@@ -1,3 +1,2 @@\n one()\n-two()\n new_tw"
    assert refusal("one()\ntwo()\nthree()\n", reply, "udiff").kind == "incomplete"


def test_blank_after_the_mark_below_a_line_that_opens_a_block() -> None:
    before = "for a in b:\n    one(a)\n"
    diff = "@@ -4,6 +4,6 @@\n for a in b:\n+     two(a)\n     one(a)\n"
    assert apply_reply(before, diff, "udiff") == "for a in b:\n    two(a)\n    one(a)\n"


def test_old_text_that_is_only_the_beginning_of_a_name_is_another_name() -> None:
    with pytest.raises(EditRefused) as caught:
        apply_replacement("from . import plots_map\n", "from . import plots", "from . import figures")
    assert caught.value.kind == "not_found" and caught.value.hunks[0].places == (1,)
    assert apply_replacement("a = plots.x\n", "plots", "figures").after == "a = figures.x\n"


def test_call_whose_text_speaks_of_patches_is_no_patch() -> None:
    before = 'END = "*** End Patch"\n'
    reply = '{"edits": [{"old_string": "END = \\"*** End Patch\\"", "new_string": "LAST = \\"*** End Patch\\""}]}'
    assert apply_reply(before, reply) == before.replace("END", "LAST")
    assert apply_reply(before, 'LAST = "*** End Patch"\n', "whole") == before.replace("END", "LAST")


def test_blank_lines_alone_are_no_place_to_add_to() -> None:
    before = "\na = 1\n\n\n"
    assert refusal(before, "@@ -1,3 +1,4 @@\n+b = 2\n \n \n", "udiff").kind == "no_location"
    assert apply_reply(before, "@@ -3,2 +3,3 @@\n \n+b = 2\n \n", "udiff") == "\na = 1\n\nb = 2\n\n"
    assert apply_reply(before, "@@ -3,2 +3,1 @@\n \n-\n", "udiff") == "\na = 1\n\n"


def test_tags_amid_the_lines_of_a_diff_are_text() -> None:
    before = "a = 1\nb = 2\n"
    body = '@@\n a = 1\n+c = "<old_text>b = 2</old_text><new_text>b = 3</new_text>"\n b = 2\n'
    for format in ("udiff", "v4a"):
        assert apply_reply(before, body, format).split("\n")[1].startswith('c = "<old_text>b')
    tags = "<edit><old_text>b = 2</old_text><new_text>b = 3</new_text></edit>"
    assert apply_reply(before, tags) == "a = 1\nb = 3\n"


def test_function_added_below_a_line_without_its_indentation_is_asked_about() -> None:
    before = "def a():\n    return 1\n\n\nx = a()\n"
    block = "<<<<<<< SEARCH\nreturn 1\n=======\nreturn 1\n\n\ndef b():\n    return 2\n>>>>>>> REPLACE\n"
    assert "margin" in str(refusal(before, block))
    plain = "<<<<<<< SEARCH\nreturn 1\n=======\nb = 1\nreturn b\n>>>>>>> REPLACE\n"
    assert apply_reply(before, plain) == before.replace("    return 1", "    b = 1\n    return b")


SCRIPT = """export function total(rows) {
  return rows.map(amount).reduce(sum, 0);
}

export function shown(rows) {
  return rows.map(row => label(row)).join(', ');
}

function label(row) {
  return `${row.name} (${amount(row)})`;
}

function amount(row) {
  return row.price * row.count;
}

function sum(one, other) {
  return one + other;
}
"""


def test_first_part_of_a_script_calls_functions_that_it_lacks() -> None:
    part = SCRIPT[: SCRIPT.index("function label")].replace("', '", "'; '")
    with pytest.raises(EditRefused, match="uses label of the lines that it lacks"):
        apply_reply(SCRIPT, f"```js\n{part}```\n", "whole")
    old = SCRIPT.split("\n")
    for found, text in (
        (["label"], part),
        ([], f"import {{ label }} from './rows';\n{part}"),
        ([], part.replace("label(row)", "row.label()")),
        ([], f"{part}\nfunction label(row) {{ return row.name; }}\n"),
    ):
        assert names_left_undefined(text.split("\n"), old, functions_alone=False) == found


def test_new_version_that_ends_before_a_function_it_calls_is_refused_however_long_it_is() -> None:
    shown = "export function shown(rows) {\n  return rows.map(row => label(row));\n}\n\n"
    before = f"{shown}function label(row) {{\n  return 1;\n}}\n"
    longer = shown.replace("return", "const all = [];\n  all.push(rows);\n  return")
    with pytest.raises(EditRefused, match="uses label of the lines that it lacks"):
        apply_reply(before, f"```js\n{longer}```\n", "whole")


def test_last_part_of_a_module_uses_what_it_no_longer_imports() -> None:
    head = "import { Widget } from './widget';\nimport type {\n  Model as Data,\n  read\n} from './model';\n"
    old = f"{head}\nconst size = 1;\n\nexport function shown(data: Data): Widget {{\n  return new Widget(data);\n}}\n"
    part = old[old.index("export function") :].replace("return new", "return size > 0 ? null : new")
    with pytest.raises(EditRefused, match="uses Data, Widget of the lines that it lacks"):
        apply_reply(old, f"```ts\n{part}```\n", "whole")
    for found, text in (
        (["Data"], f"import {{ Widget }} from './other';\n{part}"),
        (["Widget"], f"type Data = string;\n{part}"),
        ([], f"import {{ Widget, Data }} from './other';\n{part}"),
        ([], "export const kinds = { Widget: 1, all: model.Data };\n"),
    ):
        assert names_left_undefined(text.split("\n"), old.split("\n"), functions_alone=False) == found


def test_python_that_drops_an_import_is_not_taken_for_a_module_of_another_language() -> None:
    old = ["%%time", "import os", "from shapes import Box", 'name = "a"', "print(Box(name))"]
    assert names_left_undefined(["%%time", "print(Box(1))"], old, functions_alone=False) == []
