"""The files of apps: seen by who watches the app while they arrive, on disk once they are whole."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import protocol as p
from ..context.files import FileRefused, checked_parts
from ..edits import EditRefused
from ..edits.pieces import form_of_content
from .actions import edit_action
from .gate import verdict
from .state import title_of

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.apps import Apps
    from .actions import Actions
    from .block import Block
    from .blocks import Outcome
    from .host import Host
    from .state import ActionRecord, TurnRecord

logger = logging.getLogger(__name__)

Whole = Callable[[str], Awaitable[tuple[str, str]]]
"""From the text of a file to its text with the block in it, and a note for whoever reads it.

Raises ``EditRefused`` or ``ValueError`` when it does not fit.
"""


class AppFiles:
    """The files of apps that one turn writes.

    They do not wait for a decision: an app is kept in versions, a turn's undo takes it back, and its page reaches
    nothing but itself.  That is different where its code already runs with the person's own rights, and where a new app
    was meant but the folder is another one's: of that not a single file is written over.

    :param knows: whether the model knows what is in an app that is there.
    """

    def __init__(
        self, apps: Apps, host: Host, actions: Actions, turn: TurnRecord, knows: Callable[[App], bool]
    ) -> None:
        self._apps, self._host, self._actions, self._turn, self._knows = apps, host, actions, turn, knows
        self.changed: dict[str, list[str]] = {}
        """Folders of apps with the files that were written since they were last loaded."""
        self._begun: set[str] = set()
        self.written: set[str] = set()
        """Folders of apps that this turn has changed."""
        self._busy: set[str] = set()
        """Apps that are told to wait with what they would do by themselves when a file changes."""

    def begin(self, ref: str, block: Block, whole: Whole, outcome: Outcome) -> AppFile | None:
        """Begin with the file ``ref``; None when it is no app's, or has to be decided about like any other.

        :param outcome: gets what the model has to be told.
        """
        from ..apps.versions import MADE_ITSELF

        try:
            path = "/".join(checked_parts(ref))
        except FileRefused:
            return None
        folder = self._folder(path)
        if folder is None or path.endswith(".ipynb") or path[len(folder) + 1 :].split("/")[0] in MADE_ITSELF:
            return None
        started = self._turn.started
        if verdict(started.options.mode, "insert") == "deny" or started.purpose == "explain":
            return None
        stranger = self._stranger(folder)
        if stranger is None:
            self._occupy(folder)
        creates = not (self._apps.root / path).exists()
        body = edit_action(path, None, "", "").model_copy(update={"creates": creates})
        record = self._actions.start(self._turn.id, body, "insert", "streaming", part=block.part)
        return AppFile(self._apps, self._host, self._actions, record, block, whole, outcome, self, stranger)

    def rest(self) -> None:
        """Nothing is written for now."""
        from ..apps.apps import NoSuchApp

        busy, self._busy = self._busy, set()
        for app in busy:
            with contextlib.suppress(NoSuchApp):
                self._apps.set_writing(app, False)

    def _occupy(self, folder: str) -> None:
        app = self._apps.of(folder)
        if app is not None and app.id not in self._busy:
            self._busy.add(app.id)
            self._apps.set_writing(app.id, True)

    def _folder(self, path: str) -> str | None:
        """The folder of the app that a file belongs to, or will belong to."""
        app = self._apps.of(path)
        if app is not None:
            there = (self._apps.root / path).resolve()
            return app.path if there.is_relative_to(app.folder) and not self._runs_freely(app.id) else None
        home = self._apps.folder.strip("/") + "/"
        name, slash, _ = path.removeprefix(home).partition("/")
        if not path.startswith(home) or not slash:
            return None
        folder = home + name
        if folder in self._begun or self._made(folder) or _is_free(self._apps.root / folder):
            self._begun.add(folder)
            return folder
        return None

    def _stranger(self, folder: str) -> App | None:
        """The app that is in *folder* when the model knows nothing of it, so that what it writes is meant to be a new
        one."""
        app = None if folder in self._begun else self._apps.of(folder)
        return None if app is None or self._knows(app) else app

    def _runs_freely(self, app: str) -> bool:
        return self._apps.consented(app) and self._apps.info(app).rights == "user"

    def _made(self, folder: str) -> bool:
        """Whether an earlier answer of this turn has made the folder."""
        return any(
            isinstance(record.body, p.EditAction) and record.body.creates and record.body.path.startswith(folder + "/")
            for record in self._turn.actions.values()
        )

    async def before(self, path: str) -> None:
        """A file is about to change: what its app was before this turn is kept, if no version has it."""
        app = self._apps.of(path)
        if app is not None and app.path not in self.written:
            await kept(self._apps, app, f"Before: {title_of(self._turn.started)}")

    def wrote(self, path: str) -> None:
        """A file is on disk."""
        folder = self._folder(path) or path.rpartition("/")[0]
        self._occupy(folder)
        self.applied(folder, path)

    def applied(self, folder: str, path: str) -> None:
        """A change is in a file of an app; it may have been decided about like any other."""
        self.written.add(folder)
        paths = self.changed.setdefault(folder, [])
        if path not in paths:
            paths.append(path)


def _is_free(folder: Path) -> bool:
    """Whether a new app may have the folder: nothing of anybody is in it but what an app before it has kept."""
    from ..apps.versions import parts

    return not folder.exists() or (folder.is_dir() and all(name == ".gitignore" for name, _ in parts(folder)))


async def kept(apps: Apps, app: App, title: str, thread: str | None = None, turn: str | None = None) -> None:
    """Keep a version of an app as it is now; that this fails keeps nobody from working on it."""
    from ..apps.versions import Versions

    try:
        await asyncio.to_thread(Versions(apps.data).take, app, title, thread=thread, turn=turn)
    except OSError:
        logger.warning("A version of %s could not be kept", app.path, exc_info=True)


async def tell_app(apps: Apps, path: str) -> None:
    """Let the app that a file belongs to know that it was changed otherwise than by a turn's answer."""
    app = apps.of(path)
    if app is not None:
        await apps.changed(app.id, [path])


