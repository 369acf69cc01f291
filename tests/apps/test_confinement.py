"""What a confined backend can reach: its own data, and nothing of the person's.

Each probe is code of an app that says ``open`` when it reached what it should not, or that shows that what apps need
still works.
"""

from __future__ import annotations

import ast
import contextlib
import ctypes
import os
import socket
import sys
from pathlib import Path

import pytest

from jupyter_townie.apps.confinement import RUNNER, available

from .working import Workspace, answering

pytestmark = pytest.mark.skipif(not available(), reason="needs Linux 6.2 with Landlock on x86-64 or ARM64")

PROBES = {
    "read_file": "open(TARGET).read()",
    "list_folder": "os.listdir(os.path.dirname(TARGET))",
    "read_home": "os.listdir(REAL_HOME)",
    "write_own_code": "open('app.py', 'w')",
    "write_manifest": "open('townie.toml', 'a')",
    "write_elsewhere": "open(TARGET + '.new', 'w')",
    "delete_elsewhere": "os.remove(TARGET)",
    "rename_out": "[open('data/x', 'w').close(), os.rename('data/x', TARGET + '.moved')]",
    "link_out": "os.symlink(TARGET, 'data/link')",
    "hard_link": "os.link('townie.toml', 'data/link')",
    "run_program": "subprocess.run(['/bin/true'], check=True)",
    "run_python": "subprocess.run([sys.executable, '-c', ''], check=True)",
    "shell": "(lambda code: code == 0 or 1 / 0)(os.system('true'))",
    "fork": "os.fork() or os._exit(0)",
    "tcp_socket": "socket.create_connection(('127.0.0.1', PORT), 2)",
    "udp_socket": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "unix_socket": "socket.socket(socket.AF_UNIX).connect(UNIX)",
    "abstract_socket": "socket.socket(socket.AF_UNIX).connect('\\0townie-test')",
    "datagram_pair": "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
    "listen": "socket.socket().bind(('127.0.0.1', 0))",
    "own_socket_connects": "socket.fromfd(LISTENING, socket.AF_UNIX, socket.SOCK_STREAM).connect(UNIX)",
    "name_lookup": "socket.getaddrinfo('example.org', 80)",
    "signal_server": "os.kill(SERVER, 0)",
    "signal_parent": "os.kill(os.getppid(), 0)",
    "environment_of_server": "open('/proc/%d/environ' % SERVER).read()",
    "memory_of_server": "open('/proc/%d/maps' % SERVER).read()",
    "command_line_of_parent": "open('/proc/%d/cmdline' % os.getppid()).read()",
    "trace": "(lambda code: code == 0 or 1 / 0)(libc.ptrace(16, SERVER, 0, 0))",
    "stay_alive": "(lambda code: code == 0 or 1 / 0)(libc.prctl(1, 0, 0, 0, 0))",
    "new_session": "os.setsid()",
    "shared_memory": "(lambda code: code >= 0 or 1 / 0)(libc.shmget(1234, 4096, 0o1600))",
    "memory_outside_of_the_limit": "mmap.mmap(-1, 1 << 20)",
    "memory_file": "os.memfd_create('x')",
    "token_in_environment": "os.environ['JUPYTER_TOKEN']",
    "password_file": "open('/etc/passwd').read()",
    "raise_limit": "__import__('resource').setrlimit(__import__('resource').RLIMIT_FSIZE, (-1, -1))",
    "raise_limit_of_files": "__import__('resource').setrlimit(__import__('resource').RLIMIT_NOFILE, (9999, 9999))",
    "watch_folder": "called(libc.inotify_add_watch(libc.inotify_init1(0), REAL_HOME.encode(), 0xfff))",
    "attributes_of_file": "os.getxattr(TARGET, 'user.secret')",
    "names_of_attributes": "os.listxattr(TARGET)",
    "processor_of_server": "os.sched_setaffinity(SERVER, {0})",
    "priority_of_server": "called(libc.syscall(314, SERVER, struct.pack('=IIQiIQQQII', 56, *[0] * 9), 0))",
    "idle_server": "os.sched_setscheduler(SERVER, os.SCHED_IDLE, os.sched_param(0))",
    "signal_by_file": "fcntl.fcntl(socket.socketpair()[0], fcntl.F_SETOWN, SERVER)",
    "signal_of_file": "fcntl.fcntl(socket.socketpair()[0], 10, 9)",
    "lease": "fcntl.fcntl(os.open('app.py', os.O_RDONLY), 1024, 0)",
    "flags_of_own_code": "fcntl.ioctl(os.open('app.py', os.O_RDONLY), 0x40086602, struct.pack('l', 0x40))",
    "attributes_by_path": "called(libc.syscall(469, -100, TARGET.encode(), struct.pack('QQQ', 0x80, 0, 0), 24, 0))",
    "shared_core": "called(libc.prctl(62, 2, SERVER, 0, 0))",
    "semaphores_of_others": "called(libc.semctl(SEMAPHORE, 0, 0))",
    "kernel_log": "called(libc.klogctl(3, ctypes.create_string_buffer(64), 64))",
    "sockets_of_everybody": "open('/proc/self/net/unix').read()",
    "mounts": "open('/proc/self/mountinfo').read()",
    "root_by_process": "os.listdir('/proc/self/root/etc')",
    "current_folder_by_process": "open('/proc/self/cwd/../../../../private.txt').read()",
    "fifo": "os.mkfifo('data/fifo')",
    "device": "os.mknod('data/device', 0o666 | stat.S_IFBLK, os.makedev(8, 0))",
    "time_of_machine": "__import__('time').clock_settime(__import__('time').CLOCK_REALTIME, 0)",
    "name_of_machine": "called(libc.sethostname(b'x', 1))",
    "32_bit_ports": "called(libc.iopl(3))",
    "new_user": "os.setuid(65534)",
    "handle": "called(libc.syscall(303, -100, TARGET.encode(), *[ctypes.create_string_buffer(200)] * 2, 0))",
}

