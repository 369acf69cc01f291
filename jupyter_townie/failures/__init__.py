"""Failures: what went wrong, in one shape, and the fixes that need no model."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .failure import failure_from_error
    from .instant import instant_fix

__all__ = ["failure_from_error", "instant_fix"]

_MODULES = {"failure_from_error": ".failure", "instant_fix": ".instant"}


def __getattr__(name: str) -> Any:
    # The rules need no pydantic and a description needs no rules: each loads what it needs when it is first used.
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
