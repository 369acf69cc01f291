"""The two filters of system calls: their numbers are those of Linux, and they say the same on both architectures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jupyter_townie.apps.runner import seccomp
from jupyter_townie.kernels.inside import syscalls

HEADERS = {
    0: Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    1: Path("/usr/include/asm-generic/unistd.h"),
}
"""Of Debian's linux-libc-dev: the numbers of x86_64, and the generic ones, which aarch64 has."""
NEWER = {"fchmodat2", "setxattrat", "getxattrat", "listxattrat", "removexattrat", "open_tree_attr", "quotactl_fd"}
NEWER |= {"memfd_secret", "process_mrelease", "mount_setattr"}
"""What headers of a Linux that backends can be confined on may lack."""

Calls = dict[str, tuple[int, "int | None"]]
Program = Sequence[tuple[int, int, int, int]]
TRIALS: Calls = {**syscalls.REFUSED, **syscalls.IGNORED, **syscalls.ATTRIBUTES, **syscalls.LOOKED_AT}
APPS: Calls = dict(seccomp._CALLS)
KILLED, ALLOWED = 0x80000000, 0x7FFF0000
OWN = 4242


@pytest.mark.parametrize("calls", [TRIALS, APPS], ids=["trials", "apps"])
@pytest.mark.parametrize("column", HEADERS, ids=["x86_64", "aarch64"])
def test_numbers_are_those_of_the_system_s_headers(calls: Calls, column: int) -> None:
    if not HEADERS[column].exists():
        pytest.skip("linux-libc-dev is not installed for this architecture")
    text = HEADERS[column].read_text()
    known = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", text)}
    written = {name: numbers[column] for name, numbers in calls.items() if name in known or name not in NEWER}
    assert written == {name: known.get(name) for name in written}


def test_both_tables_agree() -> None:
    assert {name: APPS[name] for name in APPS.keys() & TRIALS.keys()} == {
        name: TRIALS[name] for name in APPS.keys() & TRIALS.keys()
    }


ONLY_ROOT = {"mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsmount", "fsconfig"}
ONLY_ROOT |= {"fspick", "mount_setattr", "open_tree_attr", "kexec_load", "kexec_file_load", "init_module"}
ONLY_ROOT |= {"finit_module", "delete_module", "reboot", "swapon", "swapoff", "settimeofday", "clock_settime"}
ONLY_ROOT |= {"adjtimex", "clock_adjtime", "sethostname", "setdomainname", "iopl", "ioperm"}
HARMLESS = {"seccomp", "inotify_init", "inotify_init1", "name_to_handle_at", "lookup_dcookie", "uselib", "modify_ldt"}
HARMLESS |= {"nfsservctl"}
"""For the seconds of a trial, which may read what the person may read."""


def test_a_trial_is_refused_what_an_app_is_refused() -> None:
    refused = set(seccomp._REFUSED) - set(syscalls.REFUSED) - set(syscalls.LOOKED_AT)
    assert refused == ONLY_ROOT | HARMLESS


def verdict(program: Program, architecture: int, number: int, arguments: Sequence[int] = ()) -> int:
    """What Linux would do with a call: runs the filter as the kernel does."""
    data = number.to_bytes(4, "little") + architecture.to_bytes(4, "little") + bytes(8)
    data += b"".join((one & (1 << 64) - 1).to_bytes(8, "little") for one in (*arguments, *[0] * 6)[:6])
    place, loaded = 0, 0
    while True:
        code, yes, no, operand = program[place]
        place += 1
        if code == 0x20:
            loaded = int.from_bytes(data[operand : operand + 4], "little")
        elif code == 0x54:
            loaded &= operand
        elif code == 0x06:
            return operand
        else:
            true = {0x15: loaded == operand, 0x35: loaded >= operand, 0x45: bool(loaded & operand)}[code]
            place += yes if true else no


def filters() -> Iterator[tuple[str, Calls, dict[str, Program], int]]:
    machines = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
    yield "trials", TRIALS, {name: syscalls.instructions(name, OWN) or [] for name in machines}, 0x00050001
    yield "apps", APPS, {name: seccomp.program(name, OWN) for name in machines}, KILLED


ARGUMENTS = [
    (), (OWN,), (OWN + 1,), (-1,), (1,), (2,), (16,), (62,), (0x10000,), (17,), (0, 8), (0, 10), (0, 1024), (0, 1026),
    (0, 0x5401), (0, 0x5402), (0, 0x5412), (0, 0x40086602), (0, 0x8901), (0, 0, 0, 0x21), (0, 0, 0, 0x22),
    (0, 0, 0, 0, 1), (0, 0, 0, 0, 1 << 32), (0, 0, 0x20000000), (1, 1), (1, 2), (2, 1),
]  # fmt: skip


@pytest.mark.parametrize(("name", "calls", "programs", "foreign"), list(filters()), ids=["trials", "apps"])
def test_both_architectures_are_held_alike(name: str, calls: Calls, programs: dict[str, Program], foreign: int) -> None:
    x86_64, aarch64 = programs["x86_64"], programs["aarch64"]
    for call, (first, second) in calls.items():
        for arguments in ARGUMENTS if second is not None else ():
            said = verdict(x86_64, 0xC000003E, first, arguments)
            assert verdict(aarch64, 0xC00000B7, second or 0, arguments) == said, (call, arguments)
    for program, own in ((x86_64, 0xC000003E), (aarch64, 0xC00000B7)):
        assert verdict(program, own, 63) == ALLOWED
        # The 32-bit calls of the same machine (i386, arm), x32, and calls that are newer than the lists.
        assert {verdict(program, other, 1) for other in (0x40000003, 0x40000028)} == {foreign}
        assert {verdict(program, own, number) for number in (0x40000001, 468, 469, 1 << 31)} == {0x00050026}
