"""What was chosen for a notebook is found again, and for no other one."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_townie.context import privacy as room
from jupyter_townie.context.privacy import Choices


@pytest.fixture
def choices(tmp_path: Path) -> Choices:
    return Choices(tmp_path / "townie" / "privacy.sqlite")


def test_a_choice_outlives_the_process(choices: Choices, tmp_path: Path) -> None:
    choices.choose("/home/a.ipynb", "values")
    assert Choices(tmp_path / "townie" / "privacy.sqlite").of("/home/a.ipynb") == "values"


def test_another_notebook_was_not_chosen_for(choices: Choices) -> None:
    choices.choose("/home/a.ipynb", "values")
    assert choices.of("/home/b.ipynb") is None


def test_the_latest_choice_holds(choices: Choices) -> None:
    choices.choose("/home/a.ipynb", "values")
    choices.choose("/home/a.ipynb", "code")
    assert choices.of("/home/a.ipynb") == "code"


def test_a_choice_can_be_taken_back(choices: Choices) -> None:
    choices.choose("/home/a.ipynb", "values")
    choices.choose("/home/a.ipynb", None)
    assert choices.of("/home/a.ipynb") is None


def test_nobody_else_may_read_the_names(choices: Choices, tmp_path: Path) -> None:
    choices.choose("/home/a.ipynb", "values")
    assert (tmp_path / "townie" / "privacy.sqlite").stat().st_mode & 0o077 == 0


def test_the_oldest_choices_go_first(choices: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 2)
    for name in ("a", "b", "c"):
        choices.choose(name, "code")
    assert [choices.of(name) for name in ("a", "b", "c")] == [None, "code", "code"]


def test_a_file_that_is_no_database_is_told(choices: Choices, tmp_path: Path) -> None:
    (tmp_path / "townie").mkdir()
    (tmp_path / "townie" / "privacy.sqlite").write_text("no database " * 100)
    with pytest.raises(OSError, match=r"privacy\.sqlite"):
        choices.choose("/home/a.ipynb", "code")


def test_a_choice_follows_a_renamed_notebook_and_stays_for_no_other(choices: Choices) -> None:
    choices.choose("/home/Untitled.ipynb", "outputs")
    choices.choose("/home/report.ipynb", "code")
    choices.move("/home/Untitled.ipynb", "/home/report.ipynb")
    assert choices.of("/home/report.ipynb") == "outputs"
    assert choices.of("/home/Untitled.ipynb") is None


def test_choices_follow_a_renamed_folder(choices: Choices) -> None:
    choices.choose("/home/a_b/deep/x.ipynb", "values")
    choices.choose("/home/a_b.ipynb", "code")
    choices.choose("/home/aXb/y.ipynb", "types")
    choices.move("/home/a_b", "/home/c")
    found = [choices.of(f"/home/{name}.ipynb") for name in ("c/deep/x", "a_b/deep/x", "a_b", "aXb/y")]
    assert found == ["values", None, "code", "types"]


def test_what_takes_the_place_of_a_deleted_notebook_was_not_chosen_for(choices: Choices) -> None:
    choices.choose("/home/old/a.ipynb", "outputs")
    choices.choose("/home/b.ipynb", "outputs")
    choices.forget("/home/b.ipynb")
    choices.forget("/home/old")
    assert (choices.of("/home/b.ipynb"), choices.of("/home/old/a.ipynb")) == (None, None)
