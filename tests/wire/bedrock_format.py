"""Anthropic's events inside of Amazon's binary event stream, as Bedrock's InvokeModelWithResponseStream sends them.

The framing is the one of
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html (prelude, headers, payload, checksums).
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from . import anthropic_format
from .frames import Frame
from .reply import Reply

CONTENT_TYPE = "application/vnd.amazon.eventstream"
_STRING = 7


def error(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The body of an HTTP error."""
    return {"message": reply.message or anthropic_format.error(reply, request)["error"]["message"]}


def whole(reply: Reply, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer in one piece."""
    return anthropic_format.whole(reply, request)


def stream(reply: Reply, request: Mapping[str, Any]) -> Iterator[Frame]:
    """The answer as binary events."""
    for frame in anthropic_format.stream(reply, request):
        yield Frame(_message("chunk", _payload(frame)), frame.delta)


def failure(reply: Reply) -> Frame:
    """An error in the middle of a stream."""
    return Frame(_message("chunk", _payload(anthropic_format.failure(reply))))


def _payload(frame: Frame) -> bytes:
    event = frame.data.partition(b"data: ")[2].strip()
    return json.dumps({"bytes": base64.b64encode(event).decode()}).encode()


def _message(kind: str, payload: bytes) -> bytes:
    headers = b"".join(
        struct.pack("!B", len(name)) + name + struct.pack("!BH", _STRING, len(value)) + value
        for name, value in [
            (b":event-type", kind.encode()),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        ]
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))
