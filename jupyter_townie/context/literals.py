"""Literals that a match must contain, so that a text is searched with few of many patterns.

A substring is found many times faster than a pattern.  What is derived here is derived from the pattern itself, as
``re`` parses it, so that patterns of other packages may change; where nothing is sure, nothing is said.
"""

from __future__ import annotations

import importlib
import re
import sys
from typing import Any

SHORTEST = 2
"""Characters of the shortest literal worth looking for; a single one is on nearly every line."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


def folded(text: str) -> str:
    """*text* in which a literal in lower case stands wherever ``re.IGNORECASE`` would see it; of the same length.

    ``re`` takes the dotted and the dotless i for an i, and the long s for an s, which ``str.lower`` does not.
    """
    if not text.isascii():
        text = text.replace("\u0130", "i").replace("\u0131", "i").replace("\u017f", "s")
    return text.lower()


def required(pattern: re.Pattern[str]) -> frozenset[str] | None:
    """Literals of which every match contains at least one; None when there are none that are long enough.

    In lower case, to be looked for in :func:`folded` text, if the pattern ignores case.
    """
    try:
        parser = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
        found = _best(parser.parse(pattern.pattern, pattern.flags), bool(pattern.flags & re.IGNORECASE))
    except Exception:
        # The parser is not part of the public library: another version of it costs time, never a match.
        return None
    return found if found and min(map(len, found)) >= SHORTEST else None


def _best(items: Any, fold: bool) -> frozenset[str] | None:
    candidates: list[frozenset[str]] = []
    run = ""
    for operator, value in items:
        name = str(operator)
        if name == "LITERAL" and (value < 128 or not fold):
            run += chr(value).lower() if fold else chr(value)
            continue
        if run:
            candidates.append(frozenset([run]))
            run = ""
        found: frozenset[str] | None = None
        if name == "SUBPATTERN":
            _, added, removed, inner = value
            found = None if (added | removed) & re.IGNORECASE else _best(inner, fold)
        elif name == "BRANCH":
            branches = [_best(branch, fold) for branch in value[1]]
            sure = [branch for branch in branches if branch]
            found = frozenset().union(*sure) if len(sure) == len(branches) else None
        elif name in _REPEATS and value[0] >= 1:
            found = _best(value[2], fold)
        if found:
            candidates.append(found)
    if run:
        candidates.append(frozenset([run]))
    if not candidates:
        return None
    best = max(candidates, key=lambda literals: (min(map(len, literals)), -len(literals)))
    return frozenset(one for one in best if not any(other in one for other in best - {one}))
