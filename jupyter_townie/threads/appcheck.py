"""After an app was written: have it started or loaded anew, watch it until it is quiet, and tell what failed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import protocol as p
from ..context import boundary as boundaries
from .gate import verdict

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.apps import Apps
    from .actions import Actions
    from .log import Log
    from .state import ActionRecord, TurnRecord

SETTLE_SECONDS = 12.0
"""How long a check waits at most for the backend to run and the page to be quiet."""
MOST_FAILURES = 5
"""Failures of an app that one observation tells of; the others are mostly their consequences."""


class AppCheck:
    """Starts and watches the apps that one turn has written."""

    def __init__(self, apps: Apps, log: Log, actions: Actions, turn: TurnRecord) -> None:
        self._apps, self._log, self._actions, self._turn = apps, log, actions, turn

    async def written(self, folder: str, paths: Sequence[str]) -> p.AppChecked | str | None:
        """Deal with an app whose files were written: how it does now, what the model has to mend before that can be
        told, or None when it waits for the person."""
        app = self._apps.of(folder)
        if app is None and not (self._apps.root / folder).exists():
            # The person has taken it away meanwhile.
            return None
        if app is None:
            return f"{folder} has no townie.toml yet, so it is no app: write {folder}/townie.toml."
        if app.problem is not None:
            return f"{folder}/townie.toml: {app.problem.message} {app.problem.remedy}".strip()
        since = time.time()
        await self._apps.changed(app.id, paths)
        if not self._apps.consented(app.id):
            record = self._ask(app)
            if record is None or record.state == "waiting":
                return None
            self._apps.allow(app.id)
            return await self.start(app, record)
        return await self.settle(app, since)

    def _ask(self, app: App) -> ActionRecord | None:
        """The app's code is to run, or to get more than before: whether it may is decided once, by the person."""
        asked_already = any(
            isinstance(record.body, p.StartAppAction) and record.body.app == app.id and record.state == "waiting"
            for record in self._turn.actions.values()
        )
        if asked_already:
            return None
        assert app.manifest is not None
        rights = self._apps.grants.rights_of(app)
        more = app.asks
        # A mode says what Townie may do in the notebook; what leaves it stays the person's decision.
        may = verdict(self._turn.started.options.mode, "run") == "allow" and rights == "confined" and not more
        note = "It asks to " + " and to ".join(more) + "." if more else ""
        if rights == "user" and app.backend:
            where = f"In the kernel of {app.notebook}" if app.notebook else "On this machine"
            note = f"{where} nothing confines it: its code has all of your rights. {note}".strip()
        body = p.StartAppAction(
            path=app.path, app=app.id, title=app.manifest.title, rights=rights if app.backend else "confined", note=note
        )
        return self._actions.start(self._turn.id, body, "run", "running" if may else "waiting")

    async def start(self, app: App, record: ActionRecord) -> p.AppChecked:
        """Start an app that is allowed to run, and see how it does."""
        from ..apps.apps import AppRefused

        since = time.time()
        try:
            if app.backend:
                await self._apps.start(app.id)
        except AppRefused as refused:
            # One that waits for a secret was started as well as can be; the person is asked for it.
            state: p.ActionState = "done" if refused.problem.code == "secret" else "failed"
            self._actions.change(record, state, f"{refused.problem.message} {refused.problem.remedy}".strip())
        except BaseException:
            self._actions.change(record, "failed", "Townie stopped waiting for the app; it may be starting still.")
            raise
        else:
            self._actions.change(record, "done")
            # What its page has met without a backend says nothing of how it does.
            self._apps.clear_failures(app.id)
            self._apps.tell(app.id, p.AppReloadFrame(reason="backend" if app.backend else "files"))
        return await self.settle(app, since)

    async def settle(self, app: App, since: float) -> p.AppChecked:
        """Wait until the app is quiet, and put what came up into the log."""
        from ..apps.failures import AFTER_VISITOR

        began = time.monotonic()
        settled = await self._apps.settle(app.id, since, SETTLE_SECONDS)
        failures = causes_first(settled.failures)
        info = self._apps.info(app.id)
        missing = [secret.name for secret in info.secrets if not secret.kept]
        if not failures and info.phase == "failed" and not missing:
            failures = [_not_running(app, info, since)]
        about = self._turn.started.failure
        well = about is not None and not failures and not missing and not settled.running
        # Loading alone does not bring back what came after a click, so it proves nothing.
        after = about.after if about is not None and well else ""
        return self._log.append(
            p.AppChecked,
            turn=self._turn.id,
            app=app.id,
            path=app.path,
            title=info.title,
            failures=failures,
            watched=settled.watched,
            loaded=settled.loaded,
            running=settled.running,
            secrets=missing,
            repaired=about is not None and well and not after and (settled.watched or about.source == "backend"),
            after=after,
            published=after == AFTER_VISITOR,
            seconds=round(time.monotonic() - began, 2),
        )


def causes_first(failures: Sequence[p.AppFailure]) -> list[p.AppFailure]:
    """The first few: those of the backend before those of the page, which may follow from them."""
    ordered = sorted(failures, key=lambda one: (one.failure.source != "backend", one.first))
    return ordered[:MOST_FAILURES]


def listed(failures: Sequence[p.AppFailure]) -> str:
    """Failures of an app as text."""
    lines: list[str] = []
    for number, one in enumerate(failures, 1):
        times = f", {one.count} times" if one.count > 1 else ""
        lines.append(f"{number}. in the {one.failure.source}{times}\n{one.failure.summary.strip()}")
        if one.failure.after:
            lines.append(f"It came after this was done in the app: {one.failure.after}")
        if one.hint:
            lines.append(f"Hint: {one.hint}")
    return "\n".join(lines)


def told(checked: p.AppChecked) -> str:
    """The failures of an app as the model is told of them: as data, which nobody can make look like instructions."""
    text = listed(checked.failures)
    data = boundaries.wrap(boundaries.fresh([text]), "failure", text, of=checked.path)
    return f"The app was loaded anew after your change, and reported failures:\n\n{data}\n\nRepair their cause."


def _not_running(app: App, info: p.AppInfo, since: float) -> p.AppFailure:
    """A backend that did not start and said nothing."""
    from ..failures import failure_from_error

    message = info.message or "The app's backend did not start, and printed nothing."
    failure = failure_from_error(p.RawError(ename="NotStarted", evalue=message), source="backend", path=app.path)
    return p.AppFailure(failure=failure, first=since, last=since)
