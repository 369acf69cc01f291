"""Dry runs in a real kernel: what runs is proven, what must not happen does not, and the kernel stays as it was."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_async_kernel

from jupyter_townie.kernels.dryrun import best, run_trials, try_candidates
from jupyter_townie.kernels.errors import KernelBusy
from jupyter_townie.kernels.questions import source

from .trying import LOOP, PlainKernel, in_loop, trial


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainKernel]:
    folder = tmp_path_factory.mktemp("notebook")
    manager, client = LOOP.run_until_complete(start_new_async_kernel(cwd=str(folder)))
    plain = PlainKernel(manager, client)
    LOOP.run_until_complete(
        plain.run("import pandas as pd\ndf = pd.DataFrame({'a': range(344)})\nlog = open('log.txt', 'w')\nx = [1]")
    )
    yield plain
    client.stop_channels()
    LOOP.run_until_complete(manager.shutdown_kernel(now=True))


@in_loop
async def test_a_proof_says_what_the_candidate_did(kernel: PlainKernel) -> None:
    found = await trial(kernel, "for i in range(5): print(i)\ndf['b'] = 1")
    assert found.proof.status == "ran"
    assert "prints 5 lines" in found.proof.detail and "`df` would be 344 x 2" in found.proof.detail


@in_loop
async def test_a_figure_is_counted(kernel: PlainKernel) -> None:
    found = await trial(kernel, "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);", 30)
    assert "draws 1 figure" in found.proof.detail


@in_loop
async def test_a_failure_is_told_with_its_error(kernel: PlainKernel) -> None:
    found = await trial(kernel, "df['nothing']")
    assert found.proof.detail == "fails with KeyError: 'nothing'"
    assert found.error is not None and any("nothing" in line for line in found.error.traceback)


@in_loop
async def test_syntax_errors_are_failures(kernel: PlainKernel) -> None:
    assert (await trial(kernel, "x = (")).proof.status == "failed"


@in_loop
async def test_awaiting_at_the_top_level_works(kernel: PlainKernel) -> None:
    found = await trial(kernel, "import asyncio\nawait asyncio.sleep(0.01)\nprint('slept')")
    assert found.output == "slept\n"


@in_loop
async def test_the_kernel_s_own_running_loop_is_seen_by_the_candidate(kernel: PlainKernel) -> None:
    found = await trial(kernel, "import asyncio\nasyncio.run(asyncio.sleep(0))")
    assert "cannot be called from a running event loop" in found.proof.detail


@in_loop
async def test_several_cells_run_one_after_the_other_each_with_its_result(kernel: PlainKernel) -> None:
    (found,) = await run_trials(kernel, [["rows = [1, 2]\nrows", "%%time\nimport asyncio\nlast = sum(rows)", "last"]])
    assert (found.proof.status, found.proof.lines) == ("ran", 2 + len(found.output.strip().splitlines()))
    assert [change.name for change in found.changes if change.name != "asyncio"] == ["rows", "last"]


@in_loop
async def test_the_first_cell_that_fails_is_the_last_that_is_tried(kernel: PlainKernel) -> None:
    (found,) = await run_trials(kernel, [["print('one')", "1 / 0", "print('three')"]])
    assert (found.proof.status, found.output) == ("failed", "one\n")


@in_loop
async def test_candidates_run_side_by_side_from_the_same_state(kernel: PlainKernel) -> None:
    clock = asyncio.get_running_loop().time
    started = clock()
    trials = await run_trials(
        kernel, [f"import time; time.sleep(0.5); x.append({n}); assert len(x) == 2" for n in range(4)]
    )
    assert [one.proof.status for one in trials] == ["ran"] * 4
    assert clock() - started < 1.5


@in_loop
async def test_the_state_history_and_counter_of_the_kernel_do_not_change(kernel: PlainKernel) -> None:
    state = "[sorted(n for n in globals() if n[0] != '_'), len(df.columns), x, len(In), get_ipython().execution_count]"
    before = await kernel.value(state)
    await trial(kernel, "df['z'] = 1; x.append(2); new = 1; del log")
    assert await kernel.value(state) == before


@in_loop
async def test_nothing_of_the_candidate_reaches_the_notebook(kernel: PlainKernel) -> None:
    await kernel.run("1")
    await trial(
        kernel,
        "import os, logging, sys\nprint('LEAK')\nos.write(1, b'LEAK')\nsys.__stderr__.write('LEAK')\nlogging.warning('LEAK')\ndisplay('LEAK')\nget_ipython().kernel.session.send(get_ipython().kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'LEAK'})",
    )
    await asyncio.sleep(0.3)
    leaked = []
    with contextlib.suppress(Exception):
        while True:
            message = await kernel.client.get_iopub_msg(timeout=0.2)
            if "LEAK" in str(message["content"].get("text", message["content"].get("data", ""))):
                leaked.append(message)
    assert leaked == []


@pytest.mark.parametrize(
    ("candidate", "reason"),
    [
        ("open('made.txt', 'w').write('x')", "writes files"),
        ("import pathlib; pathlib.Path('log.txt').unlink()", "writes files"),
        ("df.to_csv('out.csv')", "writes files"),
        ("import os; os.rename('log.txt', 'b.txt')", "writes files"),
        ("!touch made.txt", "starts a process"),
        ("import subprocess; subprocess.run(['true'])", "starts a process"),
        ("import os; os.fork()", "starts a process"),
        ("import socket; socket.create_connection(('127.0.0.1', 9), 1)", "uses the network"),
        ("import os, signal; os.kill(os.getppid(), signal.SIGKILL)", "sends signals"),
        ("import ctypes, os; ctypes.CDLL(None).kill(os.getppid(), 9)", "calls the system directly"),
        ("import sqlite3; sqlite3.connect('a.db')", "opens a database"),
        ("input('?')", "asks for input"),
        ("import sys; sys.exit(1)", "ends itself"),
        ("import os; os._exit(0)", "ended the copy"),
        ("import os\nos._exit = lambda code: None\nos.closerange(0, 5000)", "ended the copy"),
        ("import time; time.sleep(60)", "took over 1 s"),
        ("while True: pass", "took over 1 s"),
        ("huge = bytearray(1 << 44)", "memory"),
        ("try:\n    open('made.txt', 'w')\nexcept OSError:\n    pass", "writes files"),
    ],
)  # fmt: skip
@in_loop
async def test_what_reaches_outside_cannot_be_tried(kernel: PlainKernel, candidate: str, reason: str) -> None:
    folder = Path(await kernel.value("__import__('os').getcwd()"))
    before = sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file())
    found = await trial(kernel, candidate, 1.0)
    assert found.proof.status == "untried" and reason in found.proof.detail
    assert sorted((path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file()) == before
    assert await kernel.value("x") == [1]


@in_loop
async def test_a_file_that_is_open_for_writing_keeps_its_content(kernel: PlainKernel) -> None:
    await trial(kernel, "log.write('from the trial'); log.flush()")
    await kernel.run("log.write('mine'); log.flush()")
    assert await kernel.value("open('log.txt').read()") == "mine"


REACHING = r"""
import ctypes, mmap, os, socket, sqlite3
open('lines.txt', 'w').write('line\n' * 100_000)
lines = open('lines.txt'); lines.readline()
shared = mmap.mmap(-1, 4096); shared[:4] = b'mine'
base = sqlite3.connect('base.db'); base.execute('create table t (a)'); base.commit()
near, far = socket.socketpair(); far.setblocking(False)
parent = os.getpid()
libc = ctypes.CDLL(None)
def heard():
    try: return far.recv(9).decode()
    except BlockingIOError: return ''
