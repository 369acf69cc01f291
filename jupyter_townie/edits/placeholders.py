"""Lines that stand for text the model left out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence

from .linediff import changed_ranges

_OPENERS = frozenset("#/-;%<{\"'[(*")
_DOTS = re.compile(r"(?:\.{3,}|\u2026|\[\.{3,}\]|\(\.{3,}\)|<\.{3,}>)$")
_COMMENT = re.compile(r"(?:#+|//+|--|;+|%+|/\*+|<!--|\{/\*|\"\"\"|'''|\.\.\.|\u2026|\[|\(|<|\*)\s{0,4}(.{0,200})$")
_TAIL = re.compile(r"(?:\*/\}?|-->|\"\"\"|'''|\]|\)|>)\s*$")
_KEPT = re.compile(
    r"\b(?:rest|remainder|remaining|existing|previous|unchanged|original|same|as before|other|omitted|truncated|"
    r"snip(?:ped)?|elided|keep|above|below)\b",
    re.IGNORECASE,
)
_BEGINS_KEPT = re.compile(
    r"(?:(?:the|your|all|keep|and) ){0,2}"
    r"(?:rest|remaind?er|remaining|existing|previous|other|unchanged|same|omitted)\b",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?:code|function|method|class|file|content|contents|implementation|import|imports|lines?|logic|stays?|"
    r"remains?|unchanged|same|here|body|cell|section|part|parts|fields|properties|cases|tests|omitted|as before|"
    r"everything|definitions?|methods|functions|goes|above|below|script|module|document|text|styles?|html)\b",
    re.IGNORECASE,
)
_NOUN = (
    r"(?:code|file|function|functions|method|methods|class|classes|contents?|implementation|imports?|lines|logic|cell|"
    r"tests?|script|body|component|styles?|module|document|page|text|definitions?|fields|properties|html|css|json)"
)
_STATUS = (
    r"(?: (?:remains?|stays?|is|are|goes|left|continues?))?(?: the| exactly)?"
    r" (?:same|unchanged|untouched|here|below|above|as before|as is|as-is|as (?:it|they) (?:is|are|was|were)|omitted|"
    r"identical|intact|truncated)"
)
_SURE = re.compile(
    rf"(?:the )?(?:rest|remainder) of(?: \w+){{0,2}} {_NOUN}(?:{_STATUS})?$|"
    rf"(?:the )?(?:rest|remainder)(?: of(?: \w+){{1,3}})?{_STATUS}$|rest of (?:it|file|code)$|"
    rf"(?:(?:keep|leave|your|the|all|any) ){{0,2}}(?:existing|remaining|previous|other) (?:\w+ ){{0,2}}{_NOUN}$|"
    r"(?:(?:keep|leave|your|the|all|any) ){0,2}(?:existing|remaining|previous|other|original) "
    rf"(?:\w+ ){{0,2}}{_NOUN}{_STATUS}$|"
    rf"(?:your|keep(?: the| your| all)?) (?:existing|original|previous) {_NOUN}$|"
    rf"(?:{_NOUN}|everything(?: else)?|all else)(?: above| below| here)?{_STATUS}$|"
    r"(?:same|unchanged|identical)(?: code| lines?)?(?: (?:as|from) (?:before|above|the original|here))?$|"
    rf"(?:{_NOUN} )?(?:omitted|removed|truncated|shortened) (?:for (?:brevity|clarity)|here)\b.{{0,40}}$|for brevity$|"
    r"no (?:other |further )?changes?(?: needed| required)?(?: here| below| above)?$|snip(?:ped)?$",
    re.IGNORECASE,
)

_CONFLICT = re.compile(r"(?:<{4,9}|>{4,9})(?:$| )")
_SPREAD = re.compile(r"[\[({]?\.\.\.(?:([A-Za-z_$][\w$]*)(?:$|[,;)\]}(\[?!].*$|\.(?!\.).*$)|([(\[{].*)$)")
_ALONE = re.compile(
    r"(?:existing|unchanged|omitted|same|remaining|previous|original|snip(?:ped)?|truncated|elided)$", re.IGNORECASE
)


def is_elision(line: str) -> bool:
    """Whether a line says "here is text that I do not repeat": dots alone, or a comment with dots or such words."""
    text = line.strip()
    if not text or len(text) > 200:
        return False
    dots = "..." in text or "\u2026" in text
    if dots and _DOTS.match(text):
        return True
    if dots and "..." in text[:4] and _is_spread(text):
        return False
    match = _COMMENT.match(text)
    if not match:
        return False
    inner = match[1].strip()
    if inner[:1] == "(" or (text[0] not in "#-;%" and not text.startswith("//")):
        inner = _TAIL.sub("", inner).strip().removeprefix("(")
    leading = dots and (text[:3] == "..." or text[0] == "\u2026")
    dotted = leading or (dots and (inner.startswith(("...", "\u2026")) or inner.endswith(("...", "\u2026"))))
    if not inner.strip(". \u2026"):
        return dotted
    words = inner.strip(".\u2026 \t-=*[]()<>")
    if dotted and _KEPT.search(words):
        first = leading or inner[0] in ".\u2026"
        return len(words.split()) <= 12 if first else bool(_BEGINS_KEPT.match(words)) and len(words.split()) <= 6
    if dotted and _WHAT.search(words) and len(words.split()) <= 5 and (leading or inner[:1] in ".\u2026"):
        return True
    if text[0] in "[(<" and not _TAIL.search(text):
        return False
    if text[0] in "[(<*\"'" and text[:4] != "<!--":
        return bool(_SURE.match(words)) and text[0] != "*"
    return _SURE.match(words) is not None


def _is_spread(text: str) -> bool:
    """Whether a line is JavaScript's spread: dots right before a name or a bracket, and an expression, not words."""
    match = _SPREAD.match(text)
    if match is None or text.endswith("..."):
        return False
    name, bracketed = match[1], match[2]
    if name:
        return match.end(1) < len(text) or _ALONE.match(name) is None
    inner = bracketed[1:].rstrip(",;)]}")
    ends = bracketed.endswith((",", ";"))
    return ends or any(char in inner for char in "'\"[{=?&|<(") or not (" " in inner or _KEPT.match(inner))


