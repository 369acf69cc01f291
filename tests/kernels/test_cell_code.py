"""A cell's code as Python alone would read it."""

from __future__ import annotations

import pytest

from jupyter_townie.kernels.cell_code import parse_cell, plain_python


@pytest.mark.parametrize(
    "source",
    [
        "print('x = %d' % x)",
        "print 'x = %d' % x",
        "ax.set(title='n = %s' % n, xlabel='t')",
        "ok = (a\n      != b)",
        "rest = 7 %3",
    ],
)
def test_what_only_looks_like_a_magic_stays_as_it_is(source: str) -> None:
    assert plain_python(source) == source


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        ("files = !ls", "files = None"),
        ("a, b = !ls", "a, b = None"),
        ("found['all'] = %time f()", "found['all'] = None"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("    !pip list", "    pass"),
    ],
)
def test_magics_and_commands_give_way_line_by_line(source: str, plain: str) -> None:
    assert plain_python(source) == plain


def test_a_cell_of_another_language_is_no_python() -> None:
    assert parse_cell("%%bash\nls") is None
