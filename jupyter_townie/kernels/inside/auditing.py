"""What Python itself refuses to a child that tries code: an audit hook.  Sent into a user's kernel as text: standard
library only.

It gives the reason in words; what compiled code does is held by :mod:`.confinement`.
"""

import sys

_CHANGES = {
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown",
    "os.utime", "os.setxattr", "os.removexattr", "os.chflags", "shutil.rmtree", "shutil.move", "shutil.copyfile",
    "shutil.make_archive", "shutil.unpack_archive", "shutil.chown", "os.mknod", "os.mkfifo",
}  # fmt: skip
_PROCESSES = {
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "pty.spawn",
    "os.startfile",
}  # fmt: skip
_NETWORK = {
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
    "socket.sendto", "socket.sendmsg", "webbrowser.open", "ftplib.connect", "smtplib.connect", "http.client.connect",
    "imaplib.open", "poplib.connect", "telnetlib.Telnet.open", "nntplib.connect",
}  # fmt: skip
_SIGNALS = {"os.kill", "os.killpg", "signal.pthread_kill", "resource.prlimit"}
_SYMBOLS = {
    "kill", "fork", "vfork", "execve", "system", "unlink", "rename", "socket", "connect", "ptrace", "popen",
    "posix_spawn", "posix_spawnp", "syscall", "truncate", "ftruncate", "clone", "killpg", "sigqueue", "tgkill",
    "pthread_kill", "process_vm_writev", "prlimit", "prlimit64", "setrlimit", "setpriority", "sched_setaffinity",
    "sendto", "sendmsg", "bind", "daemon", "forkpty", "shmat", "chmod", "chown", "utimes", "setxattr", "removexattr",
}  # fmt: skip
_STEADY = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_UNAUDITED = ("setpriority", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "setpgid", "setsid")


def audit(scratch, told):
    """Refuse, for good, what leads out of this process or changes files outside of *scratch*.

    *told* is called with the reason of each refusal but those of caches, which libraries do without.
    """
    posix, os = sys.modules["posix"], sys.modules["os"]
    changes, processes, network, signals, symbols = _CHANGES, _PROCESSES, _NETWORK, _SIGNALS, _SYMBOLS
    writing = posix.O_WRONLY | posix.O_RDWR | posix.O_CREAT | posix.O_TRUNC | posix.O_APPEND
    fspath, fsdecode, stat = posix.fspath, os.fsdecode, posix.stat
    within = scratch + "/"
    home = (os.environ.get("HOME") or "/nonexistent") + "/"
    caches = (home + ".cache/", home + ".config/", home + ".matplotlib", home + ".local/share/jupyter")

    def inside(path):
        try:
            name = fsdecode(fspath(path))
        except (TypeError, ValueError):
            return False
        return ((name.startswith(within) or name == scratch) and ".." not in name) or name == "/dev/null"

    def cached(path):
        try:
            name = fsdecode(fspath(path))
        except (TypeError, ValueError):
            return False
        return name.startswith(caches)

    def used_up(path):
        """Whether what is read from a path is gone for others: a named pipe, a terminal, a sensor."""
        try:
            mode = stat(path).st_mode & 0o170000
            return mode in (0o010000, 0o020000) and fsdecode(path) not in _STEADY
        except (OSError, ValueError):
            return False

    def refuse(reason, quietly=False):
        if not quietly:
            told(reason)
        raise PermissionError(1, "not during a trial: " + reason)

    def hook(event, arguments):
        if event == "open":
            path, mode, flags = arguments
            if type(path) is int:
                return
            if (mode and any(sign in mode for sign in "wax+")) or (flags and flags & writing):
                if not inside(path):
                    refuse("it writes files", cached(path))
            elif type(path) in (str, bytes) and used_up(path):
                refuse("it reads from a pipe or a device")
        elif event in changes:
            if not all(inside(path) for path in arguments[:2] if type(path) in (str, bytes)):
                refuse("it writes files", cached(arguments[0]))
        elif event in processes:
            refuse("it starts a process")
        elif event in network:
            refuse("it uses the network")
        elif event in signals:
            refuse("it sends signals to processes")
        elif event == "sqlite3.connect":
            if arguments[0] not in (":memory:", b":memory:", ""):
                refuse("it opens a database")
        elif event == "ctypes.dlsym" and arguments[1] in symbols:
            refuse("it calls the system directly")

    def refused(reason):
        def call(*args, **kwargs):
            refuse(reason)

        return call

    sys.addaudithook(hook)
    for name in _UNAUDITED:
        for module in (posix, os):
            if hasattr(module, name):
                setattr(module, name, refused("it changes processes"))
    __import__("_posixsubprocess").fork_exec = refused("it starts a process")
