"""What the pages of this app are given on their way, and what they may ask for below ``_townie/``."""

from __future__ import annotations

import asyncio
import codecs
import json
import os
from pathlib import Path
from urllib.parse import parse_qs, unquote

from . import files, vendored
from .page import Rewriter
from .storage import Storage, StorageError

HERE = Path(__file__).resolve().parent.parent
SETTINGS = json.loads((HERE / "townie_web" / "settings.json").read_text(encoding="utf-8"))
STATIC = HERE / "townie_web" / "static"
OWN = frozenset(("serve.py", "townie", "townie_web", "requirements.txt", "Dockerfile", "README.md", "RUN.md"))
MOST = 25 * 1024 * 1024
storage = Storage(Path(os.environ.get("TOWNIE_DATA") or HERE / "data"))


class Served:
    """The app, with what its pages may ask for below ``_townie/``, and the libraries that they import by name."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            if self.application is not None:
                await self.application(scope, receive, send)
            elif scope["type"] == "lifespan":
                await _lifespan(receive, send)
            return
        path = scope["path"]
        if path.startswith("/_townie/"):
            await _platform(scope, receive, send, path[len("/_townie/") :])
        elif self.application is None:
            await _file(scope, Page(send))
        else:
            # Compressed pages could not be rewritten.
            kept = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            await self.application({**scope, "headers": kept}, receive, Page(send))


class Page:
    """Sends an answer on; HTML is given the libraries and the interface of Townie on its way."""

    def __init__(self, send):
        self._send = send
        self._rewriter = None

    async def __call__(self, message):
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", ()))
            if any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                head = '<script src="/_townie/client.js"></script>'
                folder = "/_townie/vendor/"
                self._rewriter = Rewriter(
                    head, "/", vendored.imports(folder), lambda url: vendored.in_place_of(url, folder)
                )
                self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
                headers = [pair for pair in headers if pair[0].lower() not in (b"content-length", b"etag")]
            message = {**message, "headers": headers}
        elif self._rewriter is not None and message["type"] == "http.response.body":
            more = message.get("more_body", False)
            text = self._rewriter.feed(self._decoder.decode(message.get("body", b""), not more))
            if not more:
                text += self._rewriter.close()
            message = {**message, "body": text.encode()}
        await self._send(message)


async def _lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _file(scope, send):
    name = files.relative(scope["path"].lstrip("/"), SETTINGS["entry"])
    found = files.found(HERE, name) if name and name.split("/")[0] not in OWN else None
    if found is None and name:
        found = files.found(HERE, name + "/index.html")
    if found is None or scope["method"] not in ("GET", "HEAD"):
        await _answer(send, 404, b"There is no such page.", "text/plain; charset=utf-8")
        return
    await _answer(send, 200, await asyncio.to_thread(found.read_bytes), files.content_type(found.name))


async def _platform(scope, receive, send, path):
    verb, _, rest = path.partition("/")
    method = scope["method"]
    try:
        if verb == "client.js" and method in ("GET", "HEAD"):
            text = (STATIC / "client.js").read_bytes()
            text += b'\nwindow.townie = window.townieClient(window.fetch.bind(window), "/", "");\n'
            await _answer(send, 200, text, "text/javascript; charset=utf-8")
        elif verb == "vendor" and method in ("GET", "HEAD"):
            found = files.found(STATIC / "vendor", rest)
            if found is None:
                await _answer(send, 404, b"", "text/plain")
            else:
                await _answer(send, 200, found.read_bytes(), files.content_type(found.name))
        elif verb in ("kv", "sql") and verb in SETTINGS["page_data"]:
            await _data(scope, receive, send, verb, unquote(rest))
        elif verb == "llm" and method == "POST" and "llm" in SETTINGS["page_data"]:
            await _model(json.loads(await _body(receive)), send)
        else:
            await _json(send, 404, {"message": "This app has no such interface."})
    except StorageError as error:
        await _json(send, error.status, {"message": str(error)})
    except ValueError as error:
        await _json(send, 400, {"message": f"The request can not be read: {error}"})


async def _data(scope, receive, send, verb, key):
    method = scope["method"]
    if verb == "sql" and method == "POST":
        asked = json.loads(await _body(receive))
        await _json(send, 200, await storage.sql(asked.get("query"), asked.get("params")))
    elif verb == "kv" and not key and method == "GET":
        query = parse_qs(scope["query_string"].decode())
        prefix = query.get("prefix", [""])[0]
        await _json(send, 200, await storage.items(prefix, values=bool(query.get("values", [""])[0])))
    elif verb == "kv" and method == "GET":
        await _json(send, 200, await storage.get(key))
    elif verb == "kv" and method == "PUT":
        await storage.set(key, json.loads(await _body(receive)))
        await _answer(send, 204, b"", "application/json")
    elif verb == "kv" and method == "DELETE":
        await storage.delete(key)
        await _answer(send, 204, b"", "application/json")
    else:
        await _json(send, 405, {"message": "Not like this."})


async def _model(asked, send):
    from townie.llm import LlmError, llm

    messages, limit = asked.get("messages"), asked.get("max_tokens")
    try:
        if not asked.get("stream"):
            create = llm.chat.completions.create
            whole = await asyncio.to_thread(lambda: create(messages=messages, max_tokens=limit))
            await _json(send, 200, whole)
            return
        chunks = llm.chat.completions.create(messages=messages, max_tokens=limit, stream=True)
        ended = object()
        first = await asyncio.to_thread(next, chunks, ended)
    except LlmError as error:
        await _json(send, 503, {"error": {"message": str(error), "code": error.code}})
        return
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    chunk = first
    while chunk is not ended:
        await send(
            {"type": "http.response.body", "body": b"data: %s\n\n" % json.dumps(chunk).encode(), "more_body": True}
        )
        chunk = await asyncio.to_thread(next, chunks, ended)
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MOST:
            raise ValueError("it is too large")
    return body or b"null"


async def _json(send, status, value):
    await _answer(send, status, json.dumps(value).encode(), "application/json")


async def _answer(send, status, body, kind):
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
