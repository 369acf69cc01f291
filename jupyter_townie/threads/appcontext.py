"""What a model is shown of an app: what failed in it, its files, and how apps of its kind are written."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from .. import protocol as p
from ..context.files import FileText
from ..notebooks.surface import SurfaceError
from .appcheck import causes_first, listed
from .prompts import prompt
from .refusals import Refused

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.apps import Apps
    from .host import Host
    from .state import TurnRecord

TEXT = 60_000
"""Characters of an app's files that are shown; what is left out is listed by name."""
MOST_LISTED = 200


def concerned(apps: Apps, turns: Iterable[TurnRecord], turn: TurnRecord) -> App | None:
    """The app that a turn is about: the one that it is bound to, that is looked at, or that the thread worked on."""
    binding = turn.started.binding
    if binding.kind == "app":
        return apps.of(binding.path or "")
    for chip in turn.started.attachments:
        if chip.kind == "screenshot" and (app := apps.of(chip.ref)) is not None:
            return app
    earlier = []
    for record in turns:
        if record is turn:
            break
        if record.actions and not record.undone and not record.replaced:
            earlier.append(record)
    if not earlier:
        return None
    return _worked_on(apps, earlier[-1])


def at_hand(apps: Apps, turns: Iterable[TurnRecord], turn: TurnRecord) -> App | None:
    """The app that the tools of a turn work on: the one that it has written itself, or that it is about."""
    return _worked_on(apps, turn) or concerned(apps, turns, turn)


def knows(apps: Apps, turns: Iterable[TurnRecord], turn: TurnRecord, app: App) -> bool:
    """Whether the model that works on a turn knows *app*: it was shown its files, or has written or read some
    of them in this conversation."""

    def inside(path: object) -> bool:
        return isinstance(path, str) and f"{path.strip('/')}/".startswith(f"{app.path}/")

    about = concerned(apps, turns, turn)
    shown = [turn.started.binding.path, *(chip.ref for chip in turn.started.attachments)]
    if (about is not None and about.path == app.path) or any(map(inside, shown)):
        return True
    for record in turns:
        written = [action.body.path for action in record.actions.values() if action.state in ("done", "waiting")]
        calls = [event.arguments.values() for event in record.events if isinstance(event, p.ToolCalled)]
        if not record.undone and any(map(inside, chain(written, *calls))):
            return True
        if record is turn:
            break
    return False


def _worked_on(apps: Apps, turn: TurnRecord) -> App | None:
    paths = [
        action.body.path
        for action in reversed(turn.actions.values())
        if isinstance(action.body, (p.StartAppAction, p.UseAppAction))
        or (isinstance(action.body, p.EditAction) and made_of(apps, action.body) is not None)
    ]
    return next((app for path in paths if (app := apps.of(path)) is not None), None)


def made_of(apps: Apps, body: p.EditAction | p.InsertAction) -> App | None:
    """The app that is made of what *body* changes: one of its files, or a cell of the notebook that it consists of."""
    app = apps.of(body.path)
    return app if app is not None and (body.cell_id is None or body.path == notebook_of(app)) else None


def notebook_of(app: App | None) -> str | None:
    """The notebook that an app consists of, whose cells are changed one by one; None for one that is made of files."""
    if app is None or app.manifest is None or app.manifest.kind != "voila":
        return None
    return f"{app.path}/{app.manifest.entry}"


def place_of_cells(binding: p.Binding, app: App | None) -> p.Binding:
    """Where the cells are that a turn about *app* writes: in the notebook that the app consists of, if it is one, and
    if the person has no other before them."""
    path = notebook_of(app)
    if path is None or binding.kind == "console" or (binding.kind == "notebook" and binding.path):
        return binding
    return binding.model_copy(update={"path": path, "kind": "app", "cell_id": None, "after": None})


