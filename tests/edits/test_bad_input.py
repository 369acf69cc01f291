"""Input that nobody should send: a clear message, in bounded time, and the text as it was."""

from __future__ import annotations

import time

import pytest

from jupyter_townie.edits import EditRefused, apply_reply

BEFORE = "a = 1\nb = 2\nc = 3\n"
LONG = "".join(f"line {n}\n" for n in range(20_000))


def refusal(reply: str, format: str | None = None, before: str = BEFORE) -> EditRefused:
    with pytest.raises(EditRefused) as refused:
        apply_reply(before, reply, format)
    return refused.value


def block(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize(
    ("format", "reply"),
    [
        ("udiff", "@@\n-a = 1\n+a = 2\n" * 10_000),
        ("v4a", "*** Begin Patch\n*** Update File: f\n" + "@@\n-a = 1\n+a = 2\n" * 10_000 + "*** End Patch\n"),
        ("search_replace", block("a = 1", "a = 2") * 10_000),
    ],
)
def test_too_many_hunks_are_counted_and_refused(format: str, reply: str) -> None:
    assert "10000" in str(refusal(reply, format))


@pytest.mark.parametrize(
    ("format", "reply"),
    [
        ("udiff", "--- a/f\n+++ b/f\n@@\n-a = 1\n+a = 2\n--- a/g\n+++ b/g\n@@\n-x\n+y\n"),
        (
            "v4a",
            "*** Begin Patch\n*** Update File: f\n@@\n-a = 1\n+a = 2\n*** Update File: g\n@@\n-x\n+y\n*** End Patch",
        ),
    ],
)
def test_edit_of_two_files_at_once_names_them(format: str, reply: str) -> None:
    assert "2 files (f, g)" in str(refusal(reply, format))


def test_binary_patch_is_refused() -> None:
    assert refusal("diff --git a/f b/f\nGIT binary patch\nliteral 3\nKcmZ\n").kind == "bad_format"


def test_patch_that_deletes_its_file_is_refused() -> None:
    assert "deletes the file" in str(refusal("*** Begin Patch\n*** Delete File: f\n*** End Patch\n"))


@pytest.mark.parametrize("line", ["@@ -1 +1 @@", "--- a/f", "+++ b/f", "*** End Patch", "<<<<<<< SEARCH", "```"])
def test_line_that_is_a_delimiter_is_added_like_any_other(line: str) -> None:
    assert apply_reply(BEFORE, f"@@\n b = 2\n+{line}\n c = 3\n", "udiff") == f"a = 1\nb = 2\n{line}\nc = 3\n"


def test_delimiters_of_blocks_within_a_block_are_kept_when_they_are_escaped() -> None:
    after = apply_reply(BEFORE, block("b = 2", "\\<<<<<<< SEARCH\n\\=======\n\\>>>>>>> REPLACE"))
    assert after == "a = 1\n<<<<<<< SEARCH\n=======\n>>>>>>> REPLACE\nc = 3\n"


def test_block_within_a_block_is_refused() -> None:
    assert refusal("<<<<<<< SEARCH\na = 1\n" + block("b = 2", "b = 3")).kind in ("incomplete", "bad_format")


def test_code_fences_within_a_whole_markdown_text_belong_to_it() -> None:
    before = "# T\n\n```python\nx = 1\n```\n\nend\n"
    after = before.replace("x = 1", "x = 2")
    assert apply_reply(before, f"````markdown\n{after}````\n", "whole") == after
    assert apply_reply(before, f"```markdown\n{after}```\n", "whole") == after


def test_code_fences_within_a_diff_belong_to_it() -> None:
    before = "# T\n\n```python\nx = 1\n```\n"
    reply = "```diff\n@@\n ```python\n-x = 1\n+x = 2\n ```\n```\n"
    assert apply_reply(before, reply, "udiff") == before.replace("1", "2")


@pytest.mark.parametrize(
    "reply",
    [
        "@@ -1,2 +1,2 @@\n-line 1\n+x\n" + "foo bar\n" * 20_000,
        "<<<<<<< SEARCH\nline 1\n=======\n" * 5_000,
        "<<<<<<< SEARCH\n" + "=======\n" * 20_000 + ">>>>>>> REPLACE\n",
        "<<<<<<< SEARCH\n" + "\n" * 20_000 + "line 1\n=======\nx\n>>>>>>> REPLACE\n",
        "<<<<<<< SEARCH\n" + "...\n" * 20_000 + "=======\nx\n>>>>>>> REPLACE\n",
        "*** Begin Patch\n*** Update File: f\n" + "@@ line\n" * 10_000 + "-line 5\n+x\n*** End Patch\n",
        "".join(f"--- a/f{n}\n+++ b/f{n}\n@@\n-line {n}\n+x\n" for n in range(1_500)),
        "```a\n" * 20_000 + "```\n" * 20_000,
        "<old>" * 20_000 + "<new>" * 20_000,
        "@@\n" + "".join(f" line {n}{'x' if n % 5 == 0 else ''}\n" for n in range(20_000)) + "+z\n",
        "```python\n" + ("# " + "rest of the " * 20 + "code ...\n") * 5_000 + "```",
        "```python\n" + "(" * 100_000 + "\n```",
    ],
    ids=range(12),
)
def test_time_grows_with_the_length_alone(reply: str) -> None:
    """Each took seconds with quadratic work, and takes some hundredths of one."""
    begin = time.process_time()
    try:
        apply_reply(LONG, reply)
    except EditRefused as refused:
        assert len(str(refused)) < 20_000
    assert time.process_time() - begin < 2
