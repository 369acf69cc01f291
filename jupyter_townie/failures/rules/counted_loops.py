"""``for i in len(words):`` where the positions are meant."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because


@because("A length is one number; a loop over the positions needs `range`.")
def loop_over_length(case: Case) -> Fix | None:
    """``for i in len(words):`` or ``for i in range(words):`` whose body takes ``words[i]``: the positions are meant."""
    if case.place is None:
        return None
    if re.match(r"'(?:list|tuple|str)' object cannot be interpreted as an integer", case.evalue):
        return _range_of_list(case)
    if "'int' object is not iterable" not in case.evalue:
        return None
    found = []
    loops: list[ast.For | ast.comprehension] = [
        *case.statement_nodes(ast.For),
        *case.statement_nodes(ast.comprehension),
    ]
    for loop in loops:
        counted = loop.iter
        if isinstance(counted, ast.Call) and getattr(counted.func, "id", "") == "len" and len(counted.args) == 1:
            found.append((loop, counted))
    if len(found) != 1:
        return None
    loop, counted = found[0]
    indexed = any(
        isinstance(node, ast.Subscript) and case.text(node.slice) == case.text(loop.target)
        for node in case.statement_nodes(ast.Subscript)
    )
    if not indexed or not isinstance(loop.target, ast.Name) or "range" in case.names:
        return None
    return case.replace([Replacement(*case.span(counted), f"range({case.text(counted)})")])


def _range_of_list(case: Case) -> Fix | None:
    loops: list[ast.For | ast.comprehension] = [
        *case.statement_nodes(ast.For),
        *case.statement_nodes(ast.comprehension),
    ]
    found = [loop.iter for loop in loops if _counts_items_of(case, loop)]
    if len(found) != 1 or not isinstance(found[0], ast.Call) or {"range", "len"} & set(case.names):
        return None
    counted = found[0].args[0]
    return case.replace([Replacement(*case.span(counted), f"len({case.text(counted)})")])


def _counts_items_of(case: Case, loop: ast.For | ast.comprehension) -> bool:
    """Whether it is ``for i in range(words)``, and ``words[i]`` is taken in it."""
    call = loop.iter
    if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "range" and len(call.args) == 1):
        return False
    counted, target = case.text(call.args[0]), case.text(loop.target)
    return any(
        case.text(item.value) == counted and case.text(item.slice) == target
        for item in case.statement_nodes(ast.Subscript)
    )
