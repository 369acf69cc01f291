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


@settings(max_examples=300, deadline=None)
@given(LINES, st.lists(st.tuples(st.integers(-2, 32), st.integers(0, 6)), max_size=12))
def test_rows_are_told_without_an_index_in_any_order(lines: list[str], asked: list[tuple[int, int]]) -> None:
    projection = Projection("\n".join(["", *lines, ""]))
    offsets = list(projection.starts)
    del projection.__dict__["lines"], projection.__dict__["starts"]
    for row, count in asked:
        assert projection.lines_at(row, count) == (lines[row : row + count] if row >= 0 else [])
        for k, offset in enumerate(offsets[:: count + 1]):
            assert projection.is_row(row, offset) == (row == k * (count + 1))
        if 0 <= row < len(lines):
            assert projection.row_at(offsets[row]) == row
