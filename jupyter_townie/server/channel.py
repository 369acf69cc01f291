"""One thread as its WebSockets see it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from .. import protocol as p
from ..threads import Refused, StoreError, Thread, Threads
from ..threads.refusals import internal

if TYPE_CHECKING:
    from .pages import Page

Send = Callable[[str], None]

logger = logging.getLogger(__name__)


class Channel:
    """Carries out the commands that the pages of a thread give, one after the other."""

    def __init__(self, thread: Thread, threads: Threads) -> None:
        self.thread = thread
        self._threads = threads
        self._order = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

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
            self._do(self._stop(command, send))
            return
        if isinstance(command, p.Documents):
            page.documents(frozenset(command.open), frozenset(command.unsaved))
            return
        self._do(self._obey(command, page, send))

    async def _stop(self, command: p.Stop, send: Send) -> None:
        try:
            await self.thread.stop(command.turn)
        except Exception as error:
            logger.exception("A turn could not be stopped")
            send(failed(internal(error), command.turn))

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
                elif isinstance(command, p.Restore):
                    await thread.restore(command)
                elif isinstance(command, p.Continue):
                    await thread.continue_(command)
        except Refused as refused:
            send(failed(refused.problem, turn))
        except StoreError as error:
            send(_error("store", str(error), "", turn))
        except Exception as error:
            logger.exception("A command failed")
            send(failed(internal(error), turn))

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def failed(problem: p.Problem, turn: str | None = None) -> str:
    """A problem as a frame."""
    return p.ErrorFrame(problem=problem, turn=turn).model_dump_json()


def _error(code: str, message: str, remedy: str, turn: str | None = None) -> str:
    return failed(p.Problem(code=code, message=message, remedy=remedy), turn)
