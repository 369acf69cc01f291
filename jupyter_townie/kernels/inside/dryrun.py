"""Trying code in forks of a user's kernel.  Sent into the kernel as text: standard library only.

The parent forks, waits, and kills; it imports nothing, opens nothing but pipes and a scratch folder, and has closed and
removed both when it returns.  The child, :mod:`.trial`, shares no descriptor that leads out of it, reports over its
pipe, and never returns into the kernel.
"""

# ruff: noqa: PERF203, UP031 -- runs in a forked kernel, on the oldest Python there is

import sys

from .machine import available, copied, descriptors, mappings, of_a_device, resident, same_file
from .trial import REPORT, Child

MOST_SHARED = 256 << 20
"""Bytes of memory shared with others, or with files that are gone, of which each child makes a copy."""
PARALLEL = 4
GRACE = 0.5
"""Seconds that a child may need beyond its own deadline."""


def try_candidates(request):
    """The outcome of each candidate, as JSON text; *request* is JSON text with ``candidates``, each a list of cells,
    and ``seconds``.

    The answer has ``refused`` (why nothing was tried), or ``trials``: one object for each candidate.
    """
    json = sys.modules["json"]
    asked = json.loads(request)
    reason = refusal()
    if reason:
        return json.dumps({"refused": reason})
    candidates = asked["candidates"]
    trials = [None] * len(candidates)
    for first in range(0, len(candidates), PARALLEL):
        batch = candidates[first : first + PARALLEL]
        trials[first : first + len(batch)] = _side_by_side(batch, float(asked["seconds"]))
    return json.dumps({"trials": trials})


def refusal():
    """Why this kernel cannot be forked now, or None."""
    posix = sys.modules.get("posix")
    if posix is None or not hasattr(posix, "fork"):
        return "the kernel's system cannot fork"
    threading = sys.modules["threading"]
    if threading.current_thread() is not threading.main_thread():
        return "the kernel runs this outside its main thread"
    if "IPython.core.interactiveshell" not in sys.modules:
        return "the kernel is not IPython"
    try:
        links = [posix.readlink("/proc/self/fd/" + name) for name in descriptors()]
    except OSError:
        links = []
    if any(link.startswith(("/dev/nvidia", "/dev/kfd", "/dev/dri/render")) for link in links):
        return "the kernel uses a GPU, whose state does not survive a fork"
    used, free = resident(), available()
    if used is not None and free is not None and used > free:
        return "the kernel holds more memory than is free"
    shared = mappings()
    if any(mapping["protection"] & 2 and of_a_device(mapping) for mapping in shared):
        return "the kernel shares memory with a device"
    if sum(mapping["size"] for mapping in shared if copied(mapping) and not same_file(mapping)) > MOST_SHARED:
        return "the kernel shares more memory with others than can be copied"
    return None


def _side_by_side(candidates, seconds):
    quiet = _Quiet()
    try:
        return _tried(candidates, seconds)
    finally:
        quiet.end()


def _tried(candidates, seconds):
    posix, time, select = sys.modules["posix"], sys.modules["time"], sys.modules["select"]
    folder = _scratch()
    started = time.monotonic()
    children, trials = [], [None] * len(candidates)
    try:
        for place, candidate in enumerate(candidates):
            children.append(_start(candidate, place, seconds, folder, len(candidates)))
        open_pipes = {child["pipe"]: child for child in children}
        ends = started + seconds
        while open_pipes:
            left = ends + GRACE - time.monotonic()
            if left <= 0:
                break
            poller = select.poll()
            for pipe in open_pipes:
                poller.register(pipe, select.POLLIN | select.POLLHUP)
            for pipe, _ in poller.poll(left * 1000):
                child = open_pipes[pipe]
                part = posix.read(pipe, 65_536)
                if part and len(child["data"]) < 2 * REPORT:
                    child["data"] += part
                    if child["data"].endswith(b"\n"):
                        del open_pipes[pipe]
                else:
                    del open_pipes[pipe]
        over = set(open_pipes)
    finally:
        for child in children:
            _end(child)
        _remove(folder)
    for place, child in enumerate(children):
        trials[place] = _trial(child, child["pipe"] in over, seconds)
    return trials


