"""One candidate, tried in the fork of a user's kernel.  Sent into the kernel as text: standard library only."""

# ruff: noqa: UP031 -- runs in a forked kernel, on the oldest Python there is

import sys

from .auditing import audit
from .confinement import confine
from .machine import available, descriptors, threads, virtual

OUTPUT = 20_000
"""Characters of printed text that are kept."""
REPORT = 48_000
"""Characters of a report."""


class Child:
    def __init__(self, pipe, nonce, seconds, scratch, many):
        self.pipe, self.nonce, self.seconds, self.scratch, self.many = pipe, nonce, seconds, scratch, many
        self.refused = None
        self.text, self.length, self.lines = [], 0, 0
        self.images, self.shown = 0, []
        self.seed = _seed()
        self.write = sys.modules["posix"].write
        self.dumps = sys.modules["json"].dumps

    def run(self, candidate):
        time = sys.modules["time"]
        self.alone()
        if threads() > 1:
            # What confines this process would not hold them.
            self.send(
                self.dumps({"status": "untried", "reason": "a library starts threads in each copy of the kernel"})
            )
            return
        shell = sys.modules["IPython.core.interactiveshell"].InteractiveShell._instance
        self.capture(shell)
        self.reseed()
        before = {name: (item, _size(item)) for name, item in list(shell.user_ns.items()) if not name.startswith("_")}
        self.limit()
        confined = confine(self.scratch)
        audit(self.scratch, self.refuse)
        clock = time.perf_counter
        started = clock()
        error = self.execute_all(shell, candidate)
        seconds = clock() - started
        report = {"seconds": seconds, "lines": self.lines, "images": self.images, "shown": self.shown[:5]}
        report["output"] = "".join(self.text)[:OUTPUT]
        if error is None:
            report["status"] = "ran"
            report["changes"] = _changes(before, shell.user_ns)
        else:
            report["status"] = "failed"
            report["ename"] = type(error).__name__
            report["evalue"] = _short(error)
            report["traceback"] = self.traceback(error)
            denied = _is_refusal(error)
            if isinstance(error, MemoryError):
                self.refuse("it needs more memory than the trial may take")
            elif denied and (confined or self.refused):
                self.refuse("it reaches outside of the kernel")
            elif isinstance(error, (SystemExit, KeyboardInterrupt)):
                self.refuse("it ends itself")
        if self.refused:
            report["status"], report["reason"] = "untried", self.refused
        text = self.dumps(report)
        if len(text) > REPORT:
            report["output"], report["shown"] = report["output"][:2_000], []
            report["traceback"] = report.get("traceback", [])[-4:]
            text = self.dumps(report)
        self.send(text)

    def send(self, text):
        data = self.nonce + text.encode("ascii") + b"\n"
        while data:
            data = data[self.write(self.pipe, data) :]

    def refuse(self, reason):
        """The first reason counts: later ones come of it."""
        self.refused = self.refused or reason

    def traceback(self, error):
        """Plain lines: IPython's own rendering parses whole library files, which takes longer than most candidates."""
        try:
            lines = __import__("traceback").format_exception(type(error), error, error.__traceback__)
        except BaseException:
            return []
        return [line[:4_000].rstrip("\n") for line in lines if "/IPython/core/" not in line[:300]][-40:]

    def execute_all(self, shell, cells):
        """The error that ended the cells, or None."""
        asyncio = sys.modules.get("asyncio")
        # The kernel's loop is in the middle of this very call; the copy has one of its own.
        asyncio._set_running_loop(None)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        for cell in cells:
            error = self.execute(shell, cell, loop)
            if error is not None:
                return error
        return None

    def execute(self, shell, cell, loop):
        try:
            transformed = shell.transform_cell(cell)
            coroutine = shell.run_cell_async(cell, store_history=False, silent=False, transformed_cell=transformed)
            result = loop.run_until_complete(coroutine)
            shell.events.trigger("post_execute")
        except BaseException as error:
            return error
        return result.error_before_exec or result.error_in_exec

    def alone(self):
        """A process group of its own, quiet, at the lowest priority, without the kernel's sockets."""
        posix = sys.modules["posix"]
        posix.setpgid(0, 0)
        try:
            posix.nice(19)
        except OSError:
            pass
        signal = sys.modules.get("signal")
        if signal is not None:
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGUSR1):
                signal.signal(number, signal.SIG_DFL)
        silent = posix.open("/dev/null", posix.O_RDWR)
        # What can be neither read nor written: the candidate is told that it asks for what the trial does not have.
        closed = posix.open("/dev/null", getattr(posix, "O_PATH", posix.O_RDWR))
        for name in descriptors():
            number = int(name)
            if number in (self.pipe, silent, closed):
                continue
            try:
                self.cut(number, silent if number < 3 else closed)
            except OSError:
                pass
        fcntl = __import__("fcntl")
        moved = fcntl.fcntl(self.pipe, fcntl.F_DUPFD_CLOEXEC, 100 + posix.urandom(1)[0] % 128)
        posix.close(self.pipe)
        self.pipe = moved

    def cut(self, number, nothing):
        """Descriptors that lead out of the process become *nothing*; files become read-only, with a place of their own.

        A file's place (its offset) and its locks belong to what was opened, which a fork shares.
        """
        posix = sys.modules["posix"]
        mode = posix.fstat(number).st_mode & 0o170000
        if mode not in (0o100000, 0o040000):
            posix.dup2(nothing, number)
            return
        try:
            again = posix.open("/proc/self/fd/%d" % number, posix.O_RDONLY)
        except OSError:
            fcntl = sys.modules.get("fcntl")
            if fcntl is None or fcntl.fcntl(number, fcntl.F_GETFL) & posix.O_ACCMODE != posix.O_RDONLY:
                posix.dup2(nothing, number)
            return
        if mode == 0o100000:
            posix.lseek(again, posix.lseek(number, 0, 1), 0)
        posix.dup2(again, number)
        posix.close(again)

    def capture(self, shell):
        sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = _Printed(self)
        sys.dont_write_bytecode = True
        stream = sys.modules.get("ipykernel.iostream")
        if stream is not None:
            stream.OutStream.write = lambda stream, text: self.printed(text)
            stream.OutStream.flush = lambda stream: None
            stream.IOPubThread.schedule = lambda thread, function: None
            stream.IOPubThread.send_multipart = lambda thread, *args, **kwargs: None
        session = sys.modules.get("jupyter_client.session")
        if session is not None:
            session.Session.send = lambda session, *args, **kwargs: None

        def input(*args, **kwargs):
            self.refuse("it asks for input")
            raise EOFError("not during a trial")

        self.answer_for_others()
        sys.modules["builtins"].input = input
        if "getpass" in sys.modules:
            sys.modules["getpass"].getpass = input
        shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
        shell.display_trap.hook = self.displayed(shell)
        shell.display_pub.publish = self.published
        environ = sys.modules["os"].environ
        environ["TMPDIR"] = self.scratch
        # It would warn that it cannot make semaphores here, which it can where the cell is run.
        environ.setdefault("JOBLIB_MULTIPROCESSING", "0")
        if "joblib._parallel_backends" in sys.modules:
            sys.modules["joblib._parallel_backends"].mp = None
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = self.scratch

    def reseed(self):
        """The generator of ``random`` goes on where it was: Python seeds it anew in each fork."""
        if self.seed is not None:
            sys.modules["random"].setstate(self.seed)

    def answer_for_others(self):
        """Refusals that the standard library would take for an answer."""
        subprocess, logging = sys.modules.get("subprocess"), sys.modules.get("logging")
        if subprocess is not None and hasattr(subprocess.Popen, "_internal_poll"):
            # All processes are the kernel's, and nobody else's children can be waited for.
            def poll(process, *args, _deadstate=None, **kwargs):
                if process.returncode is None and _deadstate is None:
                    self.refuse("it asks for a process of the kernel")
                return process.returncode

            subprocess.Popen._internal_poll = poll
            subprocess.Popen._try_wait = lambda process, flags: (process.pid, poll(process) or 0)
        if logging is not None:
            told = logging.Handler.handleError

            def failed(handler, record):
                if _is_refusal(sys.exc_info()[1]):
                    self.refuse("it writes to a log")
                else:
                    told(handler, record)

            logging.Handler.handleError = failed

    def displayed(self, shell):
        def hook(value):
            if value is not None:
                data, _ = shell.display_formatter.format(value)
                self.published(data)

        return hook

    def published(self, data, *args, **kwargs):
        if any(str(key).startswith("image/") for key in data):
            self.images += 1
        else:
            self.shown.append(str(data.get("text/plain", ""))[:400])

    def printed(self, text):
        text = str(text)
        self.lines += text.count("\n")
        if self.length < OUTPUT:
            self.text.append(text[: OUTPUT - self.length])
        self.length += len(text)
        return len(text)

    def limit(self):
        resource = __import__("resource")
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        hard = int(self.seconds * 4) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
        mapped, free = virtual(), available()
        if mapped is not None and free is not None:
            most = mapped + free // (2 * self.many)
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))


