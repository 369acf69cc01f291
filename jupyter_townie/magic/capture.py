"""Hears what the user's code shows while it is shown to the user as always."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LIMIT = 1_000_000
"""Characters of text that are kept."""


class Outputs(list[dict[str, Any]]):
    """Outputs in the shape of the notebook format."""

    def stream(self, name: str, text: str) -> None:
        if self and self[-1].get("name") == name:
            if len(self[-1]["text"]) < LIMIT:
                self[-1]["text"] += text
        else:
            self.append({"output_type": "stream", "name": name, "text": text})


@contextmanager
def listening(shell: Any) -> Iterator[Outputs]:
    """Everything that is printed or displayed in this thread meanwhile."""
    outputs = Outputs()

    def displayed(message: dict[str, Any]) -> dict[str, Any]:
        if message["header"]["msg_type"] in ("display_data", "execute_result"):
            kind, data = message["header"]["msg_type"], message["content"].get("data", {})
            outputs.append({"output_type": kind, "data": data})
        return message

    hooked = [part for part in (shell.display_pub, shell.displayhook) if hasattr(part, "register_hook")]
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Tee(streams[0], "stdout", outputs), _Tee(streams[1], "stderr", outputs)
    for part in hooked:
        part.register_hook(displayed)
    try:
        yield outputs
    finally:
        for part in hooked:
            part.unregister_hook(displayed)
        # What the user's code has put in their place itself is left alone.
        if isinstance(sys.stdout, _Tee):
            sys.stdout = streams[0]
        if isinstance(sys.stderr, _Tee):
            sys.stderr = streams[1]


class _Tee:
    """A text stream that also tells :class:`Outputs`; everything else is the stream's own."""

    def __init__(self, stream: Any, name: str, outputs: Outputs) -> None:
        self._stream, self._name, self._outputs = stream, name, outputs

    def write(self, text: str) -> int:
        written: int = self._stream.write(text)
        if isinstance(text, str) and text:
            self._outputs.stream(self._name, text)
        return written

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
