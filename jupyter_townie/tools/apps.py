"""Tools on the app that a turn works on."""

from __future__ import annotations

from .tool import Answer, Arguments, Bench, Tool


class LookAtApp(Arguments):
    pass


async def _look(bench: Bench, arguments: LookAtApp) -> Answer:
    return await bench.look_at_app()


LOOK_AT_APP = Tool(
    "look_at_app",
    "How the app looks now, as its person sees it: its page as text (roles, names, states) and, where that is shared, "
    "a screenshot. Useful before and after a change of its looks, and when something is missing or blank.",
    LookAtApp,
    "read",
    _look,
)