class _Printed:
    """Stands for both standard streams; made without io, which nothing here may import."""

    encoding, errors, closed, name = "utf-8", "replace", False, "<trial>"

    def __init__(self, child):
        self._child = child

    def write(self, text):
        return self._child.printed(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def fileno(self):
        raise OSError("no descriptor")


def _seed():
    random = sys.modules.get("random")
    try:
        return None if random is None else random.getstate()
    except Exception:
        return None


def _is_refusal(error):
    """Whether an error, or one that it came from, is the system's no: a cut descriptor is no socket, nor writable."""
    seen = 0
    while error is not None and seen < 10:
        if isinstance(error, OSError) and error.errno in (1, 9, 13, 30, 38, 88, 107):
            return True
        kind = type(error)
        if kind.__module__ == "sqlite3" and _short(error).startswith(_READ_ONLY):
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


_READ_ONLY = ("attempt to write a readonly", "disk I/O error", "unable to open database", "database is locked")


def _short(error):
    try:
        return str(error)[:2_000]
    except BaseException:
        return ""


def _size(item):
    """Shape or length of what is known to tell it cheaply."""
    kind = type(item)
    if kind in (list, dict, set, tuple, str, bytes):
        return (len(item),)
    for module, name in (("pandas", "DataFrame"), ("pandas", "Series"), ("numpy", "ndarray")):
        loaded = sys.modules.get(module)
        known = None if loaded is None else loaded.__dict__.get(name)
        if known is not None and isinstance(known, type) and issubclass(kind, known):
            return tuple(int(one) for one in known.shape.__get__(item))
    return None


def _changes(before, namespace):
    """New, rebound and resized variables as ``[name, type, size]``."""
    found = []
    for name, item in list(namespace.items()):
        if name.startswith("_") or name in ("In", "Out", "exit", "quit", "get_ipython"):
            continue
        size = _size(item)
        known = before.get(name)
        if known is None or known[0] is not item or known[1] != size:
            if type(item).__name__ not in ("module", "function", "type"):
                found.append([name, type(item).__name__, size])
    return found[:20]
