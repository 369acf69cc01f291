"""What Townie itself answers below an app's capability: the shim, the libraries, its data, and the model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tornado import web

if TYPE_CHECKING:
    from .pages import PageHandler


async def answer(handler: PageHandler, path: str) -> None:
    """Answer a request to a platform route.

    :param path: below ``_townie/``, still percent-encoded.
    """
    verb, _, rest = path.partition("/")
    method = handler.request.method
    if verb == "shim.js" and not rest and method in ("GET", "HEAD"):
        _static(handler, "client.js", "shim.js")
    elif verb == "vendor" and method in ("GET", "HEAD"):
        _static(handler, "vendor/" + rest)
    elif verb == "look" and method in ("GET", "HEAD"):
        _static(handler, "look/" + rest)
    elif verb == "self-test":
        _self_test(handler, rest)
    elif verb == "local" and method == "POST":
        await _stored(handler, "local", _json(handler))
    elif verb == "session" and method == "POST":
        _session(handler, _json(handler))
    elif verb == "kv":
        await _kv(handler, unquote(rest))
    elif verb == "sql" and method == "POST":
        await _stored(handler, "sql", _json(handler))
    elif verb == "llm" and rest == "v1/chat/completions" and method == "POST":
        from .model import complete

        await complete(handler, _json(handler))
    else:
        raise web.HTTPError(404, "Townie has no such interface for apps")


def _static(handler: PageHandler, *names: str) -> None:
    """Files of Townie's own, one after the other."""
    from ...apps import files
    from ...apps.preview import STATIC

    for name in names:
        path = files.found(STATIC, name) if not name.startswith(("wrapper", ".")) else None
        if path is None:
            raise web.HTTPError(404, "Townie brings no such file")
        handler.set_header("Content-Type", files.content_type(name))
        handler.write(path.read_bytes())
    handler.finish()


def _self_test(handler: PageHandler, rest: str) -> None:
    """Says by its status whether the encoded slash of its path arrived as it was sent.

    It is a page, as what it stands for: a proxy may do something with pages alone.
    """
    if rest.lower() != "..%2fintact":
        raise web.HTTPError(409, "The path of the request was changed on its way")
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.finish("<!doctype html><title>Intact</title>")


def _json(handler: PageHandler) -> Any:
    try:
        return json.loads(bytes(handler.received) or b"null")
    except (ValueError, RecursionError):
        raise web.HTTPError(400, "The request's body is not JSON") from None


def _session(handler: PageHandler, asked: Any) -> None:
    """Keep what a page has for as long as the visit lasts, so that the next page of the app has it, too."""
    from ...apps.storage import LARGEST_LOCAL

    kept = {part: asked.get(part) if isinstance(asked, dict) else None for part in ("session", "cookies")}
    if not all(isinstance(items, dict) for items in kept.values()):
        raise web.HTTPError(400, "The request's body must have session and cookies")
    if len(handler.received) > LARGEST_LOCAL:
        raise web.HTTPError(413, f"sessionStorage is full: it holds {LARGEST_LOCAL:,} characters")
    handler.held.session_items = {
        part: {str(name): str(value) for name, value in items.items()} for part, items in kept.items() if items
    }
    handler.set_status(204)
    handler.finish()


async def _kv(handler: PageHandler, key: str) -> None:
    method = handler.request.method
    if not key:
        if method != "GET":
            raise web.HTTPError(405)
        asked = {"prefix": handler.get_query_argument("prefix", ""), "values": handler.get_query_argument("values", "")}
        await _stored(handler, "list", asked)
    elif method == "PUT":
        await _stored(handler, "set", {"key": key, "value": _json(handler)})
    elif method in ("GET", "DELETE"):
        await _stored(handler, method.lower(), {"key": key})
    else:
        raise web.HTTPError(405)


async def _stored(handler: PageHandler, verb: str, asked: Any) -> None:
    """Do something with the app's data; what goes wrong is said in words."""
    from ...apps.storage import StorageError

    handler.set_header("Content-Type", "application/json")
    if not isinstance(asked, dict):
        raise web.HTTPError(400, "The request's body must be a JSON object")
    storage = handler.apps.storage(handler.app_id)
    try:
        if verb == "local":
            await storage.set_local(handler.held.person, asked)
            result: Any = None
        elif verb == "sql":
            result = await storage.sql(asked.get("query"), asked.get("params"))
        elif verb == "list":
            result = await storage.items(asked["prefix"], values=bool(asked["values"]))
        elif verb == "set":
            await storage.set(asked["key"], asked["value"])
            result = None
        elif verb == "delete":
            await storage.delete(asked["key"])
            result = None
        else:
            result = await storage.get(asked["key"])
    except StorageError as error:
        handler.set_status(error.status)
        result = {"message": str(error)}
    if result is None:
        handler.set_status(204)
        handler.finish()
    else:
        handler.finish(json.dumps(result))
