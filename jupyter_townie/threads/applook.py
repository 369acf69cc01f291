"""What a model may see of how an app looks, and what it is told of that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .. import protocol as p
from ..context import boundary as boundaries
from ..context.appview import AppView
from .appcheck import listed

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.apps import Apps
    from ..apps.driving import Used
    from ..apps.looking import Look
    from .state import TurnRecord


def chosen(turn: TurnRecord, app: App) -> bool:
    """Whether the person has a picture of the app go with the message."""
    return any(chip.kind == "screenshot" and chip.ref == app.path for chip in turn.started.attachments)


def shows_picture(turn: TurnRecord, app: App) -> bool:
    """Whether a model that asks for it may see the app: an app shows data, as the outputs of a cell do."""
    return chosen(turn, app) or turn.privacy == "outputs"


def shows_text(turn: TurnRecord, app: App) -> bool:
    """Whether the texts and values of its page may be told, and not only its structure."""
    return shows_picture(turn, app) or turn.privacy == "values"


async def app_views(apps: Apps | None, turn: TurnRecord, vision: bool, notices: list[p.Problem]) -> Sequence[AppView]:
    """How the apps look that have a chip in the message: the page as text, and a picture for a model that can see."""
    from ..apps.refusal import NoSuchApp

    views = []
    for chip in turn.started.attachments:
        app = apps.of(chip.ref) if apps is not None and chip.kind == "screenshot" else None
        if app is None or apps is None:
            continue
        try:
            look = await apps.look(app.id, picture=vision)
        except NoSuchApp:
            continue
        title = app.manifest.title if app.manifest else app.path
        if not look.tree or (vision and look.image is None):
            message = f"No screenshot of {title} was sent: {look.problem or 'the page said nothing.'}"
            remedy = "Open the app's preview, so that it is in sight, and ask again."
            notices.append(p.Problem(code="not_seen", message=message, remedy=remedy))
        if look.tree or look.image is not None:
            note = "" if vision else "no picture: this model reads text only"
            views.append(AppView(app.path, title, look.tree, look.image, note or look.problem))
    return views


def told_of(app: App, look: Look, *, text: bool) -> str:
    """What a model is told that has asked how an app looks.

    :param text: whether the texts and values of the page may be told.
    """
    from ..apps.looking import structure

    tree = look.tree if text else structure(look.tree)
    note = "" if text else "\nTexts and values are left out: the person has not shared them."
    if look.image is None and look.problem:
        note += f"\nThere is no picture: {look.problem}"
    return boundaries.wrap(boundaries.fresh([tree]), "app", tree, of=app.path) + note


def told_of_use(app: App, used: Used, failures: Sequence[p.AppFailure], *, text: bool) -> str:
    """What a model is told that has used an app.

    :param failures: those that came up meanwhile.
    """
    from ..apps.driving import difference
    from ..apps.looking import structure

    before, after = (tree if text else structure(tree) for tree in (used.before, used.look.tree))
    changed = difference(before, after)
    said = listed(failures)
    boundary = boundaries.fresh([changed, said])
    lines = [f"Done: {'; '.join(used.done) or 'nothing'}."]
    if used.problem:
        lines.append(f"Not done, and nothing after it: {used.problem}.")
    lines.append("What changed on the page:" if changed else "Nothing changed on the page.")
    if changed:
        lines.append(boundaries.wrap(boundary, "app", changed, of=app.path))
    if failures:
        lines += ["It reported failures:", boundaries.wrap(boundary, "failure", said, of=app.path)]
    else:
        lines.append("It reported no failure.")
    return "\n".join(lines)
