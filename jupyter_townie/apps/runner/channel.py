"""The control socket as lines of JSON, in both directions, for code in any thread."""

import itertools
import json
import os
import socket
import threading
import time
import traceback

LARGEST = 4_000_000
"""Bytes of a message that is sent."""

current = None
"""The channel of this process, once there is one."""


class Closed(Exception):
    """The server is gone."""


class Channel:
    """Messages are dictionaries; what answers a request has its ``reply``."""

    def __init__(self, connection):
        self._socket = connection
        self._lock = threading.Lock()
        self._waiting = {}
        self._ids = itertools.count(1)
        self._descriptors = []
        self.on_command = {}
        self.watch = None
        """Called about once a second in the channel's own thread."""

    def send(self, message):
        """Send a message.  Raises Closed when nobody is there any more."""
        line = json.dumps(message, default=str).encode("utf-8", "replace") + b"\n"
        if len(line) > LARGEST:
            raise ValueError("A message to the server is longer than %d bytes." % LARGEST)
        with self._lock:
            try:
                self._socket.sendall(line)
            except OSError as error:
                raise Closed(str(error)) from None

    def ask(self, message):
        """Send a request, and yield each message that answers it until one says ``end``.  Blocks the calling thread."""
        import queue

        number = next(self._ids)
        answers = self._waiting[number] = queue.Queue()
        try:
            self.send(dict(message, request=number))
            while True:
                answer = answers.get()
                if answer is None:
                    raise Closed("The server is gone.")
                yield answer
                if answer.get("end"):
                    return
        finally:
            self._waiting.pop(number, None)
            self._quietly({"type": "cancel", "request": number})

    def _quietly(self, message):
        try:
            self.send(message)
        except Closed:
            pass

    def start(self):
        """Read from now on, in a thread of its own.  When the server is gone, this process ends."""
        threading.Thread(target=self._live, name="townie-control", daemon=True).start()

    def _live(self):
        try:
            self._read()
        except BaseException:
            traceback.print_exc()
        finally:
            # Without it nothing could be told and nothing be stopped.
            os._exit(75)

    def _read(self):
        buffer = b""
        self._socket.settimeout(1.0)
        looked = time.monotonic()
        while True:
            try:
                piece, descriptors, _, _ = socket.recv_fds(self._socket, 65536, 16)
                self._descriptors += descriptors
            except TimeoutError:
                piece = None
            except OSError:
                piece = b""
            if piece == b"":
                # Nothing outlives the server, whatever the app's own threads are doing.
                os._exit(0)
            if piece:
                buffer += piece
                while b"\n" in buffer:
                    line, buffer = buffer.split(b"\n", 1)
                    self._take(json.loads(line))
            if self.watch is not None and time.monotonic() - looked >= 1.0:
                looked = time.monotonic()
                self.watch()

    def _take(self, message):
        if message.pop("with_descriptor", False):
            message["descriptor"] = self._descriptors.pop(0)
        if "reply" in message:
            waiting = self._waiting.get(message["reply"])
            if waiting is not None:
                waiting.put(message)
            elif "descriptor" in message:
                os.close(message["descriptor"])
            return
        handler = self.on_command.get(message.get("command"))
        if handler is not None:
            handler(message)
