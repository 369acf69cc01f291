"""How a kernel's process ended, from its exit code."""

from __future__ import annotations

import signal
from typing import Any


def exit_code_of(manager: Any) -> int | None:
    """The exit code of the kernel of a ``jupyter_client`` manager, where it was a process of this machine and ended."""
    process = getattr(getattr(manager, "provisioner", None), "process", None)
    poll = getattr(process, "poll", None)
    code = poll() if callable(poll) else None
    return code if isinstance(code, int) else None


def signal_of(code: int) -> str | None:
    """``SIGKILL`` for -9, as subprocess reports it, and for 137, as a shell in between does; None for other codes."""
    try:
        return signal.Signals(-code if code < 0 else code - 128).name
    except ValueError:
        return None


def how(code: int | None) -> str:
    """The end as a sentence."""
    name = None if code is None else signal_of(code)
    if name == "SIGKILL":
        return "The kernel was killed (SIGKILL), which is what a system does that has run out of memory."
    if name is not None:
        return f"The kernel crashed ({name})."
    return "The kernel died." if code is None else f"The kernel ended itself (exit code {code})."
