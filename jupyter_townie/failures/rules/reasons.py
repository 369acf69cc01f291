"""What a rule says of the failures that it repairs: one sentence for the person who reads the fix."""

from __future__ import annotations

from collections.abc import Callable

from ..case import Certainty, Rule

_REASONS: dict[Rule, str] = {}
_CERTAINTIES: dict[Rule, Certainty] = {}


def because(reason: str, certainty: Certainty = "certain") -> Callable[[Rule], Rule]:
    """Give a rule its reason, and say how certain it is of what it finds."""

    def told(rule: Rule) -> Rule:
        _REASONS[rule] = reason
        _CERTAINTIES[rule] = certainty
        return rule

    return told


def reason_of(rule: Rule) -> str:
    return _REASONS[rule]


def certainty_of(rule: Rule) -> Certainty:
    return _CERTAINTIES[rule]
