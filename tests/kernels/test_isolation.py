"""What a trial must leave alone: files by every way to them, what other processes share, and the kernel that is copied.

Each candidate is run in a fork of a real kernel that holds what it reaches for; everything is as it was afterwards.
"""

# ruff: noqa: E501 -- tables read better unbroken

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.manager import start_new_async_kernel

from .trying import LOOP, PlainKernel, in_loop, trial

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what Linux refuses")

HELD = r"""
import ctypes, dbm.dumb, fcntl, logging, mmap, multiprocessing, os, random, select, shelve, signal, sqlite3, struct, subprocess, sys, tempfile, termios, weakref
from multiprocessing import shared_memory
import numpy as np
libc, parent, rt = ctypes.CDLL(None, use_errno=True), os.getpid(), ctypes.CDLL("librt.so.1")
open("mine.txt", "w").write("mine"); os.chmod("mine.txt", 0o640); os.utime("mine.txt", (1e9, 1e9))
try: os.setxattr("mine.txt", "user.mine", b"1")
except OSError: pass
both = open("mine.txt", "r+b"); only_read = mmap.mmap(both.fileno(), 0, access=mmap.ACCESS_READ)
place = int(next(line for line in open("/proc/self/maps") if "mine.txt" in line).split("-")[0], 16)
mapped = np.memmap("map.bin", dtype="u1", mode="w+", shape=(10,))
gone = np.memmap("gone.bin", dtype="u1", mode="w+", shape=(10,)); os.unlink("gone.bin")
block = shared_memory.SharedMemory(create=True, size=100); block.buf[:4] = b"mine"
lock, value, queue = multiprocessing.Lock(), multiprocessing.Value("i", 7), multiprocessing.Queue()
queue.put("mine"); queue._reader.poll(5)
memory, number = libc.shmget(0, 100, 0o1600), libc.msgget(0, 0o1600)
libc.msgsnd(number, struct.pack("l4s", 1, b"mine"), 4, 0)
box = rt.mq_open(b"/townie-%d" % parent, os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o600, None); rt.mq_send(box, b"mine", 4, 0); rt.mq_unlink(b"/townie-%d" % parent)
wide = sqlite3.connect("wide.db"); wide.execute("pragma journal_mode=wal"); wide.execute("create table t (a)"); wide.commit()
os.mkfifo("fifo"); fifo = os.open("fifo", os.O_RDWR); os.write(fifo, b"mine")
near, far = os.pipe(); os.write(far, b"mine")
master, slave = os.openpty(); terminal = os.ttyname(slave)
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=open("cat.txt", "wb"))
folder = tempfile.TemporaryDirectory(); open(folder.name + "/a", "w").write("mine")
class Held: pass
held = Held(); weakref.finalize(held, os.remove, "mine.txt")
handler = logging.FileHandler("log.txt"); logger = logging.getLogger("mine"); logger.addHandler(handler); logger.warning("mine")
half = open("half.txt", "w"); half.write("half")
shelf = shelve.Shelf(dbm.dumb.open("shelf", "c")); shelf["a"] = 1; shelf.sync()
locked = open("mine.txt"); fcntl.flock(locked, fcntl.LOCK_EX)
random.seed(3)
told = []
for one in (signal.SIGCHLD, signal.SIGIO, signal.SIGUSR1): signal.signal(one, lambda *_: told.append(1))
def flags(path, word=bytearray(8)):
    try: fcntl.ioctl(os.open(path, os.O_RDONLY), 0x80086601, word)
    except OSError: pass
    return word.hex()
def waits(descriptor): return select.select([descriptor], [], [], 0)[0] == [descriptor]
def row(path): return [path, os.stat(path).st_mode, os.stat(path).st_mtime, os.stat(path).st_size]
def raw(call, size): buffer = ctypes.create_string_buffer(size); return [call(buffer), buffer.raw.hex()]
"""
WHOLE = (
    "[[row(path) for path in sorted(os.listdir('.'))], open('mine.txt').read(), flags('mine.txt'), os.listxattr('mine.txt'), "
    "mapped.tolist(), gone.tolist(), open('map.bin', 'rb').read().hex(), bytes(block.buf[:4]).hex(), os.path.exists('/dev/shm/' + block.name), "
    "lock.acquire(False) and lock.release(), value.value, queue.qsize(), libc.shmctl(memory, 2, ctypes.create_string_buffer(200)), "
    "raw(lambda b: libc.msgctl(number, 2, b), 200), os.pread(box, 200, 0).decode(), wide.execute('select count(*) from t').fetchone(), "
    "waits(fifo), waits(near), termios.tcgetattr(slave)[:4], child.poll(), os.listdir(folder.name), open('shelf.dat', 'rb').read().hex(), "
    "open('/proc/locks').read().count(str(parent)), random.getstate()[1][:9], told, os.uname().nodename, len(In), get_ipython().execution_count, "
    "signal.getitimer(signal.ITIMER_REAL), [str(signal.getsignal(one)) for one in (signal.SIGCHLD, signal.SIGALRM)]]"
)


