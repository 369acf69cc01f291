"""What stands around an edit is taken off, and what an edit does not do is said."""

from __future__ import annotations

import json

import pytest

from jupyter_townie.edits import EditRefused, apply_reply

CELL = (
    'fig, axes = plt.subplots(1, 2)\naxes[0].hist(df["age"])\naxes[0].set_title("Age")\naxes[1].plot(df["income"])\n'
    'axes[1].set_title("Income")\nfor ax in axes:\n    ax.grid(alpha=0.3)\nplt.show()\n'
)
OLD, NEW = 'axes[1].plot(df["income"])\n', 'axes[1].plot(df["income"], lw=2)\n'
AFTER = CELL.replace(OLD, NEW)
BLOCK = f"<<<<<<< SEARCH\n{OLD}=======\n{NEW}>>>>>>> REPLACE\n"
PATCH = f"*** Begin Patch\n*** Update File: cell.py\n@@\n-{OLD}+{NEW}*** End Patch\n"
DIFF = f"--- a/cell.py\n+++ b/cell.py\n@@ -4,1 +4,1 @@\n-{OLD}+{NEW}"
CALL = {"old_string": OLD, "new_string": NEW}


def refusal(before: str, reply: str, format: str | None = None) -> EditRefused:
    with pytest.raises(EditRefused) as caught:
        apply_reply(before, reply, format)
    return caught.value


@pytest.mark.parametrize(
    ("format", "reply"),
    [
        ("search_replace", f"<think>\n{BLOCK.replace('lw=2', 'lw=9')}No, thinner.\n</think>\n{BLOCK}"),
        ("whole", f"<think>\nShort.\n</think>\n\n{AFTER}"),
        ("whole", f'<artifact type="code">\n<file path="cell.py">\n{AFTER}</file>\n</artifact>'),
        ("whole", f"<write_to_file>\n<path>cell.py</path>\n<content>\n{AFTER}</content>\n</write_to_file>"),
        ("whole", json.dumps({"path": "cell.py", "content": AFTER})),
        ("whole", f"Now:\n\n```python\n{CELL}```\n\nBetter:\n\n```python\n{AFTER}```\n"),
        ("v4a", json.dumps({"command": ["bash", "-lc", f"apply_patch <<'EOF'\n{PATCH}EOF\n"]})),
        ("v4a", "1. Edit:\n\n" + "".join("   " + line for line in PATCH.splitlines(keepends=True))),
        ("v4a", PATCH.replace("@@\n", "--- a/cell.py\n+++ b/cell.py\n@@\n")),
        ("udiff", json.dumps({"diff": DIFF})),
        ("udiff", f"From 1a2b Mon Sep 17\nSubject: [PATCH] thick\n\n---\n{DIFF}-- \n2.43.0\n"),
        ("search_replace", json.dumps({"name": "edit", "arguments": json.dumps(CALL)})),
        (None, f"<tool_call>\n{json.dumps({'name': 'edit', 'parameters': CALL})}\n</tool_call>"),
        ("search_replace", repr(CALL)),
        (
            "search_replace",
            f'<invoke name="edit"><parameter name="old_str">{OLD}</parameter>'
            f'<parameter name="new_str">{NEW}</parameter></invoke>',
        ),
        ("search_replace", BLOCK.replace("SEARCH", "SEARCH notebooks/cell.py")),
    ],
)
def test_edit_within_something_else_is_found(format: str | None, reply: str) -> None:
    assert apply_reply(CELL, reply, format) == AFTER


def test_thinking_that_does_not_end_is_refused() -> None:
    assert refusal(CELL, f"<think>\nPerhaps:\n{BLOCK}", "search_replace").kind == "incomplete"


def test_text_about_thinking_is_left_as_it_is() -> None:
    before = 'answer = reply.split("</think>")[1]\nprint(answer)\n'
    after = before.replace("[1]", "[-1]")
    assert apply_reply(before, f"```python\n{after}```", "whole") == after


def test_all_patches_of_a_reply_are_applied() -> None:
    second = PATCH.replace(OLD, "plt.show()\n").replace(NEW, "plt.tight_layout()\n+plt.show()\n")
    assert apply_reply(CELL, f"{PATCH}\nAnd:\n\n{second}", "v4a") == AFTER.replace(
        "plt.show", "plt.tight_layout()\nplt.show"
    )


def test_patch_that_also_moves_the_file_is_refused() -> None:
    moved = refusal(CELL, PATCH.replace("@@", "*** Move to: plots.py\n@@"), "v4a")
    assert moved.kind == "bad_format" and "moves the file" in str(moved)


def test_line_of_a_new_file_without_its_mark_is_refused() -> None:
    assert "no +" in str(refusal("", "*** Begin Patch\n*** Add File: a\n+one\ntwo\n*** End Patch", "v4a"))


def test_part_of_a_cell_that_uses_names_of_the_rest_is_refused() -> None:
    part = '```python\naxes[1].plot(df["income"], lw=2)\naxes[1].set_yscale("log")\n```'
    assert "it uses axes" in str(refusal(CELL, part, "whole"))


def test_whole_text_with_escaped_markup_is_read_as_it_was_meant() -> None:
    before = "a = 1\nif a < 2:\n    print(a)\n"
    assert apply_reply(before, "```\na = 1\nif a &lt;= 2:\n    print(a)\n```", "whole") == before.replace("<", "<=")


def test_blanks_that_end_every_line_of_an_edit_are_not_added() -> None:
    diff = "".join(f"{line}  \n" for line in ('axes[0].hist(df["age"])', 'axes[0].set_title("Age")'))
    reply = "@@\n " + diff.replace("\n", "\n ", 1).removesuffix("\n") + "\n+axes[0].legend()  \n"
    assert apply_reply(CELL, reply, "udiff") == CELL.replace('"Age")\n', '"Age")\naxes[0].legend()\n')


def test_ellipsis_is_not_straightened_with_the_quotes() -> None:
    reply = BLOCK.replace('"', "\u201d").replace("lw=2", "label=\u201dmore\u2026\u201d")
    assert 'label="more\u2026"' in apply_reply(CELL, reply, "search_replace")


def test_text_with_one_kind_of_line_end_keeps_it_in_an_edit_with_two() -> None:
    reply = "<<<<<<< SEARCH\none\r\ntwo\n=======\nuno\r\ndue\n>>>>>>> REPLACE\n"
    assert apply_reply("one\r\ntwo\r\nthree\r\n", reply, "search_replace") == "uno\r\ndue\r\nthree\r\n"


def test_marks_of_a_conflict_are_not_written_into_a_text() -> None:
    assert "merge conflict" in str(refusal("a\nold\nb\n", "a\n<<<<\nold\n>>>>\nb\n"))


@pytest.mark.parametrize(
    ("format", "reply"),
    [
        ("search_replace", f"{BLOCK}<<"),
        ("search_replace", f"<old_text>\n{OLD}</old_text>\n<new_text>\n{NEW}</new_text>\n<old_te"),
        ("udiff", f"```diff\n{DIFF}@"),
        ("udiff", f'```diff\n@@ -4,3 +4,3 @@\n-{OLD}+{NEW} axes[1].set_title("Income")\n for ax in'),
        ("whole", "".join(AFTER.splitlines(keepends=True)[:6])),
    ],
)
def test_reply_that_breaks_off_after_a_change_is_refused(format: str, reply: str) -> None:
    assert refusal(CELL, reply, format).kind == "incomplete"
