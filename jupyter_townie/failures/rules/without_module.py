"""A member of a module that is imported, written without the module: ``sqrt(2)`` after ``import math``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .binding import fits_library
from .qualified import in_several_modules, modules_by_name
from .reasons import because

_NAME = re.compile(r"name '(\w+)' is not defined")
_OF_BOTH = "sqrt sin cos tan sinh cosh tanh exp expm1 log log10 log2 log1p floor ceil radians degrees hypot pi inf nan"
_MEMBERS = {
    module: frozenset(names.split())
    for module, names in {
        "math": f"{_OF_BOTH} asin acos atan atan2 factorial gcd isclose comb perm",
        "numpy": f"{_OF_BOTH} array arange linspace logspace zeros ones zeros_like ones_like full eye vstack hstack "
        "concatenate meshgrid argmax argmin argsort cumsum isnan isclose allclose arctan arctan2 newaxis",
        "random": "randint randrange shuffle uniform gauss",
        "pandas": "DataFrame Series read_csv read_excel read_json to_datetime to_numeric get_dummies date_range concat "
        "crosstab qcut Timestamp Timedelta",
        "matplotlib.pyplot": "figure subplots subplot xlabel ylabel xlim ylim xticks yticks savefig scatter legend "
        "imshow colorbar tight_layout axhline axvline",
        "seaborn": "heatmap pairplot countplot lineplot scatterplot histplot jointplot",
        "time": "sleep perf_counter",
        "os": "getcwd listdir makedirs chdir getenv",
        "json": "loads dumps",
    }.items()
}
"""What is known as a member of its module; no word that a user might give a function (``mean``)."""
_VALUES = frozenset(["pi", "inf", "nan", "newaxis"])


@because("The module is imported; its members are written with its name before them.")
def member_without_module(case: Case) -> Fix | None:
    found = _NAME.search(case.evalue)
    place = case.place
    if not found or place is None:
        return None
    name = found.group(1)
    modules = {alias: path for alias, path in modules_by_name(case).items() if path in _MEMBERS and alias in case.names}
    if "numpy" in modules.values() and name in _MEMBERS["random"]:
        return None  # NumPy's own take other arguments
    owners = [alias for alias, path in modules.items() if name in _MEMBERS[path]]
    if len(owners) != 1 or _is_the_notebook_s(case, name) or in_several_modules(case, name):
        return None
    if not fits_library(case, modules[owners[0]], name):
        return None
    tree = case.tree(place.cell) or ast.Module([], [])
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    if not nodes or any(not isinstance(node.ctx, ast.Load) for node in nodes):
        return None
    if name not in _VALUES and not all(id(node) in called for node in nodes):
        return None
    starts = [case.span(node, place.cell)[0] for node in nodes]
    return case.replace([Replacement(start, start, f"{owners[0]}.") for start in starts], place.cell)


def _is_the_notebook_s(case: Case, name: str) -> bool:
    """Whether a cell makes the name, or may: what has not run, or was imported with a star."""
    return any(name in flow.defines or name in flow.changes or flow.stars for _, flow in case.flows())
