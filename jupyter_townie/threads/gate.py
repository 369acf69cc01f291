"""The one gate: whether an action may happen, must be decided by the user, or is out of the question."""

from __future__ import annotations

from typing import Literal

from ..protocol import GateClass, Mode

Verdict = Literal["allow", "ask", "deny"]

_TABLE: dict[Mode, dict[GateClass, Verdict]] = {
    "plan": {
        "read": "allow",
        "insert": "deny",
        "edit": "deny",
        "run": "deny",
        "install": "deny",
        "shell": "deny",
        "network": "deny",
    },
    "ask": {
        "read": "allow",
        # A new cell changes nothing that was there, is marked as new, and goes away in one step.
        "insert": "allow",
        "edit": "ask",
        "run": "ask",
        "install": "ask",
        "shell": "ask",
        "network": "ask",
    },
    "auto": {
        "read": "allow",
        "insert": "allow",
        "edit": "allow",
        "run": "allow",
        # What leaves the notebook or outlives the kernel stays the user's decision.
        "install": "ask",
        "shell": "ask",
        "network": "ask",
    },
}


def verdict(mode: Mode, gate: GateClass) -> Verdict:
    """What the gate says to an action of class ``gate`` in ``mode``."""
    return _TABLE[mode][gate]
