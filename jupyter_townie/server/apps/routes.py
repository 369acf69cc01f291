"""The paths of apps below ``townie``."""

from __future__ import annotations

from .pages import PageHandler
from .published import routes as published
from .rest import routes as rest
from .view import ViewHandler


def routes() -> list[tuple[str, type]]:
    """Paths and their handlers."""
    return [
        *(("api/" + path, handler) for path, handler in (*rest(), *published())),
        (r"view/([a-z0-9-]+)", ViewHandler),
        # All of it, so that what is wrong with a path is said with the policy of apps, and never by another handler.
        (r"apps(?:/.*)?", PageHandler),
    ]
