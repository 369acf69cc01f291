"""Tools on the app that a turn works on."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .tool import Answer, Arguments, Bench, Tool


class LookAtApp(Arguments):
    pass


class AppStep(Arguments):
    do: Literal["click", "type", "choose", "check", "uncheck", "press"]
    role: str = Field(
        "", description="Its role as look_at_app tells it: button, textbox, link, combobox, ...", max_length=40
    )
    name: str = Field("", description="Its accessible name, label, placeholder or text", max_length=200)
    text: str = Field("", description="What to type, the option to choose, or the key to press", max_length=2_000)


class UseApp(Arguments):
    steps: list[AppStep] = Field(description="Done in order until one can not be done", min_length=1, max_length=12)
    reload: bool = Field(False, description="Load the app anew first, as after a change of its files")


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


async def _use(bench: Bench, arguments: UseApp) -> Answer:
    return await bench.use_app(arguments.steps, reload=arguments.reload)


USE_APP = Tool(
    "use_app",
    "Click and type in the app, in a browser of the server's own, to test it: what changes on its page and what fails "
    "is told. It is the app with its own data, so do nothing that the person would not want done.",
    UseApp,
    "run",
    _use,
    asks=True,
)
