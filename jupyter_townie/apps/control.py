"""The server's end of a control socket: lines of JSON in both directions.

The other end may be held by generated code that was never meant to have it: whatever comes is bounded in size and in
number, and a peer that does not read is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

logger = logging.getLogger(__name__)

LARGEST = 4_000_000
"""Bytes of one message."""
MESSAGES_A_SECOND = 200
"""What comes faster has to wait, and with it whoever sends."""
MOST_UNSENT = 2_000


class Control:
    """Calls *on_message* for each message, and *on_end* once when the other end is gone."""

    def __init__(
        self, end: socket.socket, on_message: Callable[[dict[str, Any]], None], on_end: Callable[[], None]
    ) -> None:
        end.setblocking(False)
        self._socket = end
        self._on_message = on_message
        self._on_end = on_end
        self._unsent: asyncio.Queue[tuple[bytes, socket.socket | None]] = asyncio.Queue(MOST_UNSENT)
        self._reading = asyncio.create_task(self._read())
        self._writing = asyncio.create_task(self._write())
        self.closed = False

    def send(self, message: Mapping[str, Any], handed_over: socket.socket | None = None) -> None:
        """Send a message, in order, and with it a socket, which is closed here; a peer that does not read is closed."""
        if self.closed:
            if handed_over is not None:
                handed_over.close()
            return
        try:
            self._unsent.put_nowait((json.dumps(message).encode() + b"\n", handed_over))
        except asyncio.QueueFull:
            if handed_over is not None:
                handed_over.close()
            self.close()
            self._on_end()

    def send_with(self, message: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Send a message and with it open files, at once.  :raises OSError: the other end is gone or does not read."""
        socket.send_fds(self._socket, [json.dumps(message).encode() + b"\n"], list(descriptors))

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while True:
                line, handed_over = await self._unsent.get()
                if handed_over is not None:
                    with handed_over:
                        line = line[await self._hand_over(line, handed_over.fileno()) :]
                await loop.sock_sendall(self._socket, line)

    async def _hand_over(self, line: bytes, descriptor: int) -> int:
        while True:
            with contextlib.suppress(BlockingIOError):
                return socket.send_fds(self._socket, [line], [descriptor])
            await asyncio.sleep(0.01)

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        buffer = bytearray()
        second, count = 0, 0
        try:
            while True:
                piece = await loop.sock_recv(self._socket, 262_144)
                if not piece:
                    break
                buffer += piece
                if b"\n" not in piece:
                    if len(buffer) > LARGEST:
                        logger.warning("An app's process sent a message that is too long; it is ended")
                        break
                    continue
                *lines, rest = buffer.split(b"\n")
                buffer = bytearray(rest)
                for line in lines:
                    now = int(time.monotonic())
                    second, count = (now, 1) if now != second else (second, count + 1)
                    if count > MESSAGES_A_SECOND:
                        await asyncio.sleep(1)
                    self._take(line)
        except OSError:
            pass
        finally:
            if not self.closed:
                self.close()
                self._on_end()

    def _take(self, line: bytes | bytearray) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return
        if isinstance(message, dict):
            try:
                self._on_message(message)
            except Exception:
                logger.exception("A message of an app's process could not be handled")

    def close(self) -> None:
        """Close this end; the process at the other ends itself."""
        if self.closed:
            return
        self.closed = True
        current = None
        with contextlib.suppress(RuntimeError):
            current = asyncio.current_task()
        for task in (self._reading, self._writing):
            if task is not current:
                task.cancel()
        # The event loop must have let go of it before the number can be used again.
        loop = asyncio.get_event_loop()
        with contextlib.suppress(Exception):
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
        self._socket.close()
