"""What is iterated is not quite what was meant: a dictionary for its items, numbers where ``join`` wants text."""

# ruff: noqa: E501 -- patterns read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because


@because("A loop over a dictionary gives its keys; `items()` gives both.")
def items_of_dictionary(case: Case) -> Fix | None:
    """``for name, age in ages:`` over a dictionary, whose keys are no pairs."""
    if not re.search(
        r"too many values to unpack \(expected 2|not enough values to unpack \(expected 2|cannot unpack non-iterable int",
        case.evalue,
    ):
        return None
    every: list[ast.For | ast.comprehension] = [
        *case.statement_nodes(ast.For),
        *case.statement_nodes(ast.comprehension),
    ]
    loops = [loop for loop in every if isinstance(loop.target, ast.Tuple) and len(loop.target.elts) == 2]
    if len(loops) != 1 or not isinstance(loops[0].iter, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    if case.place is None or not loops[0].iter.lineno <= case.place.line <= (loops[0].iter.end_lineno or 0):
        return None
    known = case.object(case.text(loops[0].iter)) or {}
    # Of other keys than text and whole numbers, which could be pairs, the kernel tells nothing.
    if known.get("type") not in ("dict", "defaultdict", "Counter", "OrderedDict") or not known.get("keys"):
        return None
    if known.get("length") not in (None, len(known["keys"])):
        return None
    end = case.span(loops[0].iter)[1]
    return case.replace([Replacement(end, end, ".items()")])


@because("`join` takes text only; each number has to become text first.")
def joined_numbers(case: Case) -> Fix | None:
    """``', '.join(numbers)``: each number becomes text first."""
    if not re.search(r"sequence item \d+: expected str instance, (?:int|float|numpy\.\w+|bool) found", case.evalue):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "join" and len(call.args) == 1
    ]
    if len(calls) != 1 or not isinstance(calls[0].args[0], (ast.Name, ast.Attribute, ast.Subscript, ast.ListComp)):
        return None
    if {"map", "str"} & set(case.names):
        return None
    argument = calls[0].args[0]
    return case.replace([Replacement(*case.span(argument), f"map(str, {case.text(argument)})")])


@because("The bracket of `print` closes before the values.")
def formatted_print(case: Case) -> Fix | None:
    """``print("%d rows") % n``: the bracket closes before the values."""
    if "'NoneType'" not in case.evalue or case.place is None:
        return None
    statements = [
        node.value
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Expr) and node.lineno <= case.place.line <= (node.end_lineno or 0)
    ]
    if len(statements) != 1:
        return None
    value = statements[0]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mod) and "for %:" in case.evalue:
        printed = value.left
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        printed = value.func.value
    else:
        return None
    if not (isinstance(printed, ast.Call) and getattr(printed.func, "id", "") == "print") or printed.keywords:
        return None
    text = printed.args[0] if len(printed.args) == 1 else None
    if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return None
    if ("%" if isinstance(value, ast.BinOp) else "{") not in text.value:
        return None
    closing, end = case.span(printed)[1], case.span(value)[1]
    return case.replace([Replacement(closing - 1, closing, ""), Replacement(end, end, ")")])
