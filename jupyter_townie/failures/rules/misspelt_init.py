"""``__int__`` or ``_init_`` where ``__init__`` was meant: the class takes no arguments."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_LIKE_INIT = re.compile(r"_{1,3}(?:init|int|inti|iint|initt|innit)_{1,3}")


@because("The method that makes a new object is called `__init__`.")
def misspelt_init(case: Case) -> Fix | None:
    found = re.match(r"(?:\w+\.)?(\w+)\(\) takes no arguments$", case.evalue)
    if not found:
        return None
    places = [
        (index, node)
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.ClassDef) and node.name == found.group(1)
    ]
    if len(places) != 1:
        return None
    index, owner = places[0]
    methods = [part for part in owner.body if isinstance(part, ast.FunctionDef)]
    alike = [part for part in methods if _LIKE_INIT.fullmatch(part.name)]
    if len(alike) != 1 or len(alike[0].args.args) < 2 or any(part.name == "__init__" for part in methods):
        return None
    start = case.cells[index].index(alike[0].name, case.span(alike[0], index)[0])
    return case.replace([Replacement(start, start + len(alike[0].name), "__init__")], index)
