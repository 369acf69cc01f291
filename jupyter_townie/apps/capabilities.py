"""Capabilities: secret paths below which one visitor sees one app, and nothing else of the server."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .traffic import Meter

LIFETIME = 12 * 3600.0
"""Seconds after its last use for which a capability holds."""
MOST = 500
"""Capabilities that are held at a time; the least recently used goes first, but unknown visitors before all."""

ORIGIN = re.compile(r"https?://[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?")
"""No IPv6 address: a Content-Security-Policy cannot name one."""


class BadOrigin(ValueError):
    """What a browser reported is not the origin of a web page."""


@dataclass
class Capability:
    """What one visitor may see of one app, from one origin.

    :ivar origin: the server's origin as the visitor's browser reported it. Proxies rewrite ``Host``, so nothing that
        the server knows of itself is as true.
    :ivar prefix: the path of the app's pages, with the server's base URL and a trailing slash.
    :ivar hello: proves to the wrapper page that a message came from a document that the server gave out.
    """

    app: str
    visitor: str
    origin: str
    secret: str = field(repr=False)
    prefix: str = field(repr=False)
    hello: str = field(repr=False)
    session: str = field(default="", repr=False)
    used: float = 0.0
    meter: Meter = field(default_factory=Meter, repr=False)
    anonymous: bool = False
    """Whether nobody knows who the visitor is."""
    login: str = field(default="", repr=False)
    """What shows that the visitor is still let in, where their login may end without this server hearing of it."""
    ended: bool = False
    """Whether it was revoked: what is still being sent stops, too."""
    cookies: dict[str, str] = field(default_factory=dict, repr=False)
    """The app's own cookies, which its browser never holds: on Jupyter's origin they would be Jupyter's."""
    session_items: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    """What its pages keep while the visit lasts: ``session`` (their Storage) and ``cookies`` that scripts have set."""

    @property
    def address(self) -> str:
        """The only URL, and all that begin with it, which the app's pages may load from."""
        return self.origin + self.prefix

    @property
    def sockets(self) -> str:
        """The same for WebSockets."""
        return "ws" + self.address.removeprefix("http")

    @property
    def frames(self) -> str:
        """The same for frames, as a policy lists it.

        Firefox reads a policy once more, from its decoded text, before it loads a frame: a path with encoded letters (a
        user's name in a base URL) has to be there encoded twice for it. Nothing is served below that path to others.
        """
        if "%" not in self.prefix:
            return self.address
        return f"{self.origin}{self.prefix.replace('%', '%25')} {self.address}"

    @property
    def scheme(self) -> str:
        return self.origin.partition(":")[0]

    @property
    def person(self) -> str:
        """An opaque name of the visitor, which an app may keep things under; the same in every visit."""
        return hashlib.sha256(f"{self.app}\0{self.visitor}".encode()).hexdigest()[:24]


def valid_origin(origin: str) -> str:
    """``origin`` in the form that a Content-Security-Policy compares.

    :raises BadOrigin: it is none of a web page; an opaque one (``null``) belongs to an app and must never get here.
    """
    if "[" in origin:
        raise BadOrigin("Apps cannot be shown at an IPv6 address: open JupyterLab as http://localhost:port instead")
    if len(origin) > 300 or not ORIGIN.fullmatch(origin):
        raise BadOrigin("The origin must look like https://host:port")
    parts = urlsplit(origin)
    try:
        port = parts.port
    except ValueError:
        raise BadOrigin("The origin's port is not a port") from None
    host = (parts.hostname or "").lower()
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    return f"{parts.scheme.lower()}://{host}" + (f":{port}" if port is not None and port != default else "")


class Capabilities:
    """All that hold at present.  They live in memory only: a restart of the server ends them.

    :param clock: seconds; another one in tests.
    """

    def __init__(self, base: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = base.rstrip("/") + "/townie/apps/"
        self._clock = clock
        # By a digest, so that the time a look-up takes says nothing of the secrets.
        self._held: dict[bytes, Capability] = {}

    def mint(
        self, app: str, visitor: str, origin: str, session: str = "", *, anonymous: bool = False, login: str = ""
    ) -> Capability:
        """The capability of a visitor for an app; a new one unless they have one from this origin.

        :param session: what tells the visitor's browser sessions apart.
        :param anonymous: nobody knows who the visitor is.
        :param login: see :attr:`Capability.login`; the newest one counts.
        :raises BadOrigin: see :func:`valid_origin`.
        """
        origin = valid_origin(origin)
        found = self.find(app, visitor, session, origin)
        if found is not None:
            found.login = login
            return found
        self._forget_old()
        secret = secrets.token_urlsafe(32)
        made = Capability(
            app=app,
            visitor=visitor,
            origin=origin,
            secret=secret,
            prefix=f"{self._root}{app}/{secret}/",
            hello=secrets.token_urlsafe(16),
            session=session,
            anonymous=anonymous,
            login=login,
            used=self._clock(),
        )
        self._held[_digest(secret)] = made
        return made

    def find(self, app: str, visitor: str, session: str, origin: str | None = None) -> Capability | None:
        """What a visitor holds for an app in this session; the one used last when the origin is not known."""
        found = [
            one
            for one in self._held.values()
            if (one.app, one.visitor, one.session) == (app, visitor, session)
            and origin in (None, one.origin)
            and self._clock() - one.used < LIFETIME
        ]
        return max(found, key=lambda one: one.used, default=None)

    def check(self, app: str, secret: str) -> Capability | None:
        """The capability that a path names, which is used by that; None when it names none."""
        held = self._held.get(_digest(secret))
        if held is None or not hmac.compare_digest(held.secret.encode(), secret.encode()):
            return None
        if held.app != app:
            return None
        now = self._clock()
        if now - held.used >= LIFETIME:
            del self._held[_digest(secret)]
            return None
        held.used = now
        return held

    def revoke(
        self,
        *,
        app: str | None = None,
        visitor: str | None = None,
        session: str | None = None,
        anonymous: bool | None = None,
        login: str | None = None,
    ) -> int:
        """End all that match what is given; how many these were."""
        gone = [
            key
            for key, one in self._held.items()
            if app in (None, one.app)
            and visitor in (None, one.visitor)
            and session in (None, one.session)
            and anonymous in (None, one.anonymous)
            and login in (None, one.login)
        ]
        for key in gone:
            self._held.pop(key).ended = True
        return len(gone)

    def logins(self) -> set[str]:
        """Those that visits depend on at present."""
        return {one.login for one in self._held.values() if one.login}

    def _forget_old(self) -> None:
        now = self._clock()
        for key in [key for key, one in self._held.items() if now - one.used >= LIFETIME]:
            del self._held[key]
        while len(self._held) >= MOST:
            # However many unknown visitors come, they never end the visit of somebody who is signed in.
            del self._held[min(self._held, key=lambda key: (not self._held[key].anonymous, self._held[key].used))]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def scrubbed(uri: str) -> str:
    """A request's URI without the secret in it, for logs."""
    return re.sub(r"(/townie/apps/[^/?#]+/)[^/?#]+", r"\1[secret]", uri)
