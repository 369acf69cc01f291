"""Why a command or an operation can not be carried out, in words for the user."""

from __future__ import annotations

from .. import protocol as p
from ..notebooks.surface import SurfaceError

_PROBLEMS = {
    "changed": "The cell was changed in the meantime; your text was kept.",
    "missing": "The cell is no longer there. The code is in the chat: insert it where you want it.",
    "read_only": "The notebook is read-only. Save it under another name (File, Save Notebook As), or copy the code.",
    "closed": "The notebook was closed. Open it again, and apply this once more.",
}


class Refused(Exception):
    """A command can not be carried out; ``problem`` tells the person why and what to do."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.problem = p.Problem(code=code, message=message, remedy=remedy)

    @classmethod
    def of(cls, problem: p.Problem) -> Refused:
        return cls(problem.code, problem.message, problem.remedy)


def turn_running() -> Refused:
    return Refused("turn_running", "Townie is still working on the last message.", "Wait for it, or press Stop.")


def refusal(result: p.OperationResult) -> str:
    """Why an operation was refused."""
    return _PROBLEMS.get(result.problem or "", "It could not be applied.")


def words(error: SurfaceError) -> str:
    """Why a notebook can not be reached, and what to do."""
    return f"{error.problem.message} {error.problem.remedy}".strip()


def empty_answer(model: str) -> p.Problem:
    """A model that ended without having said or done anything."""
    message = f"{model} ended its answer without a word."
    return p.Problem(
        code="empty_answer", message=message, remedy="Try again, say it differently, or pick another model."
    )


def internal(error: BaseException) -> p.Problem:
    """An error of Townie's own."""
    return p.Problem(
        code="internal",
        message=f"Townie itself failed: {type(error).__name__}: {error}"[:500],
        remedy="What arrived so far is kept. Try again; if it happens again, please report it with the server's log.",
    )
