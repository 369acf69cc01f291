"""What the models behind a provider's SDK have in common: one client for each event loop, and its errors explained."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, ClassVar

from .config import ModelConfig
from .endpoints import Endpoint, window_in
from .model import ModelError
from .profiles import Profile
from .providers import Provider
from .retries import Attempt
from .served import base_url, told


@dataclass(slots=True)
class RemoteModel(ABC):
    """One model of one server.  The client is made when it is first asked, off the event loop: it takes a second."""

    sdk: ClassVar[str]
    """The package whose client and errors these are; imported when first needed."""

    provider: Provider
    profile: Profile
    config: ModelConfig
    _client: Any = field(default=None, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)
    _endpoint: Endpoint | None = None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @abstractmethod
    def _connect(self) -> tuple[Endpoint, Any]:
        """Make the client.  Blocks.  :raises ModelError: when something that it needs is missing."""

    def _explain(self, error: Exception, endpoint: Endpoint, attempt: Attempt) -> Attempt:
        """What an error means, when the provider knows better than what was made of it already."""
        return attempt

    async def _connected(self) -> Any:
        """The client; it belongs to the event loop that it was made in."""
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._endpoint, self._client = await asyncio.to_thread(self._connect)
            self._loop = loop
        return self._client

    def _describe(self, error: Exception) -> Attempt:
        if isinstance(error, ModelError):
            return Attempt(error, again=False)
        endpoint = self._endpoint or Endpoint(self.provider.label, self.provider.name, self.profile.name, "")
        attempt = self._explain(error, endpoint, endpoint.explain(error, import_module(self.sdk)))
        if attempt.error.code == "context_too_long" and (window := window_in(attempt.error.detail)) is not None:
            told(base_url(self.provider, self.config), self.profile.name, window)
        if attempt.error.code in ("wrong_key", "no_key"):
            # The next attempt looks for a key anew.
            self._client = None
        return attempt
