"""The endpoint itself: HTTP, the script, and the record of what happened."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import Any, NamedTuple

import tornado.httpserver
import tornado.iostream
import tornado.netutil
import tornado.web

from . import anthropic_format, bedrock_format, openai_format
from .frames import GARBAGE
from .reply import Reply


class Write(NamedTuple):
    """A group of bytes that was handed to the network."""

    time: float
    size: int


@dataclass
class Received:
    """One request, and what became of it."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    time: float
    port: int = 0
    """The client's; requests over the same connection have the same."""
    writes: list[Write] = field(default_factory=list)
    left_at: float | None = None
    done: threading.Event = field(default_factory=threading.Event, repr=False)
    gone: threading.Event = field(default_factory=threading.Event, repr=False)
    may_go_on: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def api_key(self) -> str:
        """As either provider's client sends it."""
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        return self.headers.get("x-api-key", "") or bearer

    @property
    def last_user_text(self) -> str:
        """All text of the last user message."""
        for message in reversed(self.body.get("messages", [])):
            if message["role"] == "user":
                content = message["content"]
                if isinstance(content, str):
                    return content
                return "\n".join(block["text"] for block in content if block.get("type") == "text")
        return ""

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body,
            "time": self.time,
            "writes": [list(write) for write in self.writes],
            "left_at": self.left_at,
            "done": self.done.is_set(),
        }


Script = Sequence[Reply] | Callable[[Received], Reply]


