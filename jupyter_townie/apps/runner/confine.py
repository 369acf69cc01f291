"""Confines the calling process: Landlock for files, seccomp for everything else that reaches out of it.

Both need no privileges and can not be taken back.  They bind the calling thread and what it starts, so they are applied
before any other thread exists.  Source: Linux ``Documentation/userspace-api/landlock.rst``.
"""

import ctypes
import errno
import os
import platform
import stat
import struct
import sys

from . import seccomp

LEAST_ABI = 3
"""Of Landlock, Linux 6.2: before it, a file that may only be read could still be emptied."""

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
# Remove and make files and folders, and move them between folders.  No symbolic links: the server, which nothing
# confines, would follow them when it reads the app's data.
_MAKE = (1 << 4) | (1 << 5) | (1 << 7) | (1 << 8) | (1 << 13)
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
_READ = READ_FILE | READ_DIR
_WRITE = _READ | WRITE_FILE | TRUNCATE | _MAKE
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CAPGET, _CAPSET = {"x86_64": (125, 126), "aarch64": (90, 91)}.get(platform.machine(), (0, 0))
_KEPT_CAPABILITIES = 0b1111
"""Those on files (CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER), which Landlock bounds; a server may run as root."""


def landlock_abi():
    """The version of Landlock's interface in this kernel; 0 when there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(1)), 0)


def possible():
    """Whether :func:`confine` would hold on this machine."""
    return platform.machine() in seccomp.ARCHITECTURES and sys.byteorder == "little" and landlock_abi() >= LEAST_ABI


def die_with_parent():
    """Have the kernel kill this process when its parent ends.  Linux only; elsewhere nothing happens."""
    if sys.platform.startswith("linux"):
        import signal

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def confine(read, write):
    """Leave this process the files of *read* and *write* (paths; folders with all below), and no way to reach others.

    Paths that do not exist are left out.  Raises OSError when it can not be done; nothing must be run then.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _drop_capabilities(libc)
    _landlock(libc, read, write)
    _check(seccomp.apply(libc), "seccomp")


def _check(result, step):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, "%s: %s" % (step, os.strerror(code)))
    return result


def _drop_capabilities(libc):
    """What root could do to the machine, or to its own limits."""
    header = struct.pack("=Ii", 0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; the upper halves follow
    _check(libc.syscall(ctypes.c_long(_CAPGET), header, sets), "capget")
    kept = [held & _KEPT_CAPABILITIES for held in sets[:2]]
    _check(libc.syscall(ctypes.c_long(_CAPSET), header, (ctypes.c_uint32 * 6)(*kept)), "capset")


def _landlock(libc, read, write):
    abi = landlock_abi()
    if abi < LEAST_ABI:
        raise OSError(errno.ENOSYS, "Landlock is missing or too old")
    handled = (1 << 15) - 1 if abi < 5 else (1 << 16) - 1
    attributes = struct.pack("=Q", handled)
    if abi >= 4:
        attributes += struct.pack("=Q", 0b11)  # TCP: bind and connect
    if abi >= 6:
        attributes += struct.pack("=Q", 0b11)  # abstract Unix sockets, signals
    ruleset = _check(
        libc.syscall(ctypes.c_long(_CREATE_RULESET), attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)),
        "landlock_create_ruleset",
    )
    try:
        for path in read:
            _allow(libc, ruleset, path, _READ & handled)
        for path in write:
            _allow(libc, ruleset, path, _WRITE & handled)
        _check(
            libc.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_int(ruleset), ctypes.c_uint32(0)),
            "landlock_restrict_self",
        )
    finally:
        os.close(ruleset)


def _allow(libc, ruleset, path, access):
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _ON_FILES
        rule = struct.pack("=Qi", access, descriptor)
        _check(
            libc.syscall(ctypes.c_long(_ADD_RULE), ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint32(0)),
            "landlock_add_rule",
        )
    finally:
        os.close(descriptor)
