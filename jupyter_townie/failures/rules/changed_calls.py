"""Calls that libraries want written in another form since: the same function, other arguments."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .api_table import api
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


_REMOVED = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'|`np\.(\w+)` was removed")


@because("A newer version of the library does this by another call.")
def replaced_call(case: Case) -> Fix | None:
    """``np.asfarray(x)`` is ``np.asarray(x, dtype=float)``: everywhere in the cell, as the next line would fail too."""
    found = _REMOVED.search(case.evalue)
    old = f"{found.group(1) or 'numpy'}.{found.group(2) or found.group(3)}" if found else ""
    template = api("calls").get(old)
    if template is None or case.failing_tree is None:
        return None
    replacements = []
    for node in ast.walk(case.failing_tree):
        if not isinstance(node, ast.Call) or full_path(case, node.func) != old:
            continue
        text = _filled(case, node, template)
        if text is None:
            return {}
        replacements.append(Replacement(*case.span(node), text))
    return case.replace(replacements)


def _filled(case: Case, call: ast.Call, template: str) -> str | None:
    """The new call with the arguments of the old one; None where they are not those that it is known for."""
    assert isinstance(call.func, ast.Attribute)
    if not call.args or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    argument = case.text(call.args[0])
    module = case.text(call.func.value) if template.startswith(".") else ""
    if "{*}" in template:
        more = [case.text(one) for one in [*call.args[1:], *call.keywords]]
        return module + template.replace("{*}", ", ".join(more)).replace("{}", argument) if more else None
    if len(call.args) != 1:
        return None
    if template.startswith("{}") and not isinstance(call.args[0], (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        argument = f"({argument})"
    names = [part.arg for part in call.keywords]
    if call.keywords and (template.startswith("{}") or any(name is None or f" {name}=" in template for name in names)):
        return None
    kept = "".join(f", {case.text(part)}" for part in call.keywords)
    return module + template.replace("{}", argument + kept)
