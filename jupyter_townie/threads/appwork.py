"""Apps in the loop: what a turn writes of them, how they do afterwards, and whether it goes on because of that."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .. import protocol as p
from .appcheck import AppCheck, told
from .appcontext import made_of
from .appfiles import AppFiles, kept
from .state import title_of
from .tries import why_not_again

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..apps.app import App
    from ..apps.apps import Apps
    from .actions import Actions
    from .host import Host
    from .log import Log
    from .state import ActionRecord, TurnRecord


class AppWork:
    """The apps of one turn."""

    def __init__(
        self,
        apps: Apps,
        host: Host,
        log: Log,
        actions: Actions,
        thread: str,
        turn: TurnRecord,
        knows: Callable[[App], bool],
    ) -> None:
        self.files = AppFiles(apps, host, actions, turn, knows)
        self.check = AppCheck(apps, log, actions, turn)
        self._apps, self._actions, self._thread, self._turn = apps, actions, thread, turn

    async def look(self) -> list[p.AppChecked | str]:
        """Deal with everything that was written since the last look: how the apps do, or what is still missing."""
        from ..apps.refusal import NoSuchApp

        found: list[p.AppChecked | str] = []
        changed, self.files.changed = self.files.changed, {}
        self.files.rest()
        await self._keep()
        for folder, paths in changed.items():
            # The person may take a folder away at any moment.
            with contextlib.suppress(NoSuchApp):
                one = await self.check.written(folder, paths)
                if one is not None:
                    found.append(one)
        return found

    async def allow(self, record: ActionRecord) -> p.AppChecked | None:
        """The person lets an app run: how it does; None when it is not there any more."""
        app = self._apps.of(record.body.path)
        if app is None or app.manifest is None:
            self._actions.change(record, "failed", "The app is not there any more.")
            return None
        self._apps.allow(app.id)
        return await self.check.start(app, record)

    def applied(self, records: Sequence[ActionRecord]) -> None:
        """Changes that the turn has applied itself; the next look sees to the apps among them."""
        for record in records:
            app = self.app_of(record)
            if app is not None:
                self.files.applied(app.path, record.body.path)

    def app_of(self, record: ActionRecord) -> App | None:
        """The app that is to be looked at after a change; None for one of the notebook that the person works in."""
        body, bound = record.body, self._turn.started.binding
        if not isinstance(body, (p.EditAction, p.InsertAction)) or (
            bound.kind == "notebook" and bound.path == body.path
        ):
            return None
        return made_of(self._apps, body)

    async def accepted(self, app: App, paths: Sequence[str]) -> p.AppChecked | None:
        """Changes of the app's files *paths* were accepted: how the app does; None when it waits for more."""
        from ..apps.refusal import NoSuchApp

        self.files.written.add(app.path)
        await self._keep()
        try:
            found = await self.check.written(app.path, paths)
        except NoSuchApp:
            return None
        return None if isinstance(found, str) else found

    async def leave(self) -> None:
        """The turn is over: what it wrote last is shown, without waiting for how that does, and kept as a version."""
        from ..apps.refusal import NoSuchApp

        changed, self.files.changed = self.files.changed, {}
        self.files.rest()
        for folder, paths in changed.items():
            app = self._apps.of(folder)
            if app is not None:
                with contextlib.suppress(NoSuchApp):
                    await self._apps.changed(app.id, paths)
        await self._keep()

    async def _keep(self) -> None:
        """Keep what the turn has made of its apps; nothing happens where that is kept already."""
        for folder in self.files.written:
            app = self._apps.of(folder)
            if app is not None:
                await kept(self._apps, app, title_of(self._turn.started), self._thread, self._turn.id)


def goes_on(turn: TurnRecord, checked: p.AppChecked) -> bool:
    """Whether a turn repairs what its app reports by itself: a fix was asked for, another turn only in *auto*.

    What only lacks a package is the person's to decide, who can install it; a model would write the package out of it.
    """
    if turn.started.purpose != "fix" and turn.started.options.mode != "auto":
        return False
    about = turn.started.failure
    return any(
        not one.missing or (about is not None and about.signature == one.failure.signature) for one in checked.failures
    )


def next_try(turn: TurnRecord, checked: p.AppChecked) -> tuple[str, p.Problem | None]:
    """What the model is told of an app that failed, and why there should be no further try, if so."""
    return told(checked), why_not_again(turn, checked.failures[0].failure)
