"""Whether this machine can confine a backend, and what a confined one gets."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from .runner import confine

RUNNER = Path(__file__).parent / "runner"
"""Executed by path with the Python of the app's environment."""

LENT = (
    "uvicorn",
    "h11",
    "wsproto",
    "click",
    "a2wsgi",
    "starlette",
    "anyio",
    "sniffio",
    "idna",
    "exceptiongroup",
    "typing_extensions",
    "fastapi",
    "annotated_doc",
    "annotated_types",
    "typing_inspection",
    "pydantic",
    "python_multipart",
    "jinja2",
)
"""Packages of the server's environment that an app can import when its own environment lacks them."""
LENT_COMPILED = ("pydantic_core", "markupsafe")
"""The same, for an app that runs with the same version of Python."""

MEMORY = 2 << 30
"""Bytes of private memory of one backend."""
FILE_SIZE = 256 << 20
OPEN_FILES = 1024

_PASSED_ON = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")


@cache
def available() -> bool:
    """Whether Landlock and seccomp can hold a backend here: Linux 6.2 or newer on x86-64 or ARM64."""
    return bool(confine.possible())  # type: ignore[no-untyped-call]


@cache
def supported() -> bool:
    """Whether backends can run here at all: they need Unix sockets and ``fork``."""
    return os.name == "posix"


@cache
def lent() -> dict[str, dict[str, Any]]:
    """The lent packages by name: where they lie, and which Python they are compiled for or want at least."""
    found: dict[str, dict[str, Any]] = {"townie": {"path": str(RUNNER / "townie")}}
    for name in (*LENT, *LENT_COMPILED):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        path = spec.submodule_search_locations[0] if spec.submodule_search_locations else spec.origin
        found[name] = {"path": path, "oldest": _oldest_python(name)}
        if name in LENT_COMPILED:
            found[name]["tag"] = sys.implementation.cache_tag
    return found


def _oldest_python(package: str) -> list[int]:
    try:
        wanted = importlib.metadata.metadata(package.replace("_", "-"))["Requires-Python"] or ""
    except importlib.metadata.PackageNotFoundError:
        return [3, 9]
    version = re.search(r">=\s*(\d+)\.(\d+)", wanted)
    return [int(version[1]), int(version[2])] if version else [3, 9]


def lent_places() -> list[str]:
    """The same as paths alone."""
    return [str(package["path"]) for package in lent().values()]


def environment(home: Path, caches: Path) -> dict[str, str]:
    """The environment of a backend: nothing that could hold a key, a token, or the way to one."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # The packages that a person installed for themselves are found relative to a home that the app does not get.
    users = os.environ.get("PYTHONUSERBASE") or str(Path.home() / ".local")
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "2")
    return {
        "LANG": "C.UTF-8",
        **passed,
        **threads,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONUSERBASE": users,
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CACHE_HOME": str(caches),
        "XDG_CONFIG_HOME": str(home),
        "XDG_DATA_HOME": str(home),
        "MPLCONFIGDIR": str(caches / "matplotlib"),
        "MPLBACKEND": "agg",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(home / "gradio"),
        "HF_HUB_OFFLINE": "1",
        "TOWNIE": "1",
    }
