"""Accepted fixes are found again, and only where they fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_townie.failures import memory as room
from jupyter_townie.failures.memory import Memory
from jupyter_townie.protocol import Failure, Frame

VERSIONS = {"pandas": "2.2.0"}
BEFORE, AFTER = "x = 1\ndf.append(row)", "x = 1\npd.concat([df, row])"


def failed(evalue: str = "no attribute 'append'", function: str = "NDFrame.__getattr__", **more: object) -> Failure:
    frame = Frame(file="/env/lib/site-packages/pandas/core/generic.py", function=function, user=False)
    values = {"id": "f", "source": "cell", "ename": "AttributeError", "summary": "", "signature": "s", **more}
    return Failure.model_validate({**values, "evalue": evalue, "frames": [frame.model_dump()]})


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "townie" / "fixes.sqlite")


def test_an_accepted_fix_is_offered_in_another_cell(memory: Memory) -> None:
    assert memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    other = "for row in rows:\n    df.append(row)\n"
    assert memory.recall(failed(), other, VERSIONS) == "for row in rows:\n    pd.concat([df, row])\n"


def test_it_outlives_the_process(memory: Memory, tmp_path: Path) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    again = Memory(tmp_path / "townie" / "fixes.sqlite")
    assert again.recall(failed(), BEFORE, VERSIONS) == AFTER


@pytest.mark.parametrize(
    ("failure", "versions"),
    [
        (failed("no attribute 'ix'"), VERSIONS),
        (failed(function="DataFrame.pivot"), VERSIONS),
        (failed(ename="TypeError"), VERSIONS),
        (failed(), {"pandas": "3.0.0"}),
    ],
    ids=["message", "function", "error", "version"],
)
def test_another_failure_recalls_nothing(memory: Memory, failure: Failure, versions: dict[str, str]) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    assert memory.recall(failure, BEFORE, versions) is None


def test_addresses_in_the_message_do_not_matter(memory: Memory) -> None:
    memory.remember(failed("<A at 0x7f01> is bad"), BEFORE, AFTER, VERSIONS)
    assert memory.recall(failed("<A at 0x7fee> is bad"), BEFORE, VERSIONS) == AFTER


@pytest.mark.parametrize("source", ["df.append(other)", "df.append(row)\ndf.append(row)"], ids=["absent", "twice"])
def test_lines_that_do_not_stand_once_recall_nothing(memory: Memory, source: str) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    assert memory.recall(failed(), source, VERSIONS) is None


def test_a_new_import_goes_to_the_top(memory: Memory) -> None:
    memory.remember(failed(), "np.zeros(3)", "import numpy as np\nnp.zeros(3)", VERSIONS)
    assert memory.recall(failed(), "y = 1\nnp.ones(2)", VERSIONS) == "import numpy as np\ny = 1\nnp.ones(2)"


def test_the_fix_accepted_last_wins(memory: Memory) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    memory.remember(failed(), BEFORE, "x = 1\ndf.loc[len(df)] = row", VERSIONS)
    assert memory.recall(failed(), BEFORE, VERSIONS) == "x = 1\ndf.loc[len(df)] = row"


def test_a_forgotten_fix_is_not_offered_again(memory: Memory) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    memory.forget(failed(), BEFORE, VERSIONS)
    assert memory.recall(failed(), BEFORE, VERSIONS) is None


def test_changes_without_a_place_or_too_large_are_not_kept(memory: Memory) -> None:
    assert not memory.remember(failed(), "a()", "a()\nb()", VERSIONS)
    assert not memory.remember(failed(), "a()", "b()\n" * 2_000, VERSIONS)
    assert not memory.remember(failed(fixable=False), BEFORE, AFTER, VERSIONS)


def test_the_oldest_go_when_there_are_too_many(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    for number in range(5):
        memory.remember(failed(f"column {number}x"), "old", f"new{number}", VERSIONS)
    known = [memory.recall(failed(f"column {number}x"), "old", VERSIONS) for number in range(5)]
    assert known == [None, None, "new2", "new3", "new4"]


def test_a_broken_file_is_no_error(memory: Memory, tmp_path: Path) -> None:
    (tmp_path / "townie").mkdir()
    (tmp_path / "townie" / "fixes.sqlite").write_text("not a database" * 100)
    assert not memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    assert memory.recall(failed(), BEFORE, VERSIONS) is None


def test_nobody_else_may_read_it(memory: Memory, tmp_path: Path) -> None:
    memory.remember(failed(), BEFORE, AFTER, VERSIONS)
    assert (tmp_path / "townie" / "fixes.sqlite").stat().st_mode & 0o077 == 0