"""
WHOLE = (
    "[lines.tell(), shared[:4].decode(), base.execute('select count(*) from t').fetchone(), heard(), "
    "os.getpriority(os.PRIO_PROCESS, 0), sorted(os.sched_getaffinity(0)), sorted(os.listdir('.')), "
    "__import__('resource').getrlimit(__import__('resource').RLIMIT_CPU)]"
)


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux refuses")
@pytest.mark.parametrize(
    ("candidate", "status", "told"),
    [
        ("lines.read();", "ran", "runs"),
        ("shared[:4] = b'evil'", "ran", "runs"),
        ("base.execute('insert into t values (2)'); base.commit()", "untried", "reaches outside"),
        ("near.send(b'evil')", "untried", "reaches outside"),
        ("import resource; resource.prlimit(parent, resource.RLIMIT_CPU, (5000, 6000))", "untried", "processes"),
        ("os.setpriority(os.PRIO_PROCESS, parent, 5)", "untried", "changes processes"),
        ("os.sched_setaffinity(parent, {0})", "untried", "changes processes"),
        ("import multiprocessing as m; m.get_context('spawn').Process(target=print).start()", "untried", "starts a process"),
        ("libc.killpg(os.getpgid(parent), 9)", "untried", "calls the system directly"),
        ("libc.process_vm_writev(parent, None, 0, None, 0, 0)", "untried", "calls the system directly"),
        # Names that no list here knows: the system itself refuses.
        ("assert getattr(libc, '_Fork', lambda: -1)() == -1", "ran", "runs"),
        ("assert libc.sched_setscheduler(parent, 0, (ctypes.c_int * 1)(0)) == -1", "ran", "runs"),
        ("assert getattr(libc, '__connect', lambda *_: -1)(socket.socket(type=2).fileno(), (ctypes.c_char * 16)(2), 16) == -1", "ran", "runs"),
        ("from threading import Thread\nt = Thread(target=lambda: print('ok')); t.start(); t.join()", "ran", "prints 1 line"),
        ("d = os.environ['TMPDIR']\nfor i in range(1500):\n    d += '/d'; os.mkdir(d)", "ran", "runs"),
        ("import signal; signal.raise_signal(signal.SIGSTOP)", "untried", "took over"),
        ("import builtins; builtins.len = builtins.str = None", "untried", "ended the copy"),
    ],
)  # fmt: skip
@in_loop
async def test_what_was_open_before_and_other_processes_are_as_they_were(
    kernel: PlainKernel, candidate: str, status: str, told: str
) -> None:
    await kernel.run("if 'heard' not in globals():\n" + "".join(f"    {line}\n" for line in REACHING.splitlines()))
    before = await kernel.value(WHOLE)
    found = await trial(kernel, candidate, 1.0 if told == "took over" else 10.0)
    assert (found.proof.status, told in found.proof.detail) == (status, True), found.proof.detail
    assert await kernel.value(WHOLE) == before
    assert not list(Path(os.environ.get("TMPDIR", "/tmp")).glob(f"townie-{kernel.process.pid}-*"))


FORGED = """
report = {"status": "ran", "seconds": 0.5, "lines": 0, "images": 0, "shown": [], "output": "", "changes": []}
import json
"""
LIES = {
    "status": '"sure"', "seconds": "float('nan')", "lines": "10 ** 300", "images": "-1", "output": "'x' * 30_000",
    "shown": "['x' * 500]", "changes": "[['df', 'DataFrame', [10 ** 300]]]",
}  # fmt: skip


@pytest.mark.parametrize(
    "candidate",
    [
        # It does not know what a report begins with.
        "for n in range(3, 400):\n    try: os.write(n, json.dumps(report).encode() + b'\\n')\n    except OSError: pass\nos._exit(0)",
        "for n in range(3, 400):\n    try: os.write(n, b'[1]\\n')\n    except OSError: pass",
        "import atexit\natexit.register(lambda: [os.write(n, b'{}') for n in range(400)])\nos._exit(0)",
        "json.dumps = lambda *a, **k: '{\"status\": \"ran\"}'\nos.write = print\n1 / 0",
        "import sys\nsys.settrace(lambda *a: None)\nos._exit(0)",
        # It does, and says what no trial would.
        *(f"report[{name!r}] = {value}\nsend(report)" for name, value in LIES.items()),
    ],
)  # fmt: skip
@in_loop
async def test_a_forged_report_that_does_not_hold_is_no_proof(kernel: PlainKernel, candidate: str) -> None:
    found = await trial(kernel, f"import os, sys{FORGED}{SENDING}{candidate}")
    assert found.proof.status != "ran", found
    assert await kernel.value("x") == [1]


SENDING = """
def send(report):
    frame = sys._getframe()
    while "self" not in frame.f_locals or not hasattr(frame.f_locals["self"], "nonce"):
        frame = frame.f_back
    frame.f_locals["self"].send(json.dumps(report))
    os._exit(0)
