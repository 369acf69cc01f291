"""What apps may do here: what their person allowed and gave them, and what holds their code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ..protocol import Problem
from .app import App
from .consents import Consents, asked
from .manifest import UNCONFINED
from .refusal import AppRefused
from .register import Register
from .secrets import Secrets

if TYPE_CHECKING:
    from .llm import AppLlm, LlmBackend
    from .outgoing import Reach

Holder = Literal["confined", "user"]
"""What holds the code of a backend: a confined process, or nothing but the rights of its person."""

NOT_CONFINED = Problem(
    code="unconfined",
    message="Nothing confines the app's backend, so what its visitors send would reach code that has your rights.",
    remedy="Backends are confined on Linux 6.2 or newer, but for those of Voilà and those in a notebook's kernel. Or"
    " download it as a zip, and run it in a container.",
)


class Grants:
    """Those of all apps of one workspace; asked before anything of an app runs, is reached or is answered.

    *data* is where they are kept, *root* the workspace.  *llm* is the person's model, *remote* says that the kernels
    are on another machine, and with *only_confined* a backend that nothing would confine does not run.
    Calls take well under a millisecond.
    """

    def __init__(
        self,
        data: Path,
        root: Path,
        llm: LlmBackend | None = None,
        *,
        remote: bool = False,
        only_confined: bool = False,
    ) -> None:
        self.register = Register(data, root)
        self.consents = Consents(self.register)
        self.secrets = Secrets(self.consents)
        self._root = root
        self._llm = llm
        self._llms: dict[str, AppLlm] = {}
        self._remote = remote
        self._only_confined = only_confined

    # ------------------------------------------------------------------------------------------- what holds their code

    @property
    def rights(self) -> Holder:
        """What holds a backend on this machine that asks for nothing special."""
        from .confinement import available

        return "confined" if available() else "user"

    def rights_of(self, app: App) -> Holder:
        """What holds the code of the app's backend."""
        free = app.manifest is not None and app.manifest.kind in UNCONFINED
        return "user" if free or self.in_kernel(app) else self.rights

    def in_kernel(self, app: App) -> bool:
        """Whether the app's backend runs in a kernel: it wants to, or the kernels are on another machine."""
        return app.manifest is not None and app.manifest.kind == "fullstack" and (bool(app.notebook) or self._remote)

    # ------------------------------------------------------------------------------------------------- what is allowed

    def consented(self, app: App) -> bool:
        """Whether the person has allowed all that the app asks for; one that asks for nothing needs no consent."""
        return app.manifest is not None and self.consents.allows(app.path, app.manifest)

    def check(self, app: App) -> None:
        """:raises AppRefused: the app may not run, or not yet (code ``consent``)."""
        if app.problem is not None:
            raise AppRefused(app.problem)
        assert app.manifest is not None
        missing = asked(app.manifest) - self.consents.allowed(app.path)
        if missing:
            what = "run its code" if "code" in missing else "have what it asks for (" + ", ".join(sorted(missing)) + ")"
            message = f"Nobody has allowed this app to {what} yet."
            raise AppRefused(Problem(code="consent", message=message, remedy="Allow it in the app's panel."))
        if self._only_confined and app.backend and self.rights_of(app) == "user":
            raise AppRefused(NOT_CONFINED)

    def hosts(self, app: App) -> tuple[str, ...]:
        """Other hosts that the app asks for and was allowed to reach."""
        allowed = self.consents.allowed(app.path)
        listed = app.manifest.permissions.hosts if app.manifest else ()
        return tuple(host for host in listed if f"host {host}" in allowed)

    def reach(self, app: App) -> Reach:
        """What of the network the app's backend asks for and was allowed to reach."""
        from .outgoing import Reach

        everything = app.manifest is not None and app.manifest.permissions.network
        return Reach(self.hosts(app), everything=everything and "network" in self.consents.allowed(app.path))

    def readable(self, app: App) -> list[str]:
        """Absolute paths of the workspace outside of its folder that the app asks for and was allowed to read."""
        allowed = self.consents.allowed(app.path)
        found = []
        for path in app.manifest.permissions.files if app.manifest else ():
            place = (app.folder / path).resolve()
            if f"file {path}" in allowed and place.is_relative_to(self._root) and place != self._root:
                found.append(str(place))
        return found

    def llm(self, app: App) -> AppLlm:
        """The app's access to the person's model, which checks by itself whether it is allowed."""
        from .llm import AppLlm

        if app.id not in self._llms:
            self._llms[app.id] = AppLlm(app, self.consents, self.register, self._llm)
        self._llms[app.id].app = app
        return self._llms[app.id]

    def close(self) -> None:
        self.register.close()
