"""What the endpoint answers, whichever wire format it is asked in."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Stop = Literal["end", "length", "tool", "refusal"]
Ending = Literal["complete", "cut", "hang", "wait", "fail", "garbage"]
_CONSTRUCTORS = ("text", "tool", "thinking", "refusal", "endless", "hang", "error", "html")
_MODIFIERS = {
    "cut": "cut",
    "hang": "hang_after",
    "wait": "wait_after",
    "fail": "fail_after",
    "garbage": "garbage_after",
}


@dataclass(frozen=True)
class TextPart:
    text: str
    endless: bool = False


@dataclass(frozen=True)
class ThinkingPart:
    text: str
    signature: str = "c2lnbmVk"
    redacted: str = ""


@dataclass(frozen=True)
class ToolPart:
    """A tool call.  ``arguments`` is a mapping, or the very text that the model writes, valid JSON or not."""

    name: str
    arguments: Mapping[str, Any] | str
    id: str = ""

    @property
    def json(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


Part = TextPart | ThinkingPart | ToolPart


@dataclass(frozen=True)
class Tokens:
    """``input`` excludes what was read from or written to the cache."""

    input: int
    output: int
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True)
class Reply:
    """One answer; see the package's documentation for the ways to make one."""

    parts: tuple[Part, ...] = ()
    chunk: int = 12
    delay: float = 0.0
    first_delay: float = 0.0
    usage: Tokens | None = None
    """None is an estimate from the lengths of request and reply; four characters are a token."""
    report_usage: bool = True
    """False for a server that knows nothing of usage in streams (OpenAI format only)."""
    stop: Stop | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    raw: bytes | None = None
    silent: bool = False
    ending: Ending = "complete"
    after: int = 0

    # -------------------------------------------------------------------------------------------------- constructors

    @classmethod
    def of(cls, *parts: Part, **options: Any) -> Reply:
        return cls(parts=parts, **options)

    @classmethod
    def text(cls, text: str, **options: Any) -> Reply:
        return cls(parts=(TextPart(text),), **options)

    @classmethod
    def tool(
        cls, name: str, arguments: Mapping[str, Any] | str, *, text: str = "", id: str = "", **options: Any
    ) -> Reply:
        before: tuple[Part, ...] = (TextPart(text),) if text else ()
        return cls(parts=(*before, ToolPart(name, arguments, id)), **options)

    @classmethod
    def thinking(cls, thought: str, text: str, **options: Any) -> Reply:
        return cls(parts=(ThinkingPart(thought), TextPart(text)), **options)

    @classmethod
    def refusal(cls, text: str = "", **options: Any) -> Reply:
        return cls(parts=(TextPart(text),) if text else (), stop="refusal", **options)

    @classmethod
    def endless(cls, text: str = "and so on, ", *, delay: float = 0.01, **options: Any) -> Reply:
        return cls(parts=(TextPart(text, endless=True),), delay=delay, **options)

    @classmethod
    def hang(cls) -> Reply:
        return cls(silent=True)

    @classmethod
    def error(
        cls, status: int, message: str = "", *, retry_after: float | str | None = None, headers: Mapping[str, str] = {}
    ) -> Reply:
        extra = {} if retry_after is None else {"retry-after": str(retry_after)}
        return cls(status=status, message=message, headers={**headers, **extra})

    @classmethod
    def html(cls, status: int = 502, title: str = "502 Bad Gateway", body: str = "nginx") -> Reply:
        page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{body}</p></body></html>"
        return cls(status=status, raw=page.encode(), headers={"content-type": "text/html; charset=utf-8"})

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Reply:
        """:raises ValueError: when ``reply`` or a key of ``then`` is not known."""
        options = dict(entry)
        name, then = options.pop("reply", "text"), options.pop("then", {})
        if name not in _CONSTRUCTORS:
            raise ValueError(f"no such reply: {name!r}, there are {', '.join(_CONSTRUCTORS)}")
        if isinstance(options.get("usage"), Mapping):
            options["usage"] = Tokens(**options["usage"])
        reply: Reply = getattr(cls, name)(**options)
        for modifier, after in then.items():
            if modifier not in _MODIFIERS:
                raise ValueError(f"no such ending: {modifier!r}, there are {', '.join(_MODIFIERS)}")
            reply = getattr(reply, _MODIFIERS[modifier])(after)
        return reply

    # ------------------------------------------------------------------------------------------------------- endings

    def cut(self, after: int) -> Reply:
        return replace(self, ending="cut", after=after)

    def hang_after(self, after: int) -> Reply:
        return replace(self, ending="hang", after=after)

    def wait_after(self, after: int) -> Reply:
        return replace(self, ending="wait", after=after)

    def fail_after(self, after: int, message: str = "Overloaded") -> Reply:
        return replace(self, ending="fail", after=after, message=message)

    def garbage_after(self, after: int) -> Reply:
        return replace(self, ending="garbage", after=after)

    # ------------------------------------------------------------------------------------------------------- reading

    @property
    def stop_reason(self) -> Stop:
        if self.stop is not None:
            return self.stop
        return "tool" if any(isinstance(part, ToolPart) for part in self.parts) else "end"

    def pieces(self, text: str, endless: bool = False) -> Iterator[str]:
        """``text`` in deltas of ``chunk`` characters."""
        pieces = [text[i : i + self.chunk] for i in range(0, len(text), self.chunk)]
        return itertools.cycle(pieces) if endless else iter(pieces)

    def tokens(self, request: Mapping[str, Any]) -> Tokens:
        """What the reply reports as used."""
        if self.usage is not None:
            return self.usage
        written = sum(len(part.json if isinstance(part, ToolPart) else part.text) for part in self.parts)
        return Tokens(input=len(json.dumps(request)) // 4, output=max(1, written // 4))
