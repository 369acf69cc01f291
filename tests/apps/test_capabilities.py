"""Capabilities: who they are made for, how long they hold, and what they refuse."""

from __future__ import annotations

import pytest

from jupyter_townie.apps.capabilities import LIFETIME, MOST, BadOrigin, Capabilities, scrubbed, valid_origin


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def held(clock: Clock) -> Capabilities:
    return Capabilities("/user/na%20me/", clock)


def test_capability_is_a_path_below_the_base_url(held: Capabilities) -> None:
    one = held.mint("app", "ann", "https://hub.example")
    assert one.prefix == f"/user/na%20me/townie/apps/app/{one.secret}/"
    assert one.address == f"https://hub.example{one.prefix}"
    assert one.sockets == f"wss://hub.example{one.prefix}"
    assert len(one.secret) >= 43


def test_visitor_keeps_theirs_and_others_have_their_own(held: Capabilities) -> None:
    one = held.mint("app", "ann", "http://a", "s1")
    assert held.mint("app", "ann", "http://a", "s1") is one
    others = [("app", "bob", "http://a", "s1"), ("app", "ann", "http://b", "s1"), ("app", "ann", "http://a", "s2")]
    secrets = {held.mint(*other).secret for other in others}
    assert len(secrets | {one.secret}) == 4


def test_secret_opens_its_own_app_alone(held: Capabilities) -> None:
    one = held.mint("app", "ann", "http://a")
    assert held.check("app", one.secret) is one
    assert held.check("other", one.secret) is None
    assert held.check("app", one.secret[:-1]) is None


def test_capability_holds_twelve_hours_from_its_last_use(held: Capabilities, clock: Clock) -> None:
    one = held.mint("app", "ann", "http://a")
    clock.now += LIFETIME - 1
    assert held.check("app", one.secret) is one
    clock.now += LIFETIME - 1
    assert held.check("app", one.secret) is one
    clock.now += LIFETIME
    assert held.check("app", one.secret) is None
    assert held.mint("app", "ann", "http://a").secret != one.secret


def test_revoked_capability_opens_nothing(held: Capabilities) -> None:
    one, other = held.mint("app", "ann", "http://a"), held.mint("app", "bob", "http://a")
    assert held.revoke(app="app", visitor="ann") == 1
    assert held.check("app", one.secret) is None
    assert held.check("app", other.secret) is other


def test_number_of_capabilities_is_bounded_by_leaving_the_oldest(held: Capabilities, clock: Clock) -> None:
    first = held.mint("app", "v0", "http://a")
    for number in range(1, MOST + 1):
        clock.now += 1
        held.mint("app", f"v{number}", "http://a")
    assert held.check("app", first.secret) is None
    assert held.find("app", f"v{MOST}", "") is not None


@pytest.mark.parametrize(
    ("reported", "origin"),
    [
        ("http://localhost:8888", "http://localhost:8888"),
        ("https://Hub.Example:443", "https://hub.example"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_origin_is_kept_as_a_policy_compares_it(reported: str, origin: str) -> None:
    assert valid_origin(reported) == origin


@pytest.mark.parametrize(
    "reported",
    [
        "null",
        "",
        "file://",
        "http://a/path",
        "http://a; script-src *",
        "http://a http://b",
        "http://*.example",
        "http://a:99999",
        "http://[::1]:8888",
        "http://user@a",
        "javascript:1",
        "http://a\nx",
    ],
)
def test_what_is_no_origin_of_a_web_page_is_refused(reported: str) -> None:
    with pytest.raises(BadOrigin):
        valid_origin(reported)


def test_secret_is_taken_out_of_an_address() -> None:
    assert scrubbed("/x/townie/apps/one/SECRET/a/b?c=d") == "/x/townie/apps/one/[secret]/a/b?c=d"
    assert scrubbed("/x/townie/view/one") == "/x/townie/view/one"
