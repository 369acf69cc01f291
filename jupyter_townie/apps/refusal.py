"""What can not be done with an app."""

from __future__ import annotations

from ..protocol import Problem


class NoSuchApp(KeyError):
    """There is no app with this id."""


class AppRefused(Exception):
    """What was asked of an app can not be done; ``problem`` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
