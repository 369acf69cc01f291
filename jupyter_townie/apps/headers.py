"""The headers that keep an app's pages by themselves, and those that may pass between a page and a backend."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urljoin, urlsplit

from .capabilities import Capability

Headers = list[tuple[str, str]]

SANDBOX = "allow-scripts allow-forms allow-modals allow-downloads"
"""Never allow-popups (a popup has the user's cookies) and never allow-same-origin."""

_HOST = re.compile(r"(?:https://)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(:[0-9]{1,5})?")

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings")
)
_FROM_PAGE = HOP_BY_HOP | {
    "cookie",
    "authorization",
    "x-xsrftoken",
    "x-csrftoken",
    "referer",
    "host",
    "origin",
    "content-length",
    "expect",
    "forwarded",
    "via",
    "accept-encoding",
    "x-real-ip",
    "x-scheme",
    "x-townie-visitor",
}
_OF_PROXIES = (
    "proxy-",
    "x-forwarded-",
    "x-auth-request-",
    "x-authentik-",
    "x-amzn-oidc-",
    "x-goog-iap-",
    "x-goog-authenticated-user-",
    "x-ms-client-principal",
    "x-ms-token-",
    "x-pomerium-",
    "x-remote-",
    "x-vouch-",
    "cf-access-",
    "remote-",
    "tailscale-",
)
"""How headers begin in which proxies that sign people in tell who is there, some with a token that opens Jupyter."""
_FROM_BACKEND = HOP_BY_HOP | {
    "set-cookie",
    "set-cookie2",
    "clear-site-data",
    "service-worker-allowed",
    "content-security-policy",
    "content-security-policy-report-only",
    "x-frame-options",
    "origin-agent-cluster",
    "strict-transport-security",
    "alt-svc",
    "refresh",
    "link",
    "report-to",
    "reporting-endpoints",
    "nel",
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "server",
    "x-content-type-options",
    "referrer-policy",
    "cache-control",
    "pragma",
    "expires",
    "x-accel-buffering",
    "x-accel-redirect",
    "x-sendfile",
    "x-dns-prefetch-control",
    "speculation-rules",
    "supports-loading-mode",
    "critical-ch",
    "accept-ch",
    "activate-storage-access",
    "connection-allowlist",
    "delegate-ch",
    "expect-ct",
    "feature-policy",
    "integrity-policy",
    "integrity-policy-report-only",
    "observe-browsing-topics",
    "set-login",
    "sourcemap",
    "x-sourcemap",
    "no-vary-search",
    "use-as-dictionary",
    "date",
}
"""What a document on Jupyter's origin must not say: it would be said of JupyterLab too, or lead away from the app."""

_OF_ORIGIN = (
    "access-control-",
    "ad-auction-",
    "attribution-reporting-",
    "cross-origin-",
    "document-",
    "permissions-policy",
    "public-key-pins",
    "require-document-policy",
    "sec-session-",
    "shared-storage-",
)
"""The same, by how they begin."""

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "microphone",
        "geolocation",
        "display-capture",
        "usb",
        "serial",
        "hid",
        "midi",
        "payment",
        "publickey-credentials-get",
        "publickey-credentials-create",
        "identity-credentials-get",
        "clipboard-read",
        # It would cover the border that says what this is.
        "fullscreen",
    )
)


class RefusedHost(ValueError):
    """A host that an app asks for and must not have; the text says why."""


def external_host(host: str, origin: str) -> str:
    """A host that ``townie.toml`` lists, as a source of a Content-Security-Policy.

    :param origin: the server's own; nothing of it may be opened beyond the app's path.
    :raises RefusedHost: it is no public host, or it is the server itself.
    """
    found = _HOST.fullmatch(host.strip().lower().rstrip("/"))
    if found is None:
        raise RefusedHost(f"{host!r} is not a host: write it as cdn.example.org, without a path or a wildcard.")
    name, port = found[1], found[2] or ""
    own = (urlsplit(origin).hostname or "").lower()
    if name.rstrip(".") == own or name.endswith("." + own):
        raise RefusedHost(f"{host!r} is this Jupyter server; its paths are closed to apps.")
    if "." not in name or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa")):
        raise RefusedHost(f"{host!r} is a name of the local network; apps reach public hosts only.")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        # A name that ends in a number is read as an IPv4 address by browsers, in several spellings.
        if not re.fullmatch(r"(?:0x[0-9a-f]*|[0-9]+)", name.rsplit(".", 1)[-1]):
            return f"https://{name}{port}"
    raise RefusedHost(f"{host!r} is an address, not a name; apps reach public hosts by name only.")


def content_security_policy(capability: Capability, hosts: Sequence[str] = ()) -> str:
    """The policy of every response to an app's page.

    Each source is the app's own path with its secret: neither ``'self'`` nor the bare origin, which are Jupyter too.

    :param hosts: sources from :func:`external_host` that the user has allowed.
    """
    page = capability.address
    more = "".join(f" {host}" for host in hosts)
    return "; ".join(
        (
            f"sandbox {SANDBOX}",
            "default-src 'none'",
            f"script-src 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob: data: {page}{more}",
            f"style-src 'unsafe-inline' data: {page}{more}",
            f"img-src data: blob: {page}{more}",
            f"font-src data: {page}{more}",
            f"media-src data: blob: {page}{more}",
            f"connect-src data: blob: {page} {capability.sockets}{more}",
            f"worker-src blob: data: {page}",
            f"frame-src blob: data: {capability.frames}",
            f"form-action {page}",
            f"base-uri {page}",
            "object-src 'none'",
            f"manifest-src {page}",
        )
    )


