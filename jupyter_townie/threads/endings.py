"""What ends a turn before the model is done, and what the user may do then."""

from __future__ import annotations

from .. import protocol as p


def cut(note: str) -> p.Problem:
    """:param note: what broke, as the model's adapter says it."""
    return p.Problem(
        code="cut",
        message="The answer was cut off: " + (note or "the connection broke."),
        remedy="Press Continue to go on where it stopped.",
    )


def repeats() -> p.Problem:
    return p.Problem(
        code="repeats",
        message="The model began to repeat itself, so the answer was stopped.",
        remedy="Ask in other words, or pick another model.",
    )


def length() -> p.Problem:
    return p.Problem(
        code="length",
        message="The answer reached the model's output limit.",
        remedy="Press Continue to go on where it stopped.",
    )


def steps(number: int) -> p.Problem:
    return p.Problem(
        code="steps",
        message=f"This turn asked the model {number} times without coming to an end.",
        remedy="Press Continue to let it go on.",
    )
