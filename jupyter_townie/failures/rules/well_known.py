"""A well-known name that was never imported, or that another cell of this notebook imports."""

# ruff: noqa: SIM102 -- the steps stay apart

from __future__ import annotations

import ast
import builtins
import json
import re
from functools import lru_cache
from importlib import resources
from typing import Any

from ..case import Case, Fix, Replacement
from .binding import fits_library
from .qualified import in_several_modules
from .reasons import because
from .runnable import importable

_NAME = re.compile(r"name '(\w+)' is not defined")


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    text = resources.files("jupyter_townie.failures").joinpath("data/well_known.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@lru_cache(maxsize=1)
def _members() -> dict[str, str]:
    """Names that one module is known for, to the statement that imports them."""
    return {
        name: f"from {module} import {name}" for module, names in _table()["members"].items() for name in names.split()
    }


def statements_for(name: str) -> list[str]:
    """The import statements that may bind a name."""
    found = list(_table()["aliases"].get(name, {}).values())
    if name in _members():
        found.append(_members()[name])
    if name in _table()["modules"]:
        found.append(f"import {name}")
    return found


def module_of_member(name: str) -> str | None:
    """The module that a name is known to be imported from."""
    return _members()[name].split()[1] if name in _members() else None


@lru_cache(maxsize=1)
def known_names() -> frozenset[str]:
    """Names that everybody knows what to import for."""
    table = _table()
    return frozenset([*table["aliases"], *_members(), *table["modules"], *table["renamed"]])


@because("Nothing that has run imports this name.")
def missing_import(case: Case) -> Fix | None:
    found = _NAME.search(case.evalue)
    if not found:
        return None
    name = found.group(1)
    statement = _notebook_s_own(case, name) or _well_known(case, name)
    if statement is None or statement.startswith("from ."):
        return None
    if not importable(case, statement.split()[1]):
        return None
    where = case.failing
    place = case.place
    if place is not None and place.cell != case.failing:
        # A function of another cell fails: an import here gives it the name, since they share their globals.
        if case.names.get(name):
            return None
    return case.with_import(_with_others(case, name, statement), where)


def _with_others(case: Case, name: str, statement: str) -> str:
    """The import with those of the other well-known names that the failing cell would miss next."""
    own = case.flow(case.failing)
    if case.live.get("names") is None or case.place is None or case.place.cell != case.failing:
        return statement
    statements = [statement]
    for other in sorted(own.uses - {name} - set(case.names)):
        if hasattr(builtins, other):
            continue
        more = _notebook_s_own(case, other) or _well_known(case, other)
        if more is not None and not more.startswith("from .") and importable(case, more.split()[1]):
            statements.append(more)
    together: dict[str, list[str]] = {}
    for one in dict.fromkeys(statements):
        head, imports, names = one.partition(" import ")
        together.setdefault(head if imports else one, []).extend([names] if imports else [])
    return "\n".join(f"{head} import {', '.join(names)}" if names else head for head, names in together.items())


def _notebook_s_own(case: Case, name: str) -> str | None:
    """What the other cells import under this name, when they agree."""
    statements = {
        flow.imports[name]
        for index, flow in case.flows()
        # What ran and is not there all the same is imported under a condition that did not hold.
        if name in flow.imports and not (name in flow.perhaps and case.status(index) == "ok")
    }
    assigned = any(name in flow.defines and name not in flow.imports for _, flow in case.flows())
    if len(statements) != 1 or assigned:
        return None
    return statements.pop()


def _well_known(case: Case, name: str) -> str | None:
    if any(name in flow.defines or name in flow.changes for _, flow in case.flows()):
        return None
    own = case.flow(case.failing)
    if name in own.defines or name in own.items:
        return None
    uses = _uses(case, name)
    if not uses:
        return None
    if name == "random" and not _takes_what_random_takes(case):
        return None
    table = _table()
    if name in table["aliases"]:
        options = table["aliases"][name]
        if list(options) == ["*"]:
            return None if "bare" in uses or "item" in uses else str(options["*"])
        chosen = {_choice(options, use) for use in uses}
        return chosen.pop() if len(chosen) == 1 else None
    if name in _members():
        if name in _ALSO_NUMPY and _has_numpy(case):
            return None
        statement = _members()[name]
        if not fits_library(case, statement.split()[1], name) or in_several_modules(case, name):
            return None
        if name[0].islower() and name in table["called"].split():
            # Words that a user might choose for a variable count only where they are called.
            return statement if uses <= {"call"} else None
        if name in _ONLY_HINTS and ("call" in uses or _is_base(case, name)):
            return None  # Keras has a class `Sequence`, and `List([1])` is no call of typing's
        return statement if "item" not in uses or name in table["generic"].split() else None
    if name in table["modules"]:
        members = set(table["modules"][name].split())
        attributes = {use[1:] for use in uses if use.startswith(".")}
        if len(attributes) == len(uses) and attributes <= members:
            return f"import {name}"
    return None


_ONLY_HINTS = frozenset(["List", "Dict", "Tuple", "Union", "Optional", "Sequence", "Iterable", "Iterator", "Callable"])
_MOST_ARGUMENTS = {"random": 0, "choice": 1, "shuffle": 1, "randint": 2, "uniform": 2, "gauss": 2, "sample": 2}


def _is_base(case: Case, name: str) -> bool:
    tree = case.tree(case.place.cell if case.place is not None else case.failing) or ast.Module([], [])
    bases = [base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(isinstance(base, ast.Name) and base.id == name for base in bases)


def _takes_what_random_takes(case: Case) -> bool:
    """Whether the calls fit the module ``random``: NumPy's functions of the same names take a size."""
    for call in case.statement_nodes(ast.Call):
        function = call.func
        if isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "random":
            most = _MOST_ARGUMENTS.get(function.attr, 9)
            if len(call.args) > most or any(part.arg in ("size", "p", "replace") for part in call.keywords):
                return False
    return True


_ALSO_NUMPY = frozenset(["randint", "shuffle", "isclose", "gcd", "factorial"])
"""NumPy (or SciPy) has functions of these names too, which do not do quite the same."""


def _has_numpy(case: Case) -> bool:
    return any(
        statement.split()[1].split(".")[0] in ("numpy", "scipy")
        for flow in [*(flow for _, flow in case.flows()), case.flow(case.failing)]
        for statement in flow.imports.values()
    )


def _choice(options: dict[str, str], use: str) -> str | None:
    for pattern, statement in options.items():
        if use in pattern.split():
            return statement
    return None


def _uses(case: Case, name: str) -> set[str]:
    """How the cells use a name: ``call``, ``item``, ``bare`` or ``.attribute``."""
    place = case.place
    index = place.cell if place is not None else case.failing
    tree = case.tree(index)
    if tree is None:
        return set()
    uses: set[str] = set()
    special: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name:
            uses.add(f".{node.attr}")
            special.add(id(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            uses.add("call")
            special.add(id(node.func))
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name:
            uses.add("item")
            special.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == name and id(node) not in special:
            uses.add("bare")
    return uses


@because("This name is one of another language, or of Python 2.")
def other_language_names(case: Case) -> Fix | None:
    """Names of Python 2, JSON and JavaScript with one counterpart: ``xrange``, ``true``, ``null``."""
    found = _NAME.search(case.evalue)
    place = case.place
    if not found or place is None:
        return None
    name = found.group(1)
    replacement = _table()["renamed"].get(name)
    if replacement is None or any(name in flow.defines for _, flow in case.flows()):
        return None
    if name in case.flow(place.cell).defines:
        return None
    tree = case.tree(place.cell)
    if tree is None:
        return None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    if replacement.startswith(("from ", "import ")):
        return case.with_import(replacement) if _uses(case, name) == {"call"} else None
    if name in _TYPES:
        # `long` may be a longitude: as a type it is called, or asked for.
        called |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.Call) for part in _asked_types(node)}
    # The next one would fail as this one does, unless it has a meaning here.
    replaced = {
        other: new
        for other, new in _table()["renamed"].items()
        if other == name
        or (other in _CONSTANTS and other not in case.names and other not in case.flow(place.cell).defines)
    }
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in replaced]
    if (name not in _CONSTANTS or name in _TYPES) and not all(id(node) in called for node in nodes if node.id == name):
        return None
    return case.replace([Replacement(*case.span(node), replaced[node.id]) for node in nodes], place.cell)


def _asked_types(call: ast.Call) -> list[ast.expr]:
    """The types of an ``isinstance`` or ``astype``, and the function of a ``map``."""
    asks = {"isinstance": call.args[1:], "issubclass": call.args[1:], "map": call.args[:1], "astype": call.args}
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    found = list(asks.get(name, []))
    return [part for one in found for part in (one.elts if isinstance(one, ast.Tuple) else [one])]


_TYPES = frozenset(["basestring", "unicode", "long"])
_CONSTANTS = frozenset(
    ["true", "false", "null", "none", "nil", "NULL", "TRUE", "FALSE", "basestring", "unicode", "long"]
)
