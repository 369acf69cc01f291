"""Fenced blocks of Markdown, found line by line.

A fence has at most three blanks before it and at least three backticks or tildes; it is closed by a bare fence of the
same character that is at least as long (CommonMark 0.31, section 4.5). One addition: inside a block, a fence with an
info string opens a nested one, since models show Markdown that holds code in fences of the same length.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})(.*)", re.DOTALL)
_DIFF_LANGUAGES = frozenset({"diff", "patch", "udiff"})

Role = Literal["prose", "open", "text", "close"]


class FenceTracker:
    """Says of each line, in order, whether it is prose, opens a block, belongs to it or closes it."""

    def __init__(self) -> None:
        self.info = ""
        self.indent = 0
        self._stack: list[tuple[str, int]] = []

    @property
    def inside(self) -> bool:
        return bool(self._stack)

    @property
    def fence(self) -> str:
        """What opened the block that it is in, without blanks and information; empty outside."""
        char, length = self._stack[0] if self._stack else ("", 0)
        return char * length

    def role(self, line: str) -> Role:
        """The role of ``line`` (without its line end)."""
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if match is None:
            return "text" if self._stack else "prose"
        blanks, fence, info = match[1], match[2], match[3].strip()
        if fence[0] == "`" and "`" in info:
            return "text" if self._stack else "prose"
        if not self._stack:
            self.info, self.indent = info, len(blanks)
            self._stack.append((fence[0], len(fence)))
            return "open"
        char, length = self._stack[-1]
        if fence[0] != char or len(fence) < length:
            return "text"
        if info:
            if self._is_diff or not _is_word(info):
                return "text"
            self._stack.append((char, len(fence)))
            return "text"
        if self._is_diff and len(blanks) > self.indent:
            return "text"
        self._stack.pop()
        return "text" if self._stack else "close"

    @property
    def _is_diff(self) -> bool:
        return language_of(self.info) in _DIFF_LANGUAGES


class FencedBlock(NamedTuple):
    """A block of a finished reply; ``text`` excludes the line end before the closing fence."""

    info: str
    text: str
    closed: bool

    @property
    def language(self) -> str:
        return language_of(self.info)

    @property
    def is_diff(self) -> bool:
        return self.language in _DIFF_LANGUAGES


def language_of(info: str) -> str:
    """The first word of an info string, lower case, without braces or dots around it."""
    words = info.split(None, 1)
    if not words or "=" in words[0]:
        return ""
    return words[0].strip("{}.").lower()


@lru_cache(2)
def fenced_blocks(reply: str) -> tuple[FencedBlock, ...]:
    """All top-level fenced blocks of a finished reply."""
    if "```" not in reply and "~~~" not in reply:
        return ()
    tracker = FenceTracker()
    blocks: list[FencedBlock] = []
    first = 0
    for begin, end in _lines_with_fences(reply):
        role = tracker.role(reply[begin:end].rstrip("\r"))
        if role == "open":
            first = end + 1
        elif role == "close":
            text = reply[first : max(first, begin - 1)]
            blocks.append(FencedBlock(tracker.info, _dedented(text, tracker.indent), True))
    if tracker.inside:
        blocks.append(FencedBlock(tracker.info, _dedented(reply[first:], tracker.indent), False))
    return tuple(blocks)


def _lines_with_fences(text: str) -> list[tuple[int, int]]:
    """``(begin, end)`` of the lines in which the characters of a fence occur, in order."""
    found: list[tuple[int, int]] = []
    for sign in ("```", "~~~"):
        at = text.find(sign)
        while at >= 0:
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            found.append((text.rfind("\n", 0, at) + 1, end))
            at = text.find(sign, end)
    return sorted(set(found)) if "~~~" in text else found


def _dedented(text: str, indent: int) -> str:
    return "\n".join([without_indent(line, indent) for line in text.split("\n")]) if indent else text


def without_indent(line: str, indent: int) -> str:
    """``line`` without up to ``indent`` blanks at its start, as Markdown reads blocks that are indented."""
    blanks = 0
    while blanks < indent and line[blanks : blanks + 1] == " ":
        blanks += 1
    return line[blanks:]


def _is_word(info: str) -> bool:
    head = info.split(None, 1)[0]
    return head[:1].isalpha() or head[:1] in "{."
