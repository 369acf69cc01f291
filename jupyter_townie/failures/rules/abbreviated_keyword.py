"""A keyword argument written out, where the function has a short form of the word: ``separator=`` for ``sep=``."""

from __future__ import annotations

import re
from itertools import product

from ..case import Case, Fix
from ..spelling import folded, near_match
from .misspelt_keyword import refused_keyword
from .reasons import because

_LONG_FORMS = {
    "abs": "absolute",
    "cmap": "colormap color_map",
    "col": "column",
    "cols": "columns",
    "deg": "degree degrees",
    "dir": "directory",
    "eps": "epsilon",
    "eval": "evaluation",
    "fmt": "format",
    "freq": "frequency",
    "func": "function",
    "init": "initial initialization",
    "iter": "iterations iteration",
    "lim": "limit",
    "loc": "location",
    "max": "maximum",
    "min": "minimum",
    "na": "nan",
    "num": "number",
    "obj": "object",
    "param": "parameter",
    "params": "parameters",
    "perc": "percentage",
    "prob": "probability",
    "probs": "probabilities",
    "sep": "separator",
    "std": "standard_deviation",
    "tol": "tolerance",
    "val": "value",
    "vals": "values",
    "var": "variance",
    "vocab": "vocabulary",
}
"""Short words of parameter names, and the words that they stand for."""


@because("The function takes this argument under a shorter name.")
def abbreviated_keyword(case: Case) -> Fix | None:
    refused = refused_keyword(case)
    if refused is None:
        return None
    written = {long: name for name in refused.free for long in _written_out(name)}
    same = {name for long, name in written.items() if folded(long) == folded(refused.keyword)}
    if not same and refused.library:
        near = near_match(refused.keyword, written, api=True)  # `seperator`
        same = {written[near]} if near is not None else set()
    return refused.renamed(case, same.pop()) if len(same) == 1 else None


def _written_out(name: str) -> list[str]:
    """What a parameter's name stands for with its short words written out; nothing when it has none."""
    words = [word for word in re.split("_+", name) if word]
    forms = [[word, *_LONG_FORMS.get(word, "").split()] for word in words]
    return ["_".join(chosen) for chosen in product(*forms)][1:]
