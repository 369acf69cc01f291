"""What a rule says of the failures that it repairs: one sentence for the person who reads the fix."""

from __future__ import annotations

from collections.abc import Callable

from ..case import Rule

_REASONS: dict[Rule, str] = {}


def because(reason: str) -> Callable[[Rule], Rule]:
    """Give a rule its reason."""

    def told(rule: Rule) -> Rule:
        _REASONS[rule] = reason
        return rule

    return told


def reason_of(rule: Rule) -> str:
    return _REASONS[rule]
