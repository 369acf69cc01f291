"""The process that the server starts: it has the server's packages loaded, and forks a *generation* of the app.

It never runs code of the app itself, so a change of the app's code costs a fork and the import of the app alone.
Commands come as lines of JSON over a socket, a file descriptor with each: the control socket of the new generation.

    {"command": "preload", "modules": [...], "lend": {...}}
    {"command": "fork", "generation": n, ...the generation's settings}
    {"command": "kill", "generation": n}

What is told: {"type": "forked" | "exited", "generation": n, "pid": ..., "code": ..., "signal": ...}.
"""

import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import sys

from . import confine
from .lending import lend


def main(control, listening):
    """Serve until the server closes its end of *control*; *listening* is the socket that every generation serves."""
    Nursery(socket.socket(fileno=control), listening).run()


class Nursery:
    def __init__(self, control, listening):
        self._control = control
        self._listening = listening
        self._buffer = b""
        self._children = {}
        self._lent = False
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def run(self):
        while True:
            ready, _, _ = select.select([self._control, self._wake], [], [])
            if self._wake in ready:
                try:
                    os.read(self._wake, 4096)
                except BlockingIOError:
                    pass
                self._reap()
            if self._control in ready and not self._receive():
                break
        for pid in self._children:
            _kill(pid)
        # The server may have been killed: nobody else takes the folder away then.
        place = os.path.dirname(os.environ.get("HOME", ""))
        if os.path.basename(place).startswith("townie-"):
            shutil.rmtree(place, ignore_errors=True)
        os._exit(0)

    def _receive(self):
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, 65536, 4)
        except OSError:
            return False
        if not data:
            return False
        self._buffer += data
        while b"\n" in self._buffer:
            line, self._buffer = self._buffer.split(b"\n", 1)
            command = json.loads(line)
            if command["command"] == "fork":
                self._fork(command, descriptors.pop(0))
            elif command["command"] == "preload":
                self._preload(command)
            elif command["command"] == "kill":
                for pid, generation in self._children.items():
                    if generation == command["generation"]:
                        _kill(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _preload(self, command):
        if not self._lent:
            lend(command["lend"])
            self._lent = True
        for module in command["modules"]:
            try:
                importlib.import_module(module)
            except Exception:
                # Whoever needs it will say what is missing.
                pass
        gc.collect()
        gc.freeze()

    def _fork(self, command, descriptor):
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                self._control.close()
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.close(self._wake)
                os.close(self._woken)
                confine.die_with_parent()
                from . import generation

                code = generation.run(command, self._listening, socket.socket(fileno=descriptor))
            finally:
                os._exit(code)
        os.close(descriptor)
        self._children[pid] = command["generation"]
        self._tell({"type": "forked", "generation": command["generation"], "pid": pid})

    def _reap(self):
        for pid in list(self._children):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done == 0:
                continue
            generation = self._children.pop(pid)
            _kill(pid)  # what else is in its process group
            told = {"type": "exited", "generation": generation, "pid": pid, "code": None, "signal": None}
            if os.WIFSIGNALED(status):
                told["signal"] = os.WTERMSIG(status)
            else:
                told["code"] = os.WEXITSTATUS(status)
            self._tell(told)

    def _tell(self, message):
        try:
            self._control.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            pass


def _kill(pid):
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            pass
