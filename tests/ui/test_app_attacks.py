"""What a generated app might try against the Jupyter it is shown in: nothing of it may get anywhere.

Judged from outside of the page: by what arrives at Jupyter and at a foreign server, by cookies, and the tab's address.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page

from .conftest import Server

HERE = Path(__file__).parent
SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "any-origin": {"allow_origin": "*", "allow_credentials": True},
    "all-open": {
        "allow_origin": "*",
        "allow_credentials": True,
        "disable_check_xsrf": True,
        "cookie_options": {"samesite": "None", "secure": True},
    },
    "base-url": {"base_url": "/user/na%C3%AFve me/".replace(" ", "%20"), "disable_check_xsrf": True},
}
REQUEST = re.compile(r"ServerApp\] (\d{3}) (\w+) (\S+)")


class Foreign:
    """A server of somebody else: whatever is asked of it has left the app.

    A bare connection without a request is not counted: no policy keeps a browser from making one ahead of time.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def foreign() -> Iterator[Foreign]:
    foreign = Foreign()
    yield foreign
    foreign.close()


class Victim:
    """A Jupyter server with an app that attacks it, and a tab of a signed-in person who looks at the app."""

    def __init__(self, server: Server, page: Page, foreign: Foreign) -> None:
        self.server, self.page, self.foreign = server, page, foreign
        folder = server.root / "apps" / "attacker"
        folder.mkdir(parents=True, exist_ok=True)
        (server.root / "secret.txt").write_text("secret")
        (server.root / "secret.js").write_text("globalThis.stolen = true")
        (server.root / "secret.css").write_text("body { color: red }")
        (folder / "townie.toml").write_text('name = "attacker"\ntitle = "Attacker"\nkind = "web"\n')
        base = "/" + server.url.split("/", 3)[3]
        (self.app,) = (app["id"] for app in server.call("GET", "townie/api/apps"))
        script = (HERE / "attacks.js").read_text()
        for name, value in (("BASE", base), ("FOREIGN", foreign.url), ("APP", self.app)):
            script = re.sub(rf"\b{name}\b(?=[;\s,+}}])", json.dumps(value), script)
        (folder / "index.html").write_text(f"<!doctype html><title>Attacker</title><body><script>{script}</script>")
        # XHTML is not rewritten, so what it tries passes nothing but the headers.
        (folder / "raw.xhtml").write_text(
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Raw</title></head><body><script>//<![CDATA[\n'
            + script
            + "\n//]]></script></body></html>"
        )
        self.view = f"{server.url}townie/view/{self.app}"

    def show(self, file: str = "") -> Frame:
        """The app's frame, with one of its documents."""
        self.page.goto(self.view)
        frame = self._frame()
        if file:
            frame.wait_for_function("window.attack !== undefined")
            frame.evaluate("file => { location.href = file }", file)
            frame.wait_for_url(re.compile(re.escape(file)))
        frame.wait_for_function("window.attack !== undefined")
        self.log = (self.server.home / "server.log").stat().st_size
        self.foreign.heard.clear()
        return frame

    def _frame(self) -> Frame:
        frame = self.page.wait_for_selector("iframe[src]").content_frame()  # type: ignore[union-attr]
        assert frame is not None
        frame.wait_for_load_state()
        return frame

    def reached(self) -> list[str]:
        """Requests that arrived at Jupyter since the app was shown, but for those to the app's own pages."""
        text = (self.server.home / "server.log").read_bytes()[self.log :].decode()
        found = [f"{method} {path} {status}" for status, method, path in REQUEST.findall(text)]
        return [one for one in found if f"/townie/apps/{self.app}/[secret]" not in one]


def _configured(home: Path, settings: dict[str, Any]) -> None:
    config = home / "config"
    config.mkdir(parents=True, exist_ok=True)
    options = {**settings, "log_level": "DEBUG"}
    cookie_options = options.pop("cookie_options", None)
    lines = [f"c.ServerApp.{name} = {value!r}" for name, value in options.items()]
    if cookie_options:
        lines.append(f"c.IdentityProvider.cookie_options = {cookie_options!r}")
    (config / "jupyter_server_config.py").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("victim")
    _configured(home, SETTINGS[request.param])
    server = Server(home, {})
    (server.root / "apps" / "attacker").mkdir(parents=True)
    (server.root / "apps" / "attacker" / "townie.toml").write_text('name="a"\ntitle="Attacker"\nkind="web"\n')
    server.start()
    yield server
    server.stop()


@pytest.fixture
def victim(server: Server, browser: Browser, foreign: Foreign) -> Iterator[Victim]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}api/contents?token=t")
    page.goto(f"{server.url}lab?token=t", wait_until="commit")
    yield Victim(server, page, foreign)
    context.close()


@pytest.mark.parametrize(
    ("server", "document"),
    [("default", ""), *((settings, "raw.xhtml") for settings in SETTINGS)],
    indirect=["server"],
    ids=["with the shim", *SETTINGS],
)
def test_no_attack_reaches_jupyter_or_leaves_the_app(victim: Victim, document: str) -> None:
    frame = victim.show(document)
    cookies = victim.page.context.cookies()
    tabs = len(victim.page.context.pages)
    results: dict[str, str] = frame.evaluate("attack()")
    assert len(results) >= 62
    got = {
        name: text for name, text in results.items() if re.match("READ [^ ]|OPENED|RAN|HEARD|REGISTERED|IMPORTED", text)
    }
    kept = {name for name in got if document == "" and name in ("document.cookie", "indexedDB")}
    assert {name: text for name, text in got.items() if name not in kept} == {}
    assert victim.reached() == []
    assert victim.foreign.heard == []
    assert victim.page.url == victim.view
    assert len(victim.page.context.pages) == tabs
    assert {one["name"]: one["value"] for one in victim.page.context.cookies()} == {
        one["name"]: one["value"] for one in cookies
    }


@pytest.mark.parametrize("server", ["default"], indirect=True)
def test_no_page_of_an_app_leads_its_frame_away(victim: Victim) -> None:
    names: list[str] = victim.show("raw.xhtml").evaluate("navigations")
    for name in names:
        frame = victim.show("raw.xhtml")
        frame.evaluate("name => { setTimeout(() => leave(name)) }", name)
        victim.page.wait_for_timeout(350)
        assert victim.reached() == [], name
        assert victim.foreign.heard == [], name
        assert victim.page.url == victim.view, name


@pytest.mark.parametrize("server", ["default", "base-url"], indirect=True)
def test_page_opened_by_itself_is_led_into_its_wrapper(victim: Victim) -> None:
    address = victim.show().url
    victim.page.goto(address)
    assert victim.page.url == victim.view


@pytest.mark.parametrize("server", ["default"], indirect=True)
def test_what_reaches_jupyter_or_a_foreign_server_would_be_seen_here(victim: Victim) -> None:
    victim.show()
    victim.page.goto(f"{victim.server.url}api/status")
    victim.page.request.get(f"{victim.foreign.url}x")
    assert any("/api/status" in one for one in victim.reached())
    assert victim.foreign.heard == ["/x"]
