"""``length(words)``, as R, MATLAB and SQL have it: Python's is ``len``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from ..spelling import near_match
from .reasons import because

_NAME = re.compile(r"name '(\w+)' is not defined")
_COUNTED = frozenset(["str", "list", "dict", "set", "Series"])
"""What has no other length: an array or a tuple may be a vector, a table's is its columns in R."""


@because("The function that counts is called `len` in Python.")
def length_function(case: Case) -> Fix | None:
    found = _NAME.search(case.evalue)
    name = found.group(1) if found else ""
    if case.place is None or "length" not in (name, near_match(name, ["length"], api=True)):
        return None
    if any(name in {*flow.defines, *flow.uses} for _, flow in case.flows()) or near_match(name, case.names):
        return None
    every = list(ast.walk(case.failing_tree or ast.Module([], [])))
    nodes = [node for node in every if isinstance(node, ast.Name) and node.id == name]
    counting = {id(node.func) for node in every if isinstance(node, ast.Call) and _counts(case, node)}
    if not nodes or not {id(node) for node in nodes} <= counting:
        return None
    return case.replace([Replacement(*case.span(node), "len") for node in nodes])


def _counts(case: Case, call: ast.Call) -> bool:
    """Whether the only argument is a name for something counted; ``length(v)`` may be asked of a vector."""
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Name):
        return False
    name = call.args[0].id
    return len(name) > 1 and case.names.get(name) in _COUNTED
