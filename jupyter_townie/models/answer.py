"""An answer while it is being written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .model import (
    Block,
    Finished,
    Stop,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCallDelta,
    ToolCalled,
    ToolCallStarted,
    ToolUse,
    content_to_json,
)


@dataclass
class _Writing:
    """A block that may still grow.  The pieces are joined once, at the end, because there may be very many."""

    kind: str
    pieces: list[str]
    id: str = ""
    name: str = ""
    signature: str = ""
    redacted: str = ""


class Answer:
    """Collects the pieces of an answer, and says for each which event it is.

    Text follows text and thinking follows thinking in the same block; everything else begins a new one.
    """

    def __init__(self, model: str) -> None:
        self.model = model
        self._blocks: list[Block] = []
        self._open: _Writing | None = None
        self._calls: dict[Any, _Writing] = {}

    @property
    def empty(self) -> bool:
        """Whether nothing has arrived that is worth keeping."""
        return not self._blocks and not self._calls and not (self._open and self._open.pieces)

    def text(self, piece: str) -> TextDelta:
        self._writing("text").pieces.append(piece)
        return TextDelta(piece)

    def thinking(self, piece: str) -> ThinkingDelta:
        self._writing("thinking").pieces.append(piece)
        return ThinkingDelta(piece)

    def signature(self, signature: str) -> None:
        """The thinking of this block is signed; the block is complete."""
        self._writing("thinking").signature += signature

    def redacted(self, data: str) -> None:
        self.close()
        self._blocks.append(Thinking("", self.model, redacted=data))

    def tool_started(self, key: Any, id: str, name: str) -> ToolCallStarted:
        """``key`` tells apart the calls that are being written at the same time."""
        self.close()
        self._calls[key] = _Writing("tool", [], id=id, name=name)
        return ToolCallStarted(id, name)

    def tool_piece(self, key: Any, piece: str) -> ToolCallDelta:
        call = self._calls[key]
        call.pieces.append(piece)
        return ToolCallDelta(call.id, piece)

    def tool_ended(self, key: Any) -> ToolCalled:
        call = self._calls.pop(key)
        arguments, raw = read_arguments("".join(call.pieces))
        self._blocks.append(ToolUse(call.id, call.name, arguments, raw))
        return ToolCalled(call.id, call.name, arguments, raw)

    def close(self) -> None:
        """The open block of text or thinking is complete."""
        writing, self._open = self._open, None
        if writing is None:
            return
        text = "".join(writing.pieces)
        if writing.kind == "text" and text:
            self._blocks.append(Text(text))
        elif writing.kind == "thinking" and (text or writing.signature):
            self._blocks.append(Thinking(text, self.model, writing.signature))

    def finished(self, stop: Stop, note: str = "") -> Finished:
        """A call that was not complete is left out: it can neither be run nor be sent back."""
        self.close()
        return Finished(stop, content_to_json(self._blocks), note)

    def _writing(self, kind: str) -> _Writing:
        if self._open is None or self._open.kind != kind:
            self.close()
            self._open = _Writing(kind, [])
        return self._open


def read_arguments(text: str) -> tuple[dict[str, Any] | None, str]:
    """A tool call's arguments, and the text itself when it is not a JSON object.  No text is no arguments."""
    if not text.strip():
        return {}, ""
    try:
        arguments = json.loads(text)
    except ValueError:
        return None, text
    return (arguments, "") if isinstance(arguments, dict) else (None, text)
