"""``jupyter townie fix`` on notebooks that really run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Shell
from tests.wire import Reply, WireServer

SourceOf = Callable[[Path, str], str]
FRAME = "import pandas as pd\ndf = pd.DataFrame({'total': [1, 2]})"


def test_a_notebook_that_runs_needs_no_fix(shell: Shell) -> None:
    shell.notebook("x = 1", "print(x)")
    done = shell.fix("work.ipynb", "--instant")
    assert (done.status, done.err) == (0, "")
    assert "nothing to fix; 2 cells ran" in done.out


def test_a_misspelt_column_is_offered_as_a_diff_with_its_proof(shell: Shell) -> None:
    shell.notebook(FRAME, "df['totl'].sum()", "raise SystemError('never reached')")
    done = shell.fix("work.ipynb", "--instant")
    assert done.status == 0
    assert "-df['totl'].sum()\n  +df['total'].sum()" in done.out
    assert "Tried: runs" in done.out


def test_json_is_one_object_of_three_parts(shell: Shell) -> None:
    shell.notebook("np.zeros(3).sum()")
    told = shell.fix("work.ipynb", "--instant", "--json").told
    assert set(told) == {"failure", "fix", "timings_ms"}
    assert (told["failure"]["ename"], told["failure"]["cell_id"]) == ("NameError", "c0")
    assert set(told["fix"]) == {"kind", "cell_id", "source", "proof"}
    assert told["fix"]["kind"] == "edit"
    assert told["fix"]["source"] == "import numpy as np\nnp.zeros(3).sum()"
    assert told["fix"]["proof"]["status"] == "ran"
    assert set(told["timings_ms"]) == {"start", "run", "fix", "proof", "total"}


def test_json_of_a_notebook_that_runs_has_neither_failure_nor_fix(shell: Shell) -> None:
    shell.notebook("1 + 1")
    told = shell.fix("work.ipynb", "--instant", "--json").told
    assert told["failure"] is None
    assert told["fix"] == {"kind": None, "cell_id": None, "proof": None}


def test_what_the_kernel_process_prints_does_not_mix_with_the_json(shell: Shell) -> None:
    shell.notebook("import os, sys\nos.write(sys.__stdout__.fileno(), b'noise')\nos.system('echo noise')")
    assert shell.fix("work.ipynb", "--instant", "--json").told["failure"] is None


def test_without_a_dry_run_a_fix_has_no_proof(shell: Shell) -> None:
    shell.notebook("math.sqrt(16)")
    told = shell.fix("work.ipynb", "--instant", "--no-dry-run", "--json").told
    assert (told["fix"]["kind"], told["fix"]["proof"]) == ("edit", None)


def test_a_fix_that_fails_when_it_is_tried_is_no_fix(shell: Shell) -> None:
    path = shell.notebook("x = math.sqrt(16)\nx / 0")
    before = path.read_bytes()
    done = shell.fix("work.ipynb", "--instant", "--write")
    assert done.status == 1
    assert "Tried: fails with ZeroDivisionError" in done.out
    assert path.read_bytes() == before


def test_a_name_of_a_later_cell_asks_for_that_cell_first(shell: Shell) -> None:
    shell.notebook("print(later)", "later = 3")
    done = shell.fix("work.ipynb", "--instant", "--json", "--write")
    assert done.told["fix"]["kind"] == "run_cell"
    assert done.told["fix"]["run"] == ["c1", "c0"]
    assert done.told["fix"]["proof"]["status"] == "ran"
    assert "Nothing to save" in done.err


def test_a_named_cell_is_reached_past_others_that_fail(shell: Shell) -> None:
    shell.notebook("1 / 0", FRAME, "df['totl'].sum()")
    done = shell.fix("work.ipynb", "--instant", "--cell", "c2")
    assert done.status == 0
    assert "Cell 2 (c0) failed on the way with ZeroDivisionError" in done.out
    assert "+df['total'].sum()" in done.out


def test_a_cell_that_may_fail_is_passed(shell: Shell) -> None:
    shell.notebook("1 / 0", "print(1)", tags={0: "raises-exception"})
    assert "nothing to fix" in shell.fix("work.ipynb", "--instant").out


def test_what_no_notebook_needs_is_not_loaded(shell: Shell) -> None:
    path = shell.notebook("1 + 1")
    asked = ("nbformat", "rfc3987_syntax", "anthropic", "openai", "jupyter_server")
    code = (
        "import sys; from jupyter_townie.cli import main\n"
        f"main(['fix', {str(path)!r}, '--instant'])\n"
        f"print([name for name in {asked} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=shell.environment(), capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "['nbformat']"


def test_syntax_errors_are_repaired(shell: Shell) -> None:
    shell.notebook("for i in range(3)\n    print(i)")
    assert shell.fix("work.ipynb", "--instant", "--json").told["fix"]["source"] == "for i in range(3):\n    print(i)"


def test_without_a_certain_rule_there_is_no_fix(shell: Shell) -> None:
    shell.notebook("1 / 0")
    done = shell.fix("work.ipynb", "--instant")
    assert done.status == 1
    assert "No local rule is certain" in done.err


def test_a_kernel_that_dies_is_a_failure_without_a_fix(shell: Shell) -> None:
    shell.notebook("import os\nos._exit(3)")
    done = shell.fix("work.ipynb", "--instant", "--json")
    assert done.status == 1
    assert done.told["failure"]["source"] == "kernel"


def test_cells_run_in_the_folder_of_the_notebook(shell: Shell) -> None:
    shell.notebook("open('data.csv').read()")
    (shell.folder / "data.csv").write_text("a,b\n")
    done = subprocess.run(
        shell.command(str(shell.folder / "work.ipynb"), "--instant"),
        cwd="/",
        env=shell.environment(),
        capture_output=True,
        text=True,
    )
    assert "nothing to fix" in done.stdout


# ------------------------------------------------------------------------------------------------------------ saving


def test_a_run_leaves_the_file_alone(shell: Shell) -> None:
    path = shell.notebook("print('x' * 10)", "np.zeros(3)")
    before = path.read_bytes()
    shell.fix("work.ipynb", "--instant")
    assert path.read_bytes() == before


def test_a_saved_fix_makes_the_notebook_run(shell: Shell, source_of: SourceOf) -> None:
    path = shell.notebook("math.sqrt(16)")
    saved = shell.fix("work.ipynb", "--instant", "--write")
    assert (saved.status, source_of(path, "c0")) == (0, "import math\nmath.sqrt(16)")
    assert "nothing to fix" in shell.fix("work.ipynb", "--instant").out


def test_saving_keeps_the_layout_of_the_file(shell: Shell) -> None:
    path = shell.notebook("x = 'ä'", "math.sqrt(16)")
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    text = json.dumps(dict(reversed(notebook.items())), indent=4, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o640)
    shell.fix("work.ipynb", "--instant", "--write")
    was, now = text.splitlines(), path.read_text(encoding="utf-8").splitlines()
    gone, new = [line for line in was if line not in now], [line for line in now if line not in was]
    assert [line.strip() for line in gone] == ['"source": "math.sqrt(16)"']
    assert "import math" in new[0] + new[1]
    assert path.stat().st_mode & 0o777 == 0o640


# ------------------------------------------------------------------------------------------------------------- usage


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.ipynb", None, "There is no file none.ipynb"),
        ("text.ipynb", "hello", "text.ipynb is not a notebook: it is not JSON"),
        ("other.ipynb", "{}", "other.ipynb is not a notebook: it is other JSON"),
        ("old.ipynb", '{"nbformat": 3, "worksheets": []}', "old.ipynb is a notebook of format 3"),
        ("odd.ipynb", '{"nbformat": 4, "cells": [1]}', "odd.ipynb is not a valid notebook"),
    ],
)
def test_what_is_no_notebook_is_named(shell: Shell, name: str, content: str | None, told: str) -> None:
    if content is not None:
        (shell.folder / name).write_text(content)
    done = shell.fix(name, "--instant")
    assert (done.status, done.out) == (2, "")
    assert told in done.err


def test_an_unknown_cell_is_named_with_those_that_there_are(shell: Shell) -> None:
    shell.notebook("first = 1")
    done = shell.fix("work.ipynb", "--cell", "c9")
    assert done.status == 2
    assert "has no cell c9" in done.err
    assert "c0  first = 1" in done.err


def test_a_kernel_that_is_not_installed_is_named_with_the_remedy(shell: Shell) -> None:
    shell.notebook("1", kernel="no-such-kernel")
    done = shell.fix("work.ipynb", "--instant")
    assert done.status == 2
    assert "no-such-kernel, which is not installed here" in done.err
    assert "ipykernel install" in done.err


# ------------------------------------------------------------------------------------------------------- the model


def test_without_a_model_it_says_so(shell: Shell) -> None:
    shell.notebook("1 / 0")
    done = shell.fix("work.ipynb")
    assert done.status == 1
    assert "no model is configured" in done.err


def test_what_no_rule_knows_goes_to_the_model_and_is_tried(shell: Shell, wire: WireServer) -> None:
    shell.base_url = wire.url
    shell.notebook("total, parts = 10, 0", "total / parts")
    wire.script = [Reply.text("Nothing to divide by.\n\n```python cell=c1\ntotal / (parts or 1)\n```\n")]
    done = shell.fix("work.ipynb", "--json")
    assert done.status == 0
    assert done.told["fix"]["source"] == "total / (parts or 1)"
    assert done.told["fix"]["proof"]["status"] == "ran"


def test_instant_asks_no_model(shell: Shell, wire: WireServer) -> None:
    shell.base_url = wire.url
    shell.notebook("1 / 0")
    assert shell.fix("work.ipynb", "--instant").status == 1
    assert wire.requests == []


# ------------------------------------------------------------------------------------------------------- interrupts


@pytest.mark.skipif(os.name == "nt", reason="signals as POSIX has them")
def test_an_interrupt_ends_the_kernel(shell: Shell) -> None:
    shell.notebook("import os, time\nopen('pid', 'w').write(str(os.getpid()))", "time.sleep(100)")
    process = subprocess.Popen(
        shell.command("work.ipynb", "--instant"), cwd=shell.folder, env=shell.environment(), stderr=subprocess.PIPE
    )
    written, deadline = shell.folder / "pid", time.monotonic() + 30
    while not (written.exists() and written.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    kernel = int(written.read_text())
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, b"The kernel was shut down" in err) == (130, True)
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, 0)


def test_a_kernel_that_died_is_told_with_its_exit_code_and_last_output(shell: Shell) -> None:
    shell.notebook("print('last words', flush=True)\nimport os, time\ntime.sleep(0.5)\nos._exit(7)")
    failure = shell.fix("work.ipynb", "--instant", "--json").told["failure"]
    assert (failure["source"], failure["ename"]) == ("kernel", "KernelDied")
    assert "exit code 7" in failure["evalue"]
    assert "last words" in failure["summary"]


def test_without_a_dry_run_the_models_fix_has_no_proof(shell: Shell, wire: WireServer) -> None:
    shell.base_url = wire.url
    wire.script = [Reply.text("It is missing.\n\n```python cell=c0\nrates = {'GBP': 1}\nrates['GBP']\n```\n")]
    shell.notebook("rates = {}\nrates['GBP']")
    told = shell.fix("work.ipynb", "--no-dry-run", "--json").told
    assert (told["fix"]["kind"], told["fix"]["proof"]) == ("edit", None)
