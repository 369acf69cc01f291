"""Calls that libraries want written in another form since: the same function, other arguments."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because
from .removed_arguments import without_argument

_SUMMARIES = frozenset(["mean", "sum", "first", "last", "max", "min", "count", "std", "var", "median", "ohlc"])


@because("pandas takes no `how` here any more; the method of that name follows.")
def resampled_how(case: Case) -> Fix | None:
    """``s.resample('W', how='mean')`` is ``s.resample('W').mean()`` since pandas 0.18 (whatsnew v0.18.0)."""
    if not re.search(r"resample\(\) got an unexpected keyword argument 'how'", case.evalue):
        return None
    calls = [
        (call, part)
        for call in case.statement_nodes(ast.Call)
        for part in call.keywords
        if part.arg == "how" and getattr(call.func, "attr", "") == "resample"
    ]
    if len(calls) != 1:
        return None
    call, how = calls[0]
    value = how.value.value if isinstance(how.value, ast.Constant) else None
    if value not in _SUMMARIES:
        return None
    end = case.span(call)[1]
    return case.replace([without_argument(case, call, how), Replacement(end, end, f".{value}()")])


@because("PyYAML has to be told how much it may load; `safe_load` loads plain data.")
def loaded_safely(case: Case) -> Fix | None:
    """``yaml.load(text)`` needs a loader since PyYAML 6."""
    if "load() missing 1 required positional argument: 'Loader'" not in case.evalue:
        return None
    calls = [call for call in case.statement_nodes(ast.Call) if full_path(case, call.func) == "yaml.load"]
    if len(calls) != 1 or len(calls[0].args) != 1 or calls[0].keywords:
        return None
    end = case.span(calls[0].func)[1]
    return case.replace([Replacement(end - len("load"), end, "safe_load")])