class _Quiet:
    """While it lasts, the user's handler of SIGCHLD is not told of the children here, which are not the user's."""

    def __init__(self):
        signal = sys.modules.get("signal")
        self.number = getattr(signal, "SIGCHLD", None)
        self.handler = None if self.number is None else signal.getsignal(self.number)
        if self.handler is not None and self.handler != signal.SIG_DFL:
            signal.signal(self.number, signal.SIG_DFL)

    def end(self):
        signal, posix = sys.modules.get("signal"), sys.modules["posix"]
        if self.handler is None or self.handler == signal.SIG_DFL:
            return
        signal.signal(self.number, self.handler)
        if not hasattr(posix, "waitid"):
            return
        try:
            if self.handler == signal.SIG_IGN:
                while posix.waitid(posix.P_ALL, 0, posix.WEXITED | posix.WNOHANG) is not None:
                    pass
            elif posix.waitid(posix.P_ALL, 0, posix.WEXITED | posix.WNOHANG | posix.WNOWAIT) is not None:
                posix.kill(posix.getpid(), self.number)  # one of the user's has ended meanwhile
        except OSError:
            pass


def _start(candidate, place, seconds, folder, many):
    posix, time = sys.modules["posix"], sys.modules["time"]
    exits, kill, getpid = posix._exit, posix.kill, posix.getpid
    scratch = folder + "/" + str(place)
    posix.mkdir(scratch, 0o700)
    # What a candidate writes to each descriptor that it finds is not taken for the report.
    nonce = posix.urandom(16).hex().encode("ascii")
    read, write = posix.pipe()
    trial = Child(write, nonce, seconds, scratch, many)
    warnings = sys.modules["warnings"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            pid = posix.fork()
        except OSError:
            posix.close(read)
            posix.close(write)
            raise
    if pid:
        posix.close(write)
        return {"pid": pid, "pipe": read, "nonce": nonce, "data": b"", "started": time.monotonic()}
    try:
        posix.close(read)
        trial.run(candidate)
    except BaseException:
        pass
    finally:
        # Whatever the candidate made of these names: this process must not go on as the kernel.
        while True:
            try:
                exits(0)
            except BaseException:
                pass
            try:
                kill(getpid(), 9)
            except BaseException:
                pass


def _end(child):
    posix = sys.modules["posix"]
    for end in (posix.killpg, posix.kill):
        try:
            end(child["pid"], 9)
        except OSError:
            pass
    try:
        child["status"] = posix.waitpid(child["pid"], 0)[1]
    except OSError:
        child["status"] = None
    posix.close(child["pipe"])


def _trial(child, over, seconds):
    json, posix = sys.modules["json"], sys.modules["posix"]
    if child["data"].endswith(b"\n") and child["data"].startswith(child["nonce"]):
        try:
            return json.loads(child["data"][len(child["nonce"]) :].decode("utf-8"))
        except ValueError:
            pass
    if over:
        return {"status": "untried", "reason": "it took over %g s" % seconds}
    status = child["status"]
    if status is not None and posix.WIFSIGNALED(status):
        signal = posix.WTERMSIG(status)
        if signal == 24:
            return {"status": "untried", "reason": "it took over %g s" % seconds}
        return {"status": "untried", "reason": "it ended the copy of the kernel (signal %d)" % signal}
    return {"status": "untried", "reason": "it ended the copy of the kernel"}


def _scratch():
    posix, time = sys.modules["posix"], sys.modules["time"]
    base = posix.environ.get(b"TMPDIR", b"/tmp").decode("utf-8", "surrogateescape")
    for attempt in range(100):
        folder = "%s/townie-%d-%x" % (base.rstrip("/"), posix.getpid(), time.monotonic_ns() + attempt)
        try:
            posix.mkdir(folder, 0o700)
        except FileExistsError:
            continue
        return folder
    raise OSError("no scratch folder")


def _remove(folder):
    """Remove a folder with all that a candidate may have put there, however deep."""
    posix = sys.modules["posix"]
    todo, found = [folder], []
    while todo:
        path = todo.pop()
        found.append(path)
        try:
            names = posix.listdir(path)
        except OSError:
            continue
        for name in names:
            try:
                posix.unlink(path + "/" + name)
            except OSError:
                todo.append(path + "/" + name)
    for path in reversed(found):
        try:
            posix.rmdir(path)
        except OSError:
            pass
