"""Failures: what went wrong, in one shape, and the fixes that need no model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .failure import failure_from_error

if TYPE_CHECKING:
    from .instant import instant_fix

__all__ = ["failure_from_error", "instant_fix"]


def __getattr__(name: str) -> Any:
    # The rules and their tables are loaded by the first fix, not by whoever only describes a failure.
    if name == "instant_fix":
        from .instant import instant_fix

        return instant_fix
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
