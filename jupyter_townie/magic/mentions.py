"""Names that the user put into a prompt with ``@``: the only way a variable gets into it."""

from __future__ import annotations

import re
from collections.abc import Container

# Not after a word character or a dot: that is an e-mail address, a matrix product or a path.
_MENTION = re.compile(r"(?<![\w.@`])@([^\W\d]\w*)")
_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,}).*?(?:^[ ]{0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_DECORATED = re.compile(r"(?:[ \t]*@[\w.]+(?:\(.*\))?[ \t]*\n)+[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]")


def mentions(text: str) -> list[str]:
    """The names in ``text`` that have an ``@`` before them, each once, in order.

    A decorator above a function and anything in a fenced code block is code, not a mention.
    """
    fenced = [match.span() for match in _FENCE.finditer(text)]
    names: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        line_start = text.rfind("\n", 0, match.start()) + 1
        alone = not text[line_start : match.start()].strip()
        if alone and _DECORATED.match(text, match.start()):
            continue
        if any(start <= match.start() < end for start, end in fenced):
            continue
        names[match[1]] = None
    return list(names)


def split_known(names: list[str], namespace: Container[str]) -> tuple[list[str], list[str]]:
    """Those of ``names`` that exist in ``namespace``, and those that do not."""
    known = [name for name in names if name in namespace]
    return known, [name for name in names if name not in namespace]