def may_elide(lines: Iterable[str]) -> list[str]:
    """The lines that have what any has that stands for text left out: dots, or the beginning of a comment."""
    return [line for line in lines if line.lstrip()[:1] in _OPENERS or "..." in line or "\u2026" in line]


def is_body(line: str, previous: str) -> bool:
    """Whether ``line`` is indented as the body, or the rest of it, that ``previous`` begins."""
    deep, above = _depth(line), _depth(previous)
    if previous.rstrip().endswith(":"):
        return deep > above
    return previous.rstrip().endswith(('"""', "'''")) and deep == above > 0


def first_conflict(lines: Iterable[str], known: Callable[[str], bool]) -> str | None:
    """The line that opens a merge conflict among ``lines``, up to its end, not all of it known.

    It has a divider; marks alone on their lines are as good.
    """
    block: list[str] = []
    divided = False
    for line in lines:
        if line[:4] == "<<<<" and "SEARCH" not in line and _CONFLICT.match(line):
            block, divided = [line], False
            continue
        if not block:
            continue
        block.append(line)
        if line[:4] == "====" and not line.strip("= \t"):
            divided = True
        elif line[:4] == ">>>>" and _CONFLICT.match(line) and (divided or not (block[0] + line).strip("<> \t")):
            if not all(known(row) for row in block):
                return block[0]
            block = []
    return None


def first_placeholder(lines: Sequence[str], old: Sequence[str], known: Callable[[str], bool]) -> str | None:
    """The first line that stands for left-out text and is neither one of ``old`` nor known otherwise.

    A bare ``...`` is a Python body, not an elision, where it is indented as one: deeper than a line that ends with a
    colon, or as deep as the docstring right above it.
    """
    there = set(old)
    for n, line in enumerate(lines):
        if line not in there and may_elide((line,)) and is_elision(line) and not known(line):
            previous = next((lines[k] for k in range(n - 1, -1, -1) if lines[k].strip()), "")
            if not (line.strip() == "..." and is_body(line, previous)):
                return line
    return None


def swallowing_dots(lines: Sequence[str], old: Sequence[str]) -> str | None:
    """The first bare ``...`` that stands where ``old`` has several lines that are gone altogether."""
    dots = [n for n, line in enumerate(lines) if line.strip() == "..."]
    if not dots:
        return None
    now = set(map(str.strip, lines))
    for i1, i2, j1, j2 in changed_ranges(old, lines):
        first = bisect_left(dots, j1)
        if first == len(dots) or dots[first] >= j2:
            continue
        gone = sum(1 for line in old[i1:i2] if line.strip() not in now)
        added = sum(1 for line in lines[j1:j2] if line.strip(" \t."))
        if gone > max(1, added):
            return lines[dots[first]]
    return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
