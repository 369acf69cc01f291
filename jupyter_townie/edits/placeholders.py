"""Lines that stand for text the model left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_OPENERS = "#/-;%<{\"'[(*"
_DOTS = re.compile(r"(?:\.{3,}|\u2026|\[\.{3,}\]|\(\.{3,}\)|<\.{3,}>)$")
_COMMENT = re.compile(r"(?:#+|//+|--|;+|%+|/\*+|<!--|\{/\*|\"\"\"|'''|\.\.\.|\u2026|\[|\(|<|\*)\s{0,4}(.{0,200})$")
_TAIL = re.compile(r"(?:\*/\}?|-->|\"\"\"|'''|\]|\)|>)\s*$")
_KEPT = re.compile(
    r"\b(?:rest|remainder|remaining|existing|previous|unchanged|original|same|as before|other|omitted|truncated|"
    r"snip(?:ped)?|elided|keep|above|below)\b",
    re.IGNORECASE,
)
_WHAT = re.compile(
    r"\b(?:code|function|method|class|file|content|contents|implementation|import|imports|lines?|logic|stays?|"
    r"remains?|unchanged|same|here|body|cell|section|part|parts|fields|properties|cases|tests|omitted|as before|"
    r"everything|definitions?|methods|functions|goes|above|below|script|module|document|text|styles?|html)\b",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"\b(?:(?:the )?rest (?:of|is|stays|remains)|(?:remaining|existing|previous|original|other) (?:\w+ ){0,2}"
    r"(?:code|function|functions|method|methods|class|content|contents|implementation|imports|lines|logic|file|cell|"
    r"tests|cases)\b|(?:code|everything|file|lines?|logic|implementation|function|method|class|body) "
    r"(?:(?:above|below|here|else) )?(?:is |are |stays? |remains? |left )?(?:the )?"
    r"(?:unchanged|same|omitted|truncated|as before)|"
    r"(?:unchanged|same|identical) (?:code|as before|as above|lines?|from here)|no changes? (?:here|below|above|needed)|"
    r"omitted for brevity|for brevity|(?:your|keep(?: the| all)?) (?:existing|original|other))",
    re.IGNORECASE,
)


def is_elision(line: str) -> bool:
    """Whether a line says "here is text that I do not repeat": dots alone, or a comment with dots or such words."""
    text = line.strip()
    if not text or len(text) > 200:
        return False
    if _DOTS.match(text):
        return True
    match = _COMMENT.match(text)
    if not match:
        return False
    inner = _TAIL.sub("", match[1]).strip()
    leading = text[:3] == "..." or text[:1] == "\u2026"
    dotted = leading or inner[:3] == "..." or inner[:1] == "\u2026" or inner[-3:] == "..." or inner[-1:] == "\u2026"
    if not inner.strip(". \u2026"):
        return dotted
    words = inner.strip(".\u2026 \t-=*")
    if dotted and _KEPT.search(words):
        return True
    if dotted and _WHAT.search(words) and len(words.split()) <= 5 and (leading or inner[:1] in ".\u2026"):
        return True
    if text[0] in "[(<" and not _TAIL.search(text):
        return False
    if text[0] in "[(<*\"'" and not (text[:4] == "<!--"):
        return bool(_SURE.search(words)) and len(words.split()) <= 8 and text[0] != "*"
    return bool(_SURE.search(words)) and len(words.split()) <= 9


def stands_for_more(line: str, previous: str) -> bool:
    """Whether an added line stands for text that was left out; ``previous`` is the written line before it.

    A bare ``...`` under a line that ends with a colon or a closed docstring is a Python body, not an elision.
    """
    text = line.strip()
    if not text or not ("..." in text or "\u2026" in text or text[0] in _OPENERS) or not is_elision(text):
        return False
    return not (text == "..." and previous.rstrip().endswith((":", '"""', "'''")))


def first_placeholder(lines: Iterable[str], known: Callable[[str], bool]) -> str | None:
    """The first line that stands for left-out text and is not (stripped) known."""
    previous = ""
    for line in lines:
        if stands_for_more(line, previous) and not known(line.strip()):
            return line
        if line.strip():
            previous = line
    return None
