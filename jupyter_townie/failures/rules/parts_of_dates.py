"""``df['day'].year``: the parts of the dates of a column are reached through ``dt``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_VALUES = {
    "datetime64": frozenset(
        ["year", "month", "day", "hour", "minute", "second", "quarter", "dayofweek", "weekday", "dayofyear"]
    ),
    "timedelta64": frozenset(["days", "seconds"]),
}
_METHODS = {
    "datetime64": frozenset(["strftime", "day_name", "month_name", "normalize", "isocalendar"]),
    "timedelta64": frozenset(["total_seconds"]),
}


@because("The parts of a column's dates are reached through `dt`.")
def parts_of_dates(case: Case) -> Fix | None:
    found = re.search(r"'Series' object has no attribute '(\w+)'", case.evalue)
    dtype = re.match(r"datetime64|timedelta64", str((case.error.get("obj") or {}).get("dtype") or ""))
    if not found or not dtype:
        return None
    attribute = found.group(1)
    nodes = [node for node in case.statement_nodes(ast.Attribute) if node.attr == attribute]
    called = [node for node in nodes if any(call.func is node for call in case.statement_nodes(ast.Call))]
    if (
        not nodes
        or attribute not in (_METHODS if called else _VALUES)[dtype.group(0)]
        or len(called) not in (0, len(nodes))
    ):
        return None
    if len({case.text(node.value) for node in nodes}) != 1:
        return None
    starts = [case.span(node)[1] - len(attribute) for node in nodes]
    return case.replace([Replacement(start, start, "dt.") for start in starts])
