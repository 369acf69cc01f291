"""Whatever way a cell fails in, its failure names the error, the line, and whether there is something to fix."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jupyter_client.manager import start_new_kernel

from jupyter_townie.failures import failure_from_error
from jupyter_townie.protocol import Failure, RawError

HELPERS = "def ratio(a, b):\n    return a / b"


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "local_module.py").write_text("def half(x):\n    return x['half']\n")
    (folder / "script.py").write_text("total = 1\ntotal.append(2)\n")
    manager, client = start_new_kernel(cwd=str(folder))

    def run(code: str) -> Failure:
        said: list[str] = []
        shown: list[Any] = []

        def listen(message: Any) -> None:
            if message["msg_type"] == "stream":
                said.append(message["content"]["text"])
            elif message["msg_type"] == "error":
                shown.append(message["content"])

        client.execute_interactive(HELPERS, output_hook=listen, timeout=30)
        reply = client.execute_interactive(code, output_hook=listen, timeout=30)["content"]
        # A script that %run runs fails in an output alone; tracebacks of exception groups are printed as text.
        told = reply if reply["status"] == "error" else shown[-1]
        traceback = told["traceback"] or "".join(said).splitlines()
        error = RawError(ename=told["ename"], evalue=told["evalue"], traceback=traceback)
        return failure_from_error(error, source="cell", cell_id="failed", cells=[("h", HELPERS), ("failed", code)])

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


class Case(NamedTuple):
    code: str
    ename: str
    line: str
    """What the summary has to show of the code."""
    fixable: bool = True


# What Python itself has only had since 3.11.
NEW = [] if sys.version_info >= (3, 11) else ["group"]
CASES = {
    "syntax": Case("x = 1\nif x\n    pass", "SyntaxError", "if x"),
    "indentation": Case("def f():\nreturn 1", "IndentationError", "return 1"),
    "other cell": Case("ratio(1, 0)", "ZeroDivisionError", "return a / b"),
    "local module": Case("import local_module\nlocal_module.half({})", "KeyError", "return x['half']"),
    "timed": Case("%%time\nvalue = 3\nratio(value, 0)", "ZeroDivisionError", "return a / b"),
    "run script": Case("%run script.py", "AttributeError", "total.append(2)"),
    "bash": Case("%%bash\nexit 3", "CalledProcessError", "non-zero exit status 3"),
    "async": Case("import asyncio\nawait asyncio.sleep(0)\nratio(2, 0)", "ZeroDivisionError", "ratio(2, 0)"),
    "async function": Case("async def go():\n    return {}['a']\n\nawait go()", "KeyError", "return {}['a']"),
    "chained": Case(
        "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('none') from e", "ValueError", "KeyError"
    ),
    "context": Case("try:\n    {}['a']\nexcept KeyError:\n    {}.total", "AttributeError", "KeyError: 'a'"),
    "group": Case(
        "raise ExceptionGroup('both', [ValueError('one'), TypeError('two')])", "ExceptionGroup", "2 sub-exceptions"
    ),
    "warning": Case(
        "import warnings as w\nwith w.catch_warnings():\n    w.simplefilter('error')\n    w.warn('old')",
        "UserWarning",
        "w.warn('old')",
    ),
    "comprehension": Case("[1 / n for n in (1, 0)]", "ZeroDivisionError", "[1 / n for n in (1, 0)]"),
    "import": Case("import no_such_package_at_all", "ModuleNotFoundError", "import no_such_package_at_all"),
    "line magic": Case("%no_such_magic", "UsageError", "no_such_magic"),
    "assertion": Case("assert 1 == 2, 'data is wrong'", "AssertionError", "assert 1 == 2"),
    "interrupted": Case("raise KeyboardInterrupt", "KeyboardInterrupt", "KeyboardInterrupt", False),
    "ended": Case("import sys\nsys.exit(1)", "SystemExit", "SystemExit", False),
}


@pytest.mark.parametrize("case", [pytest.param(CASES[name], id=name) for name in CASES if name not in NEW])
def test_a_failure_names_its_error_and_line(failed: Any, case: Case) -> None:
    found = failed(textwrap.dedent(case.code))
    assert (found.ename, found.fixable) == (case.ename, case.fixable)
    assert case.line in found.summary
    assert len(found.summary) < 3_000


def test_the_frame_of_another_cell_is_known_by_its_id(failed: Any) -> None:
    frames = failed("ratio(1, 0)").frames
    assert [(frame.cell_id, frame.line) for frame in frames] == [("failed", 1), ("h", 2)]


def test_the_frame_of_a_local_module_is_the_users_code(failed: Any, tmp_path: Path) -> None:
    last = failed("import local_module\nlocal_module.half({})").frames[-1]
    assert (Path(last.file).name, last.line, last.user) == ("local_module.py", 2, True)