SOURCE = """\
import asyncio, ctypes, fcntl, mmap, os, resource, signal, socket, sqlite3, stat, struct, subprocess, sys
import tempfile, threading
libc = ctypes.CDLL(None, use_errno=True)
LISTENING = next(fd for fd in range(3, 64) if os.path.exists('/proc/self/fd/%%d' %% fd)
                 and stat.S_ISSOCK(os.fstat(fd).st_mode) and socket.socket(fileno=os.dup(fd)).getsockname())
TARGET, REAL_HOME, PORT, UNIX, SERVER, SEMAPHORE = %r, %r, %r, %r, %r, %r
PROBES = %r

def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), 'refused')
    return result

def answer(path):
    try:
        eval(PROBES[path[1:]])
    except Exception as error:
        return 'refused ' + type(error).__name__
    return 'open'
"""


async def test_everything_outside_is_closed(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_TOKEN", "secret")
    target = tmp_path / "private.txt"
    target.write_text("private")
    with contextlib.suppress(OSError):  # not every file system has them
        os.setxattr(target, "user.secret", b"private")
    libc = ctypes.CDLL(None, use_errno=True)
    semaphore = libc.semget(0, 1, 0o1600)
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX) as unix, socket.socket(socket.AF_UNIX) as abstract:
        tcp.bind(("127.0.0.1", 0))
        place = f"/tmp/townie-probe-{os.getpid()}"
        unix.bind(place)
        abstract.bind("\0townie-test")
        for listening in (tcp, unix, abstract):
            listening.listen()
        try:
            port = tcp.getsockname()[1]
            known = (str(target), str(Path.home()), port, place, os.getpid(), semaphore, PROBES)
            app = workspace.allowed(answering(SOURCE % known))
            found = {name: (await workspace.get(app, f"/{name}"))[1] for name in PROBES}
        finally:
            os.unlink(place)
            libc.semctl(semaphore, 0, 0)
    assert {name: said for name, said in found.items() if not said.startswith("refused")} == {}
    assert target.read_text() == "private"


