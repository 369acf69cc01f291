"""Finding blocks of lines: the index that many searches use finds what a scan finds."""

from __future__ import annotations

from hypothesis import given, settings, strategies as st

from jupyter_townie.edits.projection import Projection

LINES = st.lists(st.sampled_from(["", "a", "b", "ab", " a"]), min_size=1, max_size=30)
BLOCKS = st.lists(st.lists(st.sampled_from(["", "a", "b", "ab", " a", "zz"]), min_size=1, max_size=4), max_size=12)


@settings(max_examples=300, deadline=None)
@given(LINES, BLOCKS)
def test_every_search_finds_all_places_whether_indexed_or_not(lines: list[str], blocks: list[list[str]]) -> None:
    projection = Projection("\n".join(["", *lines, ""]))
    for block in [*blocks, *blocks]:
        rows = [row for row in range(len(lines)) if lines[row : row + len(block)] == block]
        assert projection.rows_of(block, 100) == rows


def test_search_stops_at_the_limit() -> None:
    projection = Projection("\n".join(["", *["x"] * 50, ""]))
    assert [len(projection.rows_of(["x"], 3)) for _ in range(10)] == [3] * 10


def test_text_without_lines_has_no_place() -> None:
    assert Projection("\n").rows_of([""], 5) == []
