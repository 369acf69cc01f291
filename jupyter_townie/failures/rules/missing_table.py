"""A table of a database that a cell creates which has not been run."""

from __future__ import annotations

import re

from ..case import Case, Fix
from .reasons import because
from .run_order import rerun


@because("The cell that creates this table has not run yet.")
def missing_table(case: Case) -> Fix | None:
    found = re.search(r"no such table: (?:\w+\.)?(\w+)", case.evalue)
    if not found:
        return None
    creates = re.compile(rf"create\s+table\s+(?:if\s+not\s+exists\s+)?['\"`\[]?{re.escape(found.group(1))}\b", re.I)
    skipped = [
        index
        for index in range(len(case.cells))
        if index != case.failing and case.was_run(index) is False and creates.search(case.cells[index])
    ]
    return rerun(case, skipped) if len(skipped) == 1 else None
