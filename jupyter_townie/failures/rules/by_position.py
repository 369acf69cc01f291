"""``counts.get(word, default=0)``: some functions of Python itself take no argument by name."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_DEFAULTS = frozenset(["get", "pop", "setdefault", "next", "getattr"])


@because("This function takes its arguments by position only.")
def by_position(case: Case) -> Fix | None:
    found = re.search(r"(\w+)\(\) takes no keyword arguments", case.evalue)
    if not found or found.group(1) not in _DEFAULTS:
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")) == found.group(1)
    ]
    if len(calls) != 1 or [part.arg for part in calls[0].keywords] != ["default"]:
        return None
    default = calls[0].keywords[0]
    return case.replace([Replacement(*case.span(default), case.text(default.value))])
