"""Attributes and methods that were removed or renamed, with a known one-to-one replacement."""

from __future__ import annotations

import ast
import builtins
import re

from ..case import Case, Fix, Replacement
from .api_table import api
from .binding import binds
from .qualified import full_path, modules_by_name, name_of_module
from .reasons import because

_ATTRIBUTE = re.compile(r"(?:no attribute '(\w+)'|`np\.(\w+)` was removed)")
_OWNER = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")


@because("A newer version of the library has removed this; it has one replacement.")
def removed_attribute(case: Case) -> Fix | None:
    """``np.float``, ``pd.datetime``: everywhere in the cell, since the next line would fail as this one."""
    found = _ATTRIBUTE.search(case.evalue)
    place = case.place
    tree = case.failing_tree
    if not found or place is None or tree is None:
        return None
    attribute = found.group(1) or found.group(2)
    table = api("attributes")
    failing = [node for node in case.statement_nodes(ast.Attribute) if node.attr == attribute]
    said = re.search(r"[Mm]odule '([\w.]+)' has no attribute", case.evalue)
    told = f"{said.group(1)}.{attribute}" if said else ""
    if told in api("gone"):
        return {}
    if told not in table and not any(full_path(case, node) in table for node in failing):
        return None
    ids = {id(node) for node in failing if told in table and case.text(node.value) not in ("", "np")}
    replacements, imports = [], set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            path = told if id(node) in ids else full_path(case, node)
            if path in table:
                text, statement = _expression(case, node, path, table[path])
                replacements.append(Replacement(*case.span(node), text))
                if statement:
                    imports.add(statement)
    return _with_imports(case, replacements, imports)


def _with_imports(case: Case, replacements: list[Replacement], imports: set[str]) -> Fix | None:
    fix = case.replace(replacements)
    if fix is None or not imports:
        return fix
    index = case.place.cell if case.place else case.failing
    changed = Case(
        [*case.cells[:index], _source(fix), *case.cells[index + 1 :]],
        case.failing,
        case.ename,
        case.evalue,
        (),
    )
    for statement in sorted(imports):
        added = changed.with_import(statement, index)
        if added is None:
            return None
        changed.cells[index] = _source(added)
    return case.rewrite(changed.cells[index], index)


def _source(fix: Fix) -> str:
    return str(fix["failing_cell"] if "failing_cell" in fix else fix["source"])


def _expression(case: Case, node: ast.Attribute, old: str, new: str) -> tuple[str, str | None]:
    """The text that replaces a dotted expression, and the import that it needs."""
    sign, new = ("-", new[1:]) if new.startswith("-") else ("", new)
    if "." not in new:
        needs = not hasattr(builtins, new) and new not in modules_by_name(case)
        return sign + new, f"import {new}" if needs else None
    if new.replace(".", "").isdigit():
        return sign + new, None
    base = case.text(node.value)
    module = old.rsplit(".", 1)[0]
    if new.startswith(module + "."):
        return sign + base + new[len(module) :], None
    root = new.split(".")[0]
    path, _, name = new.rpartition(".")
    if name[:1].isupper() or path.rpartition(".")[2][:1].isupper():
        pass
    alias = name_of_module(case, path) or (name_of_module(case, root) if root == "numpy" else None)
    if alias:
        used = path if name_of_module(case, path) else root
        return sign + alias + new[len(used) :], None
    if hasattr(builtins, root):
        return sign + new, None
    if path == "numpy":
        return f"{sign}np.{name}", "import numpy as np"
    if path == "matplotlib.pyplot":
        return f"{sign}plt.{name}", "import matplotlib.pyplot as plt"
    return sign + new, f"import {path}"


@because("A newer version of the library has removed or renamed this method.")
def removed_method(case: Case) -> Fix | None:
    """``df.iteritems()``, ``vectorizer.get_feature_names()``."""
    found = _OWNER.search(case.evalue)
    if not found or case.place is None:
        return None
    owner, attribute = found.group(1).rpartition(".")[2], found.group(2)
    kinds = [owner, *(base.rpartition(".")[2] for base in (case.error.get("obj") or {}).get("bases", []))]
    new = next(
        (api("methods")[f"{kind}.{attribute}"] for kind in kinds if f"{kind}.{attribute}" in api("methods")), None
    )
    if new is None:
        return None
    nodes = [node for node in case.nodes(ast.Attribute) if node.attr == attribute]
    if not nodes:
        nodes = [node for node in case.statement_nodes(ast.Attribute) if node.attr == attribute]
    if not nodes:
        return None
    nodes = _alike(case, nodes[0], attribute) or nodes
    needed = next(
        (
            api("only_with_arguments")[key]
            for kind in kinds
            if (key := f"{kind}.{attribute}") in api("only_with_arguments")
        ),
        None,
    )
    if needed is not None and not all(_has_argument(case, node, needed) for node in nodes):
        return {}
    if not all(_keeps_its_sense(case, node, new, kinds) for node in nodes):
        return {}
    replacements = []
    source = case.cells[case.place.cell]
    for node in nodes:
        start, end = case.span(node)
        start = end - len(attribute)
        called = source[end:].lstrip().startswith("(")
        if new.count("(") > new.count(")"):
            if not called:
                return None
            end = source.index("(", end) + 1
        elif "(" in new and called:
            # `day_name()` replaces the attribute `weekday_name`, which was never called.
            return None
        replacements.append(Replacement(start, end, new))
    return case.replace(replacements)


def _keeps_its_sense(case: Case, method: ast.Attribute, new: str, kinds: list[str]) -> bool:
    """Whether the new method takes the arguments of the call, and its value is used if that is all it gives."""
    tree = case.failing_tree or ast.Module([], [])
    call = next((node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.func is method), None)
    if call is None:
        return True
    thrown_away = any(isinstance(node, ast.Expr) and node.value is call for node in ast.walk(tree))
    if thrown_away and any(f"{kind}.{method.attr}" in api("worked_in_place") for kind in kinds):
        return False
    return binds(call, ((case.error.get("obj") or {}).get("near") or {}).get(new))


def _has_argument(case: Case, method: ast.Attribute, names: list[str]) -> bool:
    """Whether a method is called with a first argument, or with one of these names."""
    call = next(
        (node for node in ast.walk(case.failing_tree or method) if isinstance(node, ast.Call) and node.func is method),
        None,
    )
    return call is not None and (bool(call.args) or any(keyword.arg in names for keyword in call.keywords))


def _alike(case: Case, node: ast.Attribute, attribute: str) -> list[ast.Attribute]:
    """The same method of the same object elsewhere in the cell."""
    text = case.text(node.value)
    return [
        other
        for other in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(other, ast.Attribute) and other.attr == attribute and case.text(other.value) == text
    ]