def connection_allowlist(capability: Capability, hosts: Sequence[str] = ()) -> str:
    """The same once more for browsers that know it (Chromium from 152 on): it holds WebRTC and preconnect as well.

    Redirects are followed: the server lets none out of the app, and a policy looks at the hosts of others.
    """
    page = re.sub(r"([+*?:{}()\\])", r"\\\\\1", capability.prefix)
    patterns = " ".join(f'"{one}"' for one in (f"{capability.origin}{page}*", *(f"{host}/*" for host in hosts)))
    return f"({patterns});webrtc=block;redirects=allow"


def page_headers(
    capability: Capability, hosts: Sequence[str] = (), *, origin: str | None = None, asked: str | None = None
) -> Headers:
    """What is said with every response below a capability's path, errors and scripts included.

    :param origin: the request's ``Origin``. A page of the app has the opaque one; where there is none, a proxy may have
        taken it out. Whoever asks knows the capability's secret.
    :param asked: its ``Access-Control-Request-Headers``.
    """
    headers = [
        ("Content-Security-Policy", content_security_policy(capability, hosts)),
        ("Connection-Allowlist", connection_allowlist(capability, hosts)),
        *_SAME_FOR_ALL,
    ]
    if origin in (None, "null"):
        headers += [
            ("Access-Control-Allow-Origin", "null"),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
            ("Access-Control-Expose-Headers", "*, X-Townie-Error"),
            ("Vary", "Origin"),
        ]
        if asked and re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,2000}", asked):
            headers.append(("Access-Control-Allow-Headers", asked))
    return headers


_SAME_FOR_ALL: Headers = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
    ("X-DNS-Prefetch-Control", "off"),
    ("Permissions-Policy", PERMISSIONS),
]

REFUSAL: Headers = [("Content-Security-Policy", "sandbox; default-src 'none'"), *_SAME_FOR_ALL]
"""What is said with the answer to a path that names no capability."""


def to_backend(headers: Iterable[tuple[str, str]], capability: Capability, host: str) -> Headers:
    """A request's headers as the backend may see them: nothing in them opens Jupyter.

    :param host: the backend's own, which its checks of ``Host`` and ``Origin`` expect.
    """
    headers = list(headers)
    passed = _without(headers, _FROM_PAGE)
    passed += [("Host", host), ("X-Townie-Visitor", capability.person), ("Accept-Encoding", "identity")]
    if any(name.lower() == "origin" for name, _ in headers):
        passed.append(("Origin", f"http://{host}"))
    if capability.cookies:
        passed.append(("Cookie", "; ".join(f"{name}={value}" for name, value in capability.cookies.items())))
    return passed


def from_backend(headers: Iterable[tuple[str, str]]) -> Headers:
    """A backend's response headers as a page may see them.  ``Location`` is for :func:`location` to judge."""
    return [
        (name, value)
        for name, value in _without(headers, _FROM_BACKEND)
        if name.lower() != "location" and not name.lower().startswith(_OF_ORIGIN)
    ]


def _without(headers: Iterable[tuple[str, str]], dropped: frozenset[str] | set[str]) -> Headers:
    listed = list(headers)
    # A message may name further headers that end at this hop.
    named = {name.strip().lower() for key, value in listed if key.lower() == "connection" for name in value.split(",")}
    return [
        (name, value)
        for name, value in listed
        if name.lower() not in dropped and name.lower() not in named and not name.lower().startswith(_OF_PROXIES)
    ]


def location(value: str, capability: Capability, url: str, host: str) -> str | None:
    """Where a backend's redirect may lead: a path below the capability's, or None.

    A policy's paths are not compared after a redirect, so one that leads out of the app opens all of the origin to it.

    :param url: the request's path below the capability's, without a leading slash.
    """
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in value) or "\\" in value:
        return None
    parts = urlsplit(value)
    if parts.scheme or parts.netloc:
        if parts.scheme not in ("", "http", "https"):
            return None
        own = parts.netloc == host or f"{parts.scheme}://{parts.netloc}" == capability.origin
        if not own:
            return None
        value = parts._replace(scheme="", netloc="").geturl() or "/"
    if value.startswith(capability.prefix):
        target = value
    elif value.startswith("/"):
        target = capability.prefix + value.lstrip("/")
    else:
        target = urljoin(capability.prefix + url, value)
    path = urljoin(target, urlsplit(target).path)
    # Encoded dots are dots to a browser.
    plain = re.sub(r"%2e", ".", path, flags=re.IGNORECASE)
    if ".." in plain.split("/") or not path.startswith(capability.prefix):
        return None
    return target


def keep_cookies(headers: Iterable[tuple[str, str]], capability: Capability) -> None:
    """Keep what a backend wants remembered of its visitor, in place of their browser."""
    from http.cookies import CookieError, SimpleCookie

    for name, value in headers:
        if name.lower() != "set-cookie" or len(value) > 4096:
            continue
        try:
            parsed = SimpleCookie(value)
        except CookieError:
            continue
        for morsel in parsed.values():
            if morsel["max-age"] in ("0", 0) or not morsel.value:
                capability.cookies.pop(morsel.key, None)
            elif len(capability.cookies) < 50 or morsel.key in capability.cookies:
                capability.cookies[morsel.key] = morsel.coded_value
