"""Serves ASGI and WSGI applications with uvicorn on the inherited socket, and tells of their exceptions."""

import asyncio
import socket
import uuid

from .errors import request_id

GRACE = 0.5
"""Seconds that open requests get when a generation ends."""


class Guard:
    """Around the application: tells of exceptions, and puts their id into the answer that they cause.

    A request that came through Townie says with ``X-Forwarded-Prefix``, ``-Proto`` and ``-Host`` at which address its
    page reaches it; an application that builds addresses itself (Starlette's ``url_for``) gets to know it.
    """

    def __init__(self, application, errors, life):
        self._application = application
        self._errors = errors
        self._life = life
        # They take the root path off the path again; a plain application would be surprised by it.
        kinds = {kind.__module__.split(".")[0] for kind in type(application).__mro__}
        self._wants_root = bool(kinds & {"starlette", "a2wsgi"})

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        identifier = uuid.uuid4().hex[:12]
        token = request_id.set(identifier)
        began = ended = False

        async def sent(message):
            nonlocal began, ended
            if message["type"] == "http.response.start":
                began = True
                if message["status"] >= 500:
                    headers = [*message.get("headers", ()), (b"x-townie-error", identifier.encode())]
                    message = dict(message, headers=headers)
            elif message["type"] == "http.response.body":
                ended = not message.get("more_body", False)
            await send(message)

        try:
            await self._application(self._placed(scope), receive, sent)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._errors.tell(
                error, "%s %s" % (scope.get("method", "WebSocket"), scope["path"]), identifier, shown=True
            )
            if scope["type"] == "http" and not began:
                await sent(
                    {
                        "type": "http.response.start",
                        "status": 500,
                        "headers": [(b"content-type", b"text/plain; charset=utf-8")],
                    }
                )
                await send({"type": "http.response.body", "body": b"Internal Server Error"})
            elif scope["type"] == "http" and not ended:
                # The answer was begun: only breaking the connection tells that it is not complete.
                raise
        finally:
            request_id.reset(token)

    async def _lifespan(self, scope, receive, send):
        failed = False

        async def sent(message):
            nonlocal failed
            failed = failed or message["type"] == "lifespan.startup.failed"
            await send(message)

        try:
            await self._application(scope, receive, sent)
        except Exception as error:
            if failed:
                self._life.failed = self._errors.described(error)
            raise

    def _placed(self, scope):
        headers = dict(scope["headers"])
        if scope.get("subprotocols") and b"sec-websocket-protocol" not in headers:
            # wsproto takes it out of the headers, where Streamlit looks for it.
            offered = ", ".join(scope["subprotocols"]).encode("latin-1")
            scope = dict(scope, headers=[*scope["headers"], (b"sec-websocket-protocol", offered)])
        root = headers.get(b"x-forwarded-prefix", b"").rstrip(b"/")
        host = headers.get(b"x-forwarded-host")
        if not root and not host:
            return scope
        scope = dict(scope)
        secure = headers.get(b"x-forwarded-proto") == b"https"
        if host:
            # Both, because applications compare them.
            public = {b"host": host, b"origin": (b"https://" if secure else b"http://") + host}
            scope["headers"] = [(name, public.get(name, value)) for name, value in scope["headers"]]
        scope["scheme"] = ("http" if scope["type"] == "http" else "ws") + ("s" if secure else "")
        if root and self._wants_root:
            scope["root_path"] = root.decode("latin-1")
            scope["path"] = scope["root_path"] + scope["path"]
            scope["raw_path"] = root + scope.get("raw_path", b"")
        return scope


def server(application, listening, errors, life):
    """See :func:`.loading.server_for`."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets=sockets)
            if self.started:
                self._ready()

        def _ready(self):
            loop = asyncio.get_running_loop()

            def beat():
                life.beat()
                loop.call_later(1, beat)

            def end():
                # At once, so that the generation that follows is the only one that takes connections.
                for one in self.servers:
                    one.close()
                self.should_exit = True
                life.stopped_accepting()

            beat()
            life.end = lambda: loop.call_soon_threadsafe(end)
            self.ready()

    config = uvicorn.Config(
        Guard(application, errors, life),
        loop="asyncio",
        http="h11",
        ws="wsproto",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="auto",
        backlog=128,
        limit_concurrency=None,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE,
    )

    def serve(ready):
        one = Server(config)
        one.ready = ready
        inherited = socket.socket(fileno=listening)
        try:
            asyncio.run(one.serve(sockets=[inherited]))
        except SystemExit:
            # What uvicorn does when the app can not be started.
            if life.failed is None:
                raise
        if not one.started and life.failed is None:
            life.failed = {
                "ename": "StartFailed",
                "evalue": "The app's start-up failed; the log has what it printed.",
                "traceback": [],
            }

    return serve
