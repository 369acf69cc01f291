"""What is found at once is what the ladder would have found."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from jupyter_townie.edits import EditRefused, Hunk, parse_search_replace, parse_udiff
from jupyter_townie.edits.apply import by_ladder
from jupyter_townie.edits.exact import exact_edit
from jupyter_townie.edits.hunk import hunk_of
from jupyter_townie.edits.source import Source

_LINES = st.sampled_from(
    ["a", "b", "c", "d", "  a", "  b", " ", "", "x = 1", "a ", "def f():", "    return a", "...", "# ...",
     "# the rest of the code", "\u201ca\u201d", "a &lt; b", "<<<<<<< ours", "a\r"]
)  # fmt: skip


@st.composite
def _edits(draw: st.DrawFn) -> tuple[str, list[Hunk]]:
    """A text, and hunks cut out of it with some lines changed, most of them at its true line numbers."""
    lines = draw(st.lists(_LINES, min_size=1, max_size=14))
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    before = end.join(lines) + draw(st.sampled_from([end, ""]))
    hunks = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(lines) - 1))
        marked = [(draw(st.sampled_from("  -")), line) for line in lines[start : start + draw(st.integers(1, 6))]]
        for _ in range(draw(st.integers(0, 3))):
            marked.insert(draw(st.integers(0, len(marked))), ("+", draw(_LINES)))
        hunk = hunk_of(marked, "udiff")
        if draw(st.booleans()):
            hunk = Hunk(hunk.old, hunk.new, "search_replace")
        else:
            number = start + 1 + draw(st.sampled_from([0, 0, 0, 1, -1]))
            form = draw(st.sampled_from(["udiff", "udiff", "v4a"]))
            facts = {"start": number, "old_count": len(hunk.old), "new_start": number, "new_count": len(hunk.new)}
            numbered = draw(st.booleans()) and form == "udiff"
            hunk = hunk_of(
                marked, form, at_end=draw(st.booleans()), closed=draw(st.booleans()),
                anchors=draw(st.sampled_from([(), (), ("def f():",), ("a", "b")])), **(facts if numbered else {}),
            )  # fmt: skip
        hunks.append(hunk)
    return before, hunks


@given(_edits())
@example(("a\na\nb\n", [Hunk(("a",), ("c",), "search_replace")]))
@example(("a\nb\n", [Hunk(("a", "b"), ("c",), "search_replace"), Hunk(("b",), ("d",), "search_replace")]))
@example(("a\nb\nc\n", [Hunk(("a",), ("",), "search_replace")]))
@example(("a\nb\n", [hunk_of([(" ", "a"), ("+", " c")], "udiff")]))
@example(("a\nb\n", [Hunk(("a",), ("x =&gt; 1",), "search_replace")]))
@example(("\u201ca\u201d\nb\n", [Hunk(("b",), ("\u201cc\u201d",), "search_replace")]))
def test_it_is_the_edit_of_the_ladder(case: tuple[str, list[Hunk]]) -> None:
    before, hunks = case
    try:
        edit = exact_edit(Source(before), hunks)
    except EditRefused as refused:
        with pytest.raises(EditRefused) as other:
            by_ladder(Source(before), hunks)
        assert str(other.value) == str(refused)
        return
    if edit is not None:
        assert edit == by_ladder(Source(before), hunks)


def test_a_usual_edit_is_found_at_once() -> None:
    before = "import os\n\n\ndef f(a):\n    return a\n\n\ndef g(b):\n    return b\n"
    diff = "@@ -4,2 +4,2 @@\n def f(a):\n-    return a\n+    return a + 1\n@@ -8,2 +8,1 @@\n-def g(b):\n     return b\n"
    block = "<<<<<<< SEARCH\n    return b\n=======\n    return -b\n>>>>>>> REPLACE\n"
    beta = block.replace("return -b", "return '\u03b2' * b")
    for hunks in (parse_udiff(diff), parse_search_replace(block), parse_search_replace(beta)):
        edit = exact_edit(Source(before), hunks)
        assert edit is not None
        assert edit == by_ladder(Source(before), hunks)
