"""Instant fixes: local rules, no model, no network."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .case import Case, Certainty, Fix
from .traceback import NOT_FIXABLE, public_name


@dataclass(frozen=True, slots=True)
class Found:
    """A fix, as :func:`instant_fix` returns it, and a sentence that says what was wrong."""

    fix: Fix
    reason: str
    certainty: Certainty = "certain"

    def may_be_offered(self, tried: str | None) -> bool:
        """Whether it may after a trial that came to *tried*, a proof's status; None when there was none.

        What is certain does not depend on it, but nobody is offered what was seen to fail.
        """
        return tried != "failed" if self.certainty != "possible" else tried == "ran"


def instant_fix(
    cells: Sequence[str],
    failing: int,
    error: dict[str, Any],
    *,
    statuses: Sequence[str] | None = None,
    connection_file: str | None = None,
    cwd: str | None = None,
    inspection: dict[str, Any] | None = None,
) -> Fix | None:
    """The one certain local fix of a failed cell, or None.

    *cells* are the notebook's code cells in order, *failing* the index of the failed one, *error* its ``ename``,
    ``evalue`` and ``traceback``.  *statuses* tells what became of each cell: ``ok``, ``error`` or ``not-run``.  With
    *connection_file*, a kernel that is still in the failed state is asked silently about names, attributes and columns;
    a caller that has its own connection passes the answer to :func:`question` as *inspection* instead, and tries what
    is found itself.  By the connection file, what is not certain is tried here in a fork of the kernel.

    The fix is ``{"failing_cell": source}``, ``{"install": distribution}``, ``{"rerun": [indices]}`` or
    ``{"edit": index, "source": source}``.  Any error inside a rule is a reason to stay silent, never raised.
    """
    if inspection is None and connection_file is not None and needs_kernel(error):
        from .inspection import inspect_kernel

        inspection = inspect_kernel(connection_file, question(cells, failing, error))
    case = Case(
        cells,
        failing,
        public_name(str(error.get("ename") or "")),
        str(error.get("evalue") or ""),
        error.get("traceback") or [],
        statuses,
        cwd,
        inspection,
    )
    found = find(case)
    if found is None:
        return None
    if found.certainty != "certain" and connection_file is not None:
        from .trial import tried

        if not found.may_be_offered(tried(case, found.fix, connection_file)):
            return None
    return found.fix


def find(case: Case) -> Found | None:
    """The fix of the first rule that is certain, with its reason; None when none is."""
    if case.ename in NOT_FIXABLE or not 0 <= case.failing < len(case.cells):
        return None
    if case.ename in ("NameError", "AttributeError", "TypeError", "KeyError", "ValueError") and case.in_file:
        return None  # what stands in the notebook is not what failed
    from .rules import rules_for
    from .rules.reasons import certainty_of, reason_of

    for rule in rules_for(case.ename):
        try:
            fix = rule(case)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OSError):
            continue
        if fix is not None:
            return Found(fix, reason_of(rule), certainty_of(rule)) if fix else None
    return None


_USUAL = {
    "NameError": "name 'x' is not defined",
    "AttributeError": "'int' object has no attribute 'x'",
    "KeyError": "'x'",
    "TypeError": "f() got an unexpected keyword argument 'x'",
    "ModuleNotFoundError": "No module named 'x'",
    "SyntaxError": "invalid syntax (1.py, line 1)",
}


def warm() -> None:
    """Load what the rules for the usual errors need: the first failure of a process should not have to wait for it."""
    from . import inspection

    for ename, evalue in _USUAL.items():
        error = {"ename": ename, "evalue": evalue, "traceback": []}
        inspection.expressions(question(["x"], 0, error))
        instant_fix(["x"], 0, error, statuses=["error"])


def needs_kernel(error: dict[str, Any]) -> bool:
    """Whether the kernel could tell anything: errors of syntax happen before anything runs."""
    return public_name(str(error.get("ename"))) not in ("SyntaxError", "IndentationError", "TabError", *NOT_FIXABLE)


def question(cells: Sequence[str], failing: int, error: dict[str, Any]) -> dict[str, Any]:
    """What to ask the failed kernel: the request of ``inspect_failure`` in :mod:`jupyter_townie.kernels.inside.postmortem`."""
    from .inspection import question as ask

    return ask(cells, failing, error)
