"""Groups of bytes on their way to the client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GARBAGE = b"\xff\xfe\x80"
"""No part of any UTF-8 text."""


@dataclass(frozen=True)
class Frame:
    """Bytes that are written at once; ``delta`` when they carry a piece of the answer."""

    data: bytes
    delta: bool = False


def event(body: Mapping[str, Any], name: str | None = None, *, delta: bool = False) -> Frame:
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return Frame(f"{head}data: {json.dumps(body)}\n\n".encode(), delta)