NEEDED = {
    "database": "sqlite3.connect('data/a.sqlite').execute('CREATE TABLE IF NOT EXISTS t (x)')",
    "threads": "[thread.start() or thread.join() for thread in [threading.Thread(target=print)]]",
    "temporary_files": "tempfile.NamedTemporaryFile().write(b'x')",
    "event_loop": "socket.socketpair()",
    "own_files": "open('app.py').read()",
    "standard_library": "__import__('xml.dom.minidom')",
    "compiled_modules": "__import__('decimal')",
    "installed_packages": "__import__('pydantic')",
    "randomness": "os.urandom(8)",
    "time_zones": "__import__('zoneinfo').ZoneInfo('Europe/Berlin')",
    "private_memory": "mmap.mmap(-1, 1 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)",
    "mapped_file": "(lambda file: mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))(open('app.py', 'rb'))",
    "callbacks_of_c": "ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 1)()",
    "copies": "__import__('shutil').copy2('app.py', 'data/copy.py')",
    "large_file": "open('data/large', 'wb').truncate(1000)",
    "flags_of_files": "fcntl.fcntl(0, fcntl.F_GETFD)",
    "own_processors": "os.sched_setaffinity(0, os.sched_getaffinity(0))",
    "own_open_files": "os.listdir('/proc/self/fd')",
    "own_memory": "open('/proc/self/status').read()",
}


async def test_what_apps_need_works(workspace: Workspace) -> None:
    app = workspace.allowed(answering(SOURCE % ("", "", 0, "", 0, 0, NEEDED)))
    found = {name: (await workspace.get(app, f"/{name}"))[1] for name in NEEDED}
    assert {name: said for name, said in found.items() if said != "open"} == {}


async def test_file_of_the_workspace_is_readable_once_it_was_allowed(workspace: Workspace) -> None:
    (workspace.root / "sales.csv").write_text("a,b")
    source = answering("def answer(path): return open('../../sales.csv').read()")
    app = workspace.allowed(source, manifest='kind = "fullstack"\n[permissions]\nfiles = ["../../sales.csv"]')
    assert await workspace.get(app) == (200, "a,b")


async def test_file_outside_of_the_workspace_is_not_readable_even_when_it_was_allowed(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "private.txt").write_text("private")
    source = answering("def answer(path): return open('../../../private.txt').read()")
    app = workspace.allowed(source, manifest='kind = "fullstack"\n[permissions]\nfiles = ["../../../private.txt"]')
    assert (await workspace.get(app))[0] == 500


async def test_refusal_is_told_with_what_to_do(workspace: Workspace) -> None:
    app = workspace.allowed(answering("def answer(path): open('notes.txt', 'w')"))
    await workspace.get(app)
    assert "townie.db()" in (await workspace.failure(app)).hint


async def test_memory_is_limited(workspace: Workspace) -> None:
    app = workspace.allowed(answering("def answer(path): return len(bytearray(3 << 30))"))
    assert (await workspace.get(app))[0] == 500
    assert (await workspace.failure(app)).failure.ename == "MemoryError"


async def test_data_folder_that_is_a_link_opens_nothing(workspace: Workspace, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = workspace.root / "apps" / "one"
    folder.mkdir(parents=True)
    (folder / "data").symlink_to(outside)
    app = workspace.allowed(answering("def answer(path): open('data/x', 'w')"))
    await workspace.get(app)
    assert list(outside.iterdir()) == []


LENT_OR_OPTIONAL = {"uvicorn", "a2wsgi", "tornado", "flask", "dash", "gradio", "fastapi", "streamlit", "panel"}
LENT_OR_OPTIONAL |= {"voila", "jupyter_server", "nbclient"}


def test_runner_needs_nothing_but_the_standard_library() -> None:
    imported = set()
    for file in RUNNER.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                imported.add(node.module.split(".")[0])
    assert imported - set(sys.stdlib_module_names) - LENT_OR_OPTIONAL == {"_townie_runner"}
