"""What a dotted expression of a cell stands for: ``np.linalg.norm`` is ``numpy.linalg.norm``."""

from __future__ import annotations

import ast
import sys

from ..case import Case
from ..inspection import dotted


def modules_by_name(case: Case) -> dict[str, str]:
    """Names that hold modules (or what was imported from them), with full module paths."""
    found: dict[str, str] = {}
    statements = [flow.imports for _, flow in case.flows()] + [case.flow(case.failing).imports]
    for imports in statements:
        for name, statement in imports.items():
            words = statement.split()
            if words[0] == "import":
                found[name] = words[1] if "as" in words else name
            else:
                found[name] = f"{words[1]}.{words[3]}"
    for name, kind in case.names.items():
        if kind.startswith("module "):
            found[name] = kind[7:]
        elif (
            kind and name in found and kind not in ("function", "class", "type", "builtin_function_or_method", "ufunc")
        ):
            # Something else than what was imported has the name by now.
            del found[name]
    return found


def full_path(case: Case, node: ast.AST) -> str | None:
    path = dotted(node)
    if path is None:
        return None
    root, _, rest = path.partition(".")
    module = modules_by_name(case).get(root)
    if module is None:
        return None
    return f"{module}.{rest}" if rest else module


def name_of_module(case: Case, module: str) -> str | None:
    """A name in scope that holds a module, the usual one first."""
    names = [name for name, path in modules_by_name(case).items() if path == module]
    usual = {"numpy": "np", "pandas": "pd", "matplotlib.pyplot": "plt", "seaborn": "sns"}.get(module)
    return usual if usual in names else (names[0] if names else None)


def in_several_modules(case: Case, name: str) -> bool:
    """Whether two modules that the notebook has imported as such have a member of this name: ``sleep``."""
    having = {
        path
        for alias, path in modules_by_name(case).items()
        if path in sys.stdlib_module_names and alias in case.names and name in _public(path)
    }
    return len(having) > 1


def _public(module: str) -> list[str]:
    loaded = sys.modules.get(module)
    return list(getattr(loaded, "__all__", ()) or dir(loaded)) if loaded is not None else []
