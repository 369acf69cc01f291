"""How an app looks at this moment: a picture of what is in sight, and its page as roles, names, states and texts.

Pages that watch the app are asked. What they answer comes from the app's own document, which can say what it likes: a
picture is decoded and encoded anew within bounds, a text is bounded and stays data.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from .. import protocol as p
from .failures import without_capability

if TYPE_CHECKING:
    from .observation import Observation

LONGEST = 10.0
"""Seconds in which a page has to answer."""
LONG_EDGE = 1280
"""Pixels of a picture's longer edge; larger ones are made smaller, never cut."""
LARGEST = 2_000_000
"""Characters of a picture as it arrives, in base64."""
LONGEST_TREE = 20_000
"""Characters."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an app."""

    image: p.Image | None = None
    """A PNG or JPEG that this server has made, its longer edge at most :data:`LONG_EDGE`."""
    tree: str = ""
    """The accessibility tree as indented text, which generated code may have forged."""
    problem: str = ""
    """Why there is no picture, or nothing at all."""
    time: float = 0.0


class Looks:
    """Asks the pages that watch apps how these look.  Used from the event loop alone."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Queue[p.AppReply]] = {}

    async def ask(self, observation: Observation, *, picture: bool, timeout: float = LONGEST) -> Look:
        """What the pages that watch say; the first that has all of it counts, else the one that says most."""
        watchers = observation.watchers
        if not watchers:
            return Look(problem="No page has the app open.")
        request = secrets.token_hex(8)
        replies = self._waiting[request] = asyncio.Queue(maxsize=50)
        best: Look | None = None
        until = asyncio.get_running_loop().time() + timeout
        try:
            observation.tell(p.AppRequestFrame(request=request, picture=picture))
            for _ in range(watchers):
                with anyio.fail_after(until - asyncio.get_running_loop().time()):
                    reply = await replies.get()
                seen = await asyncio.to_thread(_checked, reply, picture)
                if best is None or (seen.image is not None, len(seen.tree)) > (best.image is not None, len(best.tree)):
                    best = seen
                if seen.tree and (seen.image is not None or not picture):
                    break
        except TimeoutError:
            pass
        finally:
            del self._waiting[request]
        return best or Look(problem="The page did not answer.")

    def replied(self, reply: p.AppReply) -> None:
        """A page has answered; nothing happens when nobody waits for that any more."""
        replies = self._waiting.get(reply.request)
        if replies is not None and not replies.full():
            replies.put_nowait(reply)


def _checked(reply: p.AppReply, picture: bool) -> Look:
    """What a page says, as something that is safe to keep and to show.  Blocking."""
    image, problem = None, text_of(reply.problem, 300)
    if picture and reply.image is not None:
        from ..kernels.images import ImageRefused, redrawn

        try:
            if len(reply.image.data) > LARGEST:
                raise ImageRefused("it is too large")
            image = redrawn(reply.image.data, LONG_EDGE)
        except ImageRefused as refused:
            problem = f"The picture that the page gave is not used: {refused}."
    return Look(image, text_of(reply.tree, LONGEST_TREE), problem, time.time())


def text_of(text: str, longest: int) -> str:
    """What a page says in words: bounded, without addresses that open the app, and without invisible characters."""
    return _UNSEEN.sub("", without_capability(text[:longest]))


_LINE = re.compile(
    r'^(?P<head>\s*- (?P<role>[a-z]+))(?P<name> "(?:[^"\\]|\\.)*")?(?P<states>(?: \[[^\]]*\])*)(?P<rest>.*)$'
)
_CONTROLS = frozenset(
    [
        "button",
        "link",
        "textbox",
        "searchbox",
        "combobox",
        "listbox",
        "checkbox",
        "radio",
        "switch",
        "slider",
        "spinbutton",
        "tab",
        "menuitem",
        "form",
        "dialog",
        "alertdialog",
        "navigation",
        "main",
        "region",
        "group",
    ]
)


def structure(tree: str) -> str:
    """*tree* without the data in it: roles, states and the names of controls, but no texts and no values."""
    kept = []
    for line in tree.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name = found["name"] if found["role"] in _CONTROLS and found["name"] else ""
        kept.append(found["head"] + name + (found["states"] or "") + (":" if found["rest"] == ":" else ""))
    return "\n".join(kept)
