"""Imports of modules and names that were moved, renamed or removed, with a known one-to-one replacement."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import builtins
import re
import sys

from ..case import Case, Fix, Replacement
from ..inspection import dotted
from .api_table import api
from .reasons import because

_IMPORT = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_MODULE = re.compile(r"No module named '([\w.]+)'")


@because("A newer version of the library has moved or renamed this.")
def moved_import(case: Case) -> Fix | None:
    """``from sklearn.cross_validation import ...``, ``from collections import Mapping``, ``import cPickle``."""
    tree = case.failing_tree if case.place else case.tree(case.failing)
    index = case.place.cell if case.place else case.failing
    if tree is None:
        return None
    named = _IMPORT.search(case.evalue)
    missing = _MODULE.search(case.evalue)
    if not named and not missing:
        return None
    if any(_is_used_otherwise(case, tree, path, names) for path, names in api("only_without").items()):
        return {}
    pieces, changed = [], False
    renamed: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            new = _import_from(node, renamed)
        elif isinstance(node, ast.Import):
            new = _import(case, node, tree, renamed)
        else:
            continue
        if new is not None:
            indent = " " * node.col_offset
            pieces.append(Replacement(*case.span(node, index), ("\n" + indent).join(new)))
            changed = True
    if not changed:
        return None
    for node in ast.walk(tree):
        path = dotted(node) if isinstance(node, (ast.Attribute, ast.Name)) else None
        if path in renamed:
            pieces.append(Replacement(*case.span(node, index), renamed[path]))
    return case.replace(pieces, index)


def _is_used_otherwise(case: Case, tree: ast.Module, path: str, arguments: list[str]) -> bool:
    """Whether what is imported is called, in any cell, with an argument that its successor does not take."""
    module, _, name = path.rpartition(".")
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
        if alias.name == name
    }
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in names
        and any(part.arg in arguments or case.text(part.value, index) in arguments for part in node.keywords)
        for index in range(len(case.cells) if names else 0)
        for node in ast.walk(case.tree(index) or ast.Module([], []))
    )


def _import_from(node: ast.ImportFrom, renamed: dict[str, str]) -> list[str] | None:
    module = node.module or ""
    kept: dict[str, list[str]] = {}
    lines: list[str] = []
    changed = False
    for alias in node.names:
        renamed_as = f" as {alias.asname}" if alias.asname else ""
        new = api("attributes").get(f"{module}.{alias.name}")
        moved = api("modules").get(module)
        if new is not None:
            changed = True
            path, _, name = new.rpartition(".")
            if not path:
                if not hasattr(builtins, new):
                    lines.append(f"import {new}{renamed_as}")
                elif (alias.asname or alias.name) != new:
                    renamed[alias.asname or alias.name] = new
                continue
            if path.rpartition(".")[2][:1].isupper():
                # A function became a class method: import the class, call the method.
                path, _, owner = path.rpartition(".")
                renamed[alias.asname or alias.name] = f"{owner}.{name}"
                kept.setdefault(path, []).append(owner)
                continue
            if name != alias.name and not alias.asname:
                renamed[alias.name] = name
            kept.setdefault(path, []).append(name + renamed_as)
        elif moved is not None:
            changed = True
            kept.setdefault(moved, []).append(alias.name + renamed_as)
        else:
            kept.setdefault(module, []).append(alias.name + renamed_as)
    if not changed or not all(_may_have(path, name.split()[0]) for path, names in kept.items() for name in names):
        return None
    return [*lines, *(f"from {path} import {', '.join(dict.fromkeys(names))}" for path, names in kept.items())] or [
        "pass"
    ]


def _may_have(path: str, name: str) -> bool:
    """Whether nothing tells that a module of Python's own lacks a name: the next one of the line may be gone as well."""
    module = sys.modules.get(path) if path.partition(".")[0] in sys.stdlib_module_names else None
    return module is None or hasattr(module, name) or f"{path}.{name}" in sys.modules


def _import(case: Case, node: ast.Import, tree: ast.Module, renamed: dict[str, str]) -> list[str] | None:
    lines, changed = [], False
    for alias in node.names:
        moved = api("modules").get(alias.name)
        if moved is None and alias.name == "urllib2":
            moved = _members(tree, "urllib2", renamed)
            if moved is None:
                return None
            lines.extend(
                sorted(
                    {f"import {new.rpartition('.')[0]}" for old, new in renamed.items() if old.startswith("urllib2.")}
                )
            )
            changed = True
            continue
        if moved is None:
            lines.append(f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else ""))
            continue
        changed = True
        if alias.asname:
            lines.append(f"import {moved} as {alias.asname}")
        elif "." not in alias.name:
            # The cells below go on using the old name.
            lines.append(f"import {moved} as {alias.name}" if moved != alias.name else f"import {moved}")
        else:
            lines.append(f"import {moved}")
            for part in ast.walk(tree):
                path = dotted(part) if isinstance(part, ast.Attribute) else None
                if path == alias.name:
                    renamed[path] = moved
    return lines if changed else None


def _members(tree: ast.Module, module: str, renamed: dict[str, str]) -> str | None:
    used = {
        f"{module}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }
    if not used or not used <= set(api("attributes")):
        return None
    renamed.update({path: api("attributes")[path] for path in used})
    return module
