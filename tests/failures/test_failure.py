"""Failures from the errors of a real kernel, and from errors that try to be too much."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

from jupyter_townie.failures import failure_from_error
from jupyter_townie.protocol import Failure, RawError

GROUPS = pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has no exception groups before 3.11")


@pytest.fixture(scope="module")
def run() -> Iterator[Any]:
    manager, client = start_new_kernel()

    def run(code: str) -> RawError:
        said: list[Any] = []

        def listen(message: Any) -> None:
            if message["msg_type"] == "error":
                said.append(message["content"])

        # The reply has the error also where IPython prints the traceback as text (exception groups), and of old, an
        # output alone has it where a magic catches the error.
        reply = client.execute_interactive(code, output_hook=listen, timeout=30)["content"]
        if reply["status"] != "error":
            if not said:
                return RawError(ename="", evalue="")
            reply = said[-1]
        return RawError(ename=reply["ename"], evalue=reply["evalue"], traceback=reply["traceback"])

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def failure(error: RawError, **known: Any) -> Failure:
    return failure_from_error(error, source="cell", **known)


@pytest.mark.parametrize("mode", ["Context", "Plain", "Verbose"])
def test_frames_of_the_cells_are_found_in_every_traceback_mode(run: Any, mode: str) -> None:
    defining = "def area(box):\n    return box['w'] * box['h']"
    run(f"%xmode {mode}")
    run(defining)
    found = failure(run("a = 1\narea({'w': 2})"), cell_id="b", cells=[("a", defining), ("b", "a = 1\narea({'w': 2})")])
    run("%xmode Context")
    assert [(frame.cell_id, frame.line, frame.function, frame.source) for frame in found.frames] == [
        ("b", 2, None, "area({'w': 2})"),
        ("a", 2, "area", "return box['w'] * box['h']"),
    ]


def test_a_syntax_error_has_its_line(run: Any) -> None:
    found = failure(run("x = 1\nprint 'x'"), cell_id="c")
    assert [(frame.cell_id, frame.line, frame.source) for frame in found.frames] == [("c", 2, "print 'x'")]


def test_a_minimal_traceback_still_names_the_error(run: Any) -> None:
    run("%xmode Minimal")
    found = failure(run("1 / 0"))
    run("%xmode Context")
    assert found.summary.startswith("ZeroDivisionError: division by zero")


def test_the_summary_names_the_causes_of_a_chained_error(run: Any) -> None:
    found = failure(run("try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('no ratio') from e"))
    assert "ValueError: no ratio" in found.summary and "ZeroDivisionError: division by zero" in found.summary


@GROUPS
def test_an_exception_group_keeps_its_message(run: Any) -> None:
    found = failure(run("raise ExceptionGroup('both', [ValueError(1), TypeError(2)])"))
    assert found.summary.startswith("ExceptionGroup: both (2 sub-exceptions)")


@GROUPS
def test_a_printed_exception_group_is_told_with_its_members_and_the_failing_line(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio\n\nasync def halve():\n    return 1 / 0\n\nasync def whole():\n"
        "    results = await asyncio.gather(halve(), asyncio.wait_for(halve(), 9), return_exceptions=True)\n"
        "    raise ExceptionGroup('both', [*results, KeyError('a')])\n\nasyncio.run(whole())\n"
    )
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False).stderr
    found = failure(RawError(ename="ExceptionGroup", evalue="both", traceback=printed.splitlines()))
    division = "ZeroDivisionError: division by zero"
    assert found.summary.startswith(f"ExceptionGroup: both\nIt holds: {division}; {division}; KeyError: 'a'\n")
    assert "line 4, in halve\n    return 1 / 0" in found.summary


def test_a_frame_without_a_known_function_is_a_cell_like_any_other() -> None:
    # What IPython 8 writes for the cell when a library's frames are compiled.
    lines = ["/tmp/ipykernel_19008/861000153.py in ?()", "----> 1 frame.haed()", "", "AttributeError: no 'haed'"]
    found = failure(RawError(ename="AttributeError", evalue="no 'haed'", traceback=lines))
    assert found.summary.endswith("cell, line 1\n    frame.haed()")


def test_library_frames_fold_but_the_failing_line_stays(run: Any) -> None:
    found = failure(run("import json\njson.loads('{')"))
    assert "json.loads('{')" in found.summary
    assert "frames in json" in found.summary
    assert "raw_decode(s, idx" not in found.summary


def test_local_files_are_kept_as_the_user_s_code(run: Any, tmp_path: Any) -> None:
    (tmp_path / "mylib.py").write_text("def q(a):\n    return a.zz\n")
    found = failure(run(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport mylib\nmylib.q(3)"))
    assert found.frames[-1].user and found.frames[-1].source == "return a.zz"


def test_deep_recursion_is_a_few_hundred_tokens(run: Any) -> None:
    found = failure(run("def g():\n    g()\ng()"))
    assert found.ename == "RecursionError"
    assert len(found.summary) < 2_000
    assert "times" in found.summary


def test_the_error_of_a_timed_cell_points_below_the_magic(run: Any) -> None:
    found = failure(run("%%time\nx = 1\n1 / 0"), cell_id="t")
    assert [(frame.cell_id, frame.line) for frame in found.frames if frame.file == "cell"][-1] == ("t", 3)


@pytest.mark.parametrize("name", ["KeyboardInterrupt", "SystemExit"])
def test_no_fix_is_offered_for_what_the_user_did_on_purpose(name: str) -> None:
    assert not failure(RawError(ename=name, evalue="")).fixable


def test_the_same_failure_has_the_same_signature_when_lines_move(run: Any) -> None:
    first = failure(run("{}['x']"))
    second = failure(run("# moved\n\nd = {}\nd['x']"))
    assert first.signature == second.signature


def test_another_message_is_another_failure(run: Any) -> None:
    assert failure(run("{}['x']")).signature != failure(run("{}['y']")).signature


def test_addresses_do_not_make_a_failure_new() -> None:
    first, second = (RawError(ename="TypeError", evalue=f"bad <object at {where}>") for where in ("0x7f01", "0xaa02"))
    assert failure(first).signature == failure(second).signature


def test_other_languages_are_kept_and_not_parsed() -> None:
    found = failure(
        RawError(ename="ERROR", evalue="object 'x' not found", traceback=["Error in f(): no x\n"]), language="R"
    )
    assert found.frames == [] and "Error in f(): no x" in found.summary


def test_a_progress_bar_is_shown_as_it_ended() -> None:
    bar = "\r".join(f"{percent}% done" for percent in range(101))
    found = failure(RawError(ename="RuntimeError", evalue=bar))
    assert found.summary == "RuntimeError: 100% done"


@pytest.mark.parametrize(
    "error",
    [
        RawError(ename="ValueError", evalue="x" * 10_000_000, traceback=["y" * 10_000_000]),
        RawError(ename="ValueError", evalue="\x1b[" * 2_000_000, traceback=["\x1b[31" * 2_000_000]),
        RawError(ename="ValueError", evalue="v", traceback=["Cell In[1], line 1\n"] * 300_000),
        RawError(ename="ValueError", evalue="v", traceback=["a in " * 2_000_000, "File " * 2_000_000]),
    ],
    ids=["megabytes", "broken colours", "a million frames", "almost headers"],
)
def test_any_size_is_compacted_quickly(error: RawError) -> None:
    # Time of this process: other processes share the machine.
    started = time.process_time()
    found = failure(error)
    assert time.process_time() - started < 2
    assert len(found.summary) < 6_000
