"""What was a list in Python 2: ``map``, ``filter``, ``zip``, ``range`` and the views of a dictionary."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ..case import Case, Fix, Replacement
from .reasons import because

_LAZY = frozenset(["map", "filter", "zip", "dict_keys", "dict_values", "dict_items"])
_LIST_METHODS = "sort|reverse|append|extend|insert|remove|pop|index|count"
_KINDS = "|".join(sorted(_LAZY))
_WITHOUT_POSITIONS = re.compile(rf"'({_KINDS})' object is not subscriptable")
_WITHOUT_LENGTH = re.compile(r"object of type '(map|filter|zip)' has no len\(\)")
_WITHOUT_METHOD = re.compile(rf"'({_KINDS}|range)' object has no attribute '({_LIST_METHODS})'")
_UNCHANGEABLE = re.compile(r"'(range)' object does not support item (?:assignment|deletion)")
_ADDED = re.compile(r"unsupported operand type\(s\) for \+: '(\w+)' and '(\w+)'")


@because("In Python 3 this is no list until it is made one.")
def listed_view(case: Case) -> Fix | None:
    """``pairs = zip(a, b)`` and then ``pairs[0]``, ``len(map(f, x))``, ``d.keys() + e.keys()``."""
    for message in (_WITHOUT_POSITIONS, _WITHOUT_LENGTH, _WITHOUT_METHOD, _UNCHANGEABLE):
        found = message.search(case.evalue)
        if found:
            return _list_of(case, found.group(1))
    added = _ADDED.search(case.evalue)
    return _added_lists(case, *added.groups()) if added else None


def _list_of(case: Case, kind: str) -> Fix | None:
    """The call that gives the object, or the one assignment that gives it its name, within ``list()``."""
    direct = [owner for owner in _owners(case) if isinstance(owner, ast.Call) and _gives(owner, kind)]
    if direct:
        return _wrapped(case, direct) if len(direct) == 1 else None
    names = {node.id for node in case.statement_nodes(ast.Name) if case.names.get(node.id) == kind}
    if len(names) != 1:
        return None
    name = names.pop()
    # What an earlier cell made and others have used up by now is not to be had again from there.
    cells = [case.failing] if kind in ("map", "filter", "zip") else range(len(case.cells))
    stored, assigned = 0, []
    for index in cells:
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load):
                stored += 1
            elif isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == [name]:
                assigned.append((index, node.value))
    if stored != 1 or len(assigned) != 1 or not _gives(assigned[0][1], kind):
        return None
    return _wrapped(case, [assigned[0][1]], assigned[0][0])


def _owners(case: Case) -> list[ast.expr]:
    """What stands before brackets or a method's name, or in ``len()``, where it failed."""
    calls = [node for node in case.statement_nodes(ast.Call) if getattr(node.func, "id", "") == "len"]
    return [
        *(node.value for node in case.statement_nodes(ast.Subscript)),
        *(node.value for node in case.statement_nodes(ast.Attribute) if re.fullmatch(_LIST_METHODS, node.attr)),
        *(call.args[0] for call in calls if len(call.args) == 1),
    ]


def _gives(node: ast.expr, kind: str) -> bool:
    """Whether an expression is a call that gives an object of the class *kind*, as it is written."""
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    if kind.startswith("dict_"):
        return isinstance(function, ast.Attribute) and function.attr == kind[5:] and not node.args
    return isinstance(function, ast.Name) and function.id == kind


def _added_lists(case: Case, left: str, right: str) -> Fix | None:
    """``d.keys() + e.keys()``: each side that is no list yet."""
    views = _LAZY | {"range"}
    if not {left, right} <= views | {"list"} or not {left, right} & views:
        return None
    sums = [node for node in case.nodes(ast.BinOp) if isinstance(node.op, ast.Add)]
    if len(sums) != 1:
        return None
    sides = [side for side, kind in ((sums[0].left, left), (sums[0].right, right)) if kind in views]
    return _wrapped(case, sides)


def _wrapped(case: Case, nodes: Sequence[ast.expr], index: int | None = None) -> Fix | None:
    if "list" in case.names:
        return None
    return case.replace(
        [Replacement(*case.span(node, index), f"list({case.text(node, index)})") for node in nodes], index
    )
