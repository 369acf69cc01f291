"""What works, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import ensure_async

from ..models.keys import keyring_failed
from ..protocol import Models, StatusLine

if TYPE_CHECKING:
    from .app import TownieApp


async def status_lines(app: TownieApp, models: Models) -> list[StatusLine]:
    """The lines of the Status card, the most important first."""
    server: Any = app.serverapp
    lines = [_model(models), *_servers(models), await _kernels(server), _store(app), _dry_runs(), _apps(), _keyring()]
    return [*lines, *security(server)]


def _model(models: Models) -> StatusLine:
    if models.default.startswith("offline/"):
        local = [server.label for server in models.servers if server.models]
        picked = f"Choose a model of {' or '.join(local)} under the input of the chat, add" if local else "Add"
        return StatusLine(
            name="Model",
            level="warning",
            text="No model is configured; the guided tour and local rules answer.",
            remedy=f"{picked} a key below, or set ANTHROPIC_API_KEY before starting JupyterLab.",
        )
    info = next((model for model in models.models if model.id == models.default), None)
    if info is not None and info.problem is not None:
        return StatusLine(name="Model", level="error", text=info.problem.message, remedy=info.problem.remedy)
    named = f"{info.label} ({models.default})" if info is not None else models.default
    return StatusLine(name="Model", level="ok", text=named)


def _servers(models: Models) -> list[StatusLine]:
    """The programs of the user's own that serve models."""
    lines = []
    for server in models.servers:
        if server.problem is not None:
            text, remedy = server.problem.message, server.problem.remedy
            lines.append(StatusLine(name=server.label, level="error", text=text, remedy=remedy))
        elif not server.models:
            text, remedy = f"It runs at {server.url} and has no model.", "Load one there."
            lines.append(StatusLine(name=server.label, level="warning", text=text, remedy=remedy))
        else:
            count = f"{server.models} model{'s' if server.models > 1 else ''}"
            lines.append(StatusLine(name=server.label, level="ok", text=f"{count} at {server.url}"))
    return lines


async def _kernels(server: Any) -> StatusLine:
    specs = await ensure_async(server.kernel_spec_manager.get_all_specs())
    if not specs:
        return StatusLine(
            name="Kernels", level="error", text="No kernel is installed.", remedy="Install one: pip install ipykernel"
        )
    return StatusLine(name="Kernels", level="ok", text=", ".join(sorted(specs)))


def _store(app: TownieApp) -> StatusLine:
    path = app.store_file
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    if not os.access(path if path.exists() else folder, os.W_OK):
        return StatusLine(
            name="Chats",
            level="error",
            text=f"{path} cannot be written.",
            remedy="Mend its permissions, or set TownieApp.store_path.",
        )
    return StatusLine(name="Chats", level="ok", text=f"Kept in {path}")


def _dry_runs() -> StatusLine:
    if not hasattr(os, "fork") or sys.platform == "win32":
        return StatusLine(
            name="Tried fixes",
            level="warning",
            text="This system cannot fork: fixes are offered untried.",
            remedy="Use Linux or macOS to have them tried first.",
        )
    return StatusLine(
        name="Tried fixes", level="ok", text="Fixes are tried in a copy of the kernel before you see them."
    )


def _keyring() -> StatusLine:
    if importlib.util.find_spec("keyring") is None:
        return StatusLine(
            name="Keyring",
            level="warning",
            text="Saved keys go into a file that only you can read.",
            remedy="To use the system's keyring: pip install keyring",
        )
    if keyring_failed():
        return StatusLine(
            name="Keyring",
            level="warning",
            text="The system's keyring does not answer; keys are saved in a file that only you can read.",
            remedy="If it is locked, unlock it; keys that it has are found then.",
        )
    return StatusLine(name="Keyring", level="ok", text="Saved keys go into the system's keyring where there is one.")


def _apps() -> StatusLine:
    from ..apps.confinement import available

    if not available():
        return StatusLine(
            name="Apps",
            level="warning",
            text="Nothing on this system confines the Python code of generated apps: it has your rights.",
            remedy="Use Linux 6.2 or later to have it confined, or allow only apps whose code you have read.",
        )
    return StatusLine(name="Apps", level="ok", text="The Python code of generated apps is confined to its own folder.")


def security(server: Any) -> list[StatusLine]:
    """What makes this server easier to attack; the pages of apps are kept apart from it by their own policy."""
    found = []
    if server.allow_origin in ("*", "null") or server.allow_origin_pat:
        setting = f"allow_origin is '{server.allow_origin}'"
        if server.allow_origin_pat:
            setting = "allow_origin_pat lets further origins in"
        found.append(
            (
                f"ServerApp.{setting}: other web pages may talk to this server.",
                "Name the origins that you need instead.",
            )
        )
    if not server.identity_provider.auth_enabled:
        found.append(
            (
                "This server asks for no token and no password.",
                "Start it with a token unless nobody else can reach it.",
            )
        )
    if server.disable_check_xsrf:
        found.append(
            (
                "ServerApp.disable_check_xsrf is set: other web pages may send forms to this server.",
                "Take it out of the configuration.",
            )
        )
    options = {**server.cookie_options, **server.identity_provider.cookie_options}
    if any(name.lower() == "samesite" and str(value).lower() == "none" for name, value in options.items()):
        found.append(
            (
                "The login cookie is sent with requests of other web pages (SameSite=None).",
                "Leave cookie_options alone unless JupyterLab is embedded in another site.",
            )
        )
    return [StatusLine(name="Security", level="warning", text=text, remedy=remedy) for text, remedy in found]
