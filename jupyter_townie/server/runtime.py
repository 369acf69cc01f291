"""What the running extension holds: threads, pages, and the host that connects them to this Jupyter server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import nullcontext
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, get_args

from .. import __version__, protocol as p
from ..models import ModelConfig, delete_key, list_models, preload, save_key, try_connection
from ..threads import Limits, Refused, Threads, follow
from ..threads.listing import Tell
from ..threads.warming import warm
from .channel import Channel
from .host import ServerHost
from .pages import Pages
from .status import status_lines

if TYPE_CHECKING:
    from ..apps import apps, capabilities
    from ..context.privacy import Choices
    from ..threads import Thread
    from .app import TownieApp
    from .apps.hosting import Hosting

logger = logging.getLogger(__name__)

CLIENT_AFTER = 1.0
"""Seconds after which the client of the model is loaded ahead."""


class Runtime:
    """One for each server process, made with the first request to Townie."""

    def __init__(self, app: TownieApp) -> None:
        self._app = app
        self.config = ModelConfig(
            default=app.default_model or None,
            base_urls=dict(app.base_urls),
            headers=dict(app.headers),
            profiles=dict(app.profiles),
        )
        limits = Limits(
            steps=app.max_steps,
            cost=app.max_cost,
            context_tokens=app.context_tokens,
            history_tokens=app.history_tokens,
        )
        self.pages = Pages()
        self.host = ServerHost(app, self.config, limits, self.pages, lambda: self.hosting.apps)
        self.threads = Threads(app.store_file, self.host)
        self._hosting: Hosting | None = None
        self._channels: dict[str, Channel] = {}
        self._repairing: asyncio.Task[None] | None = None
        self._answering: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.pages.back = self._back

    def channel(self, thread: Thread) -> Channel:
        """The channel of a thread, the same for all of its WebSockets."""
        channel = self._channels.get(thread.id)
        if channel is None or channel.thread is not thread:
            channel = self._channels[thread.id] = Channel(thread, self.threads)
            thread.told.append(partial(self._left, thread.id))
        return channel

    def _left(self, thread: str, _: p.Problem, ends: bool) -> None:
        if ends:
            self._channels.pop(thread, None)

    def follow_threads(self, tell: Tell) -> asyncio.Task[None]:
        """See :func:`jupyter_townie.threads.follow`; ends with the server at the latest."""
        task = asyncio.create_task(follow(self.threads, tell))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _back(self, paths: Collection[str]) -> None:
        """Notebooks can be reached again: threads go on with what had to wait for them."""
        for thread in self.threads.opened:
            if thread.waits_for(paths):
                task = asyncio.create_task(self._go_on(thread, paths))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _go_on(self, thread: Thread, paths: Collection[str]) -> None:
        try:
            async with self.threads.command(thread):
                for path in paths:
                    await thread.page_back(path)
        except Refused as refused:
            logger.info("What was held stays held: %s", refused)
        except Exception:
            logger.exception("What was held could not be gone on with")

    # ------------------------------------------------------------------------------------------------ generated apps

    @property
    def hosting(self) -> Hosting:
        """Apps and who may see them; made when they are first needed."""
        if self._hosting is None:
            from .apps.hosting import Hosting

            self._hosting = Hosting(self._app)
        return self._hosting

    @property
    def apps(self) -> apps.Apps:
        return self.hosting.apps

    @property
    def capabilities(self) -> capabilities.Capabilities:
        return self.hosting.capabilities

    # ------------------------------------------------------------------------------------------------ models and keys

    async def models(self) -> p.Models:
        return await asyncio.to_thread(list_models, self.config)

    async def save_key(self, provider: str, key: str) -> p.Models:
        """:raises ValueError: it cannot be a key.  :raises OSError: it can not be written."""
        await asyncio.to_thread(save_key, provider, key)
        return await self.models()

    async def delete_key(self, provider: str) -> p.Models:
        await asyncio.to_thread(delete_key, provider)
        return await self.models()

    # ------------------------------------------------------------------------------------------------------ privacy

    async def privacy(self, path: str) -> p.NotebookPrivacy:
        """What was chosen for the notebook at ``path``; what cannot be read was not chosen."""
        place, choices = self.host.place(path), self._choices()
        if place is None:
            return p.NotebookPrivacy(path=path)
        try:
            async with self._app.renames.followed() if self._app.renames else nullcontext():
                level = await asyncio.to_thread(choices.of, place)
        except OSError:
            logger.warning("What was chosen for notebooks could not be read", exc_info=True)
            level = None
        return p.NotebookPrivacy(path=path, level=level)

    async def choose_privacy(self, path: str, level: str | None) -> p.NotebookPrivacy:
        """:raises ValueError: there is no such level.  :raises OSError: it cannot be kept."""
        if level is not None and level not in get_args(p.Privacy):
            raise ValueError(f"There is no level {level!r}; the levels are {', '.join(get_args(p.Privacy))}.")
        chosen = p.NotebookPrivacy.model_validate({"path": path, "level": level})
        place = self.host.place(path)
        if place is not None:
            await asyncio.to_thread(self._choices().choose, place, chosen.level)
        return chosen

    def _choices(self) -> Choices:
        from ..context.privacy import FILE, Choices

        assert self.host.data is not None
        return Choices(self.host.data / FILE)

    async def test_model(self, name: str) -> p.TestResult:
        """Ask a model for one word."""
        return await try_connection(name or None, self.config)

    def ready_to_repair(self) -> asyncio.Task[None]:
        """Load what a repair needs in the background, once; a failure stands in somebody's page."""
        if self._repairing is None:
            self._repairing = asyncio.create_task(asyncio.to_thread(warm))
        return self._repairing

    def ready_to_answer(self) -> None:
        """Load the model's client too, once: somebody has a thread before them."""
        if self._answering is None:
            self._answering = asyncio.create_task(self._load_client())

    async def _load_client(self) -> None:
        await self.ready_to_repair()
        # A thread that opens because a repair was asked for may not need the client, and would have to share with it.
        await asyncio.sleep(CLIENT_AFTER)
        try:
            await asyncio.to_thread(preload, None, self.config)
        except Exception:
            # Whatever is wrong is told to the user with their first message.
            logger.info("The model's client was not loaded ahead", exc_info=True)

    async def status(self) -> p.Status:
        models = await self.models()
        return p.Status(version=__version__, lines=await status_lines(self._app, models))

    # ------------------------------------------------------------------------------------------------------ life

    def current_activity(self) -> datetime | None:
        """Now while a turn runs, else None."""
        if any(thread.running for thread in self.threads.opened):
            return datetime.now(timezone.utc)
        return None

    async def close(self) -> None:
        self.pages.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._answering is not None:
            self._answering.cancel()
            await asyncio.wait([self._answering])
        await self.threads.close()
        if self._hosting is not None:
            await self._hosting.close()
        await self.host.close()
