"""Logins that end elsewhere: JupyterHub's users sign out of the Hub, or lose access, and their server is not told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from tornado import web

if TYPE_CHECKING:
    from ...apps.capabilities import Capabilities

EVERY = 30.0
"""Seconds between two questions to the Hub about the same visitor."""


SIGNED_OUT = 4401
"""The code with which a page's connection about an app ends when its person is not signed in any more."""


class Watcher(Protocol):
    """A page's open connection about an app."""

    login: str
    visitor: str

    def close(self, code: int | None = None, reason: str | None = None) -> None: ...


class HubLogins:
    """Ends the visits of those whom the Hub does not let in any more, and the connections of their pages.

    *provider* is the server's identity provider; one that is not JupyterHub's tells by itself who signs out.
    """

    def __init__(self, provider: Any, capabilities: Capabilities) -> None:
        self._hub = getattr(provider, "hub_auth", None)
        self._capabilities = capabilities
        self._watch: asyncio.Task[None] | None = None
        self.watchers: set[Watcher] = set()

    def end(self, *, visitor: str | None = None, login: str | None = None) -> None:
        """Whoever *visitor* or *login* names is signed out: their pages hear that, and no app is open to them."""
        # The pages first: what fails to an app then is no failure of it.
        for one in list(self.watchers):
            if visitor in (None, one.visitor) and login in (None, one.login):
                one.close(SIGNED_OUT, "signed out")
        self._capabilities.revoke(visitor=visitor, login=login)

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
            logins = self._capabilities.logins() | {one.login for one in self.watchers if one.login}
            if not logins:
                return
            for login in logins:
                if not await self._holds(login):
                    self.end(login=login)

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
