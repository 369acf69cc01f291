"""What the system itself refuses to a child that tries code, whatever way the code goes.  Sent into a user's kernel as
text: standard library only.

An audit hook sees what Python does.  Compiled code is held by Landlock (files, TCP) and by a seccomp filter (signals,
processes, other ways out), both of Linux; elsewhere the hook is all there is.
"""

import sys

from .machine import copied, mappings, same_file
from .syscalls import filter_calls


def confine(scratch):
    """Confine this process for good; whether Linux holds it."""
    if sys.platform != "linux":
        return False
    try:
        ctypes = __import__("ctypes")
        libc = ctypes.CDLL(None, use_errno=True)
    except BaseException:
        return False
    libc.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL: it does not outlive the kernel
    _unshare(ctypes, libc)
    held = _landlock(ctypes, libc, scratch)
    try:
        _drop_capabilities(ctypes, libc)
        filter_calls(ctypes, libc)
    except BaseException:
        pass
    return held


def _unshare(ctypes, libc):
    """Memory that is shared, with others or with a file, becomes the child's own: what is written there stays here."""
    posix = sys.modules["posix"]
    libc.mmap.restype = ctypes.c_void_p
    for mapping in mappings():
        start, size, protection = mapping["start"], mapping["size"], mapping["protection"]
        file, flags, kept = -1, 0x32, None  # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        if same_file(mapping):
            try:
                file, flags = posix.open(mapping["path"], posix.O_RDONLY), 0x12
            except OSError:
                pass
        if file >= 0:
            pass
        elif copied(mapping):
            libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), ctypes.c_int(protection | 1))
            kept, protection = ctypes.string_at(start, size), protection | 3
        else:
            continue  # a file that may only be read, and is too large to copy
        place = libc.mmap(
            ctypes.c_void_p(start),
            ctypes.c_size_t(size),
            ctypes.c_int(protection),
            ctypes.c_int(flags),
            ctypes.c_int(file),
            ctypes.c_long(mapping["offset"] if file >= 0 else 0),
        )
        if place != start:
            posix._exit(1)
        if file >= 0:
            posix.close(file)
        else:
            ctypes.memmove(start, kept, size)


def _drop_capabilities(ctypes, libc):
    """What root could do to the machine; those on files stay (CHOWN to FOWNER), which Landlock bounds."""
    numbers = {"x86_64": (125, 126), "aarch64": (90, 91)}.get(sys.modules["posix"].uname().machine)
    if numbers is None:
        return
    header = ctypes.create_string_buffer((0x20080522).to_bytes(4, sys.byteorder) + bytes(4), 8)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; the upper halves follow
    if libc.syscall(ctypes.c_long(numbers[0]), header, sets) == 0:
        kept = (ctypes.c_uint32 * 6)(sets[0] & 0b1111, sets[1] & 0b1111)
        libc.syscall(ctypes.c_long(numbers[1]), header, kept)


def _landlock(ctypes, libc, scratch):
    """Linux's own refusal, also of what never passes an audit hook (compiled code); whether it holds."""
    try:
        posix = sys.modules["posix"]
        call = libc.syscall
        call.restype = ctypes.c_long
        version = call(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint32(1))
        if version < 1:
            return False
        # EXECUTE, WRITE_FILE, REMOVE_*, MAKE_*; REFER since 2, TRUNCATE since 3 (Linux, userspace-api/landlock).
        files = 0b1_1111_1111_0011 | ((1 << 13) if version >= 2 else 0) | ((1 << 14) if version >= 3 else 0)
        sockets = 3 if version >= 4 else 0
        scope = 3 if version >= 6 else 0
        words = [files] + ([sockets] if version >= 4 else []) + ([scope] if version >= 6 else [])
        ruleset = (ctypes.c_uint64 * len(words))(*words)
        size = ctypes.c_size_t(ctypes.sizeof(ruleset))
        handle = call(ctypes.c_long(444), ctypes.byref(ruleset), size, ctypes.c_uint32(0))
        if handle < 0:
            return False

        for path, rights, flags in ((scratch, files & ~1, posix.O_DIRECTORY), ("/dev/null", 2, 0)):
            beneath = posix.open(path, posix.O_PATH | flags)
            rule = (ctypes.c_char * 12)()
            rule[:] = (rights.to_bytes(8, sys.byteorder)) + beneath.to_bytes(4, sys.byteorder)
            call(ctypes.c_long(445), ctypes.c_int(handle), ctypes.c_int(1), ctypes.byref(rule), ctypes.c_uint32(0))
            posix.close(beneath)
        libc.prctl(38, 1, 0, 0, 0)
        done = call(ctypes.c_long(446), ctypes.c_int(handle), ctypes.c_uint32(0))
        posix.close(handle)
        return done == 0
    except BaseException:
        return False
