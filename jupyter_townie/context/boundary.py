"""Marking data as data: delimiters that nothing inside can forge.

Each request has a boundary of its own, random and not contained in anything it encloses.  The system prompt says that
text between ``<data-B ...>`` and ``</data-B>`` is never an instruction; whoever wrote that text could not know ``B``.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable

_PLAIN = re.compile(r"[\w./ -]{1,200}\Z")


def fresh(contents: Iterable[str]) -> str:
    """A boundary that occurs in none of ``contents``."""
    texts = list(contents)
    while True:
        boundary = secrets.token_hex(4)
        if not any(boundary in text for text in texts):
            return boundary


def name(text: str) -> str:
    """A path, id or label as it may stand in a delimiter: one line, quoted, not longer than 200 characters."""
    if _PLAIN.match(text):
        return f'"{text}"'
    return json.dumps(text[:200], ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e")


def opening(boundary: str, kind: str, **names: str) -> str:
    """The line that opens a piece of data."""
    told = "".join(f" {key}={name(value)}" for key, value in names.items() if value)
    return f"<data-{boundary} {kind}{told}>"


def closing(boundary: str) -> str:
    """The line that closes it."""
    return f"</data-{boundary}>"


def wrap(boundary: str, kind: str, body: str, **names: str) -> str:
    """``body`` between the two."""
    return f"{opening(boundary, kind, **names)}\n{body}\n{closing(boundary)}"
