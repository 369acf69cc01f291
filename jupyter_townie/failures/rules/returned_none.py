"""``rows = rows.append(x)``: what changes an object in place returns None, which then takes the object's place."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_LIST_METHODS = frozenset(["append", "extend", "insert", "remove", "sort", "reverse"])


@because("What changes an object in place returns None, which took the object's place.")
def changed_in_place(case: Case) -> Fix | None:
    """Drop the assignment, where the cell itself makes the object anew before: elsewhere the object is lost."""
    found = re.match(r"'NoneType' object has no attribute '(\w+)'", case.evalue)
    if found is None or case.place is None:
        return None
    if case.place.cell != case.failing or case.place.function or case.failing_tree is None:
        return None
    names = {node.value.id for node in case.nodes(ast.Attribute) if isinstance(node.value, ast.Name)}
    lost = [name for name in names if (case.object(name) or {}).get("type") == "NoneType"]
    if len(lost) != 1:
        return None
    name = lost[0]
    bindings = [
        node
        for node in ast.walk(case.failing_tree)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]
    assignments = [
        node
        for node in ast.walk(case.failing_tree)
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and node.targets[0] in bindings
    ]
    if len(bindings) != 2 or len(assignments) != 2:
        return None
    made, changed = sorted(assignments, key=lambda node: node.lineno)
    if isinstance(made.value, (ast.List, ast.ListComp)) and not hasattr(list, found.group(1)):
        return None
    if made not in case.failing_tree.body or not _changes(name, made.value, changed.value):
        return None
    start, end = case.span(changed)[0], case.span(changed.value)[0]
    return case.replace([Replacement(start, end, "")])


def _changes(name: str, made: ast.expr, value: ast.expr) -> bool:
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute)):
        return False
    if not (isinstance(value.func.value, ast.Name) and value.func.value.id == name):
        return False
    if isinstance(made, (ast.List, ast.ListComp)):
        return value.func.attr in _LIST_METHODS
    return isinstance(made, ast.Call) and any(
        part.arg == "inplace" and isinstance(part.value, ast.Constant) and part.value.value is True
        for part in value.keywords
    )
