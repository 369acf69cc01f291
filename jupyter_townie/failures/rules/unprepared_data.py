"""A skipped cell turns the data into what the failing one needs: dates are parsed, texts made numbers, gaps filled."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix
from .reasons import because
from .run_order import rerun

_PREPARED_BY = [
    (re.compile(r"\.dt accessor|Only valid with DatetimeIndex"), frozenset(["to_datetime"])),
    (
        re.compile(r"contains NaN|cannot convert float NaN|Cannot convert non-finite|contains missing values"),
        frozenset(["dropna", "fillna", "interpolate", "ffill", "bfill"]),
    ),
    (
        re.compile(
            r"could not convert string to float: '[\d.]+'|"
            r"not supported between instances of '(?:str' and '(?:int|float)|"
            r"(?:int|float)' and 'str)'|unsupported operand type\(s\) for [-+*/]+: (?:'str'|'\w+' and 'str')"
        ),
        frozenset(["astype", "to_numeric"]),
    ),
]
"""What an error tells about the data, and what makes data otherwise: of a word, `astype` makes no number."""


@because("The cell that prepares this data has not run yet.", "likely")
def unprepared_data(case: Case) -> Fix | None:
    calls = next((calls for said, calls in _PREPARED_BY if said.search(case.evalue)), None)
    if calls is None or case.place is None or case.place.cell != case.failing:
        return None
    helping = [index for index in range(case.failing) if _prepares(case, index, calls)]
    return rerun(case, helping) if len(helping) == 1 else None


def _prepares(case: Case, index: int, calls: frozenset[str]) -> bool:
    """Whether the cell, which has not run, makes such a call on a table or column that the failing one reads."""
    if case.status(index) != "not-run" or case.was_run(index) is not False:
        return False
    flow, used = case.flow(index), case.flow(case.failing).uses
    read = {
        name
        for name in flow.uses & used & (flow.changes | flow.defines)
        if case.names.get(name) in ("DataFrame", "Series")
    }
    written = {key for name in read for key in flow.items.get(name, frozenset())}
    if not read or (written and not any(_names(case.source, key) for key in written)):
        return False
    return any(
        isinstance(node, ast.Call) and getattr(node.func, "attr", "") in calls
        for node in ast.walk(case.tree(index) or ast.Module([], []))
    )


def _names(source: str, column: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(column)}(?!\w)", source) is not None
