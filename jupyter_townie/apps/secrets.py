"""Secrets of apps: which are needed, which were given, and that none of them is repeated anywhere.

A person gives a secret to one app.  It is kept with the consents, outside of the workspace, goes to the app's backend
when that asks for it, and comes back from nowhere: what the app prints or reports has the secret's name in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import protocol as p
from .app import App
from .consents import Consents
from .manifest import SECRET
from .refusal import AppRefused

MOST_WANTED = 20
"""Names that a running app may ask for beyond those of its ``townie.toml``."""
LONGEST = 20_000
"""Characters of one secret."""
SHORTEST_HIDDEN = 5
"""What is shorter would be found by chance in ordinary text."""


class Secrets:
    """Those of all apps.  Calls take well under a millisecond."""

    def __init__(self, consents: Consents) -> None:
        self._consents = consents
        self._wanted: dict[str, dict[str, None]] = {}
        self._hidden: dict[str, tuple[int, list[tuple[str, str]]]] = {}

    def ask(self, app: App, name: str) -> tuple[str | None, bool]:
        """The app's backend asks for a secret: its value, if there is one, and whether it is new that it is missing."""
        value = self._consents.secrets(app.path).get(name)
        if value is not None or not SECRET.fullmatch(name):
            return value, False
        wanted = self._wanted.setdefault(app.id, {})
        if name in wanted or len(wanted) >= MOST_WANTED:
            return None, False
        wanted[name] = None
        return None, True

    def of(self, app: App) -> list[p.AppSecret]:
        """Those that the app names, has asked for since the server started, or was given; never their values."""
        declared: Mapping[str, str] = app.manifest.secrets if app.manifest is not None and app.backend else {}
        kept = self._consents.secrets(app.path)
        names = dict.fromkeys([*declared, *self._wanted.get(app.id, {}), *kept])
        return [p.AppSecret(name=name, purpose=declared.get(name, ""), kept=name in kept) for name in names]

    def missing(self, app: App) -> list[str]:
        """Names of those that nobody has given yet."""
        return [secret.name for secret in self.of(app) if not secret.kept]

    def keep(self, app: App, values: Mapping[str, Any]) -> None:
        """Keep what a person gave; an empty value takes a secret away.  :raises AppRefused: a name or value is none."""
        for name, value in values.items():
            if not SECRET.fullmatch(name):
                message = f"{name[:80]!r} can not be the name of a secret."
                remedy = "Use letters, digits and underscores, as in WEATHER_KEY."
                raise AppRefused(p.Problem(code="bad_secret", message=message, remedy=remedy))
            if not isinstance(value, str) or len(value) > LONGEST:
                message = f"The value of {name} is not a text of at most {LONGEST:,} characters."
                raise AppRefused(p.Problem(code="bad_secret", message=message))
        for name, value in values.items():
            self._consents.set_secret(app.path, name, value.strip())
            if not value.strip():
                # Taken away on purpose: whether it is still needed, the app says again.
                self._wanted.get(app.id, {}).pop(name, None)

    def hide(self, app: App, text: str) -> str:
        """*text* with the names of the app's secrets in the place of their values."""
        era, hidden = self._hidden.get(app.id, (-1, []))
        if era != self._consents.era:
            era = self._consents.era
            kept = self._consents.secrets(app.path)
            hidden = [(value, f"[{name}]") for name, value in kept.items() if len(value) >= SHORTEST_HIDDEN]
            hidden.sort(key=lambda one: -len(one[0]))
            self._hidden[app.id] = (era, hidden)
        for value, name in hidden:
            text = text.replace(value, name)
        return text
