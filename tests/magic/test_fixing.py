"""``%townie fix`` and ``%townie explain`` in a real kernel."""

from __future__ import annotations

import re

import pytest

from tests.magic.conftest import Session
from tests.wire import Reply, WireServer
from tests.wire.server import Received

DIVISION = "total, parts = 10, 0\ntotal / parts"


@pytest.fixture(autouse=True)
def nothing_failed(kernel: Session) -> None:
    """Every test starts in a session in which nothing is left to repair, and no fix is remembered."""
    kernel.run("get_ipython().magics_manager.registry['TownieMagics'].history._failed = None")
    kernel.run(
        "__import__('pathlib').Path(__import__('jupyter_core.paths').paths.jupyter_data_dir(), "
        "'townie', 'fixes.sqlite').unlink(missing_ok=True)"
    )


def change(source: str) -> object:
    """A script: the answer is ``source`` for the cell that the request names as failed."""

    def rule(request: Received) -> Reply:
        cell = re.search(r'failure in="([^"]+)"', str(request.body["messages"][-3:]))
        assert cell is not None
        return Reply.text(f"It divides by nothing.\n\n```python cell={cell[1]}\n{source}\n```\n")

    return rule


def test_a_missing_import_is_repaired_without_a_model(kernel: Session, wire: WireServer) -> None:
    assert kernel.run("math.sqrt(16)").errors == ["NameError"]
    result = kernel.run("%townie fix")
    assert result.next_input == "import math\nmath.sqrt(16)"
    assert "+import math" in result.shown
    assert "no model was asked" in result.shown
    assert result.results == []
    assert wire.requests == []


def test_with_run_the_repair_is_run_and_the_failure_is_over(kernel: Session, wire: WireServer) -> None:
    kernel.run("statistics.mean([1, 2, 3])")
    result = kernel.run("%townie --run fix")
    assert result.results == ["2"]
    assert "Ran" in result.shown
    assert "Nothing to repair" in kernel.run("%townie fix").shown


def test_a_cell_that_only_has_to_run_again_is_offered_with_the_failed_one(kernel: Session, wire: WireServer) -> None:
    kernel.run("ready_value = 5")
    kernel.run("del ready_value")
    assert kernel.run("ready_value + 1").errors == ["NameError"]
    wire.script = [Reply.text("I do not know.")]
    result = kernel.run("%townie fix")
    if result.next_input is not None:
        assert result.next_input == "ready_value = 5\n\nready_value + 1"


def test_the_model_sees_the_failed_cell_and_its_error(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("I do not know.")]
    kernel.run(DIVISION)
    kernel.run("%townie fix")
    asked = wire.requests[-1].last_user_text
    assert DIVISION.splitlines()[1] in asked
    assert "ZeroDivisionError" in asked


def test_the_repair_of_a_model_is_shown_as_a_diff_and_offered(kernel: Session, wire: WireServer) -> None:
    wire.script = change("total, parts = 10, 4\ntotal / parts")
    kernel.run(DIVISION)
    result = kernel.run("%townie fix")
    assert "-total, parts = 10, 0\n+total, parts = 10, 4" in result.shown
    assert "```python" not in result.shown
    assert result.next_input == "total, parts = 10, 4\ntotal / parts"
    assert result.results == []


def test_with_run_the_repair_of_a_model_is_run(kernel: Session, wire: WireServer) -> None:
    wire.script = change("total, parts = 10, 4\ntotal / parts")
    kernel.run(DIVISION)
    assert kernel.run("%townie --run fix").results == ["2.5"]


def test_the_same_failure_again_ends_the_tries(kernel: Session, wire: WireServer) -> None:
    # What starts a process is offered untried.
    wire.script = change("__import__('subprocess').run(['true'])\ntotal, parts = 11, 0\ntotal / parts")
    kernel.run(DIVISION)
    result = kernel.run("%townie --run fix")
    assert len(wire.requests) == 1
    assert "The same error came back" in result.shown
    assert result.next_input is None


def test_another_failure_is_told_to_the_model_which_tries_again(kernel: Session, wire: WireServer) -> None:
    answers = iter(["total / no_such_name", "total = 8\ntotal / 2"])
    wire.script = lambda request: change(next(answers))(request)  # type: ignore[operator]
    kernel.run(DIVISION)
    result = kernel.run("%townie --run fix")
    assert len(wire.requests) == 2
    assert result.results == ["4.0"]
    assert "no_such_name" in str(wire.requests[-1].body["messages"])


def test_the_body_of_a_fix_is_a_hint_for_the_model(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("I see.")]
    kernel.run(DIVISION)
    kernel.run("%%townie fix\nthere are four parts")
    assert "there are four parts" in wire.requests[-1].last_user_text


def test_explaining_changes_nothing(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("You divide by zero.")]
    kernel.run(DIVISION)
    result = kernel.run("%townie explain")
    assert "You divide by zero." in result.shown
    assert "the error `ZeroDivisionError`, the versions of the packages" in result.shown
    assert "the error `where its names come from`" not in result.shown
    assert result.next_input is None


def test_a_syntax_error_can_be_repaired(kernel: Session, wire: WireServer) -> None:
    wire.script = change("value = (1 + 2)\nvalue")
    kernel.run("value = (1 + + )\nvalue")
    assert kernel.run("%townie --run fix").results == ["3"]


def test_a_failure_in_the_lines_of_the_magics_cell_is_not_lost(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("I do not know.")]
    kernel.run(DIVISION)
    kernel.run("1 + 1")
    kernel.run("%townie fix")
    assert "ZeroDivisionError" in wire.requests[-1].last_user_text


def test_a_cell_that_ran_well_since_is_not_repaired(kernel: Session, wire: WireServer) -> None:
    kernel.run(DIVISION, {"cellId": "cell-a"})
    kernel.run("total, parts = 10, 5\ntotal / parts", {"cellId": "cell-a"})
    assert "Nothing to repair" in kernel.run("%townie fix").shown
    assert wire.requests == []


def test_an_interrupted_cell_is_not_offered_a_repair(kernel: Session, wire: WireServer) -> None:
    wire.script = [Reply.text("I do not know.")]
    kernel.run("raise KeyboardInterrupt")
    result = kernel.run("%townie fix")
    assert result.next_input is None
    assert wire.requests == []


def test_a_failure_from_before_the_extension_was_loaded_can_be_repaired(fresh: Session, wire: WireServer) -> None:
    assert fresh.run("math.floor(2.5)").errors == ["NameError"]
    fresh.run("%load_ext jupyter_townie")
    assert fresh.run("%townie --run fix").results == ["2"]


def test_a_repair_is_tried_before_it_is_offered(kernel: Session, wire: WireServer) -> None:
    wire.script = change("total, parts = 10, 4\nprint(total / parts)")
    kernel.run(DIVISION)
    assert "Tried: runs" in kernel.run("%townie fix").shown


def test_a_repair_that_was_accepted_is_remembered(kernel: Session, wire: WireServer) -> None:
    wire.script = change("half = [1, 2][-1]\nhalf")
    kernel.run("half = [1, 2][7]\nhalf")
    kernel.run("%townie --run fix")
    asked = len(wire.requests)
    kernel.run("half = [1, 2][7]\nhalf")
    result = kernel.run("%townie fix")
    assert "Remembered from an earlier fix" in result.shown
    assert result.next_input == "half = [1, 2][-1]\nhalf"
    assert len(wire.requests) == asked
