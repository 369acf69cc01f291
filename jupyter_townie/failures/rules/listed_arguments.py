"""Arguments given one by one to a function that takes them as one sequence: ``np.zeros(3, 4)``, ``pd.concat(a, b)``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because

_JOINING = {
    "numpy.concatenate": "()", "numpy.vstack": "()", "numpy.hstack": "()", "numpy.dstack": "()",
    "numpy.column_stack": "()", "numpy.stack": "()", "pandas.concat": "[]",
}  # fmt: skip
_ONE_BY_ONE = re.compile(
    r"only integer scalar arrays|takes 1 positional argument but \d+ were given"
    r"|got multiple values for argument 'axis'"
)
_JOINED = frozenset(["ndarray", "DataFrame", "Series", "list"])
_SHAPED = frozenset(["numpy.zeros", "numpy.ones", "numpy.empty"])
_SEPARATE = frozenset(["numpy.random.rand", "numpy.random.randn"])


@because("What is joined is given as one list.")
def joined_arrays(case: Case) -> Fix | None:
    """``np.concatenate(a, b)``."""
    if not _ONE_BY_ONE.search(case.evalue):
        return None
    for call, brackets in _calls(case, _JOINING):
        if len(call.args) > 1 and all(_kind(case, argument) in _JOINED for argument in call.args):
            return _wrapped(case, call, brackets)
    return None


@because("The shape, or the items, of an array are given as one argument.")
def shape_of_array(case: Case) -> Fix | None:
    """``np.zeros(3, 4)``, and ``np.array(1, 2, 3)``."""
    if not re.search(r"Cannot interpret '\d+' as a data type|array\(\) takes from 1 to 2 positional", case.evalue):
        return None
    for call, _ in _calls(case, dict.fromkeys(_SHAPED, "()")):
        if len(call.args) in (2, 3) and all(_kind(case, argument) == "int" for argument in call.args):
            return _wrapped(case, call, "()")
    for call, _ in _calls(case, {"numpy.array": "[]"}):
        if len(call.args) > 1 and all(_kind(case, argument) in ("int", "float") for argument in call.args):
            return _wrapped(case, call, "[]")
    return None


@because("This function takes the sizes one by one.")
def sizes_one_by_one(case: Case) -> Fix | None:
    """The other way round: ``np.random.rand((3, 4))``."""
    if "'tuple' object cannot be interpreted as an integer" not in case.evalue:
        return None
    for call, _ in _calls(case, dict.fromkeys(_SEPARATE, "")):
        if len(call.args) == 1 and isinstance(call.args[0], ast.Tuple) and call.args[0].elts:
            sizes = ", ".join(case.text(size) for size in call.args[0].elts)
            return case.replace([Replacement(*case.span(call.args[0]), sizes)])
    return None


def _calls(case: Case, functions: dict[str, str]) -> list[tuple[ast.Call, str]]:
    found = [(call, full_path(case, call.func) or "") for call in case.statement_nodes(ast.Call)]
    found = [(call, path) for call, path in found if path in functions]
    return [(call, functions[path]) for call, path in found] if len(found) == 1 else []


def _kind(case: Case, node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    text = case.text(node)
    return str((case.object(text) or {}).get("type") or case.names.get(text) or "")


def _wrapped(case: Case, call: ast.Call, brackets: str) -> Fix | None:
    start, end = case.span(call.args[0])[0], case.span(call.args[-1])[1]
    return case.replace([Replacement(start, start, brackets[0]), Replacement(end, end, brackets[1])])
