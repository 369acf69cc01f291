"""``df[(a > 1) and (b < 2)]``: two masks are combined element by element, with ``&`` and ``|``, each in parentheses."""

from __future__ import annotations

import ast

from ..case import Case, Fix, Replacement
from .reasons import because

_TABLES = ("DataFrame", "Series")
_WORDS: dict[type[ast.boolop], tuple[str, str]] = {ast.And: ("and", "&"), ast.Or: ("or", "|")}
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)


@because("Masks are combined element by element, with `&` and `|`.")
def combined_masks(case: Case) -> Fix | None:
    """Comparisons of a table's own columns, joined by ``and`` or ``or`` where the table takes a mask."""
    if "truth value of a Series is ambiguous" not in case.evalue:
        return None
    masks = [(node, node.slice) for node in case.statement_nodes(ast.Subscript) if isinstance(node.slice, ast.BoolOp)]
    if len(masks) != 1 or (owner := _table(case, masks[0][0])) is None:
        return None
    joined = masks[0][1]
    if not all(_compares_column(part, owner, case) for part in joined.values):
        return None
    source = case.cells[case.place.cell if case.place else case.failing]
    replacements = []
    word, sign = _WORDS[type(joined.op)]
    for left, right in zip(joined.values, joined.values[1:], strict=False):
        first, last = case.span(left)[1], case.span(right)[0]
        closing, found, opening = source[first:last].partition(word)
        if not found or closing.strip() not in ("", ")") or opening.strip() not in ("", "("):
            return None
        replacements.append(Replacement(first + len(closing), first + len(closing) + len(word), sign))
    return case.replace(replacements + [one for part in joined.values for one in _in_parentheses(case, part)])


@because("`&` and `|` bind more tightly than comparisons, which need parentheses.")
def unbracketed_masks(case: Case) -> Fix | None:
    """``df[df.a > 1 & df.b < 2]``: ``&`` binds more tightly than the comparisons on its sides."""
    for subscript in case.statement_nodes(ast.Subscript):
        chain, owner = subscript.slice, _table(case, subscript)
        if owner is None or not isinstance(chain, ast.Compare) or len(chain.ops) != 2:
            continue
        middle, last = chain.comparators
        if not isinstance(middle, ast.BinOp) or not isinstance(middle.op, (ast.BitAnd, ast.BitOr)):
            continue
        if not _is_column(chain.left, owner, case) or not _is_column(middle.right, owner, case):
            continue
        if _is_column(middle.left, owner, case) or _is_column(last, owner, case):
            continue
        sides = [(chain.left, middle.left), (middle.right, last)]
        return case.replace(
            [
                one
                for left, right in sides
                for one in (
                    Replacement(case.span(left)[0], case.span(left)[0], "("),
                    Replacement(case.span(right)[1], case.span(right)[1], ")"),
                )
            ]
        )
    return None


def _table(case: Case, subscript: ast.Subscript) -> str | None:
    """The name of the table that takes the mask."""
    owner = subscript.value
    if isinstance(owner, ast.Attribute) and owner.attr == "loc":
        owner = owner.value
    text = case.text(owner)
    return text if (case.object(text) or {}).get("type") in _TABLES else None


def _compares_column(node: ast.expr, owner: str, case: Case) -> bool:
    """Whether *node* is one comparison (no chain, no `in`) with a column of the table, so that it gives a mask."""
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return False
    return isinstance(node.ops[0], _COMPARISONS) and _is_column(node.left, owner, case)


def _is_column(node: ast.expr, owner: str, case: Case) -> bool:
    return isinstance(node, (ast.Subscript, ast.Attribute)) and case.text(node.value) == owner


def _in_parentheses(case: Case, part: ast.expr) -> list[Replacement]:
    source = case.cells[case.place.cell if case.place else case.failing]
    start, end = case.span(part)
    if source[:start].rstrip().endswith("(") and source[end:].lstrip().startswith(")"):
        return []
    return [Replacement(start, start, "("), Replacement(end, end, ")")]
