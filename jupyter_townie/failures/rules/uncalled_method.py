"""A method that was never called: ``for key, value in d.items:``, ``prices.mean / 2``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_MESSAGE = re.compile(r"['\"](?:method|builtin_function_or_method|method-wrapper)['\"]")
_WITHOUT_ARGUMENTS = frozenset(
    [
        "items",
        "keys",
        "values",
        "mean",
        "median",
        "sum",
        "std",
        "var",
        "min",
        "max",
        "upper",
        "lower",
        "strip",
        "title",
        "split",
        "splitlines",
        "read",
        "readlines",
        "copy",
        "tolist",
        "to_list",
        "to_numpy",
        "unique",
        "nunique",
        "value_counts",
        "describe",
        "corr",
        "reset_index",
        "isnull",
        "isna",
        "notnull",
        "dropna",
    ]
)
"""Methods that are mostly called with nothing in their parentheses."""


_OF_TEXT = frozenset(["lower", "upper", "strip", "lstrip", "rstrip", "title", "capitalize", "casefold", "swapcase"])


@because("This is the method itself; its parentheses are missing.")
def uncalled_method(case: Case) -> Fix | None:
    if not _MESSAGE.search(case.evalue):
        return None
    if "'builtin_function_or_method' object has no attribute" in case.evalue:
        return _of_text(case)
    called = {id(call.func) for call in case.statement_nodes(ast.Call)}
    within = case.nodes(ast.Attribute) or case.statement_nodes(ast.Attribute)
    methods = [node for node in within if node.attr in _WITHOUT_ARGUMENTS and id(node) not in called]
    methods = [node for node in methods if not isinstance(node.ctx, ast.Store)]
    if len(methods) != 1 or _is_sliced_by_number(case, methods[0]):
        return None
    signature = (case.object(case.text(methods[0])) or {}).get("signature") or []
    if any(not default and kind in ("p", "n", "k") for _, kind, default in signature):
        return None
    end = case.span(methods[0])[1]
    return case.replace([Replacement(end, end, "()")])


def _of_text(case: Case) -> Fix | None:
    """``name.lower.split()``; of ``d.values.tolist()``, the view that a call gives would lack the method as well."""
    found = [
        node.value
        for node in case.nodes(ast.Attribute)
        if isinstance(node.value, ast.Attribute) and node.value.attr in _OF_TEXT and hasattr(str, node.attr)
    ]
    if len(found) != 1:
        return None
    end = case.span(found[0])[1]
    return case.replace([Replacement(end, end, "()")])


def _is_sliced_by_number(case: Case, method: ast.Attribute) -> bool:
    """Whether a number in brackets follows that may be the argument, rather than a place in what the call gives."""
    return any(
        node.value is method and method.attr not in ("readlines", "tolist", "to_list", "unique")
        for node in case.statement_nodes(ast.Subscript)
        if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str))
    )
