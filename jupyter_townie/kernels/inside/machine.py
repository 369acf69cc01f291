"""What the system says of this process: descriptors, memory, mappings.  Sent into a user's kernel as text: standard
library only, and of that only what every interpreter has loaded.
"""

# ruff: noqa: PERF203 -- two places to look

import sys

_NO_FILES = (b"/dev/zero", b"/SYSV", b"/memfd:")
"""What the mappings of memory without a file are called."""
_IN_MEMORY = (b"/dev/zero", b"/dev/shm/")


def descriptors():
    """The numbers of the open descriptors, as text; the one that lists them among them."""
    posix = sys.modules["posix"]
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [name for name in posix.listdir(folder) if name.isdigit()]
        except OSError:
            continue
    return []


def threads():
    """How many threads this process has; 1 where that is not told."""
    try:
        return len(sys.modules["posix"].listdir("/proc/self/task"))
    except OSError:
        return 1


def read(path):
    """A file of the system, whole; empty where there is none."""
    posix = sys.modules["posix"]
    try:
        descriptor = posix.open(path, posix.O_RDONLY)
    except OSError:
        return b""
    try:
        parts = []
        while True:
            part = posix.read(descriptor, 1 << 20)
            if not part:
                return b"".join(parts)
            parts.append(part)
    except OSError:
        return b""
    finally:
        posix.close(descriptor)


def resident():
    """Bytes of memory that this process holds, or None."""
    fields = read("/proc/self/statm").split()
    return int(fields[1]) * sys.modules["posix"].sysconf("SC_PAGE_SIZE") if len(fields) > 1 else None


def virtual():
    """Bytes of address space that this process has mapped, or None."""
    fields = read("/proc/self/statm").split()
    return int(fields[0]) * sys.modules["posix"].sysconf("SC_PAGE_SIZE") if fields else None


def available():
    """Bytes of memory that are free to this process, or None; a container's limit counts."""
    found = None
    for line in read("/proc/meminfo").split(b"\n"):
        if line.startswith(b"MemAvailable:"):
            found = int(line.split()[1]) * 1024
    limit, used = read("/sys/fs/cgroup/memory.max").strip(), read("/sys/fs/cgroup/memory.current").strip()
    if limit.isdigit() and used.isdigit():
        inside = int(limit) - int(used)
        found = inside if found is None else min(found, inside)
    return found


def mappings():
    """What of this process's memory is shared, with other processes or with a file, and could be written to."""
    found = []
    for line in read("/proc/self/maps").split(b"\n"):
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1][3:4] == b"s":
            start, _, end = fields[0].partition(b"-")
            start, end, allowed = int(start, 16), int(end, 16), fields[1]
            major, _, minor = fields[3].partition(b":")
            found.append(
                {
                    "start": start,
                    "size": end - start,
                    "protection": (allowed[:1] == b"r") + 2 * (allowed[1:2] == b"w") + 4 * (allowed[2:3] == b"x"),
                    "offset": int(fields[2], 16),
                    "device": (int(major, 16), int(minor, 16)),
                    "inode": int(fields[4]),
                    "path": fields[5],
                }
            )
    return found


def same_file(mapping):
    """Whether the file of a mapping lies where it lay, so that it can be mapped once more."""
    posix = sys.modules["posix"]
    try:
        state = posix.stat(mapping["path"])
    except (OSError, ValueError):
        return False
    device = (posix.major(state.st_dev), posix.minor(state.st_dev))
    return state.st_mode & 0o170000 == 0o100000 and (device, state.st_ino) == (mapping["device"], mapping["inode"])


def copied(mapping):
    """Whether a mapping is to be copied: what can be written to now, and memory without a file."""
    return bool(mapping["protection"] & 2) or mapping["path"].startswith(_NO_FILES)


def of_a_device(mapping):
    """Whether a mapping is neither memory nor a file: a copy of it would not do what it does."""
    path = mapping["path"]
    return not path.startswith((b"/", b"[")) or (path.startswith(b"/dev/") and not path.startswith(_IN_MEMORY))
