"""The list of threads as somebody has it before them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from .. import protocol as p
from .threads import Threads

EVERY = 0.5
"""Seconds between two looks at whether the store has changed."""

Tell = Callable[[Sequence[p.ThreadInfo]], Awaitable[None]]


async def follow(threads: Threads, tell: Tell) -> None:
    """Tell the list of ``threads``, and again whenever it has become another; ends only by being cancelled.

    Threads go on in other processes as well: in kernels (``%townie``) and in other servers.  They share nothing but the
    file with this one, so its count of changes is what tells, which costs no look into it.

    :raises StoreError: the store can not be read.
    """
    version: object = None
    shown: list[p.ThreadInfo] | None = None
    while True:
        latest = await threads.store.version()
        # A process that is killed over an answer changes nothing any more.
        if latest != version or (shown and any(one.running for one in shown)):
            version = latest
            infos = await threads.infos()
            # While an answer is written it is always just now that its thread was changed last.
            seen = [one.model_copy(update={"updated": 0.0}) for one in infos]
            if seen != shown:
                shown = seen
                await tell(infos)
        await asyncio.sleep(EVERY)
