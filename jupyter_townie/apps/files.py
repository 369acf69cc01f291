"""Which files of an app's folder its page may load."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from urllib.parse import unquote

from .manifest import FILE

HIDDEN = frozenset((FILE, "data", "__pycache__", "node_modules"))
"""Never given to a page as a file: what the app says of itself, and its database."""

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".jsx": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".htm": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".wasm": "application/wasm",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
}


def relative(url: str, entry: str = "index.html") -> str | None:
    """The file that a URL names, relative to the app's folder; None when no page may have it.

    :param url: the path below the app's own, still percent-encoded.
    :param entry: the file that is shown first.
    """
    if not url:
        return entry
    parts = unquote(url).split("/")
    if parts[-1] == "":
        parts[-1] = "index.html"
    for part in parts:
        if not part or part.startswith(".") or part != part.strip() or any(letter in part for letter in '\\:*?"<>|'):
            return None
        # Names are said in logs, which people look at in terminals.
        if not part.isprintable():
            return None
    return None if parts[0].lower() in HIDDEN else "/".join(parts)


def found(folder: Path, name: str) -> Path | None:
    """The file ``name`` of the app's folder, if it is one and lies within, links followed; blocking."""
    try:
        path = (folder / name).resolve(strict=True)
        inside = path.relative_to(folder.resolve())
    except (OSError, ValueError):
        return None
    if not path.is_file() or (inside.parts and inside.parts[0].lower() in HIDDEN):
        return None
    return path


def content_type(name: str) -> str:
    """The media type of a file, by its name; never one that a browser guesses."""
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    return f"{kind}; charset=utf-8" if text else kind


def is_page(name: str) -> bool:
    return name.lower().endswith((".html", ".htm"))
