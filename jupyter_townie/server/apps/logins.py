"""Logins that end elsewhere: JupyterHub's users sign out of the Hub, or lose access, and their server is not told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tornado import web

if TYPE_CHECKING:
    from ...apps.capabilities import Capabilities

EVERY = 30.0
"""Seconds between two questions to the Hub about the same visitor."""


class HubLogins:
    """Ends the visits of those whom the Hub does not let in any more.

    *provider* is the server's identity provider; one that is not JupyterHub's needs none of this.
    """

    def __init__(self, provider: Any, capabilities: Capabilities) -> None:
        self._hub = getattr(provider, "hub_auth", None)
        self._capabilities = capabilities
        self._watch: asyncio.Task[None] | None = None

    def of(self, handler: Any) -> str:
        """What a request was let in by, to ask the Hub about later; empty when there is no Hub."""
        if self._hub is None:
            return ""
        if self._watch is None or self._watch.done():
            self._watch = asyncio.ensure_future(self._watching())
        return str(self._hub.get_token(handler) or "")

    async def _watching(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            logins = self._capabilities.logins()
            if not logins:
                return
            for login in logins:
                if not await self._holds(login):
                    self._capabilities.revoke(login=login)

    async def _holds(self, login: str) -> bool:
        assert self._hub is not None
        try:
            # The Hub's own answers to requests are kept for minutes; this asks anew.
            user = await self._hub.user_for_token(login, use_cache=False, sync=False)
        except (web.HTTPError, OSError, ValueError):
            # A Hub that is restarted ends nobody's visit.
            return True
        return user is not None and bool(self._hub.check_scopes(self._hub.access_scopes, user))

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
