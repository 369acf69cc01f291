"""What a rule says of the failures that it repairs: one sentence for the person who reads the fix."""

from __future__ import annotations

from collections.abc import Callable

from ..case import Rule

_REASONS: dict[Rule, str] = {}
_UNSURE: set[Rule] = set()


def because(reason: str, *, sure: bool = True) -> Callable[[Rule], Rule]:
    """Give a rule its reason; one that is not sure only knows that its fix may help, and wants it tried first."""

    def told(rule: Rule) -> Rule:
        _REASONS[rule] = reason
        if not sure:
            _UNSURE.add(rule)
        return rule

    return told


def reason_of(rule: Rule) -> str:
    return _REASONS[rule]


def is_sure(rule: Rule) -> bool:
    return rule not in _UNSURE