async def started(folder: str) -> PlainKernel:
    manager, client = await start_new_async_kernel(cwd=folder)
    return PlainKernel(manager, client)


async def ended(kernel: PlainKernel) -> None:
    kernel.client.stop_channels()
    await kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainKernel]:
    plain = LOOP.run_until_complete(started(str(tmp_path_factory.mktemp("held"))))
    reply = LOOP.run_until_complete(plain.run(HELD))
    assert reply["status"] == "ok", reply
    yield plain
    LOOP.run_until_complete(
        plain.run("child.kill(); child.wait(); block.unlink(); libc.shmctl(memory, 0, 0); libc.msgctl(number, 0, 0)")
    )
    LOOP.run_until_complete(ended(plain))


@pytest.fixture(scope="module")
def before(kernel: PlainKernel) -> Any:
    """The state that each candidate has to leave as it is."""
    return LOOP.run_until_complete(kernel.value(WHOLE))


@pytest.fixture
def own_kernel(tmp_path: Any) -> Iterator[PlainKernel]:
    plain = LOOP.run_until_complete(started(str(tmp_path)))
    yield plain
    LOOP.run_until_complete(ended(plain))


REACHING = {
    # Files, by C: what belongs to them, too.
    "mode": ("assert libc.fchmodat(-100, b'mine.txt', 0o777, 0) == 0", "runs"),
    "times": ("assert libc.utimensat(-100, b'mine.txt', None, 0) == 0", "runs"),
    "owner": ("assert libc.lchown(b'mine.txt', 1, 1) == 0", "runs"),
    "attributes": ("assert libc.lremovexattr(b'mine.txt', b'user.mine') == -1", "runs"),
    "flags": ("word = ctypes.c_long(0x40)\nassert libc.ioctl(os.open('mine.txt', 0), ctypes.c_ulong(0x40086602), ctypes.byref(word)) == -1", "runs"),
    "made_by_c": ("assert libc.creat(b'made.txt', 0o600) == libc.mknod(b'made', 0o10600, 0) == -1", "runs"),
    # Files and memory that were mapped before.
    "mapping_for_reading": ("assert libc.mprotect(ctypes.c_void_p(place), ctypes.c_size_t(4096), 3) == 0\nctypes.memmove(place, b'evil', 4)", "runs"),
    "mapping_for_writing": ("mapped[:] = 1; mapped.flush(); print(mapped.sum())", "prints 1 line"),
    "mapping_of_a_file_that_is_gone": ("gone[:] = 1", "runs"),
    "shared_memory": ("block.buf[:4] = b'evil'", "runs"),
    "shared_memory_by_name": ("block.unlink()", "reaches outside"),
    "lock_and_value": ("lock.acquire(); value.value = 9", "runs"),
    "queue": ("queue.get(timeout=1)", "reaches outside"),
    "memory_by_number": ("assert libc.shmctl(memory, 0, None) == -1", "runs"),
    "message_by_number": ("assert libc.msgrcv(number, ctypes.create_string_buffer(99), 4, 0, 0o4000) == -1", "runs"),
    "mailbox": ("assert rt.mq_receive(box, ctypes.create_string_buffer(9000), 9000, None) == -1", "runs"),
    # What is open.
    "database_with_a_log": ("wide.execute('pragma busy_timeout=50'); wide.execute('insert into t values (1)'); wide.commit()", "reaches outside"),
    "named_pipe": ("open('fifo', 'rb', buffering=0).read(4)", "reads from a pipe"),
    "pipe": ("os.read(near, 4)", "reaches outside"),
    "pipe_to_a_process": ("child.stdin.write(b'evil'); child.stdin.flush()", "reaches outside"),
    "process": ("child.kill()", "asks for a process"),
    "terminal": ("end = os.open(terminal, os.O_RDONLY | os.O_NOCTTY)", "reads from a pipe or a device"),
    "terminal_by_c": ("end = libc.open(terminal.encode(), os.O_NOCTTY)\nassert libc.ioctl(end, 0x5402, ctypes.create_string_buffer(99)) == -1", "runs"),
    "half_written": ("half.write('more'); half.close()", "reaches outside"),
    "log": ("logger.warning('evil')", "writes to a log"),
    "shelf": ("shelf['b'] = 2; shelf.close()", "writes files"),
    "lock_of_a_file": ("fcntl.flock(locked, fcntl.LOCK_UN)", "runs"),
    "lease": ("fcntl.fcntl(os.open('mine.txt', 0), 1024, 0)", "reaches outside"),
    "folder_that_ends_with_its_name": ("del folder", "runs"),
    "finalizer": ("del held", "runs"),
    "at_exit": ("import atexit; atexit.register(os.remove, 'mine.txt'); atexit._run_exitfuncs()", "writes files"),
    # Processes and the machine.
    "signal_by_a_pipe": ("a, b = os.pipe(); fcntl.fcntl(a, fcntl.F_SETOWN, parent)", "reaches outside"),
    "name_of_the_machine": ("assert libc.sethostname(os.uname().nodename.encode(), 1) == -1", "runs"),
    "namespaces": ("assert libc.unshare(0x20000) == libc.mount(b'x', b'.', b'tmpfs', 0, None) == -1", "runs"),
    "other_sockets": ("import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", "reaches outside"),
    "timer": ("signal.setitimer(signal.ITIMER_REAL, 50)", "runs"),
    # It goes on from where the kernel is.
    "random": ("assert random.random() == random.Random(3).random()", "runs"),
}  # fmt: skip


