"""The filter of system calls of a confined backend.

It closes what Landlock does not cover: sockets of every family (a process that is handed a listening socket needs none
of its own), other programs and processes, signals to others, and the calls that change a file's metadata.  Sources:
Linux ``Documentation/userspace-api/seccomp_filter.rst``, and the system call tables of the two architectures, with
which tests/test_syscalls.py compares the numbers.
"""

import ctypes
import errno
import os
import platform

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SCHED_CORE = 1, 22, 62
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

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
    "getxattr": (191, 8), "lgetxattr": (192, 9), "listxattr": (194, 11), "llistxattr": (195, 12),
    "getxattrat": (464, 464), "listxattrat": (465, 465),
    "inotify_init": (253, None), "inotify_init1": (294, 26),
    "sched_setaffinity": (203, 122), "sched_setattr": (314, 274), "sched_setparam": (142, 118),
    "fcntl": (72, 25), "ioctl": (16, 29), "kcmp": (312, 272), "move_pages": (279, 239), "migrate_pages": (256, 238),
    "semop": (65, 193), "semtimedop": (220, 192), "semctl": (66, 191), "shmctl": (31, 195), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_unlink": (241, 181), "process_mrelease": (448, 448),
    "syslog": (103, 116), "kexec_file_load": (320, 294), "iopl": (172, None), "ioperm": (173, None),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266),
    "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58), "fsconfig": (431, 431),
    "fspick": (433, 433), "open_tree_attr": (467, 467), "quotactl_fd": (443, 443), "name_to_handle_at": (303, 264),
    "lookup_dcookie": (212, 18), "uselib": (134, None), "modify_ldt": (154, None), "nfsservctl": (180, 42),
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
    # Landlock does not look at who watches a folder: the names of files in it would be told as they are used.
    "inotify_init",
    "inotify_init1",
    "sched_setattr",
    "sched_setparam",
    "kcmp",
    "move_pages",
    "migrate_pages",
    "process_mrelease",
    # What other processes of the person share by a number; the numbers can be guessed.
    "semop",
    "semtimedop",
    "semctl",
    "shmctl",
    "msgsnd",
    "msgrcv",
    "msgctl",
    "mq_unlink",
    "syslog",
    "kexec_file_load",
    "iopl",
    "ioperm",
    "settimeofday",
    "clock_settime",
    "adjtimex",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "vhangup",
    "fsconfig",
    "fspick",
    "open_tree_attr",
    "quotactl_fd",
    "name_to_handle_at",
    "lookup_dcookie",
    "uselib",
    "modify_ldt",
    "nfsservctl",
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
    # By a path these read what belongs to files that can not be opened.
    "getxattr",
    "lgetxattr",
    "listxattr",
    "llistxattr",
    "getxattrat",
    "listxattrat",
]
NEWEST = 467
"""The last number that these lists have considered: what a later Linux adds is absent."""
_COMMANDS_ON_OTHERS = (8, 10, 15, 1024, 1026)
"""Of ``fcntl``: F_SETOWN, F_SETSIG, F_SETOWN_EX (a file signals another process), F_SETLEASE (it keeps others waiting),
F_NOTIFY."""
_REQUESTS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A, 0x80086601, 0x40049409, 0x4020940D)
"""Of ``ioctl``: those that only ask, concern the descriptor alone, or copy into a file that may be written.  Others
change terminals, the flags of a file that may only be read, or a file system by a folder."""
_ON_OWN_PROCESS = ["kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"]

_LD, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NR, _ARCH = 0, 4
_DENIED = (_RET, 0, 0, _ERRNO | errno.EPERM)


def _argument(index):
    return 16 + 8 * index  # the lower half of a 64-bit argument, on a little-endian machine


def program(machine, own):
    """The filter for a process *own* as ``(code, if true, if false, operand)`` of classic BPF."""
    column, architecture = ARCHITECTURES[machine]
    filtered = [(_LD, 0, 0, _ARCH), (_JEQ, 1, 0, architecture), (_RET, 0, 0, _KILL), (_LD, 0, 0, _NR)]
    filtered += [(_JGE, 0, 1, NEWEST + 1), (_RET, 0, 0, _ERRNO | errno.ENOSYS)]  # the numbers of x32 are above as well

    def refuse(names, code):
        for name in names:
            number = _CALLS[name][column]
            if number is not None:
                filtered.extend([(_JEQ, 0, 1, number), (_RET, 0, 0, _ERRNO | code)])

    def look(name, tests):
        # The tests end in a return, so the number is still what is loaded for the calls that follow.
        number = _CALLS[name][column]
        filtered.append((_JEQ, 0, len(tests), number))
        filtered.extend(tests)

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

    def one_of(name, index, values, found, other):
        tests = [(_JEQ, len(values) - place, 0, value) for place, value in enumerate(values)]
        look(name, [(_LD, 0, 0, _argument(index)), *tests, other, found])

    # What is to die with its parent stays so.
    one_of("prctl", 0, (_PR_SET_PDEATHSIG, _PR_SCHED_CORE), denied, permitted)
    one_of("fcntl", 1, _COMMANDS_ON_OTHERS, denied, permitted)
    one_of("ioctl", 1, _REQUESTS, permitted, denied)
    for name in _ON_OWN_PROCESS:
        look(name, [(_LD, 0, 0, _argument(0)), (_JEQ, 0, 1, own), permitted, denied])
    # Limits of this process may be read (0 is itself), not those of others; the same for its processors.
    look("sched_setaffinity", [(_LD, 0, 0, _argument(0)), (_JEQ, 2, 0, 0), (_JEQ, 1, 0, own), denied, permitted])
    look("prlimit64", [(_LD, 0, 0, _argument(0)), (_JEQ, 2, 0, 0), (_JEQ, 1, 0, own), denied, permitted])
    filtered.append(permitted)
    return filtered


class _Filter(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Filter))]


def apply(libc):
    """Filter the calls of this thread and what it starts; negative when that can not be done, with ``errno`` set."""
    entries = program(platform.machine(), os.getpid())
    filters = (_Filter * len(entries))(*[_Filter(*entry) for entry in entries])
    held = _Program(len(entries), filters)
    return libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(held), ctypes.c_ulong(0), ctypes.c_ulong(0))
