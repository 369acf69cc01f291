"""A well-known name imported from the wrong module of its package: ``sklearn.model_selection.StandardScaler``."""

from __future__ import annotations

import ast
import re
import sys

from ..case import Case, Fix, Replacement
from .misspelt_import import members_of
from .reasons import because
from .runnable import importable
from .well_known import module_of_member

_IMPORT = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


@because("This is in another module of the same package.")
def imported_elsewhere(case: Case) -> Fix | None:
    found = _IMPORT.search(case.evalue)
    if not found:
        return None
    name, module = found.groups()
    index = case.place.cell if case.place else case.failing
    statements = [
        node
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.ImportFrom)
        and node.module == module
        and not node.level
        and any(alias.name == name for alias in node.names)
    ]
    if len(statements) != 1 or case.local_file(module) is not None:
        return None
    there = members_of(case, module)
    kept: dict[str, list[str]] = {}
    for alias in statements[0].names:
        home = module if alias.name in there and alias.name != name else module_of_member(alias.name)
        if home is None or not _is_beside(home, module) or not importable(case, home):
            return None
        kept.setdefault(home, []).append(alias.name + (f" as {alias.asname}" if alias.asname else ""))
    indent = "\n" + " " * statements[0].col_offset
    text = indent.join(f"from {home} import {', '.join(names)}" for home, names in kept.items())
    return case.replace([Replacement(*case.span(statements[0], index), text)], index)


def _is_beside(module: str, other: str) -> bool:
    """Whether two modules are of one package, or both Python's own."""
    roots = {module.partition(".")[0], other.partition(".")[0]}
    return len(roots) == 1 or roots <= sys.stdlib_module_names
