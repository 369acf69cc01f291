"""The reply parser: what is in a reply, and that the chunks it came in make no difference."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from jupyter_townie.edits import (
    BlockEnded,
    BlockStarted,
    BlockText,
    HunkComplete,
    Piece,
    Prose,
    ReplyParser,
    Target,
    parse_search_replace,
)

FRAGMENTS = [
    "```",
    "`",
    "~~~",
    "\n",
    "\n",
    " ",
    "    ",
    "a",
    "b c",
    "python cell=new",
    "diff file=a.py",
    "\r\n",
    "+x\n",
    "-y\n",
    "@@\n",
    "````",
    "<<<<<<< SEARCH\n",
    "=======\n",
    ">>>>>>> REPLACE\n",
    "*** Begin Patch\n",
]


def pieces(reply: str, cuts: list[int] | None = None) -> list[Piece]:
    """The pieces of a reply fed in chunks that end at ``cuts``, neighbours joined."""
    parser = ReplyParser()
    marks = sorted({0, len(reply), *[cut % (len(reply) + 1) for cut in cuts or []]})
    out: list[Piece] = []
    for start, end in pairwise(marks):
        out += parser.feed(reply[start:end])
    out += parser.close()
    joined: list[Piece] = []
    for piece in out:
        last = joined[-1] if joined else None
        if isinstance(piece, Prose) and isinstance(last, Prose):
            joined[-1] = Prose(last.text + piece.text)
        elif isinstance(piece, BlockText) and isinstance(last, BlockText):
            joined[-1] = BlockText(piece.block, last.text + piece.text)
        else:
            joined.append(piece)
    return joined


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join), st.lists(st.integers(0, 400), max_size=30))
def test_any_chunking_gives_the_same_pieces(reply: str, cuts: list[int]) -> None:
    assert pieces(reply, cuts) == pieces(reply)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join))
def test_character_by_character_gives_the_same_pieces(reply: str) -> None:
    assert pieces(reply, list(range(len(reply)))) == pieces(reply)


def test_new_cell_is_a_block_with_its_target_and_text() -> None:
    assert pieces("Here:\n```python cell=new after=3f2a\nx = 1\n\n```\nDone") == [
        Prose("Here:\n"),
        BlockStarted(0, "python", Target("new_cell", None, "3f2a"), "whole", "python cell=new after=3f2a"),
        BlockText(0, "x = 1\n\n"),
        BlockEnded(0, "x = 1\n", True),
        Prose("Done"),
    ]


def test_quoted_file_path_may_hold_blanks() -> None:
    (started, *_) = pieces('```python file="my app/main.py"\n```')
    assert isinstance(started, BlockStarted) and started.target == Target("file", "my app/main.py")


@pytest.mark.parametrize(
    ("info", "target"),
    [
        ("python file=apps/mein café/townie.toml", Target("file", "apps/mein café/townie.toml")),
        ("python file=my app/main.py form=whole", Target("file", "my app/main.py")),
        ("python file=Makefile for all.", Target("file", "Makefile")),
        ("python {cell=new}", Target("new_cell")),
        ("{.python cell=c1}", Target("cell", "c1")),
        ("python cell=c1, form=whole", Target("cell", "c1")),
    ],
)
def test_target_may_be_written_as_an_attribute(info: str, target: Target) -> None:
    (started, *_) = pieces(f"```{info}\n```")
    assert isinstance(started, BlockStarted) and (started.language, started.target) == ("python", target)


@pytest.mark.parametrize("info", ["python cell=new", "search_replace cell=c1", "markdown cell=c1"])
def test_block_that_was_cut_off_anywhere_is_the_same_when_it_goes_on(info: str) -> None:
    body = "<<<<<<< SEARCH\na\n=======\n\n```python\nb\n```\n>>>>>>> REPLACE\nc"
    whole = pieces(f"```{info}\n{body}\n```\nDone")
    started = whole[0]
    assert isinstance(started, BlockStarted)
    for cut in range(len(body) + 1):
        parser = ReplyParser()
        found = parser.resume("```", started.language, started.form, body[:cut])
        found += [*parser.feed(body[cut:] + "\n```\nDone"), *parser.close()]
        assert [piece for piece in found if isinstance(piece, HunkComplete | BlockEnded)] == [
            piece for piece in whole if isinstance(piece, HunkComplete | BlockEnded)
        ]
        assert "".join(piece.text for piece in found if isinstance(piece, BlockText)) == body + "\n"


def test_fence_without_target_is_an_untargeted_block() -> None:
    (started, *_) = pieces("```python\nx\n```")
    assert isinstance(started, BlockStarted) and started.target is None


def test_longer_fence_holds_shorter_ones() -> None:
    ended = pieces("````markdown cell=c1\n```python\nx\n```\n````")[-1]
    assert ended == BlockEnded(0, "```python\nx\n```", True)


def test_inner_fence_with_an_info_string_nests_at_the_same_length() -> None:
    ended = pieces("```markdown cell=c1\n# T\n```python\nx\n```\nend\n```")[-1]
    assert ended == BlockEnded(0, "# T\n```python\nx\n```\nend", True)


def test_context_line_that_is_a_fence_does_not_close_a_diff() -> None:
    ended = pieces("```diff cell=c1\n@@\n ```\n-a\n+b\n```")[-1]
    assert ended == BlockEnded(0, "@@\n ```\n-a\n+b", True)


def test_reply_cut_off_inside_a_block_ends_it_as_incomplete() -> None:
    assert pieces("```python cell=new\nx = 1\ny =")[-1] == BlockEnded(0, "x = 1\ny =", False)


def test_prose_streams_before_its_line_ends() -> None:
    assert ReplyParser().feed("Hel") == [Prose("Hel")]


def test_line_that_may_become_a_fence_is_withheld() -> None:
    parser = ReplyParser()
    assert parser.feed("``") == []
    assert parser.feed("x`` is code") == [Prose("``x`` is code")]


def test_hunk_is_complete_when_its_closing_marker_has_arrived() -> None:
    block = "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n"
    parser = ReplyParser()
    parser.feed("```search_replace cell=c1\n" + block[:-1])
    assert HunkComplete(0, parse_search_replace(block)[0]) in parser.feed("\n")


def test_hunk_of_a_diff_is_complete_when_the_next_one_begins() -> None:
    parser = ReplyParser()
    assert not any(isinstance(p, HunkComplete) for p in parser.feed("```diff cell=c1\n@@\n-a\n+b\n"))
    (hunk,) = [p.hunk for p in parser.feed("@@\n") if isinstance(p, HunkComplete)]
    assert (hunk.old, hunk.new) == (("a",), ("b",))


def test_form_can_be_told_by_the_content() -> None:
    found = pieces("```python cell=c1\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```")
    assert sum(isinstance(piece, HunkComplete) for piece in found) == 1
