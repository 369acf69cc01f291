"""Requests and WebSockets that go on to an app's backend."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from tornado import web
from tornado.iostream import IOStream, StreamClosedError

if TYPE_CHECKING:
    from ...apps.app import App
    from ...apps.capabilities import Capability
    from ...apps.connection import Pool, Response, Upgraded
    from ...apps.headers import Headers
    from .pages import PageHandler

BACKEND = "localhost"
"""What a backend is told its host is: it has a Unix socket, and checks of ``Host`` and ``Origin`` want a name."""
PIECE = 65_536


async def forward(handler: PageHandler, app: App) -> None:
    """Answer a request by the app's backend, which is started for it when it may run."""
    from ...apps.apps import AppRefused
    from ...apps.connection import BackendGone, TooMany
    from ...apps.traffic import LONGEST

    draft = _front_page(handler, app) if handler.navigates else None
    if draft is not None:
        await handler.draft(*draft)
        return
    try:
        pool = (await handler.apps.endpoint(app.id)).pool
        if handler.is_upgrade:
            await _tunnel(handler, pool)
            return
        with handler.apps.request(app.id):
            response = await pool.request(
                handler.request.method or "GET",
                _target(handler),
                _headers(handler),
                bytes(handler.received),
                timeout=LONGEST,
            )
    except AppRefused as refused:
        if await handler.looks(app):
            return
        raise web.HTTPError(503, f"{refused.problem.message} {refused.problem.remedy}".replace("%", "%%")) from None
    except TooMany as error:
        raise web.HTTPError(429, str(error).replace("%", "%%")) from None
    except BackendGone as error:
        raise web.HTTPError(502, str(error).replace("%", "%%")) from None
    try:
        await _answer(handler, app, response)
    except BackendGone:
        # The page sees that the answer ends too early; what the backend said is in the app's log.
        handler.request.connection.close()  # type: ignore[union-attr]
    finally:
        response.close()


def _front_page(handler: PageHandler, app: App) -> tuple[Any, str] | None:
    """The page that is being written for an app whose backend would give it out: it is shown while it grows."""
    drafts = handler.apps.drafts.below(app.path)
    pages = [draft for draft in drafts if draft.path.lower().endswith((".html", ".htm"))]
    wanted = handler.path.rsplit("/", 1)[-1] or "index.html"
    for draft in pages:
        if draft.path.rsplit("/", 1)[-1] == wanted:
            return draft, draft.path
    return (pages[0], pages[0].path) if pages and not handler.path else None


def _target(handler: PageHandler) -> str:
    query = handler.request.query
    return "/" + handler.path + (f"?{query}" if query else "")


def _headers(handler: PageHandler) -> list[tuple[bytes, bytes]]:
    from ...apps.headers import to_backend

    passed = to_backend(handler.request.headers.get_all(), handler.held, BACKEND)
    passed += [("X-Forwarded-Prefix", handler.held.prefix.rstrip("/")), ("X-Forwarded-Proto", handler.held.scheme)]
    passed.append(("X-Forwarded-Host", handler.held.origin.partition("://")[2]))
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in passed]


def _text(headers: Any) -> Headers:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


