"""``self.holding[ticker]``, where the class has ``self.holdings = {}``: the plural, by what it is used for."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_COLLECTIONS = {
    "list": frozenset(["append", "extend", "insert", "sort", "pop", "remove", "index"]),
    "dict": frozenset(["items", "keys", "values", "get", "update", "setdefault", "pop"]),
    "set": frozenset(["add", "discard", "update", "remove"]),
}


@because("The class gives its objects the plural of this, and it is used as that can be.")
def plural_attribute(case: Case) -> Fix | None:
    found = _NO_ATTRIBUTE.search(case.evalue)
    if not found or case.place is None:
        return None
    owner, attribute = found.groups()
    known = (case.error.get("obj") or {}).get("attributes") or []
    kind = _collection(case, owner, f"{attribute}s") if f"{attribute}s" in known else None
    if kind is None or any(attribute in names for _, flow in case.flows() for names in flow.attributes.values()):
        return None
    nodes = [node for node in case.statement_nodes(ast.Attribute) if node.attr == attribute]
    if (
        not nodes
        or len({case.text(node) for node in nodes}) != 1
        or not all(_is_used_as(case, one, kind) for one in nodes)
    ):
        return None
    ends = [case.span(node)[1] for node in nodes]
    return case.replace([Replacement(end, end, "s") for end in ends])


def _collection(case: Case, owner: str, attribute: str) -> str | None:
    """``list``, ``dict`` or ``set``, when that is all that a class of the notebook sets the attribute to."""
    kinds = set()
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if isinstance(node, ast.ClassDef) and node.name == owner:
                kinds |= {_kind(part.value) for part in ast.walk(node) if _sets(part, attribute)}  # type: ignore[attr-defined]
    return kinds.pop() if len(kinds) == 1 else None


def _sets(node: ast.AST, attribute: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(one, ast.Attribute) and one.attr == attribute for one in targets)


def _kind(value: ast.expr | None) -> str | None:
    if isinstance(value, ast.Call):
        name = getattr(value.func, "id", "")
        return "dict" if name in ("defaultdict", "OrderedDict", "Counter") else name if name in _COLLECTIONS else None
    kinds = {ast.List: "list", ast.ListComp: "list", ast.Dict: "dict", ast.DictComp: "dict", ast.Set: "set"}
    return kinds.get(type(value)) if value is not None else None


def _is_used_as(case: Case, node: ast.Attribute, kind: str) -> bool:
    """Whether an item is taken from it or set in it, it is looped over, or a method of such a collection is called."""
    for part in case.statement_nodes(ast.AST):
        if isinstance(part, ast.Attribute) and part.value is node:
            return part.attr in _COLLECTIONS[kind]
        if isinstance(part, ast.Subscript) and part.value is node:
            return kind != "set"
        if isinstance(part, (ast.For, ast.comprehension)) and part.iter is node:
            return True
        if isinstance(part, ast.Call) and node in part.args:
            return getattr(part.func, "id", "") in ("len", "sorted", "list", "enumerate", "sum")
    return False
