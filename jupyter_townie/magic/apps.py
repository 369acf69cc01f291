"""Apps that are made by the magic: where they are written, and how they are shown below the cell.

A kernel that a Jupyter server of this machine has started writes into that server's workspace, and the server shows the
app: as an output that is the same page as in the app's panel, in an origin of its own.  Everywhere else the app is
written below the working directory, and it is said how to run it.
"""

from __future__ import annotations

import html
import json
import os
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import protocol as p

if TYPE_CHECKING:
    from ..apps.app import App
    from ..apps.apps import Apps

HEIGHT = 460
"""CSS pixels of a preview below a cell."""


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace; ``base_url`` is the path of the server that shows its apps, None without one."""

    root: Path
    base_url: str | None = None


def place_of(shell: Any) -> Place:
    """The workspace of the server that has started this kernel, or the working directory."""
    here = Path.cwd()
    # VS Code brings a server along, too, but its pages are not that server's.
    if getattr(shell, "kernel", None) is None or "__vsc_ipynb_file__" in shell.user_ns:
        return Place(here)
    from jupyter_core.paths import jupyter_runtime_dir

    file = Path(jupyter_runtime_dir()) / f"jpserver-{os.environ.get('JPY_PARENT_PID', '')}.json"
    try:
        server = json.loads(file.read_text(encoding="utf-8"))
        root = Path(server["root_dir"])
        if root.is_dir():
            return Place(root, str(server.get("base_url") or "/"))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # started by something else, such as nbclient
    return Place(here)


def apps_at(place: Place) -> Apps:
    """The apps of a workspace.  A backend would run with this Python."""
    from jupyter_core.paths import jupyter_data_dir

    from ..apps.apps import Apps

    async def python(_: str | None) -> str:
        return sys.executable

    return Apps(place.root, Path(jupyter_data_dir()) / "townie", python)


def written(apps: Apps, bodies: Iterable[p.ActionBody]) -> App | None:
    """The app that a turn has written last."""
    for body in reversed(list(bodies)):
        if isinstance(body, (p.EditAction, p.StartAppAction)) and (app := apps.of(body.path)) is not None:
            return app
    return None


def show(shell: Any, apps: Apps, app: App, place: Place) -> None:
    """Show the app below the cell, or say where it is and how to run it."""
    text = told(app, place)
    if place.base_url is None or not apps.consented(app.id):
        # What was not allowed yet is asked about in its panel, where there is more room for it.
        from .display import say

        say(shell, text)
        return
    title = html.escape(app.manifest.title if app.manifest is not None else app.path, quote=True)
    view = html.escape(f"{place.base_url.rstrip('/')}/townie/view/{app.id}", quote=True)
    label = html.escape(f"Generated app: {app.manifest.title if app.manifest else app.path} ({app.path})")
    page = (
        '<div style="border: 2px solid var(--jp-brand-color1, #1976d2)">'
        '<div style="background: var(--jp-brand-color1, #1976d2); color: white; padding: 2px 8px; font-size: 12px">'
        f'{label} · <a href="{view}" target="_blank" rel="noopener noreferrer" style="color: white">open in a tab</a>'
        f'</div><iframe src="{view}" title="Generated app: {title}" loading="lazy" referrerpolicy="no-referrer"'
        f' style="display: block; width: 100%; height: {HEIGHT}px; border: 0; background: white"></iframe></div>'
    )
    shell.display_pub.publish({"text/html": page, "text/plain": text}, {})


def told(app: App, place: Place) -> str:
    """Where the app is, and how to run it without Townie."""
    folder = place.root / app.path
    manifest = app.manifest
    if manifest is None:
        return f"The app is in {folder}, but its townie.toml can not be used."
    entry, where = shlex.quote(manifest.entry), shlex.quote(str(folder))
    python = Path(sys.executable).name
    commands = {
        "web": f"{python} -m http.server --directory {where} 8000",
        "fullstack": f"cd {where} && uvicorn {entry if ':' in entry else 'app:app'}",
        "streamlit": f"cd {where} && streamlit run {entry}",
        "panel": f"cd {where} && panel serve {entry}",
        "voila": f"voila {shlex.quote(str(folder / manifest.entry))}",
    }
    run = commands.get(manifest.kind, f"cd {where} && {python} {shlex.quote(manifest.entry.split(':')[0])}")
    return (
        f"The app “{manifest.title}” is in {folder}. In JupyterLab: *Open App Preview* on that folder, or the card"
        f" *Townie apps* of the launcher. Without it:\n\n```text\n{run}\n```"
    )
