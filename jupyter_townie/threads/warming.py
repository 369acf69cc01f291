"""What the first repair of a process needs, loaded before anybody waits for it."""

from __future__ import annotations


def warm() -> None:
    """Import what a turn about a failure uses, and the rules for the usual errors with it; no client of a model."""
    from ..context import build, findings, slice  # noqa: F401
    from ..failures import instant, memory  # noqa: F401
    from ..kernels import variables  # noqa: F401
    from ..models import registry  # noqa: F401
    from . import rehearsal  # noqa: F401

    instant.warm()
