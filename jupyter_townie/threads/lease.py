"""The right of one server to append to a thread, held as long as there is something to do in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from .. import protocol as p
from .refusals import Refused
from .store import LeaseLost, LeaseTaken, Store, StoreError

logger = logging.getLogger(__name__)

RENEWAL_SECONDS = 5.0


class Lease:
    """The lease of one thread, for those who claim it and as long as it is busy.

    :param taken: catches up with what other servers have done, before anybody who claimed it goes on.
    :param lost: told once when it is taken away while it is held, which only happens to a server that was suspended.
    :param busy: whether there is something to do in the thread.
    """

    def __init__(
        self,
        store: Store,
        thread: str,
        *,
        taken: Callable[[], Awaitable[None]],
        lost: Callable[[p.Problem], None],
        busy: Callable[[], bool],
    ) -> None:
        self._store, self._thread = store, thread
        self._taken, self._lost, self._busy = taken, lost, busy
        self._renewal: asyncio.Task[None] | None = None
        self._claims = 0
        self._claiming = asyncio.Lock()
        self.gone: p.Problem | None = None
        """Why it can not be had any more: the thread was deleted, or taken over by another server."""

    async def claim(self) -> None:
        """Be the only server that appends to the thread, until as many :meth:`release` and as long as it is busy.

        :raises Refused: another server works on it, or it was deleted.
        """
        self._claims += 1
        try:
            async with self._claiming:
                if self.gone is not None:
                    raise Refused.of(self.gone)
                if self._renewal is None:
                    await self._take()
                    await self._taken()
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """The other half of :meth:`claim`."""
        self._claims -= 1
        self.settle()

    def settle(self) -> None:
        """Give the thread free when nothing goes on in it."""
        if not self._claims and not self._busy():
            self.drop()

    def drop(self) -> None:
        """Give it free, whatever goes on."""
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
            self._store.drop_lease(self._thread)

    def end(self, problem: p.Problem) -> None:
        """Never have it again."""
        self.gone = problem
        self.drop()

    async def _take(self) -> None:
        try:
            await self._store.take_lease(self._thread)
        except LeaseTaken as taken:
            raise Refused.of(elsewhere(taken.owner)) from None
        except LeaseLost:
            raise Refused.of(DELETED) from None
        self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            try:
                await self._store.take_lease(self._thread)
            except LeaseTaken as taken:
                self._lost(elsewhere(taken.owner))
                return
            except LeaseLost:
                self._lost(DELETED)
                return
            except StoreError:
                # It is good for several renewals; what can not be written is told when events are.
                logger.warning("A lease was not renewed", exc_info=True)


DELETED = p.Problem(code="thread_deleted", message="This thread was deleted.", remedy="Start a new one.")


def elsewhere(owner: str = "") -> p.Problem:
    """Another server works on the thread."""
    which = "Another Jupyter server"
    if owner:
        host, pid, _ = owner.rsplit(":", 2)
        which += f" ({host}, process {pid})"
    return p.Problem(
        code="thread_elsewhere",
        message=f"{which} is working on this thread.",
        remedy="Wait until it is done there, or start a new thread.",
    )
