"""``range(n / 2)``: since Python 3 a division of whole numbers gives a float, which no position or count can be."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_MESSAGE = re.compile(
    r"'float' object cannot be interpreted as an integer|indices must be integers(?: or slices)?, not '?float"
    r"|slice indices must be integers|only integers, slices|can't multiply sequence by non-int of type 'float'"
)


@because("In Python 3, `/` gives a float; `//` gives a whole number.")
def whole_division(case: Case) -> Fix | None:
    if not _MESSAGE.search(case.evalue):
        return None
    divisions = [node for node in _counts(case) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)]
    divisions = [node for node in divisions if _is_whole(case, node.left) and _is_whole(case, node.right)]
    if len(divisions) != 1:
        return None
    start, end = case.span(divisions[0].left)[1], case.span(divisions[0].right)[0]
    sign = case.cells[case.place.cell if case.place else case.failing].index("/", start, end)
    return case.replace([Replacement(sign, sign + 1, "//")])


def _counts(case: Case) -> list[ast.AST]:
    """The expressions of the failing statement that have to be whole numbers."""
    found: list[ast.AST] = []
    for call in case.statement_nodes(ast.Call):
        found += call.args if getattr(call.func, "id", "") == "range" else []
    for subscript in case.statement_nodes(ast.Subscript):
        part = subscript.slice
        found += [one for one in (part.lower, part.upper, part.step) if one] if isinstance(part, ast.Slice) else [part]
    for product in case.statement_nodes(ast.BinOp):
        if isinstance(product.op, ast.Mult) and any(
            isinstance(side, (ast.List, ast.JoinedStr)) or isinstance(getattr(side, "value", None), str)
            for side in (product.left, product.right)
        ):
            found += [product.left, product.right]
    return found


def _is_whole(case: Case, node: ast.expr) -> bool:
    """Whether it is a whole number beyond doubt."""
    if isinstance(node, ast.Constant):
        return type(node.value) is int and node.value != 0
    if isinstance(node, ast.BinOp):
        whole = isinstance(node.op, (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod))
        return whole and _is_whole(case, node.left) and _is_whole(case, node.right)
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", "") == "len" and "len" not in case.names
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return isinstance(node, ast.Name) and case.names.get(node.id) == "int"
