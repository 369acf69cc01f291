"""The apps of this Jupyter server, and who may see them."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.utils import url_path_join

from ... import protocol as p
from ...apps.app import App
from ...apps.apps import AppRefused, Apps, NoSuchApp
from ...apps.capabilities import Capabilities, Capability
from ...apps.headers import RefusedHost, external_host
from ...apps.publishing import Publishing
from .kernels import AppKernels
from .logins import HubLogins
from .visitor import name_of

if TYPE_CHECKING:
    from ...apps.browser import Door
    from ..app import TownieApp

FRESH = 1.0
"""Seconds for which it is not looked up again which hosts an app may reach."""

MOST_STRANGERS = 120
"""Visitors who are not signed in and come for the first time within a minute."""


class Hosting:
    """Made with the first request that concerns an app."""

    def __init__(self, townie: TownieApp) -> None:
        server: Any = townie.serverapp
        self._server = server
        root = Path(getattr(server.contents_manager, "root_dir", "") or server.root_dir)
        from .answering import PersonsModel

        kernels = AppKernels(townie)
        self.apps = Apps(
            root=root,
            data=townie.store_file.parent,
            python=self.python,
            llm=PersonsModel(townie),
            folder=townie.apps_folder,
            kernel=kernels.kernel,
            remote=kernels.remote,
        )
        self.capabilities = Capabilities(server.base_url)
        self.publishing = Publishing(
            self.apps,
            townie.store_file.parent,
            self.python,
            PersonsModel(townie),
            anonymous=townie.allow_anonymous_apps,
            ended=self._end_visits,
        )
        self.apps.published = self._published
        self.apps.installed = self.publishing.installed
        self.apps.doors = self._door
        self._end_with_login(server.identity_provider)
        self.logins = HubLogins(server.identity_provider, self.capabilities)
        self._strangers: deque[float] = deque()
        self._warn()
        self._hosts: dict[tuple[str, str], tuple[float, list[str]]] = {}

    def _warn(self) -> None:
        """In the server's log, with the first app: few people look at the Status card before something is wrong."""
        from ..status import security

        for line in security(self._server):
            self._server.log.warning("Townie shows generated apps here. %s %s", line.text, line.remedy)

    def _end_with_login(self, provider: Any) -> None:
        """Who signs out of Jupyter has no apps open any more: their capabilities know nothing of the login cookie."""
        clear = provider.clear_login_cookie

        def cleared(handler: Any) -> None:
            clear(handler)
            # It is also called for a cookie that is not valid, while it is still being found out who asks.
            if getattr(handler, "_current_user", None) is not None:
                self.logins.end(visitor=name_of(handler))

        provider.clear_login_cookie = cleared

    # --------------------------------------------------------------------------------------------------- published apps

    def apps_of(self, app: str) -> Apps:
        """Those that have the app with this id: the published ones, or the workspace's.

        :raises NoSuchApp: it is not published any more.
        """
        publication = self.publishing.find(app)
        if publication is not None and publication.ended is not None:
            raise NoSuchApp(app)
        return self.apps if publication is None else self.publishing.served

    def _published(self, app: App) -> str | None:
        one = self.publishing.of(app)
        return None if one is None else f"townie/view/{one.id}"

    def _end_visits(self, app: str, only_anonymous: bool) -> None:
        self.capabilities.revoke(app=app, anonymous=True if only_anonymous else None)

    def admit_stranger(self) -> bool:
        """Whether one more visitor who is not signed in may come now."""
        now = time.monotonic()
        while self._strangers and now - self._strangers[0] > 60:
            self._strangers.popleft()
        if len(self._strangers) >= MOST_STRANGERS:
            return False
        self._strangers.append(now)
        return True

    def _door(self, app: str) -> Door:
        """How the server's own browser opens an app: as a visitor of its own, whose wrapper page is made here.

        :raises AppRefused: this server can not be reached by a browser.
        """
        from ...apps.browser import Door
        from ...apps.capabilities import BadOrigin
        from ...apps.preview import wrapper

        server = self._server
        host = server.ip if server.ip not in ("", "*", "0.0.0.0", "::", "localhost") else "127.0.0.1"  # noqa: S104
        scheme = "https" if server.certfile else "http"
        try:
            if server.sock:
                raise BadOrigin("The server listens on a socket of the file system, which no browser opens")
            held = self.capabilities.mint(app, "townie's own browser", f"{scheme}://{host}:{server.port}", "headless")
        except BadOrigin as bad:
            raise AppRefused(p.Problem(code="no_browser", message=f"{bad}.")) from None
        page, headers = wrapper(app, self.apps.info(app).title, held, api="", watched=False)
        return Door(
            origin=held.origin,
            view=url_path_join(server.base_url, "townie/view", app),
            prefix=held.prefix,
            wrapper=page,
            headers=tuple(headers),
            hosts=tuple(host if "://" in host else f"https://{host}" for host in self.allowed_hosts(held)),
        )

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
            apps = self.apps_of(capability.app)
            listed = apps.grants.hosts(apps.get(capability.app))
            hosts = [source for host in listed if (source := _source(host, capability.origin))]
            self._hosts[key] = (now, hosts)
        return hosts

    async def close(self) -> None:
        self.logins.close()
        self.capabilities.revoke()
        await self.publishing.close()
        await self.apps.close()


def _source(host: str, origin: str) -> str | None:
    try:
        return external_host(host, origin)
    except RefusedHost:
        return None
