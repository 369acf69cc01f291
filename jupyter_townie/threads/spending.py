"""What a turn may spend, by the user's limit and by the server's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import protocol as p
from ..models.providers import is_free
from .endings import TurnFailed

if TYPE_CHECKING:
    from ..models.profiles import Profile
    from .state import TurnRecord


def check_cost(turn: TurnRecord, servers: float | None) -> None:
    """Look before each request whether there is anything left.

    :param servers: the server's limit for one turn, in US dollars; None for none.  The user's own starts anew with
        each Continue.
    :raises TurnFailed: a limit is reached.
    """
    own, cost = turn.started.options.max_cost, turn.cost
    if servers is not None and cost >= servers:
        raise _too_expensive(cost, servers, "That is this server's limit for one turn. Go on with a new message.")
    if own is not None and cost - turn.spent >= own:
        raise _too_expensive(cost, own, f"Press Continue to let it spend up to {_dollars(own)} more.")


def unknown_price(turn: TurnRecord, servers: float | None, profile: Profile) -> p.Problem | None:
    """A limit that can not be kept must not look as if it were: what to tell the user of it, if anything."""
    limited = turn.started.options.max_cost is not None or servers is not None
    if not limited or profile.prices is not None or is_free(profile):
        return None
    return p.Problem(
        code="price_unknown",
        message=f"The price of {turn.started.model} is not known, so the spending limit cannot be kept.",
        remedy="The server's setting TownieApp.profiles can name its prices.",
    )


def _too_expensive(cost: float, limit: float, remedy: str) -> TurnFailed:
    message = f"This turn has spent {_dollars(cost)}; its limit is {_dollars(limit)}."
    return TurnFailed(p.Problem(code="cost", message=message, remedy=remedy), "limit")


def _dollars(amount: float) -> str:
    """An amount as people read it, which is never nothing when it is something."""
    return f"${amount:.2f}" if amount >= 0.01 or not amount else f"${amount:.1g}"
