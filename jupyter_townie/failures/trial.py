"""Trying what a rule that is not sure offers, in a fork of the failed kernel."""

from __future__ import annotations

from .case import Case, Fix

SECONDS = 2.0
"""What takes longer has not been seen to fail."""


def runs(case: Case, fix: Fix, connection_file: str) -> bool:
    """Whether the cells that are to be run, and the failing one after them, were seen to run."""
    from ..kernels.blocking import ask
    from ..kernels.dryrun import read_trials, trial_expressions

    first = [index for index in fix.get("rerun", ()) if index != case.failing]
    candidate = [*(case.cells[index] for index in first), case.source]
    reply = ask(connection_file, trial_expressions([candidate], SECONDS), SECONDS + 1.0)
    return reply is not None and read_trials(reply, 1)[0].proof.status == "ran"
