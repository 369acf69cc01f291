"""A proxy in front of Jupyter that loses or changes what keeps apps apart: they are shown whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from .conftest import Server
from .front import Front
from .lab import Lab

pytestmark = pytest.mark.own_page

TOML = 'name = "behind"\ntitle = "Behind"\nkind = "web"\n'
BODY = (
    "<!doctype html><h1>Shown</h1><p></p><script type=module>"
    "fetch('data.json', { method: 'GET' }).then(answer => answer.json()).then(() => townie.kv.set('a', 1))"
    ".then(() => { document.querySelector('p').textContent = 'asked' })</script>"
)
LENIENT = "sandbox allow-scripts allow-same-origin; default-src 'none'; connect-src data: blob: "


@pytest.fixture
def behind(wired_server: Server, page: Page) -> Iterator[Callable[..., Front]]:
    """Show the app behind a proxy; what JupyterLab is there for is left out."""
    fronts: list[Front] = []
    folder = wired_server.root / "apps" / "behind"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("townie.toml", TOML), ("index.html", BODY), ("data.json", "[]")):
        (folder / name).write_text(text)

    def show(**losing: Any) -> Front:
        front = Front({"/": wired_server.port}, **losing)
        fronts.append(front)
        apps = wired_server.call("GET", "townie/api/apps")
        (app,) = (one["id"] for one in apps if one["path"] == "apps/behind")
        page.goto(f"{front.origin}/api/status?token=t")
        page.goto(f"{front.origin}/townie/view/{app}")
        return front

    yield show
    for front in fronts:
        front.close()


def inner(page: Page) -> FrameLocator:
    return page.frame_locator("iframe").frame_locator("iframe")


POLICY = "Ask its administrator to pass on Content-Security-Policy"


@pytest.mark.parametrize(
    ("losing", "remedy"),
    [
        ({"strip": ("Content-Security-Policy",)}, POLICY),
        ({"rewrite": {"Content-Security-Policy": "default-src * 'unsafe-inline'"}}, POLICY),
        ({"rewrite": {"Content-Security-Policy": LENIENT}, "within": "/townie/apps/"}, POLICY),
        ({"rewrite": {"Set-Cookie": "of=another"}, "within": "/townie/"}, "or a proxy in front of it loses them"),
        ({"decode": True}, "Ask its administrator to pass request paths on as they are"),
    ],
    ids=["policy lost", "policy of its own", "policy with more", "cookies lost", "paths decoded"],
)
def test_app_is_not_shown_behind_a_proxy_that_would_open_jupyter(
    behind: Callable[..., Front], page: Page, losing: dict[str, Any], remedy: str
) -> None:
    behind(**losing)
    expect(page.get_by_role("status")).to_contain_text(remedy)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert len(page.frames) == 1


@pytest.mark.parametrize(
    "losing",
    [
        {"strip": ("Connection-Allowlist", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options", "Vary")},
        {"strip": ("Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options", "Cache-Control")},
        {"withhold": ("Sec-Fetch-", "Referer", "Accept-Encoding")},
        {"withhold": ("Origin",)},
    ],
    ids=["other headers", "other policies", "Sec-Fetch", "Origin"],
)
def test_app_is_whole_behind_a_proxy_that_loses_what_it_does_not_need(
    behind: Callable[..., Front], page: Page, losing: dict[str, Any]
) -> None:
    behind(**losing)
    expect(inner(page).locator("p")).to_have_text("asked")
    # And still held.
    frame = page.frames[-1]
    asked = (
        "src => new Promise(done => { const image = new Image(); image.src = src; image.onerror = () => done('held');"
        " image.onload = () => done('open') })"
    )
    assert frame.evaluate(asked, "/static/favicons/favicon.ico") == "held"
    assert frame.evaluate("(() => { try { return parent.document.title } catch { return 'held' } })()") == "held"


def test_panel_says_why_an_app_is_not_shown_and_what_to_do(lab: Lab, page: Page) -> None:
    folder = lab.server.root / "apps" / "behind"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text(TOML)
    (folder / "index.html").write_text(BODY)
    front = Front({"/": lab.server.port}, strip=("Content-Security-Policy",))
    try:
        page.goto(f"{front.origin}/lab?token=t&reset")
        page.locator(".jp-Launcher").first.wait_for(timeout=60_000)
        lab.command("townie:open-app", {"path": "apps/behind"})
        cover = lab.get("app-cover")
        expect(cover).to_contain_text("The app is not shown")
        expect(cover).to_contain_text(POLICY)
        expect(lab.get("app-frame")).to_have_count(0)
        expect(cover.get_by_role("button")).to_be_visible()
    finally:
        front.close()
