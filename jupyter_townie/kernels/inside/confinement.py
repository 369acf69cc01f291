"""What the system itself refuses to a child that tries code, whatever way the code goes.  Sent into a user's kernel as
text: standard library only.

An audit hook sees what Python does.  Compiled code is held by Landlock (files, TCP) and by a seccomp filter (signals,
processes, other ways out), both of Linux; elsewhere the hook is all there is.
"""

import sys

from .machine import shared_memory

MOST_SHARED = 256 << 20
"""Bytes of memory shared with other processes that are made the child's own."""


def confine(scratch):
    """Confine this process for good; whether Linux holds it."""
    if sys.platform != "linux":
        return False
    try:
        ctypes = __import__("ctypes")
        libc = ctypes.CDLL(None, use_errno=True)
    except BaseException:
        return False
    _unshare(ctypes, libc)
    held = _landlock(ctypes, libc, scratch)
    try:
        _seccomp(ctypes, libc)
    except BaseException:
        pass
    return held


def _unshare(ctypes, libc):
    """Shared memory becomes a copy: ``mmap.mmap(-1, n)``, which a fork shares, is part of the kernel's state."""
    libc.mmap.restype = ctypes.c_void_p
    for start, end, protection in shared_memory():
        size = end - start
        kept = ctypes.string_at(start, size)
        place = libc.mmap(
            ctypes.c_void_p(start),
            ctypes.c_size_t(size),
            ctypes.c_int(protection),
            ctypes.c_int(0x32),  # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
            ctypes.c_int(-1),
            ctypes.c_long(0),
        )
        if place != start:
            sys.modules["posix"]._exit(1)
        ctypes.memmove(start, kept, size)


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

        for path, rights, flags in ((scratch, files & ~1, 0o200000), ("/dev/null", 2, 0)):
            beneath = posix.open(path, 0o10000000 | flags)
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


# Numbers of system calls: x86_64 and aarch64 (Linux, arch/x86/entry/syscalls/syscall_64.tbl and
# include/uapi/asm-generic/unistd.h).
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NEVER = {
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "fork": (57, None), "vfork": (58, None), "execve": (59, 221),
    "execveat": (322, 281), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "sendmsg": (46, 211),
    "sendmmsg": (307, 269), "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "setpgid": (109, 154), "setsid": (112, 157),
    "io_uring_setup": (425, 425), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "shmat": (30, 196), "mq_open": (240, 180), "mq_unlink": (241, 181), "keyctl": (250, 219), "kcmp": (312, 272),
}  # fmt: skip
_OWN_PROCESS_ONLY = {"kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "sched_setaffinity": (203, 122)}
_THREADS_ONLY = (56, 220)  # clone
_WITHOUT_ADDRESS = (44, 206)  # sendto
_CLONE3 = (435, 435)


def _seccomp(ctypes, libc):
    """A filter of system calls, in classic BPF (Linux, userspace-api/seccomp_filter); what it refuses is EPERM."""
    posix = sys.modules["posix"]
    found = _ARCHITECTURES.get(posix.uname().machine)
    if found is None:
        return
    architecture, column = found
    allow, refuse, absent = 0x7FFF0000, 0x00050001, 0x00050026  # EPERM, ENOSYS
    load, equal, greater, masked, give = 0x20, 0x15, 0x35, 0x45, 0x06
    number, arch, first, fifth = 0, 4, 16, 16 + 8 * 4
    program = [(load, 0, 0, arch), (equal, 1, 0, architecture), (give, 0, 0, refuse), (load, 0, 0, number)]
    program += [(greater, 0, 1, 0x40000000), (give, 0, 0, refuse)]
    for numbers in _NEVER.values():
        if numbers[column] is not None:
            program += [(equal, 0, 1, numbers[column]), (give, 0, 0, refuse)]
    # The C library makes threads with clone when there is no clone3, whose flags a filter cannot see.
    program += [(equal, 0, 1, _CLONE3[column]), (give, 0, 0, absent)]
    program += [(equal, 0, 4, _THREADS_ONLY[column]), (load, 0, 0, first), (masked, 0, 1, 0x10000)]
    program += [(give, 0, 0, allow), (give, 0, 0, refuse)]
    program += [(equal, 0, 6, _WITHOUT_ADDRESS[column]), (load, 0, 0, fifth), (equal, 0, 3, 0)]
    program += [(load, 0, 0, fifth + 4), (equal, 0, 1, 0), (give, 0, 0, allow), (give, 0, 0, refuse)]
    for numbers in _OWN_PROCESS_ONLY.values():
        program += [(equal, 0, 5, numbers[column]), (load, 0, 0, first), (equal, 1, 0, posix.getpid())]
        program += [(equal, 0, 1, 0), (give, 0, 0, allow), (give, 0, 0, refuse)]
    program += [(give, 0, 0, allow)]
    data = b"".join(
        code.to_bytes(2, sys.byteorder) + bytes((yes, no)) + value.to_bytes(4, sys.byteorder)
        for code, yes, no, value in program
    )
    instructions = ctypes.create_string_buffer(data, len(data))
    length = len(program).to_bytes(2, sys.byteorder) + bytes(6)
    header = ctypes.create_string_buffer(length + ctypes.addressof(instructions).to_bytes(8, sys.byteorder), 16)
    libc.prctl(38, 1, 0, 0, 0)
    libc.prctl(ctypes.c_int(22), ctypes.c_ulong(2), header)
