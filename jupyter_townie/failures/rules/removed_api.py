"""Removed or renamed API with a known one-to-one replacement."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import builtins
import re
import sys
from typing import Any

from ..case import Case, Fix, Replacement
from ..inspection import dotted
from .api_table import api
from .binding import binds
from .qualified import full_path, modules_by_name, name_of_module

_ATTRIBUTE = re.compile(r"(?:no attribute '(\w+)'|`np\.(\w+)` was removed)")
_OWNER = re.compile(r"'([\w.]+)' object has no attribute '(\w+)'")
_IMPORT = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")
_MODULE = re.compile(r"No module named '([\w.]+)'")
_KEYWORD = re.compile(
    r"(?:unexpected keyword argument|no property) '(\w+)'|keyword (grid_b) is not recognized|argument: '(x|y|text)'|values for keyword argument '(bottom)'"
)
_PARAMETER = re.compile(r"The '(\w+)' parameter of (\w+) must be .*Got '([^']*)' instead", re.S)


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


def removed_keyword(case: Case) -> Fix | None:
    """``plt.hist(normed=True)``, ``OneHotEncoder(sparse=False)``: a keyword that has another name now, or none."""
    found = _KEYWORD.search(case.evalue)
    if not found or case.place is None:
        return None
    said = next(group for group in found.groups() if group)
    keyword = {"grid_b": "b", "x": "left", "text": "s", "y": "bottom"}.get(said, said)
    for call in case.statement_nodes(ast.Call):
        callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        new = api("keywords").get(f"{callee}:{keyword}")
        given = [part for part in call.keywords if part.arg == keyword]
        if new is None or not given:
            continue
        replacement = _keyword(case, call, given[0], new)
        if replacement:
            return case.replace([replacement])
    return None


def _keyword(case: Case, call: ast.Call, given: ast.keyword, new: Any) -> Replacement | None:
    if isinstance(new, dict):
        value = new["values"].get(case.text(given.value))
        if value is None:
            return None
        if value == "":
            return without_argument(case, call, given)
        return Replacement(*case.span(given), f"{new['keyword']}={value}")
    if new == "":
        return without_argument(case, call, given)
    if any(part.arg == new for part in call.keywords):
        return None
    start, _ = case.span(given)
    return Replacement(start, start + len(given.arg or ""), new)


def without_argument(case: Case, call: ast.Call, given: ast.AST) -> Replacement:
    """An argument taken away together with its comma."""
    source = case.cells[case.place.cell if case.place else case.failing]
    start, end = case.span(given)
    before = source[:start].rstrip()
    if before.endswith(","):
        return Replacement(len(before) - 1, end, "")
    after = re.match(r"\s*,\s*", source[end:])
    return Replacement(start, end + (after.end() if after else 0), "")


def removed_value(case: Case) -> Fix | None:
    """Style, colour map, frequency and parameter names: the text of a literal changes."""
    mapped = _new_value(case)
    if mapped is None:
        return None
    old, new, callee = mapped
    nodes = [node for node in case.statement_nodes(ast.Constant) if node.value == old and isinstance(node.value, str)]
    if not nodes and callee:
        return _where_made(case, callee, old, new)
    if not nodes or case.place is None:
        return None
    return case.replace([_literal(case, node, new) for node in nodes])


def _literal(case: Case, node: ast.AST, new: Any, index: int | None = None) -> Replacement:
    text = case.text(node, index)
    if isinstance(new, str):
        quote = text[-1]
        return Replacement(*case.span(node, index), f"{quote}{new}{quote}")
    return Replacement(*case.span(node, index), repr(new))


def _new_value(case: Case) -> tuple[str, Any, tuple[str, str] | None] | None:
    evalue = case.evalue
    parameter = _PARAMETER.search(evalue)
    if parameter:
        name, owner, old = parameter.groups()
        for key in (f"{owner}:{name}:{old}", f"*:{name}:{old}"):
            if key in api("parameters"):
                return old, api("parameters")[key], (owner, name)
        if name == "scoring" and old in api("scorings"):
            return old, api("scorings")[old], (owner, name)
        return None
    style = re.match(r"'([\w-]+)' is not a valid package style", evalue)
    if style:
        new = api("values").get("use", {}).get(style.group(1))
        return (style.group(1), new, None) if new else None
    cmap = re.match(r"'(\w+)' is not a valid value for (?:cmap|name)", evalue) or re.match(
        r"Colormap (\w+) is not recognized", evalue
    )
    if cmap:
        new = api("values").get("cmap", {}).get(cmap.group(1))
        return (cmap.group(1), new, None) if new else None
    frequency = re.match(r"Invalid frequency: (-?\d*)([A-Z]+)((?:-[A-Z]+)?)\b", evalue)
    if frequency:
        count, unit, anchor = frequency.groups()
        new = api("frequencies").get(unit)
        return (count + unit + anchor, count + new + anchor, None) if new else None
    scoring = re.search(r"'(\w+)' is not a valid scoring value", evalue) or re.search(r"Got '(\w+)' instead", evalue)
    if scoring and "scoring" in evalue:
        new = api("scorings").get(scoring.group(1))
        return (scoring.group(1), new, None) if new else None
    return None


def _where_made(case: Case, made: tuple[str, str], old: str, new: Any) -> Fix | None:
    """The estimator was made in a line or cell above the one that fails."""
    owner, name = made
    places = []
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if (
                isinstance(node, ast.Call)
                and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == owner
            ):
                places += [
                    (index, part.value)
                    for part in node.keywords
                    if part.arg == name and isinstance(part.value, ast.Constant) and part.value.value == old
                ]
    if not places or len({index for index, _ in places}) != 1:
        return None
    index = places[0][0]
    return case.replace([_literal(case, node, new, index) for _, node in places], index)
