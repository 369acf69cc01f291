"""Where a confined app may read besides its own folder: the interpreter, installed packages, and a few system files."""

import os
import site
import sys
import sysconfig

_OF_PREFIX = ("lib", "lib64", "lib32", "ssl", "etc/fonts", "share/fonts", "share/zoneinfo", "share/mime", "share/proj")
_OF_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/ssl",
    "/etc/pki/tls/certs",
    "/etc/pki/ca-trust",
    "/etc/ca-certificates",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/etc/fonts",
    "/usr/share/ca-certificates",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/locale",
    "/usr/share/mime",
    "/usr/share/zoneinfo",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/dev/urandom",
    "/dev/random",
    "/dev/zero",
)
# Of its own process.  Not all of it: "net" and "mountinfo" tell of everybody's sockets and mounts.
_OF_PROCESS = ("auxv", "cgroup", "cmdline", "comm", "environ", "fd", "fdinfo", "io", "limits", "maps", "smaps")
_OF_PROCESS += ("smaps_rollup", "stat", "statm", "status")
WRITABLE = ("/dev/null", "/dev/full")


def readable():
    """Paths; some may not exist.  A whole prefix is not among them: it may hold Jupyter's configuration and tokens."""
    found = list(_OF_SYSTEM)
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        found += [os.path.join(prefix, part) for part in _OF_PREFIX]
    found += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += site.getsitepackages()
    if site.ENABLE_USER_SITE:
        found.append(site.getusersitepackages())
    found += ["/proc/%d/%s" % (os.getpid(), name) for name in _OF_PROCESS]
    return [path for path in dict.fromkeys(found) if path]
