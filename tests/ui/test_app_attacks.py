"""What a generated app might try against the Jupyter it is shown in: nothing of it may get anywhere.

Judged from outside of the page: by what arrives at Jupyter and at a foreign server, by cookies, and the tab's address.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from . import tabs
from .conftest import Server
from .front import Front

pytestmark = pytest.mark.own_page

HERE = Path(__file__).parent
REQUEST = re.compile(r"ServerApp\] (\d{3}) (\w+) (\S+)")
GOT = re.compile("READ [^ ]|OPENED|RAN|HEARD|REGISTERED|IMPORTED")
APP = "apps/attacker"
TOML = 'name = "attacker"\ntitle = "Attacker"\nkind = "web"\n'
NOTEBOOK: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
FRAMEWORKS = os.environ.get("TOWNIE_FRAMEWORKS_PYTHON", sys.executable)
NO_COOKIE_BOUNDARY = {"samesite": "None", "secure": True}


@dataclass(frozen=True)
class Setting:
    """How a Jupyter server is set up, and what stands before it."""

    options: dict[str, Any] = field(default_factory=dict)
    cookie_options: dict[str, Any] | None = None
    token: str = "t"
    front: dict[str, Any] | None = None
    neighbour: dict[str, Any] | None = None
    """Options of a second server on the same origin, which is the visitor's own."""
    published: str = ""
    """To whom the app is published; the visitor sees that instead of the preview."""
    backend: str = ""
    """What serves its pages: *confined* or the *kernel* of a notebook, with headers that it would like to have; or
    *voila*."""
    quick: bool = True
    """Whether it is tried with every change; the others with ``--every-setting``."""


