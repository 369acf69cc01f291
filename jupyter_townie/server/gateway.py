"""The channels of a kernel that runs behind a gateway, over a WebSocket of our own.

``GatewayKernelClient`` of jupyter_server 2.21 sends none of the gateway's headers, so that one with an auth token
answers 401; it waits for messages in a busy loop, gives up after 40 seconds of silence, and stops at the first message
with binary buffers.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import struct
from functools import partialmethod
from typing import Any

import anyio
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from jupyter_server.gateway.gateway_client import GatewayClient
from jupyter_server.utils import url_path_join
from tornado.escape import url_escape
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from ..kernels.errors import KernelUnreachable

PING_SECONDS = 30.0
LARGEST_MESSAGE = 256 * 2**20
"""Bytes; tornado would close the connection at 10 MB, which is one large picture."""


class GatewayChannels:
    """What :class:`~jupyter_townie.kernels.client.KernelClient` uses of a ``jupyter_client`` client."""

    def __init__(self, manager: Any) -> None:
        self.parent = manager
        """The ``GatewayKernelManager``, which is asked whether the kernel lives."""
        self.session = Session()
        self.channels_running = False
        self.shell_channel = _Sender(self, "shell")
        self.control_channel = _Sender(self, "control")
        self._queues: dict[str, asyncio.Queue[dict[str, Any] | None]] = {}
        self._socket: WebSocketClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def start_channels(self, **_: bool) -> None:
        """Connect.

        :raises KernelUnreachable: the gateway refuses, or is not there.
        """
        gateway: Any = GatewayClient.instance()
        kernel = url_escape(self.parent.kernel_id)
        url = url_path_join(gateway.ws_url or "", gateway.kernels_endpoint, kernel, "channels")
        request = HTTPRequest(f"{url}?session_id={url_escape(self.session.session)}", **gateway.load_connection_args())
        try:
            self._socket = await websocket_connect(
                request, ping_interval=PING_SECONDS, max_message_size=LARGEST_MESSAGE
            )
        except (HTTPClientError, OSError) as error:
            raise KernelUnreachable(str(error)) from error
        self._queues = {channel: asyncio.Queue() for channel in ("shell", "control", "iopub")}
        self._reader = asyncio.create_task(self._read(self._socket))
        self.channels_running = True

    async def stop_channels(self) -> None:
        self.channels_running = False
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        if self._socket is not None:
            text = json.dumps({**message, "channel": channel, "buffers": []}, default=json_default)
            await self._socket.write_message(text)

    async def _read(self, socket: WebSocketClientConnection) -> None:
        while True:
            received = await socket.read_message()
            if received is None:
                break
            try:
                message = unpacked(received)
                queue = self._queues.get(message["channel"])
            except (ValueError, KeyError, TypeError, struct.error):
                continue  # not a message of the protocol, so not ours to act on
            if queue is not None:
                queue.put_nowait(message)
        for queue in self._queues.values():
            queue.put_nowait(None)

    async def _get(self, channel: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message of a channel.

        :raises ConnectionError: the connection is gone, for good.
        """
        with anyio.fail_after(timeout):
            message = await self._queues[channel].get()
        if message is None:
            self._queues[channel].put_nowait(None)
            raise ConnectionError("The gateway closed the connection")
        return message

    get_shell_msg = partialmethod(_get, "shell")
    get_control_msg = partialmethod(_get, "control")
    get_iopub_msg = partialmethod(_get, "iopub")


class _Sender:
    def __init__(self, channels: GatewayChannels, name: str) -> None:
        self._channels = channels
        self._name = name
        self._sending: set[asyncio.Task[None]] = set()

    def send(self, message: dict[str, Any]) -> None:
        task = asyncio.create_task(self._send(message))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(WebSocketClosedError):  # whoever reads is told
            await self._channels.send(self._name, message)


def unpacked(received: str | bytes) -> dict[str, Any]:
    """A message of the kernel gateway's WebSocket: JSON, or JSON and its binary buffers behind a table of offsets."""
    if isinstance(received, str):
        message: dict[str, Any] = json.loads(received)
        return message
    (count,) = struct.unpack_from("!i", received)
    offsets = [*struct.unpack_from(f"!{count}I", received, 4), len(received)]
    parts = [received[start:end] for start, end in itertools.pairwise(offsets)]
    message = json.loads(parts[0])
    message["buffers"] = parts[1:]
    return message
