"""Which other hosts a policy may name; the filters are tested over a real server."""

from __future__ import annotations

import pytest

from jupyter_townie.apps.capabilities import Capabilities
from jupyter_townie.apps.headers import RefusedHost, content_security_policy, external_host

ORIGIN = "https://hub.example.org:8443"


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("api.example.com", "https://api.example.com"),
        ("https://CDN.example.com/", "https://cdn.example.com"),
        ("cdn.example.com:8443", "https://cdn.example.com:8443"),
    ],
)
def test_public_host_becomes_a_source(host: str, source: str) -> None:
    assert external_host(host, ORIGIN) == source


@pytest.mark.parametrize(
    "host",
    [
        "hub.example.org",
        "HUB.example.org",
        "hub.example.org.",
        "hub.example.org:443",
        "x.hub.example.org",
        "localhost",
        "app.localhost",
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "10.0.0.1",
        "router.local",
        "http://api.example.com",
        "api.example.com/path",
        "*",
        "'self'",
        "https:",
        "data:",
        "a.example b.example",
        "a.example; script-src *",
    ],
)
def test_host_that_would_open_jupyter_or_the_local_network_is_refused(host: str) -> None:
    with pytest.raises(RefusedHost):
        external_host(host, ORIGIN)


def test_every_source_of_a_policy_is_the_apps_own_path() -> None:
    one = Capabilities("/").mint("app", "ann", "http://localhost:8888")
    policy = content_security_policy(one, ["https://api.example.com"])
    for directive in policy.split("; ")[1:]:
        for source in directive.split(" ")[1:]:
            own = source in (one.address, one.sockets, "https://api.example.com", "blob:", "data:")
            assert own or source in ("'none'", "'unsafe-inline'", "'unsafe-eval'", "'wasm-unsafe-eval'"), directive