@pytest.mark.parametrize(("candidate", "told"), REACHING.values(), ids=REACHING)
@in_loop
async def test_everything_is_as_it_was(kernel: PlainKernel, before: Any, candidate: str, told: str) -> None:
    found = await trial(kernel, candidate, 3.0)
    assert told in found.proof.detail, found
    assert await kernel.value(WHOLE) == before


@in_loop
async def test_threads_that_a_library_starts_in_each_fork_are_not_let_run(own_kernel: PlainKernel) -> None:
    await own_kernel.run(
        "import ctypes, os, threading, time\n"
        "def work():\n    time.sleep(0.2); ctypes.CDLL(None).creat(b'made.txt', 0o600)\n"
        "os.register_at_fork(after_in_child=lambda: threading.Thread(target=work, daemon=True).start())"
    )
    found = await trial(own_kernel, "time.sleep(0.5)")
    assert "starts threads" in found.proof.detail
    assert await own_kernel.value("os.listdir('.')") == []


@in_loop
async def test_children_of_the_kernel_that_end_during_a_trial_are_told_of(own_kernel: PlainKernel) -> None:
    await own_kernel.run(
        "import signal, subprocess, time\ntold = []\nsignal.signal(signal.SIGCHLD, lambda *_: told.append(1))\n"
        "child = subprocess.Popen(['sleep', '0.3'])"
    )
    await trial(own_kernel, "time.sleep(0.6)")
    # One that ended before the trial is told of once more: a handler is used to that.
    assert await own_kernel.value("[len(told) > 0, child.poll()]") == [True, 0]


@in_loop
async def test_a_trial_ends_with_its_kernel(own_kernel: PlainKernel) -> None:
    process = own_kernel.process
    trying = asyncio.ensure_future(trial(own_kernel, "import time; time.sleep(600)", 60.0))
    while not (children := process.children()):
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    process.kill()
    gone, alive = await asyncio.to_thread(psutil.wait_procs, children, 3)
    trying.cancel()
    for left in Path(os.environ.get("TMPDIR", "/tmp")).glob(f"townie-{process.pid}-*"):
        shutil.rmtree(left)  # nobody was left to remove it
    assert alive == [] and gone == children
