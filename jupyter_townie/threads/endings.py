"""What ends a turn before the model is done, and what the user may do then."""

from __future__ import annotations

from .. import protocol as p


class TurnFailed(Exception):
    """The turn can not go on."""

    def __init__(self, problem: p.Problem, reason: str = "failed") -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.reason = reason


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


def not_placed(why: str) -> p.Problem:
    """A change was refused, and the model's second try at it as well.

    :param why: as the model was told.
    """
    return p.Problem(
        code="edit_refused",
        message="The change could not be placed in the source, twice.",
        remedy="That source is as it was. The code is in the chat: insert what you need, or ask again.",
        detail=why[:1000],
    )


def given_up(why: str) -> p.Problem:
    """A change was refused, and the model has not tried again; only the model was told ``why`` so far."""
    return p.Problem(
        code="edit_refused",
        message="A change could not be made.",
        remedy="The code is in the chat: insert what you need, or ask again.",
        detail=why[:1000],
    )
