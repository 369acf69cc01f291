"""A misspelt name with one clear near match among the names in scope."""

# ruff: noqa: SIM102 -- the steps stay apart

from __future__ import annotations

import ast
import builtins
import re

from ..case import Case, Fix, Replacement
from ..spelling import near_match, words_of
from .reasons import because

_NAME = re.compile(r"name '(\w+)' is not defined")
_PLAIN = {kind.__name__: kind for kind in (str, list, dict, set, tuple, bytes, frozenset)}
_ERRORS = [name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning"))]
_BUILTINS = [name for name in dir(builtins) if not name.startswith("_") and not name.endswith(("Error", "Warning"))]


@because("One name that is defined is spelt almost like this.")
def misspelt_name(case: Case) -> Fix | None:
    found = _NAME.search(case.evalue)
    place = case.place
    if not found or place is None:
        return None
    name = found.group(1)
    if _is_somebody_s(case, name) or _is_in_a_file(case, name):
        return None
    tree = case.tree(place.cell)
    if tree is None:
        return None
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    if not nodes or any(not isinstance(node.ctx, ast.Load) for node in nodes):
        return None
    here = {*_local_names(tree, place.line), *_bound_before(tree, place.line)}
    scope = {*case.names, *here}
    meant = near_match(name, {*scope, *_BUILTINS} - {name}) or _plural(case, tree, nodes)
    if meant is not None and re.fullmatch(r"[a-z]\d*", meant.casefold()):
        return None  # `x1` and `X1` are two things in mathematics
    if meant is None and name.endswith(("Error", "Exception", "Warning")):
        own = [one for one in scope if one.endswith(("Error", "Exception", "Warning"))]
        meant = near_match(name, {*own, *_ERRORS}, api=True)
    if meant is None:
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        if all(id(node) in called for node in nodes):
            # Nothing but functions may be meant: those of Python itself are nobody's own words.
            functions = [
                one
                for one in scope
                if case.names.get(one) in ("function", "class", "builtin_function_or_method", "method")
            ]
            meant = near_match(name, {*_BUILTINS, *functions}, api=True)
            if meant is not None and near_match(name, scope, api=True) not in (None, meant):
                return None
    if meant is None or not _fits(case, tree, nodes, meant, here) or _is_a_class_s(case, tree, name, meant, here):
        return None
    return case.replace([Replacement(*case.span(node), meant) for node in nodes], place.cell)


def _plural(case: Case, tree: ast.Module, nodes: list[ast.Name]) -> str | None:
    """The plural, where the singular would be looped over, or would be filtered by a condition on the plural, or where
    it is one number (``n_step`` for ``n_steps``)."""
    name = nodes[0].id
    kind = case.names.get(f"{name}s")
    if kind in ("int", "float"):
        return f"{name}s" if len(words_of(name)) > 1 else None
    looped = {id(node.iter) for node in ast.walk(tree) if isinstance(node, (ast.For, ast.comprehension))}
    if kind in ("list", "tuple", "set", "dict", "ndarray", "Series") and all(id(node) in looped for node in nodes):
        return f"{name}s"
    filtered = _filtered_by(tree, f"{name}s") if len(name) > 2 else set()  # `x` and `xs` may be two arrays
    if kind in ("DataFrame", "Series", "ndarray") and all(id(node) in filtered for node in nodes):
        return f"{name}s"
    return None


def _filtered_by(tree: ast.Module, name: str) -> set[int]:
    """The ids of what is indexed by a comparison of a part of *name*: of ``x`` in ``x.loc[name['age'] < 30]``."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and any(
            isinstance(part, ast.Name) and part.id == name
            for compared in ast.walk(node.slice)
            if isinstance(compared, ast.Compare)
            for part in ast.walk(compared)
        ):
            indexer = node.value
            owner = indexer.value if isinstance(indexer, ast.Attribute) and indexer.attr == "loc" else indexer
            found.add(id(owner))
    return found


def _is_somebody_s(case: Case, name: str) -> bool:
    """Whether the notebook itself uses the name elsewhere as if it existed: then it is missing, not misspelt."""
    for index, flow in case.flows():
        if name in flow.defines or name in flow.changes or name in flow.deletes:
            return True
        if name in flow.uses and case.status(index) in ("ok", "not-run", "unknown"):
            place = case.place
            if place is None or place.cell != index:
                return True
        if any(name in members for members in flow.members.values()):
            return True
    return False


def _is_in_a_file(case: Case, name: str) -> bool:
    """Whether a module of the user's own, which a cell imports, has the name: it is not imported, not misspelt."""
    flows = [case.flow(index) for index in range(len(case.cells))]
    modules = {module for flow in flows for module in flow.stars}
    modules |= {statement.split()[1] for flow in flows for statement in flow.imports.values()}
    paths = [case.local_file(module) for module in modules if module and not module.startswith(".")]
    return any(path is not None and case.file_names(path, name) for path in paths)


_WRITTEN_LARGE = frozenset([
    "Print", "Len", "Range", "Int", "Str", "Float", "Sorted", "Enumerate", "Zip", "Type", "Open",
    "Isinstance", "LEN", "PRINT", "RANGE", "INT", "STR", "FLOAT", "Round",
])  # fmt: skip
"""Functions of Python that a word processor (or a habit) starts with a capital; `Input` is a class elsewhere."""
_CALLED = frozenset(["function", "class", "builtin_function_or_method", "method", "type", "ufunc", "partial"])


def _is_a_class_s(case: Case, tree: ast.Module, name: str, meant: str, here: set[str]) -> bool:
    """Whether *name*, written as classes are, rather is a class that was not imported than the variable *meant*."""
    if not name[0].isupper() or meant[0].isupper():
        return False
    if meant in _BUILTINS and meant not in here and meant not in case.names:
        return name not in _WRITTEN_LARGE
    kind = case.names.get(meant)
    called = any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == name for node in ast.walk(tree))
    taken = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == name
    }
    of_type = getattr(builtins, kind, None) if kind in ("str", "list", "dict", "set", "tuple") else None
    has = kind in ("DataFrame", "Series") or (of_type is not None and all(hasattr(of_type, one) for one in taken))
    # What only its instances have is not asked of a class: `Model.fit(X, y)` where there is a `model`.
    has = has or (bool(taken) and taken <= set((case.object(meant) or {}).get("methods") or []))
    hints = [getattr(node, "annotation", None) or getattr(node, "returns", None) for node in ast.walk(tree)]
    hinted = any(getattr(part, "id", "") == name for hint in hints if hint is not None for part in ast.walk(hint))
    return hinted or (called and kind not in _CALLED) or (bool(taken) and not has)


