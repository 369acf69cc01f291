"""A prompt stays a prompt on its way through IPython's input transformers."""

from __future__ import annotations

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from jupyter_townie.magic.input_lines import keep_prompts


@pytest.fixture
def transformers() -> TransformerManager:
    manager = TransformerManager()
    manager.cleanup_transforms.append(keep_prompts)
    return manager


def prompts(python: str) -> list[str]:
    """The texts that are handed to the line magic."""
    calls = [node for node in ast.walk(ast.parse(python)) if isinstance(node, ast.Call)]
    return [
        call.args[1].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "run_line_magic"
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value == "townie"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "What can you do?",
        "why is x != y??",
        "don't stop (here",
        'a """ b',
        "{x} $y \\n",
        "mean of [1, 2",
        "日本語で？?",
    ],
)
def test_text_reaches_the_magic_as_it_was_typed(transformers: TransformerManager, text: str) -> None:
    assert prompts(transformers.transform_cell(f"%townie {text}\n")) == [text]


def test_lines_below_are_not_swallowed_by_an_open_quote(transformers: TransformerManager) -> None:
    python = transformers.transform_cell("%townie don't (stop\nx = 1\n%townie what's next?\n")
    assert prompts(python) == ["don't (stop", "what's next?"]
    assert "x = 1" in python


def test_an_indented_line_works(transformers: TransformerManager) -> None:
    assert prompts(transformers.transform_cell("if True:\n    %townie is it?\n")) == ["is it?"]


def test_a_string_that_looks_like_the_magic_is_left_alone(transformers: TransformerManager) -> None:
    source = "text = '''\n%townie hello?\n'''\n"
    assert transformers.transform_cell(source) == source


def test_help_on_the_magic_stays_help(transformers: TransformerManager) -> None:
    assert "pinfo" in transformers.transform_cell("%townie?\n")


def test_a_backslash_continues_the_line(transformers: TransformerManager) -> None:
    (text,) = prompts(transformers.transform_cell("%townie plot \\\nthe bills\n"))
    assert text.split() == ["plot", "the", "bills"]


def test_other_cells_are_not_touched(transformers: TransformerManager) -> None:
    assert transformers.transform_cell("x = 1\ny = x\n") == "x = 1\ny = x\n"
