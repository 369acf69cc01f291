"""Whether a call's arguments fit another function's parameters."""

from __future__ import annotations

import ast

import pytest

from jupyter_townie.failures.rules.binding import binds

LINES = [["x", "n", False], ["low", "n", False], ["high", "n", False], ["colors", "n", True], ["label", "k", True]]


def call(source: str) -> ast.Call:
    node = ast.parse(source, mode="eval").body
    assert isinstance(node, ast.Call)
    return node


@pytest.mark.parametrize(
    ("source", "fits"),
    [
        ("f(1, 2, 3)", True),
        ("f(1, low=2, high=3, label='a')", True),
        ("f(1)", False),
        ("f(1, 2, 3, 'r', 'a')", False),
        ("f(1, 2, 3, color='r')", False),
        ("f(1, 2, 3, x=1)", False),
        ("f(*values)", True),
        ("f(1, **options)", True),
        ("f(1, colour=2, **options)", False),
    ],
)
def test_a_call_binds_when_every_argument_has_its_parameter(source: str, fits: bool) -> None:
    assert binds(call(source), LINES) is fits


def test_further_positions_and_names_are_taken_where_the_function_takes_them() -> None:
    assert binds(call("f(1, 2, 3, any=4)"), [["args", "v", True], ["rest", "w", True]])


def test_an_unknown_signature_is_no_objection() -> None:
    assert binds(call("f(1, a=2)"), None)
