"""Who looks at an app: a signed-in user, in one session of a browser."""

from __future__ import annotations

import re
import secrets
from typing import Any


def name_of(handler: Any) -> str:
    """The user's name; the server lets nobody else get here."""
    if not handler.identity_provider.auth_enabled:
        # Whoever asks is let in under a new made-up name, unless a cookie keeps it.
        return "anonymous"
    return str(getattr(handler.current_user, "username", "") or "user")


def stranger(session: str) -> str:
    """The name of a visitor who is not signed in; no user has one with a space in front."""
    return f" {session}"


def session_of(handler: Any) -> str:
    """The browser session of a request; it is begun by a cookie when there is none.

    The cookie opens nothing by itself: it only finds the capabilities that the same user has had made before.
    """
    host = re.sub(r"[^A-Za-z0-9]", "-", handler.request.host)
    name = f"townie-visitor-{host}"
    kept = handler.get_signed_cookie(name)
    if kept:
        return str(kept.decode("ascii", "replace"))
    session = secrets.token_urlsafe(16)
    handler.set_signed_cookie(
        name,
        session,
        expires_days=None,
        path=handler.base_url,
        httponly=True,
        samesite="Lax",
        secure=handler.request.protocol == "https",
    )
    return session
