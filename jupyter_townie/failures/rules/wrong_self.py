"""``self`` forgotten: in the parameters of a method, or in front of an attribute."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import builtins
import re

from ..case import Case, Fix, Replacement
from .reasons import because
from .well_known import missing_import

_TOO_MANY = re.compile(
    r"(\w+)\.(\w+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given|^(\w+)\(\) takes (\d+) positional arguments? but (\d+) (?:was|were) given"
)
_NAME = re.compile(r"name '(\w+)' is not defined")


@because("A method's first parameter is `self`.")
def method_without_self(case: Case) -> Fix | None:
    found = _TOO_MANY.search(case.evalue)
    if found:
        owner, method = found.group(1), found.group(2) or found.group(5)
        takes, given = int(found.group(3) or found.group(6)), int(found.group(4) or found.group(7))
        if given != takes + 1:
            return None
    else:
        name = _NAME.search(case.evalue)
        if not name or name.group(1) != "self" or case.place is None:
            return None
        owner, method = None, case.place.function
    places = []
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if isinstance(node, ast.ClassDef) and (owner is None or node.name == owner):
                places += [
                    (index, function)
                    for function in node.body
                    if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and function.name == (method or "").rpartition(".")[2]
                ]
    if len(places) != 1:
        return None
    index, function = places[0]
    names = [one.arg for one in [*function.args.posonlyargs, *function.args.args]]
    if names[:1] in (["self"], ["cls"]) or function.decorator_list:
        return None
    if found and takes != len(names):
        return None
    if len([node for one in range(len(case.cells)) for node in _classes_with(case, one, function.name)]) > 1:
        return None  # the others of that name may lack it as well
    owners = "|".join({node.name for one in range(len(case.cells)) for node in _classes_with(case, one, function.name)})
    if owners and re.search(rf"\b(?:{owners})\.{function.name}\(", "\n".join(case.cells)):
        return None  # it is called on the class too: a static method
    start, _ = case.span(function, index)
    opening = case.cells[index].index("(", start) + 1
    has_more = bool(names or function.args.vararg or function.args.kwonlyargs or function.args.kwarg)
    return case.replace([Replacement(opening, opening, "self, " if has_more else "self")], index)


def _classes_with(case: Case, index: int, method: str) -> list[ast.ClassDef]:
    return [
        node
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == method for part in node.body)
    ]


@because("Within a method, the object's own attributes begin with `self.`.")
def attribute_without_self(case: Case) -> Fix | None:
    """NameError in a method, for a name that the class sets or defines on ``self``."""
    found = _NAME.search(case.evalue)
    place = case.place
    tree = case.failing_tree
    if not found or place is None or tree is None:
        return None
    name = found.group(1)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or not node.lineno <= place.line <= (node.end_lineno or 0):
            continue
        for function in node.body:
            if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if not function.lineno <= place.line <= (function.end_lineno or 0):
                continue
            first = [one.arg for one in function.args.args][:1]
            members = {
                part.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute)
                and getattr(part.value, "id", "") == "self"
                and isinstance(part.ctx, ast.Store)
            } | {part.name for part in node.body if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}
            if first != ["self"] or name not in members or missing_import(case) is not None:
                return None  # `self.time = time.time()` wants the module
            missing = {name, *_also_without_self(case, function, members)}
            uses = [part for part in ast.walk(function) if isinstance(part, ast.Name) and part.id in missing]
            if any(part.id == name and not isinstance(part.ctx, ast.Load) for part in uses):
                return None
            if any(name in flow.defines for _, flow in case.flows()):
                return None
            return case.replace([Replacement(case.span(part)[0], case.span(part)[0], "self.") for part in uses])
    return None


def _also_without_self(case: Case, function: ast.FunctionDef | ast.AsyncFunctionDef, members: set[str]) -> set[str]:
    """The class's other members that the method would miss next: bound neither in it nor anywhere else."""
    bound = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    bound |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    known = {*case.names, *dir(builtins), *(name for _, flow in case.flows() for name in flow.defines)}
    return {node.id for node in names} & members - bound - known
