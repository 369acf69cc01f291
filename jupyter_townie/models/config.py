"""How models are to be used, as the server's traitlets or the magic fill it in.  Keys are never part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All durations are seconds."""

    default: str | None = None
    """``provider/model``, or None to choose by the keys that are there."""
    base_urls: Mapping[str, str] = field(default_factory=dict)
    """By provider, for gateways, proxies and local servers."""
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """By provider, sent with every request.  Not shown in ``repr``: gateways put tokens there."""
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By ``provider/model``: fields of :class:`.profiles.Profile` that override or add to what is known."""
    connect_timeout: float = 10.0
    read_timeout: float = 300.0
    """How long a stream may be silent."""
    attempts: int = 5
    """How often a request is sent at most."""
    retry_deadline: float = 180.0
    """No new attempt is made later than this after the first."""
