"""Townie, an AI coding companion for JupyterLab.

Importing this package imports nothing else: the server extension, the magic and the labextension each load what they
need when they are first used.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-townie"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_townie.server.app import TownieApp

    return [{"module": "jupyter_townie", "app": TownieApp}]


def load_ipython_extension(ipython: Any) -> None:
    """Register ``%townie`` and ``%%townie`` (``%load_ext jupyter_townie``)."""
    from jupyter_townie.magic import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the magic away again (``%unload_ext jupyter_townie``)."""
    from jupyter_townie.magic import unload

    unload(ipython)
