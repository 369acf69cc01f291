"""Using an app as a person does, in the server's own browser: steps are carried out, and what they change is told."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import difflib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from .browser import HeadlessBrowser, OpenApp
from .looking import LONG_EDGE, LONGEST_TREE, Look, text_of

if TYPE_CHECKING:
    from .. import protocol as p

STEP = 5_000
"""Milliseconds in which the target of a step has to be there."""
QUIET = 0.8
"""Seconds after the last step in which what it causes has to show."""
LONGEST_CHANGE = 6_000
"""Characters of what changed."""

Verb = Literal["click", "type", "choose", "check", "uncheck", "press"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a person could do."""

    do: Verb
    role: str = ""
    name: str = ""
    """The accessible name, or the text, of the target."""
    text: str = ""
    """What is typed, the option that is chosen, or the key that is pressed."""

    def __str__(self) -> str:
        target = " ".join(part for part in (self.role, f'"{self.name}"' if self.name else "") if part)
        if self.do == "type":
            return f'type "{self.text}" into {target}'
        if self.do == "choose":
            return f'choose "{self.text}" in {target}'
        if self.do == "press":
            return f"press {self.text}" + (f" in {target}" if target else "")
        return f"{self.do} {target}"


@dataclass(frozen=True, slots=True)
class Used:
    """What came of steps."""

    done: tuple[str, ...]
    problem: str
    """Why the next step could not be done, or empty."""
    before: str
    """The accessibility tree before the first step."""
    look: Look
    """How the app looked after the last one."""


async def look(browser: HeadlessBrowser, app: str, *, picture: bool, fresh: bool = True) -> Look:
    """How an app looks to somebody who opens it anew.  :raises AppRefused: it can not be opened."""
    opened = await browser.app(app, fresh=fresh)
    async with opened.lock:
        seen = await _seen(opened, picture)
        await browser.said(opened)
        return seen


async def use(browser: HeadlessBrowser, app: str, steps: Sequence[Step], *, fresh: bool, picture: bool) -> Used:
    """Carry out *steps*, one after the other, until one can not be done.  :raises AppRefused: it can not be opened."""
    opened = await browser.app(app, fresh=fresh)
    async with opened.lock:
        before = await _tree(opened)
        done: list[str] = []
        problem = ""
        for step in steps:
            try:
                await _do(opened, step)
            except Exception as error:
                problem = f"{step}: {_why(error)}"
                break
            done.append(str(step))
            await asyncio.sleep(0.1)
        with contextlib.suppress(Exception):
            await opened.page.wait_for_load_state("networkidle", timeout=2_000)
        await asyncio.sleep(QUIET)
        after = await _seen(opened, picture)
        await browser.said(opened)
        return Used(tuple(done), problem, before, after)


def difference(before: str, after: str) -> str:
    """What is other in the second of two accessibility trees, line by line."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    text = "\n".join("..." if line.startswith("@@") else line for line in lines)
    return text if len(text) <= LONGEST_CHANGE else text[:LONGEST_CHANGE] + "\n(more changed)"


async def _do(opened: OpenApp, step: Step) -> None:
    if step.do == "press" and not (step.role or step.name):
        await opened.page.keyboard.press(step.text)
        return
    target = await _target(opened.frame, step)
    if step.do == "click":
        await target.click(timeout=STEP)
    elif step.do == "type":
        await target.fill(step.text, timeout=STEP)
    elif step.do == "choose":
        await target.select_option(label=step.text, timeout=STEP)
    elif step.do == "press":
        await target.press(step.text, timeout=STEP)
    else:
        await target.set_checked(step.do == "check", timeout=STEP)


async def _target(frame: Any, step: Step) -> Any:
    """What a step is about: by its role and name, else by its label, placeholder or text."""
    until = time.monotonic() + STEP / 1000
    while True:
        ways = [frame.get_by_role(step.role, name=step.name or None)] if step.role else []
        if step.name:
            ways += [frame.get_by_label(step.name), frame.get_by_placeholder(step.name)]
            if not step.role:
                ways += [frame.get_by_role("button", name=step.name), frame.get_by_text(step.name)]
        for way in ways:
            if await way.count():
                return way.first
        if time.monotonic() > until:
            raise LookupError
        await asyncio.sleep(0.2)


def _why(error: Exception) -> str:
    if isinstance(error, LookupError):
        return "there is no such element on the page"
    return str(error).strip().split("\n")[0][:200]


async def _seen(opened: OpenApp, picture: bool) -> Look:
    image: p.Image | None = None
    problem = ""
    if picture:
        from ..kernels.images import ImageRefused, redrawn

        try:
            raw = await opened.page.screenshot(timeout=STEP, animations="disabled")
            image = await asyncio.to_thread(redrawn, base64.b64encode(raw).decode("ascii"), LONG_EDGE)
        except ImageRefused as refused:
            problem = str(refused)
        except Exception as error:
            problem = f"The page could not be drawn: {_why(error)}"
    return Look(image, await _tree(opened), problem, time.time())


async def _tree(opened: OpenApp) -> str:
    try:
        tree = str(await opened.frame.locator("html").aria_snapshot(timeout=STEP))
    except Exception as error:
        return f"- (the page does not answer: {_why(error)})"
    return text_of(tree, LONGEST_TREE)
