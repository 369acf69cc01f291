"""The command line edge: ``jupyter townie fix NOTEBOOK.ipynb``, without a server and without a page."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """The ``jupyter-townie`` command; its exit status."""
    from .command import run

    return run(arguments)