OPEN = {"allow_origin": "*", "allow_credentials": True}
SETTINGS = {
    "default": Setting(),
    "any-origin": Setting(OPEN),
    "all-open": Setting({**OPEN, "disable_check_xsrf": True}, NO_COOKIE_BOUNDARY),
    "base-url": Setting({"base_url": "/user/a%20person@me.org/", "disable_check_xsrf": True}),
    "no-cookie-boundary": Setting({}, NO_COOKIE_BOUNDARY, quick=False),
    "no-token": Setting({"password": ""}, token="", quick=False),
    "no-token-any-origin": Setting({**OPEN, "disable_check_xsrf": True}, token=""),
    "other-host": Setting(OPEN, front={"host": True}, quick=False),
    "tls": Setting(front={"tls": True, "host": True}),
    "two-users": Setting({"base_url": "/user/alice/", **OPEN}, front={}, neighbour={"base_url": "/user/bob/", **OPEN}),
    "published": Setting(OPEN, published="signed_in", quick=False),
    "published-to-anyone": Setting(
        {"base_url": "/user/alice/", **OPEN},
        front={},
        neighbour={"base_url": "/user/bob/", **OPEN},
        published="anyone",
    ),
    "confined-backend": Setting(OPEN, backend="confined", quick=False),
    "published-backend": Setting(OPEN, published="signed_in", backend="confined", quick=False),
    "kernel-backend": Setting(OPEN, backend="kernel", quick=False),
}
VOILA = Setting(OPEN, backend="voila", quick=False)
# What a backend says to have its page out of its place, or to speak for all of Jupyter's origin.
BACKEND = """
import mimetypes, pathlib
HERE = pathlib.Path(FOLDER)
HOSTILE = [
    ("set-cookie", "planted=1; Path=/"), ("set-cookie", "_xsrf=planted; Path=/"), ("clear-site-data", '"*"'),
    ("content-security-policy", "default-src * 'unsafe-inline'"), ("refresh", "3; url=/lab"),
    ("access-control-allow-origin", "*"), ("link", "</lab>; rel=preload; as=fetch"), ("service-worker-allowed", "/"),
    ("cross-origin-resource-policy", "cross-origin"), ("origin-agent-cluster", "?0"), ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=*, geolocation=*"), ("connection-allowlist", "(*)"), ("cache-control", "public"),
    ("alt-svc", 'h2="FOREIGNsvc"'), ("nel", '{"report_to":"default","max_age":1}'),
    ("report-to", '{"group":"default","max_age":1,"endpoints":[{"url":"FOREIGNnel"}]}'), ("document-policy", "x"),
    ("link", "<FOREIGNpre>; rel=preconnect"), ("link", "<FOREIGNpre>; rel=preload; as=image"), ("status", "302"),
    ("no-vary-search", "params"), ("use-as-dictionary", 'match="/*"'), ("set-login", "logged-out"),
    ("www-authenticate", "Basic realm=Jupyter"), ("supports-loading-mode", "credentialed-prerender"),
    ("speculation-rules", '"/lab"'), ("reporting-endpoints", 'default="FOREIGNreports"'), ("sourcemap", "FOREIGNmap"),
]

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    name = scope["path"].strip("/") or "index.html"
    if name == "away":
        headers, body, status = [("location", "/lab")], b"", 302
    elif name.startswith("parts"):
        # Each part has a head of its own, which Firefox takes cookies from.
        kind = {"parts": "%s", "parts-of-a-list": "text/html, %s", "parts-of-two": "text/plain"}[name]
        part = "multipart/x-mixed-replace; boundary=x"
        headers, status = [("content-type", kind.replace("%s", part)), *HOSTILE], 200
        if name == "parts-of-two":
            headers.append(("content-type", part))
        body = b"--x|Content-Type: image/gif|Set-Cookie: planted-by-part=1; Path=/||GIF89a|--x--".replace(
            b"|", bytes([13, 10])
        )
    elif name in ("attached", "odd"):
        headers = [("content-disposition", 'attachment; filename="../../.bashrc"'), ("content-type", "text/html")]
        headers, body = [*headers, *HOSTILE], b"<script>top.location = '/logout'</script>"
        status = 200 if name == "attached" else 401
    else:
        file = HERE / name
        body, status = (file.read_bytes(), 200) if file.is_file() else (b"", 404)
        headers = [("content-type", mimetypes.guess_type(name)[0] or "text/html"), *HOSTILE]
    headers = [(key.encode(), value.encode()) for key, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""


class Foreign:
    """A server of somebody else: whatever is asked of it has left the app.

    A bare connection without a request is not counted: no policy keeps a browser from making one ahead of time.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.packets: list[bytes] = []
        """Of WebRTC."""
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                heard.append(self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._stun = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._stun.bind(("127.0.0.1", 0))
        self.stun = self._stun.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.packets.append(self._stun.recv(2000))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._stun.close()


@pytest.fixture(scope="module")
def foreign() -> Iterator[Foreign]:
    foreign = Foreign()
    yield foreign
    foreign.close()


class Site:
    """Jupyter as a browser sees it: the server with the app, and what stands before or beside it."""

    def __init__(self, setting: Setting, folder: Path, stack: ExitStack) -> None:
        self.server = _started(folder / "server", setting.options, setting, stack)
        self.servers = [self.server]
        if setting.neighbour is not None:
            self.servers.append(_started(folder / "neighbour", setting.neighbour, setting, stack))
        self.origin = self.server.url.split("/", 3)[0] + "//" + self.server.url.split("/", 3)[2]
        self.bases = ["/" + one.url.split("/", 3)[3] for one in self.servers]
        if setting.front is not None:
            options = dict(setting.front)
            if options.pop("tls", False):
                options["tls"] = folder
            routes = {base: one.port for base, one in zip(self.bases, self.servers, strict=True)}
            front = Front(routes, **options)
            stack.callback(front.close)
            self.origin = front.origin
        self.entrances = [f"{self.origin}{base}api/contents?token=t" for base in self.bases]
        self.home = self.origin + self.bases[-1]
        """Where the visitor has their own work."""
        (self.app,) = (app["id"] for app in self.server.call("GET", "townie/api/apps") if app["path"] == APP)
        self.setting = setting
        if setting.published == "anyone":
            # A visitor who has signed in on their own server alone.
            self.entrances = self.entrances[-1:]

    @property
    def view(self) -> str:
        return f"{self.origin}{self.bases[0]}townie/view/{self.app}"

    def serve(self) -> None:
        """Let the app's backend run, and publish it, as the setting says."""
        api = f"townie/api/apps/{self.app}/"
        if self.setting.backend == "kernel":
            (self.server.root / "work.ipynb").write_text(json.dumps(NOTEBOOK))
            asked = {"path": "work.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
            self.server.call("POST", "api/sessions", asked)
        if self.setting.backend:
            assert self.server.call("POST", api + "allow", patience=60)["phase"] == "running"
        if self.setting.published:
            asked = {"audience": self.setting.published}
            made = self.server.call("POST", api + "publication", asked, patience=60)
            self.app = made["publication"]["id"]

    def attack(self, foreign: Foreign) -> None:
        """Write the app that attacks."""
        folder = self.server.root / APP
        if self.setting.backend in ("confined", "kernel"):
            notebook = 'notebook = "../../work.ipynb"\n' if self.setting.backend == "kernel" else ""
            (folder / "townie.toml").write_text(TOML.replace("web", "fullstack") + notebook)
            here = repr(str(folder)) if notebook else "str(pathlib.Path(__file__).parent)"
            (folder / "app.py").write_text(BACKEND.replace("FOREIGN", foreign.url).replace("FOLDER", here))
        script = (HERE / "attacks.js").read_text()
        for name, value in (
            ("BASE", self.bases[-1]),
            ("FOREIGN", foreign.url),
            ("APP", self.app),
            ("STUN", foreign.stun),
        ):
            script = re.sub(rf"\b{name}\b(?=[;\s,+}})])", json.dumps(value), script)
        if self.setting.backend == "voila":
            (folder / "townie.toml").write_text(TOML.replace("web", "voila"))
            shown = f"from IPython.display import HTML, display\ndisplay(HTML({f'<script>{script}</script>'!r}))"
            cell = {
                "cell_type": "code",
                "id": "a",
                "source": shown,
                "metadata": {},
                "execution_count": None,
                "outputs": [],
            }
            (folder / "app.ipynb").write_text(json.dumps({**NOTEBOOK, "cells": [cell]}))
            return
        (folder / "index.html").write_text(f"<!doctype html><title>Attacker</title><body><script>{script}</script>")
        # XHTML is not rewritten, so what it tries passes nothing but the headers.
        (folder / "raw.xhtml").write_text(
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Raw</title></head><body><script>//<![CDATA[\n'
            + script
            + "\n//]]></script></body></html>"
        )
        leaves = f"{foreign.url}document"
        action = f"<< /Type /Action /S /URI /URI ({foreign.url}pdf) >>"
        (folder / "printed.pdf").write_text(
            "%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R /OpenAction "
            f"{action} >> endobj\n2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n3 0 obj << /Type /Page"
            f" /Parent 2 0 R /MediaBox [0 0 9 9] /AA << /O {action} >> >> endobj\n"
            "trailer << /Root 1 0 R >>\n%%EOF\n"
        )
        jupyter = f"{self.origin}{self.bases[-1]}"
        (folder / "styled.xml").write_text(
            f'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="{jupyter}files/secret.xsl"?>'
            f'<?xml-stylesheet type="text/css" href="{leaves}.css"?><!DOCTYPE x SYSTEM "{leaves}.dtd" ['
            f'<!ENTITY e SYSTEM "{jupyter}api/status">]><x>&e;'
            f'<a xmlns="http://www.w3.org/1999/xhtml"><img src="{leaves}-image"/>'
            f'<script>location = "{leaves}-script"</script></a></x>'
        )
        (folder / "drawn.svg").write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{leaves}-svg"/><use href="{jupyter}files/a.svg#a"/>'
            f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{jupyter}lab"/></foreignObject>'
            f'<script>location = "{leaves}-of-svg"; open("{jupyter}logout", "_top")</script></svg>'
        )

    def marks(self) -> list[int]:
        return [(one.home / "server.log").stat().st_size for one in self.servers]

    def reached(self, marks: list[int]) -> list[str]:
        """Requests that arrived at a Jupyter since then, but for those to the app's own pages."""
        found = []
        for server, mark in zip(self.servers, marks, strict=True):
            text = (server.home / "server.log").read_bytes()[mark:].decode()
            found += [f"{method} {path} {status}" for status, method, path in REQUEST.findall(text)]
        return [one for one in found if f"/townie/apps/{self.app}/[secret]" not in one]


def _started(home: Path, options: dict[str, Any], setting: Setting, stack: ExitStack) -> Server:
    (home / "config").mkdir(parents=True)
    lines = [f"c.ServerApp.{name} = {value!r}" for name, value in {**options, "log_level": "DEBUG"}.items()]
    lines.append(f"c.TownieApp.allow_anonymous_apps = {setting.published == 'anyone'}")
    if setting.cookie_options:
        lines.append(f"c.IdentityProvider.cookie_options = {setting.cookie_options!r}")
    if setting.backend == "voila":
        lines.append("c.MultiKernelManager.default_kernel_name = 'frameworks'")
        kernel = home / "data" / "kernels" / "frameworks" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        command = [FRAMEWORKS, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        kernel.write_text(json.dumps({"argv": command, "display_name": "Frameworks", "language": "python"}))
    (home / "config" / "jupyter_server_config.py").write_text("\n".join(lines) + "\n")
    server = Server(home, {}, token=setting.token)
    (server.root / APP).mkdir(parents=True)
    (server.root / APP / "townie.toml").write_text(TOML)
    neighbour = server.root / "apps" / "neighbour"
    (neighbour / "data").mkdir(parents=True)
    (neighbour / "townie.toml").write_text(TOML.replace("attacker", "neighbour"))
    (neighbour / "index.html").write_text("of-a-neighbour")
    with closing(sqlite3.connect(neighbour / "data" / "app.sqlite")) as database, database:
        database.execute("CREATE TABLE t AS SELECT 'of-a-neighbour' AS x")
    (server.root / "secret.txt").write_text("secret")
    (server.root / "secret.js").write_text("globalThis.stolen = true")
    (server.root / "secret.css").write_text("body { color: red }")
    server.start()
    stack.callback(server.stop)
    return server


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, foreign: Foreign) -> Iterator[Site]:
    setting = VOILA if request.param == "voila" else SETTINGS[request.param]
    if not setting.quick and not request.config.getoption("--every-setting"):
        pytest.skip("one of the settings that only --every-setting tries")
    if setting is VOILA and subprocess.run([FRAMEWORKS, "-c", "import voila"], capture_output=True).returncode:
        pytest.skip("voila is not installed")
    if setting.cookie_options and request.config.getoption("--browser-kind") == "webkit":
        # It keeps no secure cookie of a page without TLS, not even on this machine.
        setting = replace(setting, front={"tls": True})
    with ExitStack() as stack:
        site = Site(setting, tmp_path_factory.mktemp("victim"), stack)
        site.attack(foreign)
        site.serve()
        yield site


@pytest.fixture
def tab(request: pytest.FixtureRequest) -> Iterator[tabs.Tab]:
    kind = request.config.getoption("--browser-kind")
    why = tabs.missing(kind)
    if why:
        pytest.skip(why)
    if kind == "chromium":
        browser: Browser = request.getfixturevalue("browser")
        context = browser.new_context(ignore_https_errors=True)
        yield tabs.Chromium(context.new_page())
        context.close()
    else:
        with getattr(tabs, kind)() as driven:
            yield driven


class Victim:
    """A signed-in person who looks at the app."""

    def __init__(self, site: Site, tab: tabs.Tab, foreign: Foreign) -> None:
        self.site, self.tab, self.foreign = site, tab, foreign
        for entrance in site.entrances:
            tab.goto(entrance)
        tab.goto(site.home + "lab")
        tabs.until(lambda: tab.outside("document.readyState === 'complete'"))

    def show(self, file: str = "") -> None:
        """The app in its frame, with one of its documents."""
        self.tab.goto(self.site.view)
        tabs.until(lambda: self.tab.inside("window.attack !== undefined"))
        if file:
            self.tab.inside(f"void setTimeout(() => {{ location.href = {file!r} }})")
            tabs.until(lambda: self.tab.inside(f"location.href.endsWith({file!r}) && window.attack !== undefined"))
        # JupyterLab, which was left for this, may still have been asking for something.
        self.marks = self.site.marks()
        until = time.monotonic() + 10
        while (time.sleep(0.5), self.site.marks())[1] != self.marks and time.monotonic() < until:
            self.marks = self.site.marks()
        self.foreign.heard.clear()
        self.foreign.packets.clear()

    def reached(self) -> list[str]:
        return self.site.reached(self.marks)


@pytest.fixture
def victim(site: Site, tab: tabs.Tab, foreign: Foreign) -> Victim:
    return Victim(site, tab, foreign)


@pytest.mark.parametrize(
    ("site", "document"),
    [("default", ""), ("voila", ""), *((setting, "raw.xhtml") for setting in SETTINGS)],
    indirect=["site"],
    ids=["with the shim", "a notebook", *SETTINGS],
)
def test_no_attack_reaches_jupyter_or_leaves_the_app(victim: Victim, document: str) -> None:
    victim.show(document)
    tab = victim.tab
    cookies, count = tab.cookies(), tab.count
    results: dict[str, str] = tab.inside("attack()")
    assert len(results) >= 170
    got = {name: text for name, text in results.items() if GOT.match(text)}
    kept = {name for name in got if document == "" and name in ("document.cookie", "indexedDB")}
    if victim.site.setting.backend:
        # What a backend gives its own page is its own affair.
        kept |= {"what the app says of itself", "its database as a file"}
    assert {name: text for name, text in got.items() if name not in kept} == {}
    assert victim.reached() == []
    assert victim.foreign.heard == []
    if tab.name != "firefox":
        # Nothing in Firefox holds WebRTC.
        assert victim.foreign.packets == []
    assert tab.url == victim.site.view
    assert tab.count == count
    assert tab.cookies() == cookies


@pytest.mark.timeout(300)
@pytest.mark.parametrize("site", ["default"], indirect=True)
def test_no_page_of_an_app_leads_its_frame_away(victim: Victim) -> None:
    victim.show("raw.xhtml")
    names: list[str] = victim.tab.inside("navigations")
    for name in names:
        if victim.tab.name == "firefox" and name.startswith(("back", "history")):
            # Nothing in Firefox keeps a frame from going back in the history of the whole tab.
            continue
        victim.show("raw.xhtml")
        victim.tab.inside(f"void setTimeout(() => leave({name!r}))")
        time.sleep(0.4)
        assert victim.reached() == [], name
        assert victim.foreign.heard == [], name
        assert victim.tab.url == victim.site.view, name


@pytest.mark.parametrize("site", ["default"], indirect=True)
def test_a_persons_click_opens_no_more(victim: Victim) -> None:
    victim.show("raw.xhtml")
    tab = victim.tab
    cookies, results = tab.cookies(), {}
    # Before a page gets what others have copied, Firefox and WebKit show their person a button, and wait for it.
    asked = () if isinstance(tab, tabs.Chromium) else ("copied by command", "clipboard", "written clipboard, read")
    for name in [one for one in tab.inside("clicks") if one not in asked]:
        tab.inside(f"void (window.clicked = armed({name!r}))")
        tab.click()
        results[name] = tab.inside("clicked")
    assert tab.inside("navigator.userActivation?.hasBeenActive ?? true"), "no click was a person's"
    assert {name: text for name, text in results.items() if GOT.match(text)} == {}
    assert (victim.reached(), victim.foreign.heard) == ([], [])
    assert (tab.url, tab.count, tab.cookies()) == (victim.site.view, 1, cookies)


@pytest.mark.parametrize("site", ["default", "base-url"], indirect=True)
def test_page_opened_by_itself_is_led_into_its_wrapper(victim: Victim) -> None:
    victim.show()
    address = victim.tab.inside("location.href")
    victim.tab.goto(address)
    tabs.until(lambda: victim.tab.url == victim.site.view)


@pytest.mark.parametrize("site", ["default"], indirect=True)
def test_what_reaches_jupyter_or_a_foreign_server_would_be_seen_here(victim: Victim) -> None:
    victim.show()
    victim.tab.goto(f"{victim.site.origin}{victim.site.bases[0]}api/status")
    victim.tab.goto(f"{victim.foreign.url}x")
    assert any("/api/status" in one for one in victim.reached())
    assert "/x" in victim.foreign.heard
