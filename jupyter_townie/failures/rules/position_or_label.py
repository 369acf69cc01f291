"""``df.ix[...]``, which pandas 1.0 removed: ``loc`` for labels, ``iloc`` where only positions can be meant."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_INTEGERS = frozenset(["RangeIndex", "Int64Index", "UInt64Index"])


@because("pandas 1.0 has removed `ix`; `loc` takes labels, `iloc` positions.")
def position_or_label(case: Case) -> Fix | None:
    if not re.search(r"'(?:DataFrame|Series)' object has no attribute 'ix'", case.evalue):
        return None
    failing = [node for node in case.statement_nodes(ast.Attribute) if node.attr == "ix"]
    owners = {case.text(node.value) for node in failing}
    if len(owners) != 1:
        return None
    obj = case.error.get("obj") or {}
    replacements = []
    for node in ast.walk(case.failing_tree or ast.Module([], [])):
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Attribute):
            continue
        if node.value.attr == "ix" and case.text(node.value.value) in owners:
            indexer = _indexer(node.slice, str(obj.get("index") or ""))
            if indexer is None:
                return None
            end = case.span(node.value)[1]
            replacements.append(Replacement(end - len("ix"), end, indexer))
    return case.replace(replacements) if replacements else None


def _indexer(inside: ast.expr, index: str) -> str | None:
    """What takes *inside* as ``ix`` took it, over an index of the class *index*; None where nothing tells."""
    row, *columns = inside.elts if isinstance(inside, ast.Tuple) else [inside]
    if len(columns) > 1:
        return None
    rows = _kind(row)
    if columns and _kind(columns[0]) not in ("label", "all"):
        return None
    if rows in ("label", "mask", "all") or (rows in ("number", "variable") and index in _INTEGERS):
        return "loc"
    return "iloc" if rows == "number" and index == "DatetimeIndex" and not columns else None


def _kind(node: ast.expr | None) -> str:
    """``label``, ``number``, ``mask``, ``all`` (a colon alone) or ``variable``."""
    if isinstance(node, ast.Slice):
        kinds = {_kind(end) for end in (node.lower, node.upper) if end is not None}
        return kinds.pop() if len(kinds) == 1 and node.step is None else "variable" if kinds else "all"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return "variable"
    if isinstance(node, ast.Constant):
        return "label" if isinstance(node.value, str) else "number"
    if isinstance(node, ast.List) and node.elts:
        kinds = {_kind(one) for one in node.elts}
        return kinds.pop() if len(kinds) == 1 else "variable"
    if isinstance(node, (ast.Compare, ast.BinOp, ast.UnaryOp)) and any(
        isinstance(part, ast.Compare) for part in ast.walk(node)
    ):
        return "mask"
    return "variable"
