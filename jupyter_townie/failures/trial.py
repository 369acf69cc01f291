"""Trying what a rule is not certain of, in a fork of the failed kernel."""

from __future__ import annotations

from .case import Case, Fix

SECONDS = 2.0
"""What takes longer has been seen neither to run nor to fail."""


def tried(case: Case, fix: Fix, connection_file: str) -> str | None:
    """What the cells that the fix changes or runs, and the failing one after them, came to: the status of a proof.

    None when the kernel gives no answer, and for a package to install.
    """
    from ..kernels.blocking import ask
    from ..kernels.dryrun import read_trials, trial_expressions

    if "install" in fix:
        return None
    reply = ask(connection_file, trial_expressions([_cells(case, fix)], SECONDS), SECONDS + 1.0)
    return read_trials(reply, 1)[0].proof.status if reply is not None else None


def _cells(case: Case, fix: Fix) -> list[str]:
    """The sources that run when the fix is accepted, in order."""
    if "failing_cell" in fix:
        return [fix["failing_cell"]]
    if "edit" in fix:
        return [fix["source"], case.source]
    return [*(case.cells[index] for index in fix["rerun"] if index != case.failing), case.source]
