"""REST handlers.  They hold no logic: they parse, call, and serialise."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .app import TownieApp
    from .runtime import Runtime

AUTH_RESOURCE = "kernels"
"""Townie can do to documents and kernels what its user can, so it takes the same permission."""


def from_app(handler: Any) -> bool:
    """Whether a page of an opaque origin asks, as apps are.

    Their policy keeps them from it.  Should a browser ever let one through, with the cookie of the person who looks at
    it, it gets nothing here, also where the server's ``allow_origin`` is ``*``.
    """
    return bool(handler.request.headers.get("Origin") == "null")


class TownieHandler(APIHandler):
    """Base of the REST handlers."""

    auth_resource = AUTH_RESOURCE

    def initialize(self, townie: TownieApp) -> None:
        self.townie = townie

    def check_origin(self, origin_to_satisfy_tornado: str = "") -> bool:
        return not from_app(self) and super().check_origin(origin_to_satisfy_tornado)

    @property
    def runtime(self) -> Runtime:
        return self.townie.runtime

    def body(self) -> dict[str, Any]:
        """The request's JSON object.

        :raises web.HTTPError: 400 when it is something else.
        """
        try:
            body = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise web.HTTPError(400, f"The request's body is not JSON: {error}") from None
        if not isinstance(body, dict):
            raise web.HTTPError(400, "The request's body must be a JSON object")
        return body

    def text(self, body: dict[str, Any], name: str, default: str = "") -> str:
        value = body.get(name, default)
        if value is not None and not isinstance(value, str):
            raise web.HTTPError(400, f"{name!r} must be a string, not {value!r}"[:200])
        return value or ""

    def answer(self, message: BaseModel | Sequence[BaseModel], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        if isinstance(message, Sequence):
            self.finish("[" + ",".join(one.model_dump_json() for one in message) + "]")
        else:
            self.finish(message.model_dump_json())

    async def guarded(self, work: Awaitable[Any]) -> Any:
        """The result of ``work``; what can go wrong for a user becomes an HTTP error that says so."""
        from ..threads import Refused, StoreError

        try:
            return await work
        except KeyError as error:
            raise web.HTTPError(404, f"There is no thread {error}") from None
        except Refused as refused:
            raise web.HTTPError(409, f"{refused.problem.message} {refused.problem.remedy}") from None
        except StoreError as error:
            raise web.HTTPError(500, str(error)) from None


class ThreadsHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.guarded(self.runtime.threads.infos(self.get_argument("search", ""))))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.body()
        made = self.runtime.threads.create(self.text(body, "title"), self.text(body, "path") or None)
        self.answer(await self.guarded(made), 201)


class ThreadHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def patch(self, thread: str) -> None:
        title = self.text(self.body(), "title")

        async def rename() -> None:
            threads = self.runtime.threads
            async with threads.command(await threads.open(thread)) as opened:
                await opened.rename(title)

        await self.guarded(rename())
        self.set_status(204)
        self.finish()

    @web.authenticated
    @authorized
    async def delete(self, thread: str) -> None:
        await self.guarded(self.runtime.threads.delete(thread))
        self.set_status(204)
        self.finish()


class EventsHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self, thread: str) -> None:
        opened = await self.guarded(self.runtime.threads.open(thread))
        self.answer(opened.log.after(number(self.get_argument("after", "0"))))


class RestoreHandler(TownieHandler):
    """What an undo of a turn, or going back to it, would do now."""

    @web.authenticated
    @authorized
    async def get(self, thread: str, turn: str, what: str) -> None:
        opened = await self.guarded(self.runtime.threads.open(thread))
        before = self.get_argument("before", "") in ("1", "true")
        self.answer(await self.guarded(opened.preview(turn, restore=what == "restore", before=before)))


class RequestHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self, thread: str, request: str) -> None:
        receipt = await self.guarded(self.runtime.threads.store.receipt(thread, request))
        if receipt is None:
            raise web.HTTPError(404, "That request is no longer kept")
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(receipt))


class ActionsHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        path = self.get_argument("path", "")
        if not path:
            raise web.HTTPError(400, "Name a notebook: actions?path=...")
        self.answer(await self.guarded(self.runtime.threads.pending(path)))


class ReadyHandler(TownieHandler):
    """A page shows a failure: what a repair needs is loaded while the user reads it."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        self.runtime.ready_to_repair()
        self.set_status(204)
        self.finish()


class PrivacyHandler(TownieHandler):
    """What a model may see of one notebook."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.runtime.privacy(self._path(self.get_argument("path", ""))))

    @web.authenticated
    @authorized
    async def put(self) -> None:
        body = self.body()
        path, level = self._path(self.text(body, "path")), self.text(body, "level")
        try:
            self.answer(await self.runtime.choose_privacy(path, level or None))
        except ValueError as error:
            raise web.HTTPError(400, str(error)) from None
        except OSError as error:
            raise web.HTTPError(500, f"The choice could not be kept: {error}") from None

    def _path(self, path: str) -> str:
        if not path:
            raise web.HTTPError(400, "Name a notebook: path=...")
        return path


class DeathHandler(TownieHandler):
    """How a kernel died."""

    @web.authenticated
    @authorized
    async def get(self, kernel_id: str) -> None:
        if self.townie.deaths is None:
            raise web.HTTPError(404, "This server does not watch its kernels")
        self.answer(self.townie.deaths.of(kernel_id))


class ModelsHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.runtime.models())


class ModelTestHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        self.answer(await self.runtime.test_model(self.text(self.body(), "model")))


class KeyHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def put(self, provider: str) -> None:
        key = self.text(self.body(), "key").strip()
        if not key:
            raise web.HTTPError(400, "The key is empty")
        try:
            self.answer(await self.runtime.save_key(provider, key))
        except ValueError as error:
            raise web.HTTPError(400, str(error)) from None
        except OSError as error:
            raise web.HTTPError(500, f"The key could not be saved: {error.strerror or error}") from None

    @web.authenticated
    @authorized
    async def delete(self, provider: str) -> None:
        try:
            self.answer(await self.runtime.delete_key(provider))
        except ValueError as error:
            raise web.HTTPError(400, str(error)) from None


class StatusHandler(TownieHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.runtime.status())


def number(text: str) -> int:
    try:
        return max(0, int(text))
    except ValueError:
        raise web.HTTPError(400, f"'after' must be a number, not {unquote(text)[:40]!r}") from None


def routes() -> list[tuple[str, type]]:
    """Paths below ``townie/api``, with their handlers."""
    from .sockets import ThreadHandler as ThreadSocket, ThreadListHandler as ThreadListSocket

    thread = r"threads/([0-9a-f]+)"
    return [
        ("threads", ThreadsHandler),
        ("threads/channel", ThreadListSocket),
        (thread, ThreadHandler),
        (thread + "/events", EventsHandler),
        (thread + r"/requests/([0-9a-f]+)", RequestHandler),
        (thread + r"/turns/([\w.-]+)/(undo|restore)", RestoreHandler),
        (thread + "/channel", ThreadSocket),
        ("actions", ActionsHandler),
        ("ready", ReadyHandler),
        ("privacy", PrivacyHandler),
        (r"kernels/([\w-]+)/death", DeathHandler),
        ("models", ModelsHandler),
        ("models/test", ModelTestHandler),
        (r"keys/([\w.-]+)", KeyHandler),
        ("status", StatusHandler),
    ]
