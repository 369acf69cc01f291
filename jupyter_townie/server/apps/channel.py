"""The WebSocket between one app and those who watch it: its state goes out, what its page reports comes in."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_server.auth.decorator import ws_authenticated
from tornado import web
from tornado.websocket import WebSocketClosedError

from ..sockets import GONE, SocketHandler
from .visitor import name_of

if TYPE_CHECKING:
    from ... import protocol as p
    from ...apps.freezes import Pulse
    from ..app import TownieApp

logger = logging.getLogger(__name__)

MOST_UNSENT = 2_000_000
"""Characters that may wait for a slow page before its connection ends; it asks for everything when it is back."""
PULSE = b"pulse"
"""What the pings hold that are about the pages in a browser; others keep the connection."""
LARGEST_COMMAND = 8_000_000
"""Characters of one command; the largest is a screenshot."""
MOST_COMMANDS = 60
"""Commands of one page within a second; a page that reports more is not heard for the rest of it."""


class AppChannelHandler(SocketHandler):
    def initialize(self, townie: TownieApp) -> None:
        super().initialize(townie)
        self._leave: Callable[[], None] | None = None
        self._unsent = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._second, self._in_second = 0.0, 0
        self._pulse: Pulse | None = None
        self._pinging: asyncio.Task[None] | None = None
        self._pinged = False
        self.login = self.visitor = ""

    @ws_authenticated
    async def get(self, app: str) -> None:
        from ...apps.apps import NoSuchApp

        await self.admit()
        try:
            self.townie.runtime.apps.get(app)
        except NoSuchApp:
            raise web.HTTPError(404, "There is no such app") from None
        self.app = app
        self.login, self.visitor = self.townie.runtime.hosting.logins.of(self), name_of(self)
        await super().get(app)

    def open(self, app: str) -> None:
        super().open()
        self.set_nodelay(True)
        self._leave = self.townie.runtime.apps.subscribe(app, self._frame)
        self._pulse = self.townie.runtime.apps.freezes.pulse(app)
        self.townie.runtime.hosting.logins.watchers.add(self)

    def _frame(self, frame: p.AppFrame) -> None:
        if frame.frame == "reload" and frame.reason == "folder" and self._is_gone():
            self.close(GONE, "gone")
            return
        text = frame.model_dump_json()
        self._unsent += len(text)
        if self._unsent > MOST_UNSENT:
            self.close(4413, "slow")
            return
        task = asyncio.ensure_future(self._written(text))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_gone(self) -> bool:
        from ...apps.apps import NoSuchApp

        try:
            self.townie.runtime.apps.get(self.app)
        except NoSuchApp:
            return True
        return False

    async def _written(self, text: str) -> None:
        try:
            await self.write_message(text)
        except WebSocketClosedError:
            # The page is gone; it is told everything when it is back.
            return
        self._unsent -= len(text)

    def on_message(self, message: str | bytes) -> None:
        from pydantic import ValidationError

        from ... import protocol as p

        now = asyncio.get_running_loop().time()
        if now - self._second >= 1:
            self._second, self._in_second = now, 0
        self._in_second += 1
        if self._in_second > MOST_COMMANDS or len(message) > LARGEST_COMMAND:
            return
        try:
            command = p.APP_COMMAND.validate_json(message)
        except ValidationError:
            logger.debug("Not a command of an app's page")
            return
        self._obey(command)

    def _obey(self, command: p.AppCommand) -> None:
        from ... import protocol as p
        from ...apps.apps import NoSuchApp

        apps = self.townie.runtime.apps
        try:
            if isinstance(command, p.AppPulse):
                self._heard(command)
            elif isinstance(command, p.AppRelease):
                apps.freezes.release(self.app)
            elif isinstance(command, p.AppReport):
                if command.kind == "hang" and self._pulse is not None:
                    self._pulse.hung()
                apps.report(self.app, command)
            elif isinstance(command, p.AppReady):
                apps.ready(self.app, command)
            else:
                apps.replied(self.app, command)
        except NoSuchApp:
            self.close(GONE, "gone")

    def _heard(self, pulse: p.AppPulse) -> None:
        assert self._pulse is not None
        self._pulse.heard(pulse)
        if pulse.loaded and (self._pinging is None or self._pinging.done()):
            self._pinging = asyncio.ensure_future(self._ping_while_loaded(self._pulse))

    async def _ping_while_loaded(self, pulse: Pulse) -> None:
        from ...apps.freezes import EVERY

        while pulse.loaded:
            # One at a time: those that wait for a computer that sleeps would all be answered when it wakes.
            if not self._pinged:
                with contextlib.suppress(WebSocketClosedError):
                    self.ping(PULSE)
                    self._pinged = True
            await asyncio.sleep(EVERY)

    def on_pong(self, data: bytes) -> None:
        super().on_pong(data)  # type: ignore[no-untyped-call]
        if data == PULSE and self._pulse is not None:
            self._pinged = False
            self._pulse.pong()

    def on_close(self) -> None:
        if self._pulse is not None:
            self._pulse.close()
        self.townie.runtime.hosting.logins.watchers.discard(self)
        if self._leave is not None:
            self._leave()
            self._leave = None
        super().on_close()
