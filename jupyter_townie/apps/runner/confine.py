"""Confines the calling process: Landlock for files, seccomp for everything else that reaches out of it.

Both need no privileges and can not be taken back.  They bind the calling thread and what it starts, so they are applied
before any other thread exists.  Sources: Linux ``Documentation/userspace-api/landlock.rst``, ``seccomp_filter.rst``,
and the system call tables of the two architectures.

What Landlock does not cover is closed by seccomp: sockets of every family (a process that is handed a listening socket
needs none of its own), other programs and processes, signals to others, and the calls that change a file's metadata.
"""

import ctypes
import errno
import os
import platform
import stat
import struct
import sys

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

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38

# fmt: off
# name: (x86_64, aarch64); None where the architecture has no such call.
_CALLS = {
    "listen": (50, 201), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "mmap": (9, 222),
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200),
    "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "vfork": (58, None),
    "execve": (59, 221), "execveat": (322, 281), "setsid": (112, 157), "setpgid": (109, 154),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "prctl": (157, 167), "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "seccomp": (317, 277),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsmount": (432, 432), "mount_setattr": (442, 442),
    "unshare": (272, 97), "setns": (308, 268), "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "kexec_load": (246, 104), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60), "acct": (163, 89),
    "setpriority": (141, 140), "sched_setscheduler": (144, 119), "ioprio_set": (251, 30), "prlimit64": (302, 261),
    "open_by_handle_at": (304, 265), "fanotify_init": (300, 262), "process_madvise": (440, 440),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "setxattrat": (463, 463), "removexattrat": (466, 466),
}
# fmt: on

_REFUSED = [
    "connect",
    "bind",
    "fork",
    "vfork",
    "execve",
    "execveat",
    "setsid",
    "setpgid",
    "tkill",
    "pidfd_send_signal",
    "pidfd_open",
    "pidfd_getfd",
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "seccomp",
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "move_mount",
    "fsopen",
    "fsmount",
    "mount_setattr",
    "unshare",
    "setns",
    "keyctl",
    "add_key",
    "request_key",
    "shmget",
    "shmat",
    "semget",
    "msgget",
    "mq_open",
    "kexec_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "quotactl",
    "acct",
    "setpriority",
    "sched_setscheduler",
    "ioprio_set",
    "open_by_handle_at",
    "fanotify_init",
    "process_madvise",
]
# These change what belongs to a file outside of what Landlock looks at.  They do nothing and say that all went well,
# because copying a file within the app's own data sets times and modes as well.
_IGNORED = [
    "chmod",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "futimesat",
    "utimensat",
]
_NO_XATTR = [
    "setxattr",
    "lsetxattr",
    "fsetxattr",
    "removexattr",
    "lremovexattr",
    "fremovexattr",
    "setxattrat",
    "removexattrat",
]
_ON_OWN_PROCESS = ["kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"]

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def landlock_abi():
    """The version of Landlock's interface in this kernel; 0 when there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(1)), 0)


def possible():
    """Whether :func:`confine` would hold on this machine."""
    return platform.machine() in _ARCHITECTURES and sys.byteorder == "little" and landlock_abi() >= LEAST_ABI


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
    _landlock(libc, read, write)
    _seccomp(libc)


def _check(result, step):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, "%s: %s" % (step, os.strerror(code)))
    return result


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


# ------------------------------------------------------------------------------------------------------------- seccomp

_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH = 0, 4
_DENIED = (_RET, 0, 0, _ERRNO | errno.EPERM)


def _argument(index):
    return 16 + 8 * index  # the lower half of a 64-bit argument, on a little-endian machine


def _program():
    column, architecture = _ARCHITECTURES[platform.machine()]
    program = [(_LD, 0, 0, _ARCH), (_JEQ, 1, 0, architecture), (_RET, 0, 0, _KILL), (_LD, 0, 0, _NR)]
    if column == 0:
        program += [(_JGE, 0, 1, 0x40000000), (_RET, 0, 0, _ERRNO | errno.ENOSYS)]  # the x32 numbers

    def refuse(names, code):
        for name in names:
            number = _CALLS[name][column]
            if number is not None:
                program.extend([(_JEQ, 0, 1, number), (_RET, 0, 0, _ERRNO | code)])

    def look(name, tests):
        # The tests end in a return, so the number is still what is loaded for the calls that follow.
        number = _CALLS[name][column]
        program.append((_JEQ, 0, len(tests), number))
        program.extend(tests)

    refuse(_REFUSED, errno.EPERM)
    refuse(["socket"], errno.EACCES)
    refuse(["clone3"], errno.ENOSYS)  # glibc then uses clone, whose flags can be looked at
    refuse(_IGNORED, 0)
    refuse(_NO_XATTR, errno.ENOTSUP)
    # Memory that could be shared with others does not count against the limit of this process.
    refuse(["memfd_create", "memfd_secret"], errno.ENOSYS)
    shared = 0x01 | 0x20  # MAP_SHARED, MAP_ANONYMOUS
    look("mmap", [(_LD, 0, 0, _argument(3)), (_AND, 0, 0, shared), (_JEQ, 1, 0, shared), (_RET, 0, 0, _ALLOW), _DENIED])
    # The socket that was handed over listens already.  A TCP socket that the server connected could be made to.
    refuse(["listen"], 0)
    # With this flag sending connects, also a socket whose first connection has ended.
    fast_open = 0x20000000
    for name, flags in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        look(name, [(_LD, 0, 0, _argument(flags)), (_JSET, 1, 0, fast_open), (_RET, 0, 0, _ALLOW), _DENIED])
    permitted, denied = (_RET, 0, 0, _ALLOW), _DENIED
    look("clone", [(_LD, 0, 0, _argument(0)), (_JSET, 0, 1, 0x10000), permitted, denied])  # threads only
    # A datagram socket of a pair could be sent to other addresses.
    look(
        "socketpair",
        [
            (_LD, 0, 0, _argument(0)),
            (_JEQ, 0, 4, 1),
            (_LD, 0, 0, _argument(1)),
            (_AND, 0, 0, 0xF),
            (_JEQ, 0, 1, 1),
            permitted,
            denied,
        ],
    )
    # 1 is PR_SET_PDEATHSIG: what is to die with its parent stays so.
    look("prctl", [(_LD, 0, 0, _argument(0)), (_JEQ, 0, 1, _PR_SET_PDEATHSIG), denied, permitted])
    own = os.getpid()
    for name in _ON_OWN_PROCESS:
        look(name, [(_LD, 0, 0, _argument(0)), (_JEQ, 0, 1, own), permitted, denied])
    # Limits of this process may be read (0 is itself), not those of others.
    look("prlimit64", [(_LD, 0, 0, _argument(0)), (_JEQ, 2, 0, 0), (_JEQ, 1, 0, own), denied, permitted])
    program.append(permitted)
    return program


class _Filter(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter))]


def _seccomp(libc):
    entries = _program()
    filters = (_Filter * len(entries))(*[_Filter(*entry) for entry in entries])
    program = _Program(len(entries), filters)
    _check(
        libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(program), ctypes.c_ulong(0), ctypes.c_ulong(0)),
        "seccomp",
    )
