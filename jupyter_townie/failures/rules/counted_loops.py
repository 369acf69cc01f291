"""``for i in len(words):`` where the positions are meant."""

from __future__ import annotations

import ast

from ..case import Case, Fix, Replacement
from .reasons import because


@because("A length is one number; a loop over the positions needs `range`.")
def loop_over_length(case: Case) -> Fix | None:
    """``for i in len(words):`` whose body takes ``words[i]``: the positions are meant."""
    if "'int' object is not iterable" not in case.evalue or case.place is None:
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
