"""The right of one server to append to a thread, held as long as there is something to do in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from .. import protocol as p
from .refusals import Refused
from .store import LeaseLost, LeaseTaken, Store, StoreError

logger = logging.getLogger(__name__)

RENEWAL_SECONDS = 5.0


class Lease:
    """The lease of one thread.

    :param lost: told once when it is taken away while it is held, which only happens to a server that was suspended.
    """

    def __init__(self, store: Store, thread: str, lost: Callable[[p.Problem], None]) -> None:
        self._store, self._thread, self._lost = store, thread, lost
        self._renewal: asyncio.Task[None] | None = None

    @property
    def held(self) -> bool:
        return self._renewal is not None

    async def take(self) -> None:
        """:raises Refused: another server has it, or the thread was deleted."""
        try:
            await self._store.take_lease(self._thread)
        except LeaseTaken as taken:
            raise Refused.of(elsewhere(taken.owner)) from None
        except LeaseLost:
            raise Refused.of(DELETED) from None
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())

    def drop(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
            self._store.drop_lease(self._thread)

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
