"""What an answer will mostly repeat, for models that write such text faster when they are told it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .. import protocol as p
    from ..models.profiles import Profile

MOST_LINES = 30
"""Up to here a changed cell is written as a whole (``prompts/base.md``); beyond, the answer is blocks of changes."""


def predicted(
    profile: Profile, started: p.TurnStarted, sources: Mapping[str, str], shown: str, *, first: bool
) -> str | None:
    """The source of the cell that an edit will rewrite as a whole, or None.

    ``sources`` are those of the notebook's cells by id; ``shown`` is the context of the request. A source that is not
    in it to the letter (secrets were taken out, it was too long) is not predicted either. Only for the ``first``
    request of a turn, whose answer is the rewritten cell: later ones answer a failure or a refusal.
    """
    source = sources.get(started.binding.cell_id or "", "")
    if not profile.prediction or started.purpose != "edit" or not first or not source.strip():
        return None
    return source if source.count("\n") < MOST_LINES and source in shown else None
