"""``execute("... where a = ?", (name))``: the parameters of a statement are a tuple, also if there is only one."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because


@because("The parameters of a statement are a tuple, also if there is only one.")
def single_parameter(case: Case) -> Fix | None:
    supplied = re.search(r"statement uses 1, and there are (\d+) supplied", case.evalue)
    if supplied is None and "parameters are of unsupported type" not in case.evalue:
        return None
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "execute" and len(call.args) == 2
    ]
    if len(calls) != 1 or case.place is None:
        return None
    value = calls[0].args[1]
    kind, length = _kind_and_length(case, value)
    if kind not in (("str",) if supplied else ("int", "float")):
        return None
    if supplied and length != int(supplied.group(1)):
        return None
    start, end = case.span(value)
    source = case.cells[case.place.cell]
    if source[:start].endswith("(") and source[end:].startswith(")") and not source[:start].endswith("execute("):
        return case.replace([Replacement(end, end, ",")])
    return case.replace([Replacement(start, end, f"({case.text(value)},)")])


def _kind_and_length(case: Case, value: ast.expr) -> tuple[str | None, int | None]:
    if isinstance(value, ast.Constant):
        return type(value.value).__name__, len(value.value) if isinstance(value.value, str) else None
    known = case.object(case.text(value)) or {}
    return known.get("type"), known.get("length")
