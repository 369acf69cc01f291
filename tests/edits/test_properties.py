"""What holds for every edit: the true one gives the second text, a damaged one that or a refusal."""

from __future__ import annotations

import difflib
import random

from hypothesis import given, settings, strategies as st

from jupyter_townie.edits import EditRefused, apply_replacement, apply_reply
from jupyter_townie.edits.linediff import marked_lines

LINE = st.one_of(
    st.sampled_from(["a", "b", "c", "", "    a", "    b", "\ta", "}", "x = 1", "...", "--- a", "+++ b", "@@ -1 +1 @@"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=8),
)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, st.lists(LINE, max_size=14), st.sampled_from(["", "\n"]))
FRAGMENTS = [
    "<<<<<<< SEARCH",
    "=======",
    ">>>>>>> REPLACE",
    "@@",
    "@@ -1,2 +1,2 @@",
    "*** Begin Patch",
    "*** End Patch",
    "```",
    "```diff",
    "-",
    "+",
    " ",
    "\n",
    "\n",
    "\n",
    "a",
    "...",
    "    ",
    "\r\n",
    "--- a/f\n+++ b/f\n",
    "*** Update File: f",
]
SETTINGS = settings(max_examples=150, deadline=None)


def rows(text: str) -> list[str]:
    """Lines with their ends, split at line feeds alone."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def true_diff(before: str, after: str, context: int = 3) -> str:
    lines = difflib.unified_diff(rows(before), rows(after), "a/f", "b/f", n=context)
    return "".join([line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines])


@SETTINGS
@given(TEXTS, TEXTS, st.sampled_from([1, 3]))
def test_true_diff_of_any_two_texts_gives_the_second(before: str, after: str, context: int) -> None:
    if before == after:
        return
    try:
        result = apply_reply(before, true_diff(before, after, context), "udiff")
    except EditRefused as refused:
        assert refused.kind in ("placeholder", "bad_format")
        return
    assert result == after


@SETTINGS
@given(TEXTS, st.data())
def test_perturbed_diff_gives_the_second_text_or_a_refusal(before: str, data: st.DataObject) -> None:
    seed = data.draw(st.integers(0, 2**32))
    rng = random.Random(seed)
    unique = [f"{line} #{n}" if line.strip() else line for n, line in enumerate(before.split("\n"))]
    after = list(unique)
    at = rng.randrange(len(after))
    after[at : at + rng.randrange(2)] = [f"added {k}" for k in range(rng.randrange(1, 3))]
    first, second = "\n".join(unique), "\n".join(after)
    if first == second:
        return
    lines = true_diff(first, second).split("\n")
    body = [n for n, line in enumerate(lines) if line[:1] in (" ", "-") and not line.startswith("---")]
    if body:
        n = rng.choice(body)
        damage = rng.choice(["drop context", "trailing blank", "wrong removal"])
        beside = [line[:1] for line in lines[n - 1 : n + 2]]
        if damage == "drop context" and lines[n][:1] == " " and "+" not in beside and "-" not in beside:
            del lines[n]
        elif damage == "trailing blank":
            lines[n] += "  "
        elif damage == "wrong removal" and lines[n][:1] == "-":
            lines[n] += " and something else"
    try:
        result = apply_reply(first, "\n".join(lines), "udiff")
    except EditRefused:
        return
    assert result.rstrip("\n") == second.rstrip("\n")


@SETTINGS
@given(TEXTS, TEXTS)
def test_crlf_text_keeps_its_line_ends_under_a_diff_with_line_feeds(before: str, after: str) -> None:
    if "\n" not in before or before == after or before.endswith("\n") != after.endswith("\n"):
        return
    try:
        result = apply_reply(before.replace("\n", "\r\n"), true_diff(before, after), "udiff")
    except EditRefused:
        return
    assert result == after.replace("\n", "\r\n")


@SETTINGS
@given(TEXTS, TEXTS)
def test_a_diff_without_end_markers_keeps_the_final_line_end(before: str, after: str) -> None:
    if not before.strip("\n"):
        return
    diff = true_diff(before.rstrip("\n") + "\n", after.rstrip("\n") + "\n")
    for text in (before.rstrip("\n"), before.rstrip("\n") + "\n"):
        try:
            result = apply_reply(text, diff, "udiff")
        except EditRefused:
            continue
        assert not result or result.endswith("\n") == text.endswith("\n") or after.rstrip("\n") == ""


@SETTINGS
@given(TEXTS, st.text("ab\n ", max_size=6), st.text("abc\n ", max_size=6))
def test_replacement_changes_only_the_text_that_was_named(before: str, old: str, new: str) -> None:
    try:
        edit = apply_replacement(before, old, new)
    except EditRefused:
        return
    if before.count(old) == 1:
        assert edit.after == before.replace(old, new)


@SETTINGS
@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_line_difference_holds_both_sides_in_order(a: list[str], b: list[str]) -> None:
    marked = marked_lines(a, b)
    assert [text for mark, text in marked if mark != "+"] == a
    assert [text for mark, text in marked if mark != "-"] == b


@SETTINGS
@given(TEXTS, st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_no_reply_makes_the_engine_fail_otherwise_than_by_refusing(before: str, reply: str) -> None:
    for format in (None, "udiff", "search_replace", "v4a", "whole"):
        try:
            assert apply_reply(before, reply, format) != before
        except EditRefused as refused:  # noqa: PERF203
            assert refused.hunks and str(refused).startswith("edit not applied")
