"""``df[(a > 1) and (b < 2)]``: two masks are combined element by element, with ``&`` and ``|``."""

from __future__ import annotations

import ast

from ..case import Case, Fix, Replacement

_TABLES = ("DataFrame", "Series")
_OPERATORS: dict[type[ast.boolop], str] = {ast.And: "&", ast.Or: "|"}


def combined_masks(case: Case) -> Fix | None:
    """Comparisons of a table's own columns, joined by ``and`` or ``or`` where the table takes a mask."""
    if "truth value of a Series is ambiguous" not in case.evalue:
        return None
    masks = [(node, node.slice) for node in case.statement_nodes(ast.Subscript) if isinstance(node.slice, ast.BoolOp)]
    if len(masks) != 1:
        return None
    subscript, joined = masks[0]
    owner = subscript.value
    if isinstance(owner, ast.Attribute) and owner.attr == "loc":
        owner = owner.value
    if (case.object(case.text(owner)) or {}).get("type") not in _TABLES:
        return None
    source = case.text(subscript)
    start = case.span(subscript)[0]
    replacements = []
    previous: ast.expr | None = None
    for part in joined.values:
        if not _compares_column(part, case.text(owner), case):
            return None
        if previous is not None:
            first, last = case.span(previous)[1], case.span(part)[0]
            between = source[first - start : last - start]
            # Without the parentheses `&` would bind more tightly than the comparisons.
            word = "and" if isinstance(joined.op, ast.And) else "or"
            closing, found, opening = between.partition(word)
            if not found or closing.strip() != ")" or opening.strip() != "(":
                return None
            place = first + len(closing)
            replacements.append(Replacement(place, place + len(word), _OPERATORS[type(joined.op)]))
        previous = part
    return case.replace(replacements)


def _compares_column(node: ast.expr, owner: str, case: Case) -> bool:
    """Whether *node* is one comparison (no chain, no `in`) with a column of the table, so that it gives a mask."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return False
    if not isinstance(node.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)):
        return False
    left = node.left
    return isinstance(left, (ast.Subscript, ast.Attribute)) and case.text(left.value) == owner
