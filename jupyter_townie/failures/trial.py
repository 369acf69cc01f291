"""Trying what a rule is not certain of, in a fork of the failed kernel."""

from __future__ import annotations

from .case import Case, Fix

SECONDS = 2.0
"""What takes longer has been seen neither to run nor to fail."""


def tried(case: Case, fix: Fix, connection_file: str) -> str | None:
    """What the cells that are to be run, and the failing one after them, came to: the status of a proof.

    None when the kernel gives no answer.
    """
    from ..kernels.blocking import ask
    from ..kernels.dryrun import read_trials, trial_expressions

    first = [index for index in fix.get("rerun", ()) if index != case.failing]
    candidate = [*(case.cells[index] for index in first), case.source]
    reply = ask(connection_file, trial_expressions([candidate], SECONDS), SECONDS + 1.0)
    return read_trials(reply, 1)[0].proof.status if reply is not None else None
