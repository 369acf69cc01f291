"""What the system says of this process: descriptors, memory, mappings.  Sent into a user's kernel as text: standard
library only, and of that only what every interpreter has loaded.
"""

# ruff: noqa: PERF203 -- two places to look

import sys

OWN_MAPPING = b"/townie/threads.sqlite-shm"
"""The index of Townie's own store, which the magic holds open in this process; no candidate ever reaches it."""
_NO_FILES = (b"/dev/zero", b"/SYSV", b"/memfd:")
"""What the mappings of memory without a file are called."""


def descriptors():
    """The numbers of the open descriptors, as text; the one that lists them among them."""
    posix = sys.modules["posix"]
    for folder in ("/proc/self/fd", "/dev/fd"):
        try:
            return [name for name in posix.listdir(folder) if name.isdigit()]
        except OSError:
            continue
    return []


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


def writable_mapping():
    """Whether a file is mapped into memory so that writing there writes the file."""
    paths = [mapping[3] for mapping in _shared()]
    return any(
        path.startswith(b"/") and not path.startswith(_NO_FILES) and not path.endswith(OWN_MAPPING) for path in paths
    )


def shared_memory():
    """``(start, end, protection)`` of memory without a file that this process would share with a fork."""
    return [(start, end, protection) for start, end, protection, path in _shared() if path.startswith(_NO_FILES)]


def _shared():
    """``(start, end, protection, path)`` of what is mapped writable and shared."""
    found = []
    for line in read("/proc/self/maps").split(b"\n"):
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1][1:2] == b"w" and fields[1][3:4] == b"s":
            start, _, end = fields[0].partition(b"-")
            found.append((int(start, 16), int(end, 16), 7 if b"x" in fields[1] else 3, fields[5]))
    return found
