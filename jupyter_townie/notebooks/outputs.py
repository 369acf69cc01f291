"""The outputs of a cell as something that can be read: plain text, images, and the error if there was one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jupyter_townie.kernels.images import MIMES, ImageRefused, fitted
from jupyter_townie.kernels.printed import head_and_tail, readable
from jupyter_townie.notebooks.markup import text_of_html
from jupyter_townie.notebooks.operations import joined
from jupyter_townie.protocol import Image, RawError

TEXT_LIMIT = 20_000
"""Bytes of text for one cell."""
MESSAGE_LIMIT = 2_000
"""Bytes of an error's message."""
TRACEBACK_LIMIT = 8_000
"""Bytes of an error's traceback."""
MAX_IMAGES = 4
"""Images for one cell; of more, the last ones are kept, which is where a result stands."""
RAW_LIMIT = 4_000_000
"""Bytes of one output that are looked at at all: beyond them not even the cleaning is worth its time."""


@dataclass(frozen=True)
class PlainOutputs:
    """What a cell showed.  ``text`` holds everything but the error, which is in ``error``."""

    text: str = ""
    images: tuple[Image, ...] = ()
    error: RawError | None = None


def plain(outputs: Iterable[Any], *, limit: int = TEXT_LIMIT) -> PlainOutputs:
    """Read the ``outputs`` of an nbformat code cell; whatever does not look like an output is passed over.

    Text is preferred over Markdown, Markdown over HTML, unless the text is a mere ``<Object at 0x...>``.
    """
    texts: list[str] = []
    images: list[Image] = []
    error: RawError | None = None
    written = complaints = ""
    for output in outputs if isinstance(outputs, (list, tuple)) else ():
        if not isinstance(output, Mapping):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            text = joined(output.get("text"))
            if texts and texts[-1] and not texts[-1].endswith("\n"):
                texts.append("\n" if output.get("name") == "stderr" else "")
            texts.append(_cut(text))
            written += texts[-1]
            complaints += texts[-1] if output.get("name") == "stderr" else ""
        elif kind == "error":
            error = bounded_error(_explained(output, complaints or written))
        elif kind in ("display_data", "execute_result"):
            text, image = _bundle(output.get("data"))
            if image is not None:
                images.append(image)
            if text:
                texts.append(("" if not texts or texts[-1].endswith("\n") else "\n") + text + "\n")
    if len(images) > MAX_IMAGES:
        texts.append(f"\n[{len(images) - MAX_IMAGES} earlier images left out]")
        images = images[-MAX_IMAGES:]
    text = readable("".join(texts)).strip("\n")
    return PlainOutputs(head_and_tail(text, limit), tuple(images), error)


def _explained(output: Mapping[str, Any], complaints: str) -> Mapping[str, Any]:
    """An error that says nothing of itself, as a shell's exit status, is what the cell wrote to its error stream.

    A kernel that has one stream alone writes it there.
    """
    if output.get("ename") or output.get("traceback") or not (said := readable(complaints).strip()):
        return output
    return {"evalue": said.rpartition("\n")[2], "traceback": [said, joined(output.get("evalue"))]}


def bounded_error(content: Mapping[str, Any]) -> RawError:
    """An error output or message of a sane size: its name, message and failing line are always kept."""
    lines = content.get("traceback")
    traceback = [joined(line) for line in lines] if isinstance(lines, list) else joined(lines).split("\n")
    return RawError(
        ename=head_and_tail(joined(content.get("ename")) or "Error", 200),
        evalue=head_and_tail(joined(content.get("evalue")), MESSAGE_LIMIT),
        traceback=_bounded_traceback([line for line in traceback if line]),
    )


def _bounded_traceback(parts: Sequence[str]) -> list[str]:
    """Whole parts (a frame each, in IPython) from both ends while there is room; the first and the last always."""
    if sum(len(part.encode("utf-8", "replace")) for part in parts) <= TRACEBACK_LIMIT:
        return [part.encode("utf-8", "replace").decode("utf-8") for part in parts]
    room = TRACEBACK_LIMIT
    head: list[str] = []
    tail: list[str] = []
    at, end = 0, len(parts)
    while at < end:
        # The end comes first: it holds the message, and above it the frame that failed.
        last = len(tail) <= len(head)
        part = head_and_tail(parts[end - 1] if last else parts[at], TRACEBACK_LIMIT // 4)
        room -= len(part.encode())
        if room < 0:
            break
        if last:
            tail.append(part)
            end -= 1
        else:
            head.append(part)
            at += 1
    left_out = [f"[... {end - at} frames left out ...]"] if end > at else []
    return [*head, *left_out, *reversed(tail)]


def _bundle(data: Any) -> tuple[str, Image | None]:
    """Text and image of a MIME bundle."""
    if not isinstance(data, Mapping):
        return "", None
    image, note = _image(data)
    if image is not None:
        return "", image
    text = _cut(joined(data.get("text/plain")))
    if text and not _is_address(text):
        return text, None
    for mime in ("text/markdown", "text/latex"):
        if joined(data.get(mime)):
            return _cut(joined(data[mime])), None
    if joined(data.get("text/html")):
        return text_of_html(_cut(joined(data["text/html"]))) or text, None
    if note:
        return note, None
    return text or _named(data), None


def _image(data: Mapping[str, Any]) -> tuple[Image | None, str]:
    for mime in MIMES:
        if mime in data:
            try:
                return fitted(Image(mime=mime, data=joined(data[mime]))), ""
            except ImageRefused as refused:
                return None, f"[an image ({mime}) is left out: {refused}]"
    return None, ""


def _named(data: Mapping[str, Any]) -> str:
    """A line for an output without any text, so that it is known to be there."""
    if "application/json" in data:
        return _cut(json.dumps(data["application/json"], ensure_ascii=False, default=str))
    named = [str(mime)[:100] for mime in data if mime != "text/plain"]
    return f"[output of type {named[0]}]" if named else ""


def _is_address(text: str) -> bool:
    """``<IPython.core.display.HTML object>``, ``<Figure size 640x480 with 1 Axes>`` and the like tell nothing."""
    return len(text) < 200 and text.startswith("<") and text.rstrip().endswith(">") and "\n" not in text.strip()


def _cut(text: str) -> str:
    return text if len(text) <= RAW_LIMIT else text[: RAW_LIMIT // 2] + "\n[...]\n" + text[-RAW_LIMIT // 2 :]
