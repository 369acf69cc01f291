"""One edit as a model would write it, and what should become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .written import Diff

Text = Callable[[Diff], str]
"""Writes a diff in one of the formats that are diffs."""


@dataclass(frozen=True, slots=True)
class Case:
    """``expected`` is the right result, or None when the only right answer is to refuse."""

    format: str
    kind: str
    before: str
    reply: str
    expected: str | None


def fenced(text: str, language: str) -> str:
    body = text if text.endswith("\n") else text + "\n"
    before, after = "I looked at the code. Here is the change:", "This should fix the problem you saw."
    return f"{before}\n\n```{language}\n{body}```\n\n{after}\n"