class AppFile:
    """One file that is being written."""

    def __init__(
        self,
        apps: Apps,
        host: Host,
        actions: Actions,
        record: ActionRecord,
        block: Block,
        whole: Whole,
        outcome: Outcome,
        files: AppFiles,
        stranger: App | None,
    ) -> None:
        self._apps, self._host, self._actions, self._record = apps, host, actions, record
        self._block, self._whole = block, whole
        self._outcome, self._files, self._stranger = outcome, files, stranger
        self._path = record.body.path
        self.arrived = asyncio.Event()

    async def write(self) -> None:
        """Write it; the action then is done, or says why it is not."""
        try:
            await self._write()
        except asyncio.CancelledError:
            self.leave()
            raise

    def leave(self) -> None:
        """It will not be written: Townie was stopped before it was its turn."""
        if self._record.state in ("streaming", "running"):
            self._actions.change(self._record, "failed", "Townie was stopped before this file was written.")

    async def _write(self) -> None:
        try:
            before = await self._before()
        except (ValueError, OSError) as error:
            await self._all()
            self._refuse(str(error))
            return
        if before is not None or self._stranger is not None:
            complete = await self._all()
            await self._finish(before, complete)
            return
        draft = self._apps.drafts.open(self._path)
        try:
            sent = 0
            while True:
                self.arrived.clear()
                text, ended, complete = self._block.arriving()
                if text[sent:] and form_of_content(text.lstrip("\n").partition("\n")[0]) == "whole":
                    draft.write(text[sent:])
                    if not sent:
                        self._consider()
                    sent = len(text)
                if ended:
                    break
                await self.arrived.wait()
            await self._finish(None, complete)
        finally:
            draft.end()
            self._consider()

    def _consider(self) -> None:
        """Tell those who watch the app whether its page is written at this moment."""
        app = self._apps.of(self._path)
        if app is not None:
            self._apps.consider(app.id)

    async def _all(self) -> bool:
        """Wait for all of it; whether it is complete."""
        while True:
            self.arrived.clear()
            _, ended, complete = self._block.arriving()
            if ended:
                return complete
            await self.arrived.wait()

    async def _before(self) -> str | None:
        try:
            return await self._host.read_text(self._path)
        except FileNotFoundError:
            return None

    async def _finish(self, before: str | None, complete: bool) -> None:
        if not complete:
            message = "The answer ended in the middle of this file; it was not written."
            self._actions.change(self._record, "failed", message)
            return
        try:
            after, note = await self._whole_of(before)
            if self._stranger is not None and not self._block.is_edit and after != before:
                raise ValueError(_taken(self._stranger))
        except (EditRefused, ValueError, OSError) as error:
            self._refuse(str(error))
            return
        body = edit_action(self._path, None, before or "", after, note)
        self._actions.change(self._record, "running", body=body.model_copy(update={"creates": before is None}))
        await self._files.before(self._path)
        if await self._actions.apply_edit(self._record):
            self._files.wrote(self._path)

    async def _whole_of(self, before: str | None) -> tuple[str, str]:
        """The file with the block in it, and a note for whoever reads it; as it is, where it has that already.

        A model that writes all files of an app anew may mean some of them to stay; of a part that is there, it hears.

        :raises EditRefused: it does not fit.
        """
        try:
            return await self._whole(before or "")
        except EditRefused as refusal:
            if before is None or refusal.kind != ("already_applied" if self._block.is_edit else "no_change"):
                raise
            if self._block.is_edit:
                self._outcome.there.append(f"{self._path}: {refusal}")
            return before, ""

    def _refuse(self, message: str) -> None:
        # What holds for all files of an answer is told once.
        if not any(message in told for told in self._outcome.refused):
            self._outcome.refused.append(f"{self._path}: {message}")
        self._actions.change(self._record, "failed", message[:1000])


def _taken(app: App) -> str:
    """Why no file of a new app is written into the folder of *app*."""
    title = app.manifest.title if app.manifest is not None else app.path.rpartition("/")[2]
    return (
        f'{app.path} is the folder of another app, "{title}", whose files you have not seen, so nothing in it was '
        f"changed. Write all files of a new app into a folder that is free, such as {app.path}-2. To change "
        f'"{title}" itself, read its files first, or ask for it to be opened.'
    )
