"""The apps of this Jupyter server, and who may see them."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import protocol as p
from ...apps.apps import AppRefused, Apps
from ...apps.capabilities import Capabilities, Capability
from ...apps.headers import RefusedHost, external_host
from .visitor import name_of

if TYPE_CHECKING:
    from ..app import TownieApp

FRESH = 1.0
"""Seconds for which it is not looked up again which hosts an app may reach."""


class Hosting:
    """Made with the first request that concerns an app."""

    def __init__(self, townie: TownieApp) -> None:
        server: Any = townie.serverapp
        self._server = server
        root = Path(getattr(server.contents_manager, "root_dir", "") or server.root_dir)
        from .answering import PersonsModel

        self.apps = Apps(
            root=root,
            data=townie.store_file.parent,
            python=self.python,
            llm=PersonsModel(townie),
            folder=townie.apps_folder,
        )
        self.capabilities = Capabilities(server.base_url)
        self._end_with_login(server.identity_provider)
        self._hosts: dict[tuple[str, str], tuple[float, list[str]]] = {}

    def _end_with_login(self, provider: Any) -> None:
        """Who signs out of Jupyter has no apps open any more: their capabilities know nothing of the login cookie."""
        clear = provider.clear_login_cookie

        def cleared(handler: Any) -> None:
            clear(handler)
            # It is also called for a cookie that is not valid, while it is still being found out who asks.
            if getattr(handler, "_current_user", None) is not None:
                self.capabilities.revoke(visitor=name_of(handler))

        provider.clear_login_cookie = cleared

    async def python(self, kernelspec: str | None) -> str:
        """The Python of a kernelspec; None is the server's default.

        :raises AppRefused: there is none.
        """
        manager = self._server.kernel_spec_manager
        name = kernelspec or self._server.kernel_manager.default_kernel_name
        try:
            spec = await asyncio.to_thread(manager.get_kernel_spec, name)
        except KeyError:
            message = f"There is no kernel {name!r} here, which the app's townie.toml names."
            raise AppRefused(
                p.Problem(code="no_kernelspec", message=message, remedy="Name one that is installed.")
            ) from None
        if spec.language.lower() != "python":
            message = f"The kernel {name!r} runs {spec.language}, not Python."
            raise AppRefused(
                p.Problem(code="not_python", message=message, remedy="Name a Python kernel in townie.toml.")
            )
        command = str(spec.argv[0])
        # Kernelspecs say "python" for the one that the server runs with.
        return command if Path(command).is_absolute() else sys.executable

    def allowed_hosts(self, capability: Capability) -> list[str]:
        """The other hosts that an app's page may reach: listed in its ``townie.toml``, and allowed by the person."""
        key = (capability.app, capability.origin)
        at, hosts = self._hosts.get(key, (0.0, []))
        now = time.monotonic()
        if not at or now - at > FRESH:
            listed = self.apps.allowed_hosts(capability.app)
            hosts = [source for host in listed if (source := _source(host, capability.origin))]
            self._hosts[key] = (now, hosts)
        return hosts

    async def close(self) -> None:
        self.capabilities.revoke()
        await self.apps.close()


def _source(host: str, origin: str) -> str | None:
    try:
        return external_host(host, origin)
    except RefusedHost:
        return None
