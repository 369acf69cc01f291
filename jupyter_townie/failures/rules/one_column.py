"""``model.fit(df['age'], y)``: what learns takes a table of features, also if there is only one."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_LEARNING = frozenset(["fit", "fit_transform", "fit_predict", "transform", "predict", "score", "partial_fit"])


@because("The features are a table, also if there is only one.")
def one_column(case: Case) -> Fix | None:
    if not re.search(r"Expected (?:2D array, got 1D|a 2-dimensional container but got .*Series)", case.evalue):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _LEARNING and call.args
    ]
    if len(calls) != 1 or case.place is None:
        return None
    features, index = calls[0].args[0], case.place.cell
    if any((case.object(case.text(other)) or {}).get("type") == "DataFrame" for other in calls[0].args[1:]):
        return None  # rather the two were given the wrong way round
    if any(isinstance(other, ast.Subscript) and isinstance(other.slice, ast.List) for other in calls[0].args[1:]):
        return None
    if isinstance(features, ast.Name):
        made = _made(case, features.id)
        if len(made) != 1:
            return None
        index, features = made[0]
    if not (isinstance(features, ast.Subscript) and isinstance(features.slice, ast.Constant)):
        return None
    table = case.text(features.value, index)
    if (case.object(table) or {}).get("type", case.names.get(table)) != "DataFrame":
        return None
    start, end = case.span(features.slice, index)
    return case.replace([Replacement(start, start, "["), Replacement(end, end, "]")], index)


def _made(case: Case, name: str) -> list[tuple[int, ast.expr]]:
    """The values that cells give a name, with the cell of each."""
    return [
        (index, node.value)
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == name for one in node.targets)
    ]