def reported(apps: Apps, path: str) -> p.Failure:
    """What an app reports at present, as one failure: that of its backend first, because others may follow from it.

    :raises Refused: there is no such app, or nothing failed.
    """
    app = apps.of(path)
    if app is None:
        raise Refused("no_app", f"There is no app in {path}.", "It may have been moved, renamed or deleted.")
    known = causes_first(apps.failures(app.id))
    if not known:
        message = "The app reports no error at present."
        raise Refused("nothing_failed", message, "Use it until the error shows again, then press Try fixing.")
    first = known[0].failure
    return first.model_copy(update={"summary": listed(known), "path": app.path})


async def files_of(host: Host, app: App, failure: p.Failure | None) -> list[FileText]:
    """The files of an app as they are now, those that ``failure`` names first, and a list of all."""
    from ..apps.versions import parts

    found = await asyncio.to_thread(lambda: [(name, file.stat().st_size) for name, file in parts(app.folder)])
    listing = "\n".join(f"{name} ({size:,} bytes)" for name, size in found[:MOST_LISTED])
    named = {frame.file for frame in failure.frames} if failure is not None else set()
    shown: list[FileText] = []
    room = TEXT
    for name, size in sorted(found, key=lambda entry: f"{app.path}/{entry[0]}" not in named):
        path = f"{app.path}/{name}"
        if size > room:
            continue
        try:
            text = await (_cells(host, path) if path == notebook_of(app) else host.show_file(path))
        except (ValueError, OSError):
            # Images and the like; the list names them.
            continue
        shown.append(text)
        room -= len(text.text)
    return [FileText(f"{app.path}/", listing, "the list of its files"), *shown]


async def _cells(host: Host, path: str) -> FileText:
    """The cells of an app's notebook with the ids by which they are changed.

    :raises ValueError: it can not be read.
    """
    try:
        snapshot = await host.surface(path, None).read(outputs=False)
    except SurfaceError as error:
        raise ValueError(str(error)) from None
    cells = [f"# %% cell={cell.id} ({cell.cell_type})\n{cell.source}" for cell in snapshot.cells]
    return FileText(path, "\n\n".join(cells), "a notebook: change its cells by their ids, never its file")


def instructions(turn: TurnRecord, app: App | None, apps: Apps, folder: str | None) -> Sequence[str]:
    """The prompts of a turn that are about apps: always how they are written; more of it when one is asked for.

    :param folder: where the user's own versions of the prompts are.
    """
    from ..apps.kinds import asked_for, guide

    started = turn.started
    if started.options.mode == "plan" or started.purpose in ("explain", "edit"):
        return ()
    texts = [prompt("apps", folder)]
    about = app.manifest.kind if app is not None and app.manifest is not None else None
    kind = asked_for(started.text) or ("web" if started.purpose == "app" else None)
    if kind is not None or about is not None:
        texts.append(prompt("app", folder))
        texts += [guide(one) for one in dict.fromkeys((about, kind)) if one is not None]
    if kind is not None:
        texts += _for_a_new_one(kind, apps)
    if apps.folder == "apps":
        return texts
    return [re.sub(r"(?<=[`=])apps/(?=<name>|example)", f"{apps.folder}/", text) for text in texts]


def _for_a_new_one(kind: p.AppKind, apps: Apps) -> Sequence[str]:
    from ..apps.kinds import example

    texts = []
    if example(kind):
        texts.append("An app of this kind that shows what goes where and in which style:\n\n" + example(kind))
    taken = [info.path.rpartition("/")[2] for info in apps.list()[:MOST_LISTED]]
    names = ", ".join(name for name in taken if re.fullmatch(r"[\w.-]{1,60}", name))
    if names:
        texts.append(f"These folders are taken by other apps; a new app gets another name: {names}.")
    return texts


def purpose_prompt(turn: TurnRecord) -> str:
    """The prompt of the turn's purpose."""
    started = turn.started
    if started.purpose == "app":
        # That is told by the instructions about apps.
        return "chat"
    return "fix_app" if started.purpose == "fix" and started.binding.kind == "app" else started.purpose
