"""The filter of system calls of a child that tries code (seccomp).  Sent into a user's kernel as text: standard library
only.

What reaches other processes, or what belongs to a file beside its content, is refused; Landlock holds the files
themselves.  A machine that is neither x86_64 nor aarch64 goes without.
"""

import sys

# Numbers: x86_64 and aarch64, None where there is no such call (Linux, arch/x86/entry/syscalls/syscall_64.tbl and
# include/uapi/asm-generic/unistd.h); tests/test_syscalls.py compares them with the headers of the system.
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
REFUSED = {
    # Other processes.
    "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "ptrace": (101, 117), "kcmp": (312, 272),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "move_pages": (279, 239), "migrate_pages": (256, 238),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setscheduler": (144, 119),
    "sched_setparam": (142, 118), "sched_setattr": (314, 274), "setpgid": (109, 154), "setsid": (112, 157),
    # New processes.
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    # Sockets.
    "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    # Other ways to the kernel, and to all the rest.
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "syslog": (103, 116), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "setns": (308, 268), "unshare": (272, 97), "vhangup": (153, 58), "acct": (163, 89), "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    # What is shared by a name or a number, which can be guessed.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193),
    "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188),
    "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183), "mq_notify": (244, 184),
}  # fmt: skip
IGNORED = {
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "futimesat": (261, None), "utimensat": (280, 88),
}  # fmt: skip
"""They do nothing and say that all went well: Landlock does not look at them, and copying into the scratch folder does
them as well."""
ATTRIBUTES = {
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463), "removexattrat": (466, 466),
}  # fmt: skip
LOOKED_AT = {
    "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261), "sched_setaffinity": (203, 122),
    "clone": (56, 220), "clone3": (435, 435), "sendto": (44, 206), "socket": (41, 198), "fcntl": (72, 25),
    "ioctl": (16, 29), "prctl": (157, 167),
}  # fmt: skip
OWN_PROCESS = ("kill", "tgkill", "prlimit64", "sched_setaffinity")
NEWEST = 467
"""The last number that the lists above have considered: what a later Linux adds is absent."""

_OWNERS = (8, 10, 15, 1024, 1026)
"""Commands of ``fcntl`` by which a file signals, or holds off, another process: F_SETOWN, F_SETSIG, F_SETOWN_EX,
F_SETLEASE, F_NOTIFY."""
_REQUESTS = (0x5401, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A, 0x80086601, 0x40049409, 0x4020940D)
"""Requests of ``ioctl`` that only ask, concern the descriptor alone, or copy into a file that may be written.  Others
change terminals, the flags of a file that may only be read, or a file system by a folder."""
_FAMILIES = (1, 2, 10)
"""Of sockets: Unix, IPv4, IPv6."""
_SCHED_CORE = 62
_LOAD, _EQUAL, _FROM, _MASKED, _GIVE = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = (_GIVE, 0, 0, 0x7FFF0000)


def _answer(number):
    return (_GIVE, 0, 0, 0x00050000 | number)


def _argument(index, half=0):
    return (_LOAD, 0, 0, 16 + 8 * index + 4 * half)


def instructions(machine, own):
    """The filter for a process *own* as ``(code, if true, if false, operand)`` of classic BPF (Linux,
    userspace-api/seccomp_filter); None for a machine whose numbers are not known."""
    if machine not in ARCHITECTURES:
        return None
    architecture, column = ARCHITECTURES[machine]
    refuse, absent = _answer(1), _answer(38)  # EPERM, ENOSYS
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), refuse, (_LOAD, 0, 0, 0)]
    program += [(_FROM, 0, 1, NEWEST + 1), absent]  # the numbers of x32 are above as well
    for calls, said in ((REFUSED, refuse), (IGNORED, _answer(0)), (ATTRIBUTES, _answer(95))):  # ENOTSUP
        for numbers in calls.values():
            if numbers[column] is not None:
                program += [(_EQUAL, 0, 1, numbers[column]), said]

    def look(name, *tests):
        # They end in an answer: what comes after them still has the number loaded.
        program.append((_EQUAL, 0, len(tests), LOOKED_AT[name][column]))
        program.extend(tests)

    def one_of(name, index, values, found, other):
        tests = [(_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)]
        look(name, _argument(index), *tests, other, found)

    look("clone3", absent)  # the C library then uses clone, whose flags a filter can see
    look("clone", _argument(0), (_MASKED, 0, 1, 0x10000), _ALLOW, refuse)  # threads only
    look("sendto", _argument(4), (_EQUAL, 0, 2, 0), _argument(4, 1), (_EQUAL, 1, 0, 0), refuse, _ALLOW)
    one_of("socket", 0, _FAMILIES, _ALLOW, refuse)
    one_of("fcntl", 1, _OWNERS, refuse, _ALLOW)
    one_of("ioctl", 1, _REQUESTS, _ALLOW, refuse)
    one_of("prctl", 0, (1, _SCHED_CORE), refuse, _ALLOW)  # what is to die with its parent stays so
    for name in OWN_PROCESS:
        one_of(name, 0, (own, 0), _ALLOW, refuse)
    program.append(_ALLOW)
    return program


def filter_calls(ctypes, libc):
    """Have Linux refuse these calls to all threads of this process, for good."""
    posix = sys.modules["posix"]
    machine = posix.uname().machine
    program = instructions(machine, posix.getpid())
    if program is None:
        return
    data = b"".join(
        code.to_bytes(2, sys.byteorder) + bytes((yes, no)) + value.to_bytes(4, sys.byteorder)
        for code, yes, no, value in program
    )
    held = ctypes.create_string_buffer(data, len(data))
    length = len(program).to_bytes(2, sys.byteorder) + bytes(6)
    header = ctypes.create_string_buffer(length + ctypes.addressof(held).to_bytes(8, sys.byteorder), 16)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    number = {"x86_64": 317, "aarch64": 277}[machine]  # seccomp, with SECCOMP_FILTER_FLAG_TSYNC
    if libc.syscall(ctypes.c_long(number), ctypes.c_uint(1), ctypes.c_uint(1), header) != 0:
        libc.prctl(ctypes.c_int(22), ctypes.c_ulong(2), header)
