"""``df.drop('age')`` and ``df.apply(by_row)`` work on rows and on columns by default, and the other was meant."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .misspelt_key import wanted_keys
from .reasons import because


@because("Without `axis=1`, `drop` looks for a row of that label.")
def dropped_column(case: Case) -> Fix | None:
    """``df.drop('age')`` where no row has that label and a column has it."""
    if "not found in axis" not in case.evalue:
        return None
    labels = set(wanted_keys(case))
    calls = [call for call in case.statement_nodes(ast.Call) if _is_method(call, "drop") and len(call.args) == 1]
    if len(calls) != 1 or any(part.arg not in ("inplace", "errors") for part in calls[0].keywords):
        return None
    call = calls[0]
    argument = call.args[0]
    written = argument.elts if isinstance(argument, (ast.List, ast.Tuple)) else [argument]
    if not labels or labels != {part.value for part in written if isinstance(part, ast.Constant)}:
        return None
    if not labels <= _columns(case, call):
        return None
    end = case.span(argument)[1]
    return case.replace([Replacement(end, end, ", axis=1")])


@because("Without `axis=1`, the function gets columns and not rows.")
def applied_by_row(case: Case) -> Fix | None:
    """``df.apply(lambda row: row['age'] + 1)``: what looks up columns has to be given rows."""
    missing = re.fullmatch(r"'([^']+)'", case.evalue) or re.search(
        r"'Series' object has no attribute '(\w+)'", case.evalue
    )
    if missing is None:
        return None
    key = missing.group(1)
    calls = [
        call
        for call in ast.walk(case.tree(case.failing) or ast.Module([], []))
        if isinstance(call, ast.Call) and _is_method(call, "apply") and len(call.args) == 1 and not call.keywords
    ]
    calls = [call for call in calls if key in _columns(case, call) and _takes_from_row(case, call.args[0], key)]
    if len(calls) != 1:
        return None
    end = case.span(calls[0].args[0], case.failing)[1]
    return case.replace([Replacement(end, end, ", axis=1")], case.failing)


def _is_method(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == name


def _columns(case: Case, call: ast.Call) -> set[str]:
    """The columns of the table whose method is called: one with a name, or a choice of its columns."""
    assert isinstance(call.func, ast.Attribute)
    owner, chosen = call.func.value, None
    if isinstance(owner, ast.Subscript) and isinstance(owner.slice, ast.List):
        chosen = {part.value for part in owner.slice.elts if isinstance(part, ast.Constant)}
        owner = owner.value
    known = case.object(case.text(owner, case.failing)) or {}
    columns = set(known.get("columns") or []) if known.get("type") == "DataFrame" else set()
    return columns if chosen is None else columns & chosen


def _takes_from_row(case: Case, function: ast.expr, key: str) -> bool:
    """Whether a function takes *key* from its first parameter."""
    definitions: list[ast.Lambda | ast.FunctionDef] = [function] if isinstance(function, ast.Lambda) else []
    if isinstance(function, ast.Name):
        definitions = [
            node
            for index in range(len(case.cells))
            for node in ast.walk(case.tree(index) or ast.Module([], []))
            if isinstance(node, ast.FunctionDef) and node.name == function.id
        ]
    if len(definitions) != 1 or not definitions[0].args.args or case.place is None:
        return False
    failed_in = (case.place.function or "").partition("(")[0]
    if failed_in != ("<lambda>" if isinstance(function, ast.Lambda) else getattr(function, "id", "")):
        return False
    row = definitions[0].args.args[0].arg
    return any(
        getattr(getattr(node, "value", None), "id", "") == row
        and (
            (isinstance(node, ast.Subscript) and getattr(node.slice, "value", None) == key)
            or (isinstance(node, ast.Attribute) and node.attr == key)
        )
        for node in ast.walk(definitions[0])
    )
