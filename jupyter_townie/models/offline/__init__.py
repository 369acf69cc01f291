"""Answers without a model: the guided tour's scripts, and plain words about common errors.

It never pretends to be a model: the first line of every answer says that none is configured, and how to add one.

A script is a Markdown file in this folder.  Its front matter holds ``key: value`` lines, each key as often as needed::

    ---
    title: Plot the penguins
    needs: plot|chart|graph
    needs: penguin
    ---
    The answer, in the fence dialect, with {{cell_id}} and the other fields of the failure where they are wanted.

``needs``
    A regular expression (upper and lower case are the same) that the request must contain.  All have to be found.
``failure``
    A regular expression that ``ename: evalue`` of the failure must contain; such a script answers failures alone.
``unless``
    A regular expression that the request must not contain: what it asks for that the script does not do.
``pick``
    ``field | value | pattern``: what ``{{field}}`` stands for in the answer when the request contains the pattern, or,
    with an empty pattern, when it contains none of that field.  A request that fits none of them, or two, is for
    another script.
``purpose``
    The only purpose that the script answers; several may be given.
``there``
    The folder of an app that has to be there already.

The script with most conditions wins, then the one whose file name comes first.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ..answer import Answer
from ..model import ChatMessage, ModelRequest, StreamEvent, Text
from ..profiles import Profile
from .explanations import explain

FIRST_LINE = (
    "*No model is configured, so this answer comes from Townie's built-in tour. For a model's answers, add a key "
    "(in the chat: click the name of the model, then Models and keys), or set `ANTHROPIC_API_KEY` and restart Jupyter.*"
)
PACE = 0.002
"""Seconds between words: fast, but seen to stream."""


IsApp = Callable[[str], bool]
"""Whether a folder of the workspace is an app's."""


def _no_app(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Script:
    """One prepared answer."""

    name: str
    title: str
    body: str
    needs: tuple[str, ...] = ()
    failure: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    pick: tuple[str, ...] = ()
    there: tuple[str, ...] = ()

    @classmethod
    def read(cls, name: str, text: str) -> Script:
        """:raises ValueError: when the front matter is missing or has an unknown key."""
        found = re.match(r"---\n(.*?)\n---\n(.*)\Z", text.replace("\r\n", "\n"), re.DOTALL)
        if found is None:
            raise ValueError(f"{name}: the front matter is missing")
        keys = ("title", "needs", "failure", "purpose", "unless", "pick", "there")
        entries: dict[str, list[str]] = {key: [] for key in keys}
        for line in found[1].splitlines():
            key, colon, value = line.partition(":")
            if not colon or key.strip() not in entries:
                raise ValueError(f"{name}: the front matter has a line that is not understood: {line!r}")
            entries[key.strip()].append(value.strip())
        title = " ".join(entries.pop("title"))
        return cls(name, title, found[2].strip(), **{key: tuple(values) for key, values in entries.items()})

    def score(self, text: str, purpose: str, failure: Mapping[str, Any] | None, is_app: IsApp = _no_app) -> int:
        """How many conditions are met; 0 when one is not."""
        if not (self.needs or self.failure) or (self.purpose and purpose not in self.purpose):
            return 0
        if self.failure and failure is None:
            return 0
        error = f"{failure.get('ename', '')}: {failure.get('evalue', '')}" if failure else ""
        conditions = [(pattern, text) for pattern in self.needs] + [(pattern, error) for pattern in self.failure]
        if not all(re.search(pattern, where, re.IGNORECASE) for pattern, where in conditions):
            return 0
        if any(re.search(pattern, text, re.IGNORECASE) for pattern in self.unless) or self.picked(text) is None:
            return 0
        if not all(map(is_app, self.there)):
            return 0
        return len(conditions) + len(self.purpose) + len(self.there)

    def picked(self, text: str) -> dict[str, str] | None:
        """A value for each field of ``pick``, or None when the request does not say which."""
        found: dict[str, list[str]] = {}
        usual: dict[str, str] = {}
        for line in self.pick:
            field, value, pattern = (part.strip() for part in line.split(" |", 2))
            values = found.setdefault(field, [])
            if not pattern:
                usual[field] = value
            elif re.search(pattern, text, re.IGNORECASE):
                values.append(value)
        chosen = {field: values or [usual[field]] for field, values in found.items() if values or field in usual}
        if len(chosen) < len(found) or any(len(values) > 1 for values in chosen.values()):
            return None
        return {field: values[0] for field, values in chosen.items()}


@dataclass(frozen=True, slots=True)
class OfflineModel:
    """Answers by rule.  ``pace`` is the number of seconds between two words."""

    profile: Profile
    pace: float = PACE

    def body(self, request: ModelRequest) -> dict[str, Any]:
        """Nothing is sent anywhere; this is what the rules look at."""
        return {
            "model": self.profile.name,
            "purpose": request.purpose,
            "text": last_user_text(request),
            "failure": dict(failure_of(request) or {}) or None,
        }

    async def stream(self, request: ModelRequest) -> AsyncGenerator[StreamEvent, None]:
        answer = Answer(self.profile.id)
        for word in re.findall(r"\s*\S+\s*", reply_to(request)):
            yield answer.text(word)
            await asyncio.sleep(self.pace)
        yield answer.finished("end")

    async def close(self) -> None:
        """There is nothing to give back."""


def reply_to(request: ModelRequest) -> str:
    """The whole answer, as Markdown in the fence dialect."""
    text, failure = last_user_text(request), failure_of(request)
    best: Script | None = None
    most = 0
    for script in scripts():
        score = script.score(text, request.purpose, failure, request.metadata.get("is_app", _no_app))
        if score > most:
            best, most = script, score
    if best is not None:
        body = _filled(best.body, {**(failure or {}), **(best.picked(text) or {})})
    elif failure is not None and (failure.get("ename") or failure.get("evalue")):
        body = explain(failure, repair=request.purpose == "fix")
    else:
        body = _help()
    return f"{FIRST_LINE}\n\n{body}\n"


@cache
def scripts() -> tuple[Script, ...]:
    """All scripts, by file name."""
    folder = files(__package__)
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".md")), key=lambda entry: entry.name)
    return tuple(Script.read(entry.name, entry.read_text(encoding="utf-8")) for entry in entries)


def last_user_text(request: ModelRequest) -> str:
    """What the user said last: ``metadata["last_user_text"]``, else the text of the last user message."""
    said = request.metadata.get("last_user_text")
    if isinstance(said, str):
        return said
    spoken = [message for message in request.messages if message.role == "user"]
    return _text(spoken[-1]) if spoken else ""


def failure_of(request: ModelRequest) -> Mapping[str, Any] | None:
    failure = request.metadata.get("failure")
    return failure if isinstance(failure, Mapping) else None


def _text(message: ChatMessage) -> str:
    return "\n".join(block.text for block in message.content if isinstance(block, Text))


def _filled(body: str, failure: Mapping[str, Any]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda field: str(failure.get(field[1]) or ""), body)


def _help() -> str:
    titles = "\n".join(f"- {script.title}" for script in scripts() if script.title and not script.failure)
    return (
        "Without a model I can only answer a few prepared requests and say what common errors mean. "
        f"These are prepared:\n\n{titles}\n\n"
        "Under every error in a notebook, **Explain** says what it means and **Try fixing** repairs what can be "
        "repaired by rule."
    )