def _local_names(tree: ast.Module, line: int) -> set[str]:
    """Names bound in the functions around a line."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno <= line <= (node.end_lineno or 0):
            arguments = node.args
            found.update(one.arg for one in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs])
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    found.add(inner.id)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)):
            if node.lineno <= line <= (node.end_lineno or 0):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                        found.add(inner.id)
                    elif isinstance(inner, ast.arg):
                        found.add(inner.arg)
    return found


def _bound_before(tree: ast.Module, line: int) -> set[str]:
    found: set[str] = set()
    for statement in tree.body:
        if statement.lineno > line:
            break
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.lineno <= line:
                found.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                found.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
    return found


def _fits(case: Case, tree: ast.Module, nodes: list[ast.Name], meant: str, here: set[str]) -> bool:
    """Whether what the meant name holds can be used as the misspelt one is."""
    kind = case.names.get(meant, "")
    mine = {id(node) for node in nodes}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node.func) in mine:
            if kind in (
                "int",
                "float",
                "str",
                "list",
                "dict",
                "DataFrame",
                "Series",
                "ndarray",
                "tuple",
                "set",
                "bool",
                "NoneType",
            ):
                return False
        elif isinstance(node, ast.Subscript) and id(node.value) in mine:
            if kind in ("int", "float", "bool", "NoneType", "function") or (meant in _BUILTINS and meant not in here):
                return False
        elif isinstance(node, ast.Attribute) and id(node.value) in mine:
            if kind in _PLAIN and not hasattr(_PLAIN[kind], node.attr):
                return False
            if kind in ("function", "int", "float", "bool", "NoneType") or (meant in _BUILTINS and meant not in here):
                return False
        elif (
            isinstance(node, ast.BinOp)
            and (id(node.left) in mine or id(node.right) in mine)
            and (
                kind in ("function", "class", "NoneType")
                or kind.startswith("module")
                or (meant in _BUILTINS and meant not in (*here, "True", "False"))
            )
        ):
            return False
    return True
