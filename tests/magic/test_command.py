"""What is typed after ``%townie`` is understood as it is meant, and text is never touched."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from jupyter_townie.magic.command import VERBS, Command, UsageError, parse

AWKWARD = [
    "plot {x} and ${y} and {{z}}",
    r"integrate $\frac{a}{b}$ and \alpha",
    '{"a": [1, 2], "b": {"c": null}}',
    "explain f'{value!r:>{width}}'",
    "don't break on \"quotes",
    "why does x --run fail --model?",
    "заполни пропуски",
    "列の平均を出して",
]


@pytest.mark.parametrize("text", AWKWARD)
def test_text_passes_through_untouched(text: str) -> None:
    assert parse(text) == Command("ask", text)


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1).filter(lambda t: t[0] != "-"))
def test_any_word_that_is_no_verb_is_text(text: str) -> None:
    if text not in VERBS:
        assert parse("--run " + text) == Command("ask", text, run=True)


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_the_body_of_a_cell_is_text_whatever_it_holds(body: str) -> None:
    assert parse("--no-context", body) == Command("ask", body.strip("\n"), context=False)


def test_line_and_body_of_a_cell_are_one_text() -> None:
    assert parse("Fit a model", "y ~ x\n").text == "Fit a model\ny ~ x"


def test_options_come_before_the_text() -> None:
    command = parse("--run --model=ollama/qwen3 --no-context --files data.csv Plot --run")
    assert command == Command("ask", "Plot --run", True, "ollama/qwen3", ("data.csv",), False)


def test_files_are_a_list_in_which_quotes_protect_spaces_and_commas() -> None:
    assert parse("--files \"my data.csv\",notes.md -f 'a,b.txt' go").files == ("my data.csv", "notes.md", "a,b.txt")


def test_two_dashes_end_the_options() -> None:
    assert parse("--run -- --model is a word here") == Command("ask", "--model is a word here", run=True)


@pytest.mark.parametrize("text", ["- a list", "-1 is negative", "-> an arrow", "---"])
def test_a_dash_alone_is_no_option(text: str) -> None:
    assert parse(text).text == text


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_counts_when_it_stands_alone(verb: str) -> None:
    assert parse(f" {verb} ").verb == verb


@pytest.mark.parametrize("text", ["fix the legend", "explain this", "help me", "models of the cars", "cost per unit"])
def test_a_verb_with_words_after_it_is_a_request(text: str) -> None:
    assert parse(text) == Command("ask", text)


def test_options_may_follow_a_verb() -> None:
    assert parse("fix --run -m a/b") == Command("fix", "", run=True, model="a/b")


def test_the_body_below_fix_is_a_hint() -> None:
    assert parse("fix", "the column is in grams\n") == Command("fix", "the column is in grams")


def test_the_body_below_another_verb_makes_it_a_request() -> None:
    assert parse("help", "me with this\n") == Command("ask", "help\nme with this")


def test_nothing_at_all_asks_for_help() -> None:
    assert parse("").verb == "help"


def test_a_misspelt_option_names_the_right_one() -> None:
    with pytest.raises(UsageError, match=r"`--modle`.*`--model`.*`--`"):
        parse("--modle x y")


@pytest.mark.parametrize("line", ["--model", "--files", "--model= "])
def test_an_option_without_its_value_shows_an_example(line: str) -> None:
    with pytest.raises(UsageError, match="needs a value, for example"):
        parse(line)


@pytest.mark.parametrize(
    ("line", "cell", "text"),
    [
        ('app "A timer with laps"', None, "A timer with laps"),
        ("app A timer", None, "A timer"),
        ("app --model a/b A timer", None, "A timer"),
        ("app", "A timer\nwith laps\n", "A timer\nwith laps"),
    ],
)
def test_after_app_comes_what_to_make(line: str, cell: str | None, text: str) -> None:
    command = parse(line, cell)
    assert (command.verb, command.text) == ("app", text)


def test_app_without_a_text_says_what_to_write() -> None:
    with pytest.raises(UsageError, match="what the app should do"):
        parse("app")