"""


@in_loop
async def test_the_most_that_a_forged_report_can_do_is_to_say_that_it_runs(kernel: PlainKernel) -> None:
    # One process cannot keep a secret from the code that it runs: the page says what was told, and nothing else follows.
    lies = "report['changes'] = [['[a](http://b.c)', 'x', None], ['df', 'evil`\\n# b', None], ['y' * 500, 'int', None]]"
    found = await trial(kernel, f"import os, sys{FORGED}{SENDING}{lies}\nsend(report)")
    assert found.proof.detail == "runs, 0.5 s"
    assert await kernel.value("[x, len(df)]") == [[1], 344]


@in_loop
async def test_a_gigabyte_of_output_is_counted_and_not_kept(kernel: PlainKernel) -> None:
    found = await trial(kernel, "for i in range(1024): print('x' * (1 << 20))")
    assert found.proof.status == "ran" and len(found.output) == 20_000


@in_loop
async def test_no_child_and_no_descriptor_stays_behind(kernel: PlainKernel) -> None:
    before = (kernel.process.num_fds(), len(kernel.process.children(recursive=True)))
    for candidate in ("import time; time.sleep(60)", "import os; os._exit(3)", "1 / 0", "print(1)"):
        await trial(kernel, candidate, 0.5)
    assert (kernel.process.num_fds(), len(kernel.process.children(recursive=True))) == before


@in_loop
async def test_no_scratch_folder_stays_behind(kernel: PlainKernel) -> None:
    await trial(kernel, "import tempfile; tempfile.NamedTemporaryFile(delete=False).write(b'x')")
    assert not list(Path(os.environ.get("TMPDIR", "/tmp")).glob(f"townie-{kernel.process.pid}-*"))


@in_loop
async def test_temporary_files_are_allowed(kernel: PlainKernel) -> None:
    found = await trial(kernel, "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')\nprint('ok')")
    assert found.output == "ok\n"


@in_loop
async def test_what_joblib_would_give_to_other_processes_is_done_in_this_one(kernel: PlainKernel) -> None:
    await kernel.run("from joblib import Parallel, delayed")
    found = await trial(kernel, "print(Parallel(n_jobs=2)(delayed(abs)(n) for n in (-1, -2)))", 30)
    assert found.output == "[1, 2]\n", found


@in_loop
async def test_other_languages_are_not_tried(kernel: PlainKernel) -> None:
    assert (await try_candidates(kernel, ["1"], language="R"))[0].status == "untried"


@in_loop
async def test_a_busy_kernel_is_said_to_be_busy() -> None:
    class Busy:
        async def execute_silently(
            self, code: str, user_expressions: dict[str, str] | None = None, *, timeout: float = 10.0
        ) -> dict[str, Any]:
            raise KernelBusy

    assert (await try_candidates(Busy(), ["1"]))[0].detail == "could not be tried: the kernel is busy"


@in_loop
async def test_the_best_candidate_runs_and_changes_least(kernel: PlainKernel) -> None:
    candidates = ["1 / 0", "total = sum(x) if x else None", "total = sum(x)"]
    trials = await run_trials(kernel, candidates)
    assert best([trial.proof for trial in trials], candidates, "total = summ(x)") == 2


@in_loop
async def test_a_copy_that_crashes_takes_nothing_with_it(kernel: PlainKernel) -> None:
    found = await trial(kernel, "import faulthandler\nfaulthandler._sigsegv()")
    assert "ended the copy of the kernel (signal 11)" in found.proof.detail
    assert await kernel.value("x") == [1]


@in_loop
async def test_ten_gigabytes_of_zeros_are_no_obstacle(kernel: PlainKernel) -> None:
    # Pages of zeros take room when they are written to, which nothing here may do.
    await kernel.run("import numpy as np\nlarge = pd.DataFrame(np.zeros((10 << 27, 1)), copy=False)")
    found = await trial(kernel, "print(large.shape)")
    await kernel.run("del large")
    assert found.output == "(1342177280, 1)\n"


@in_loop
async def test_objects_that_refuse_every_question_do_not_disturb_a_trial(kernel: PlainKernel) -> None:
    await kernel.run(
        "class Hostile:\n    def __getattribute__(self, name): raise SystemExit\n    def __eq__(self, other): raise SystemExit\n"
        "    def __repr__(self): raise SystemExit\n    __hash__ = None\nhostile = Hostile()"
    )
    found = await trial(kernel, "again = hostile\nprint('ran')")
    await kernel.run("del hostile")
    assert (found.proof.status, found.output) == ("ran", "ran\n")


@pytest.fixture
def inside() -> dict[str, Any]:
    """The code that is sent into kernels, in this process."""
    room: dict[str, Any] = {"__name__": "townie"}
    exec(source("dryrun"), room)
    return room


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    ("link", "reason"),
    [("/dev/nvidia0", "GPU"), ("/dev/kfd", "GPU"), ("/dev/dri/renderD128", "GPU"), ("/home/data.csv", None)],
)
def test_a_kernel_with_a_gpu_is_not_forked(
    inside: dict[str, Any], link: str, reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import posix

    import IPython.core.interactiveshell  # noqa: F401 - a kernel has it

    monkeypatch.setattr(posix, "readlink", lambda path: link)
    found = inside["refusal"]()
    assert (reason in found) if reason else (found is None or "GPU" not in found)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_kernel_that_holds_more_than_is_free_is_not_forked(inside: dict[str, Any]) -> None:
    import IPython.core.interactiveshell  # noqa: F401 - a kernel has it

    inside["available"] = lambda: 1_000_000
    assert inside["refusal"]() == "the kernel holds more memory than is free"
