"""``math.sqrt(df['age'])``: the functions of ``math`` take one number, those of NumPy each of many."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path, name_of_module
from .reasons import because

_BOTH = frozenset(
    [
        "sqrt",
        "exp",
        "expm1",
        "log",
        "log10",
        "log2",
        "log1p",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "floor",
        "ceil",
        "degrees",
        "radians",
    ]
)


@because("The functions of `math` take one number; those of NumPy take each of many.")
def elementwise(case: Case) -> Fix | None:
    if not re.search(
        r"must be real number, not (?:Series|ndarray)|cannot convert the series to|"
        r"only (?:length-1|0-dimensional) arrays can be converted",
        case.evalue,
    ):
        return None
    numpy = name_of_module(case, "numpy")
    calls = [call for call in case.nodes(ast.Call) if (full_path(case, call.func) or "").startswith("math.")]
    if len(calls) != 1 or numpy is None:
        return None
    function = (full_path(case, calls[0].func) or "").partition(".")[2]
    if function not in _BOTH or len(calls[0].args) != 1:
        return None
    return case.replace([Replacement(*case.span(calls[0].func), f"{numpy}.{function}")])
