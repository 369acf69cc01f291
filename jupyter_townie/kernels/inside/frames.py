"""Whose code a frame is.  Sent into the kernel as text: standard library only."""


def is_cell(filename):
    """Whether code of this file is a cell."""
    return "ipykernel_" in filename or filename.startswith(("<ipython-input", "<timed ", "<stdin>"))


def is_local(filename):
    """Whether code of this file is the user's own, rather than installed."""
    if filename.startswith("<"):
        return False
    return not any(
        part in filename for part in ("site-packages", "dist-packages", "/lib/python", "\\Lib\\", "ipykernel")
    )


def of_user(filename):
    """Whether code of this file is the user's: a cell, or a file that is not installed."""
    return is_cell(filename) or is_local(filename)