async def _answer(handler: PageHandler, app: App, response: Response) -> None:
    from ...apps.headers import from_backend, keep_cookies, location
    from ...apps.traffic import LARGEST_RESPONSE

    headers = _text(response.headers)
    keep_cookies(headers, handler.held)
    handler.set_status(response.status)
    for name, value in headers:
        if name.lower() == "location":
            target = location(value, handler.held, handler.path, BACKEND)
            if target is None:
                raise web.HTTPError(502, "The app redirects out of itself, which is not open to it")
            handler.set_header("Location", target)
    passed = from_backend(headers)
    kinds = [value for name, value in passed if name.lower() == "content-type"]
    # The last one counts, as for browsers, which take one of a list, too.
    kind = kinds[-1] if kinds else ""
    if handler.navigates and any("multipart/" in one.lower() for one in kinds):
        # Its parts are documents with headers of their own, which nothing here looks at.
        raise web.HTTPError(502, "The app answers in several parts with headers of their own, which is not open to it")
    page = kind.split(";")[0].strip().lower() in ("text/html", "application/xhtml+xml") and handler.navigates
    handler.clear_header("Content-Type")
    for name, value in passed:
        if name.lower() == "content-disposition" and not 200 <= response.status < 300:
            # Firefox opens a tab of its own for a download that is an error.
            continue
        if page and name.lower() in ("content-length", "content-type", "content-md5", "etag", "digest"):
            continue
        if name.lower() in ("content-length", "content-type"):
            handler.set_header(name, value)
        else:
            handler.add_header(name, value)
    bare = handler.request.method == "HEAD" or response.status in (204, 304)
    if bare:
        if response.status in (204, 304):
            handler.clear_header("Content-Length")
        handler.finish()
        return
    if page:
        handler.set_header("Content-Type", "text/html; charset=utf-8")
    sent, length = 0, handler._headers.get("Content-Length", "")
    pieces = _rewritten(handler, response.body(), kind) if page else response.body()
    async for piece in pieces:
        sent += len(piece)
        if handler.gone:
            return
        if handler.held.ended:
            handler.request.connection.close()  # type: ignore[union-attr]
            return
        if sent > LARGEST_RESPONSE:
            most = LARGEST_RESPONSE // 1024 // 1024
            message = f"The answer to {handler.request.method} /{handler.path} was cut off after {most} MB."
            remedy = "Send less at a time: a part that the page asks for, a summary, or a smaller file."
            handler.apps.backend_failed(app.id, "AnswerTooLarge", message, remedy)
            handler.request.connection.close()  # type: ignore[union-attr]
            return
        handler.write(piece)
        if str(sent) != length:
            await handler.flush()
        # What is whole leaves with its head, in one packet.
    handler.finish()


async def _rewritten(handler: PageHandler, body: AsyncIterator[bytes], kind: str) -> AsyncIterator[bytes]:
    import codecs

    charset = kind.lower().partition("charset=")[2].split(";")[0].strip(" \"'") or "utf-8"
    try:
        decoder = codecs.getincrementaldecoder(charset)("replace")
    except LookupError:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
    page = await handler.rewriter()
    async for piece in body:
        ready = page.feed(decoder.decode(piece))
        if ready:
            yield ready.encode("utf-8", "replace")
    yield (page.feed(decoder.decode(b"", True)) + page.close()).encode("utf-8", "replace")


# ----------------------------------------------------------------------------------------------------------- WebSockets


async def _tunnel(handler: PageHandler, pool: Pool) -> None:
    """Connect a page's WebSocket with the backend's: raw in both directions once both have agreed."""
    from ...apps.traffic import SOCKETS

    if handler.request.headers.get("Origin") != "null":
        raise web.HTTPError(403, "Only the app's own pages may open its WebSockets")
    meter = handler.held.meter
    if meter.sockets >= SOCKETS:
        raise web.HTTPError(429, f"A page may have {SOCKETS} WebSockets open")
    headers = [*_headers(handler), (b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
    other = await pool.upgrade(_target(handler), headers)
    meter.sockets += 1
    try:
        if other.status != 101:
            raise web.HTTPError(502, f"The backend did not take the WebSocket: it answered with {other.status}")
        connection: Any = handler.request.connection
        stream: IOStream = connection.detach()
        handler._finished = True
        handler.on_finish()
        stream.set_nodelay(True)
        await _joined(stream, other, handler.held)
    finally:
        meter.sockets -= 1
        other.close()


async def _joined(stream: IOStream, other: Upgraded, held: Capability) -> None:
    from ...apps.headers import from_backend

    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"{name}: {value}" for name, value in from_backend(_text(other.headers))]
    head = "\r\n".join(lines) + "\r\n\r\n"
    try:
        await stream.write(head.encode("latin-1") + other.first)
    except StreamClosedError:
        return

    async def out() -> None:
        with contextlib.suppress(StreamClosedError, OSError):
            while True:
                piece = await stream.read_bytes(PIECE, partial=True)
                if held.ended:
                    return
                other.writer.write(piece)
                await other.writer.drain()

    async def back() -> None:
        with contextlib.suppress(StreamClosedError, OSError):
            while (piece := await other.reader.read(PIECE)) and not held.ended:
                await stream.write(piece)

    both = [asyncio.ensure_future(out()), asyncio.ensure_future(back())]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in both:
            one.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        stream.close()
