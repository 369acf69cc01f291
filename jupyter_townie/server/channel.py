"""One thread as its WebSockets see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .. import protocol as p
from ..threads import Refused, StoreError, Thread, Threads

if TYPE_CHECKING:
    from .pages import Page

Send = Callable[[str], None]

logger = logging.getLogger(__name__)


class Channel:
    """Replays and follows a thread's log, and carries its commands out one after the other."""

    def __init__(self, thread: Thread, threads: Threads) -> None:
        self.thread = thread
        self._threads = threads
        self._order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, after: int, send: Send) -> Callable[[], None]:
        """Send everything after ``after``, then whatever comes; returns what ends it."""
        log = self.thread.log
        for event in log.after(after):
            send(p.EventFrame(event=event).model_dump_json())
        send(p.ReplayedFrame(seq=log.seq, running=self.thread.running).model_dump_json())
        return log.read(lambda event: send(p.EventFrame(event=event).model_dump_json()))

    def take(self, message: str | bytes, page: Page, send: Send) -> None:
        """A page has sent a command."""
        try:
            command = p.COMMAND.validate_json(message)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            send(_error("bad_command", f"Not a command: {where}: {first['msg']}", "Reload the page."))
            return
        if isinstance(command, p.Reply):
            page.reply(command.request, command.reply)
            return
        if isinstance(command, p.Stop):
            # Stop overtakes whatever is waiting.
            self._do(self.thread.stop(command.turn))
            return
        if isinstance(command, p.Documents):
            page.open = frozenset(command.open)
            self._do(self._page_back(page.open))
            return
        self._do(self._obey(command, page, send))

    async def _obey(self, command: Any, page: Page, send: Send) -> None:
        turn = getattr(command, "turn", None)
        try:
            async with self._order, self._threads.command(self.thread) as thread:
                if isinstance(command, p.Submit):
                    await thread.submit(command, page.id)
                elif isinstance(command, p.Decide):
                    await thread.decide(command)
                elif isinstance(command, p.RunCells):
                    await thread.run(command)
                elif isinstance(command, p.Keep):
                    await thread.keep(command)
                elif isinstance(command, p.Undo):
                    await thread.undo(command)
                elif isinstance(command, p.Continue):
                    await thread.continue_(command)
        except Refused as refused:
            send(p.ErrorFrame(problem=refused.problem, turn=turn).model_dump_json())
        except StoreError as error:
            send(_error("store", str(error), "", turn))
        except Exception as error:
            logger.exception("A command failed")
            send(_error("internal", f"Townie itself failed: {type(error).__name__}: {error}"[:500], "", turn))

    async def _page_back(self, paths: frozenset[str]) -> None:
        for path in paths:
            if any(record.state == "held" for record in self.thread.state.actions.values()):
                async with self._threads.command(self.thread) as thread:
                    await thread.page_back(path)

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _error(code: str, message: str, remedy: str, turn: str | None = None) -> str:
    problem = p.Problem(code=code, message=message, remedy=remedy)
    return p.ErrorFrame(problem=problem, turn=turn).model_dump_json()