class WireServer:
    """The endpoint; a context manager.

    ``key``: when given, requests with another key are answered with a 401.  ``repeat``: whether a list starts again
    when it has ended; otherwise further requests get a 400 that says so.  ``host`` is an address of this machine.
    ``models`` are names, or whole entries of the list of models; ``pages`` are JSON values that other paths have.
    """

    def __init__(
        self,
        script: Script = (),
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        key: str | None = None,
        models: Sequence[str | Mapping[str, Any]] = ("wire-model",),
        pages: Mapping[str, Any] | None = None,
        repeat: bool = False,
    ) -> None:
        self.requests: list[Received] = []
        self.key = key
        self.models = tuple(models)
        self.pages = dict(pages or {})
        self.repeat = repeat
        self.host = host
        self.port = port
        self.script = script
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def script(self) -> Script:
        return self._script

    @script.setter
    def script(self, script: Script) -> None:
        self._script = script
        self._next = 0

    @property
    def url(self) -> str:
        """The base URL for Anthropic's clients."""
        return f"http://{self.host}:{self.port}"

    @property
    def openai_url(self) -> str:
        """The base URL for OpenAI's clients."""
        return f"{self.url}/v1"

    def __enter__(self) -> WireServer:
        self._thread = threading.Thread(target=self._run, name="wire", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None and self._stop is not None and self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)

    def wait_for(self, count: int, timeout: float = 5.0) -> Received:
        """The ``count``-th request (from 1), as soon as it has arrived.

        :raises TimeoutError: after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while len(self.requests) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived in {timeout} s")
            time.sleep(0.005)
        return self.requests[count - 1]

    def go_on(self) -> None:
        """Let replies go on that wait (``Reply.wait_after``)."""
        for request in self.requests:
            request.may_go_on.set()

    def answer(self, request: Received) -> Reply:
        """The reply that is due now."""
        if self.key is not None and request.api_key != self.key:
            return Reply.error(401)
        if callable(self._script):
            return self._script(request)
        if self.repeat and self._script:
            self._next %= len(self._script)
        if self._next >= len(self._script):
            return Reply.error(400, f"the script has no reply number {self._next + 1}")
        self._next += 1
        return self._script[self._next - 1]

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        sockets = tornado.netutil.bind_sockets(self.port, self.host)
        self.port = sockets[0].getsockname()[1]
        application = tornado.web.Application(
            [
                (r"/v1/messages", _AnswerHandler, {"server": self, "form": anthropic_format}),
                (r"/v1/chat/completions", _AnswerHandler, {"server": self, "form": openai_format}),
                (r"/model/.+/invoke(-with-response-stream)?", _AnswerHandler, {"server": self, "form": bedrock_format}),
                (
                    r"/v1/projects/.+:(streamRawPredict|rawPredict)",
                    _AnswerHandler,
                    {"server": self, "form": anthropic_format},
                ),
                (r"/v1/models", _ModelsHandler, {"server": self}),
                *((re.escape(path), _PageHandler, {"server": self}) for path in self.pages),
                (r"/_wire/requests", _RequestsHandler, {"server": self}),
                (r"/_wire/script", _ScriptHandler, {"server": self}),
            ],
            log_function=lambda handler: None,
        )
        http = tornado.httpserver.HTTPServer(application, max_body_size=64 << 20)
        http.add_sockets(sockets)
        self._ready.set()
        await self._stop.wait()
        http.stop()
        await http.close_all_connections()


class _Handler(tornado.web.RequestHandler):
    def initialize(self, server: WireServer, form: ModuleType | None = None) -> None:
        self.server = server
        self.form = form

    def write_json(self, body: Any) -> None:
        self.set_header("content-type", "application/json")
        self.write(json.dumps(body))


class _ModelsHandler(_Handler):
    def get(self) -> None:
        entries = [
            {"id": name, "object": "model", "type": "model", "display_name": name, "created": 0, "owned_by": "wire"}
            if isinstance(name, str)
            else dict(name)
            for name in self.server.models
        ]
        self.write_json({"object": "list", "data": entries, "has_more": False, "first_id": None, "last_id": None})


class _PageHandler(_Handler):
    def get(self) -> None:
        self.write_json(self.server.pages[self.request.path])


class _RequestsHandler(_Handler):
    def get(self) -> None:
        self.write_json([request.to_json() for request in self.server.requests])

    def delete(self) -> None:
        self.server.requests.clear()


class _ScriptHandler(_Handler):
    def put(self) -> None:
        self.server.script = [Reply.from_json(entry) for entry in json.loads(self.request.body)]


class _AnswerHandler(_Handler):
    received: Received | None = None

    def on_connection_close(self) -> None:
        if self.received is not None and not self.received.done.is_set():
            self.received.left_at = time.time()
            self.received.gone.set()
            self.left.set()

    async def post(self, *path: str) -> None:
        assert self.form is not None
        self.left = asyncio.Event()
        self.received = received = Received(
            method="POST",
            path=self.request.path,
            headers={name.lower(): value for name, value in self.request.headers.get_all()},
            body=json.loads(self.request.body),
            time=time.time(),
            port=self.request.connection.context.address[1],
        )
        self.server.requests.append(received)
        reply = self.server.answer(received)
        if reply.silent:
            await self.left.wait()
            return
        await self.pause(reply.first_delay)
        self.set_status(reply.status, "OK" if reply.status == 200 else "Error")
        if reply.raw is not None:
            self.write(reply.raw)
        elif reply.status != 200:
            self.write_json(self.form.error(reply, received.body))
        elif received.body.get("stream") or received.path.endswith("-with-response-stream"):
            await self.stream(reply, received)
        else:
            self.write_json(self.form.whole(reply, received.body))
        for name, value in reply.headers.items():
            self.set_header(name, value)
        if not self.left.is_set():
            received.done.set()

    async def stream(self, reply: Reply, received: Received) -> None:
        assert self.form is not None
        connection: Any = self.request.connection
        connection.stream.set_nodelay(True)
        self.set_header("content-type", getattr(self.form, "CONTENT_TYPE", "text/event-stream; charset=utf-8"))
        self.set_header("cache-control", "no-cache")
        deltas = 0
        try:
            for frame in self.form.stream(reply, received.body):
                data = frame.data
                if frame.delta:
                    if reply.ending != "complete" and deltas == reply.after:
                        if reply.ending == "cut":
                            connection.stream.close()
                            return
                        if reply.ending == "hang":
                            await self.left.wait()
                            return
                        if reply.ending == "wait":
                            await self.wait_for_go_on(received)
                        if reply.ending == "fail":
                            await self.send(self.form.failure(reply).data, received)
                            return
                        if reply.ending == "garbage":
                            # Inside the JSON string of this delta, where a real stream would break too.
                            head, quote, tail = data.rpartition(b'"')
                            data = head + GARBAGE + quote + tail
                    if deltas:
                        await self.pause(reply.delay)
                    deltas += 1
                if self.left.is_set():
                    return
                await self.send(data, received)
        except tornado.iostream.StreamClosedError:
            self.on_connection_close()

    async def wait_for_go_on(self, received: Received) -> None:
        while not (received.may_go_on.is_set() or self.left.is_set()):
            await self.pause(0.01)

    async def send(self, data: bytes, received: Received) -> None:
        self.write(data)
        received.writes.append(Write(time.time(), len(data)))
        await self.flush()

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            try:
                await asyncio.wait_for(self.left.wait(), seconds)
            except asyncio.TimeoutError:
                return
