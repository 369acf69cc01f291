"""JupyterLab in a real browser: a real server and kernels, a real Chromium, a model at the wire."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from scripts.ensure_browser import installed
from tests.wire import Reply, WireServer

from .lab import Lab
from .shared_page import VIEWPORT, SharedPage

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# A machine that others use, too, may take many times as long as a quiet one; what is right is still seen at once.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
# A property of tests whose page could not be used again.
LEFT = "left in the page"
FAILURES = Path(__file__).parent / "failures"
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """No event loop of pytest-jupyter here: Playwright's synchronous interface has its own."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """No server of pytest-jupyter either: these run in processes of their own."""


@pytest.fixture(scope="session")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser with a profile, as a person has it.

    What it fetched and compiled of JupyterLab's 15 MB of JavaScript stays: without, a page costs half as much again.
    """
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=installed(),
            args=FLAGS,
            viewport=VIEWPORT,  # type: ignore[arg-type]
        )
        yield context
        context.close()


@pytest.fixture(scope="session")
def browser(profile: BrowserContext) -> Browser:
    """The same browser, for tests that make contexts of their own."""
    assert profile.browser is not None
    return profile.browser


@pytest.fixture(scope="session")
def session_wire() -> Iterator[WireServer]:
    with WireServer([]) as wire:
        yield wire


def _as_a_user() -> list[str]:
    """What makes a file's mode count for root too, as it does for everybody else."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return []
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]


class Server:
    """A JupyterLab server in a process of its own; ``start`` after ``stop`` keeps its folder, port and data."""

    def __init__(self, home: Path, environment: dict[str, str], *, token: str = "t") -> None:
        self.home = home
        self.token = token
        self.root = home / "root"
        self.root.mkdir(parents=True)
        # Every page would ask whether JupyterLab must be built again, which starts Node.js twice, and draw moons that
        # circle until JupyterLab is there: a fourteenth of what loading it costs.
        page_config = home / "config" / "labconfig" / "page_config.json"
        page_config.parent.mkdir(parents=True)
        disabled = {"@jupyterlab/apputils-extension:splash": True}
        page_config.write_text(
            json.dumps({"buildAvailable": False, "buildCheck": False, "disabledExtensions": disabled})
        )
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.endswith(("_API_KEY", "_BASE_URL"))},
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
            **environment,
        }
        self.port = 0
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.home / "server.log").open("ab")
        arguments = ["-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
        arguments += [
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
        ]
        arguments += [f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True"]
        arguments += ["--JupyterNotebookApp.expose_app_in_browser=True"]
        arguments += ["--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        self.process = subprocess.Popen(
            [*_as_a_user(), sys.executable, *arguments], env=self.environment, stdout=log, stderr=log, cwd=self.home
        )
        found = self.home / "runtime" / f"jpserver-{self.process.pid}.json"
        until = time.monotonic() + 180
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                self.url = json.loads(found.read_text())["url"]
                self.port = int(self.url.rstrip("/").rsplit(":", 1)[1].split("/")[0])
                self.call("GET", "api/status")
                return
            except (OSError, ValueError):
                time.sleep(0.1)
        raise AssertionError("JupyterLab did not start:\n" + (self.home / "server.log").read_text()[-3000:])

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                # A contents request that is under way keeps Jupyter Server from ending.
                self.process.kill()
                self.process.wait(10)
            self.process = None

    def call(self, method: str, path: str, body: Any = None, *, patience: float = 30) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": "token t"},
        )
        with urllib.request.urlopen(request, timeout=patience) as response:
            return json.loads(response.read() or b"null")


def _server(tmp_path_factory: pytest.TempPathFactory, name: str, environment: dict[str, str]) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp(name), environment)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def wired_server(tmp_path_factory: pytest.TempPathFactory, session_wire: WireServer) -> Iterator[Server]:
    keys = {"ANTHROPIC_BASE_URL": session_wire.url, "ANTHROPIC_API_KEY": "sk-ant-test-0123456789"}
    yield from _server(tmp_path_factory, "wired", keys)


@pytest.fixture(scope="session")
def offline_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from _server(tmp_path_factory, "offline", {})


@pytest.fixture
def wire(session_wire: WireServer) -> WireServer:
    """The model; ``wire.script`` decides what it says."""
    session_wire.script = [Reply.text("ready")]
    session_wire.requests.clear()
    return session_wire


@contextmanager
def only_tab(profile: BrowserContext) -> Iterator[Page]:
    """The only tab of the browser, empty; afterwards what its pages stored is gone and another empty one is there."""
    (tab,) = profile.pages
    shown: set[str] = set()
    tab.on("framenavigated", lambda frame: shown.add(frame.url))
    try:
        yield tab
    finally:
        # Without any tab the browser would end.
        empty = profile.new_page()
        for other in profile.pages:
            if other is not empty:
                other.close()
        forget = profile.new_cdp_session(empty)
        for scheme, host in {urlsplit(url)[:2] for url in shown}:
            if host:
                origin = f"{scheme}://{host}"
                forget.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        forget.detach()
        profile.clear_cookies()
        profile.clear_permissions()


@pytest.fixture(scope="session")
def shared(profile: BrowserContext) -> Iterator[SharedPage]:
    """The page that all tests share but those with ``own_page``."""
    shared = SharedPage(lambda: only_tab(profile))
    yield shared
    shared.discard()


def has_own_page(item: pytest.Item) -> bool:
    return item.get_closest_marker("own_page") is not None


@pytest.fixture
def tab(profile: BrowserContext, shared: SharedPage, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in which nothing is left of earlier tests."""
    with ExitStack() as stack:
        if has_own_page(request.node):
            shared.discard()
            tab = stack.enter_context(only_tab(profile))
        else:
            tab = shared.tab
        tab.set_default_timeout(PATIENCE)
        yield tab
        if getattr(request.node, "failed", False):
            FAILURES.mkdir(exist_ok=True)
            tab.screenshot(path=FAILURES / f"{request.node.name}.png")
            shared.discard()


@pytest.fixture
def page(tab: Page, shared: SharedPage, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The same tab; that no error is thrown in it is part of every test."""
    complaints: list[str] = []

    def complain(error: Error) -> None:
        complaints.append(error.stack or str(error))

    tab.on("pageerror", complain)
    yield tab
    tab.remove_listener("pageerror", complain)
    failed = getattr(request.node, "failed", False)
    if failed and complaints:
        FAILURES.mkdir(exist_ok=True)
        (FAILURES / f"{request.node.name}.txt").write_text("\n".join(complaints))
    if complaints and not failed:
        shared.discard()
    assert not complaints or failed, "the page threw: " + "; ".join(complaints)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    report = yield
    if report.when != "teardown":
        # A second try that passes keeps the picture of the first.
        item.failed = report.failed  # type: ignore[attr-defined]
    return report


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with pages of their own come last in their file: each of them ends the page that the others share."""
    files = {item.path: number for number, item in reversed(list(enumerate(items)))}
    items.sort(key=lambda item: (files[item.path], has_own_page(item)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests left in the page that they share cost a load each, and is a bug of Townie more often than not."""
    reports = [report for name in ("", "error") for report in terminalreporter.stats.get(name, [])]
    left = [(report.nodeid, value) for report in reports for name, value in report.user_properties if name == LEFT]
    if left:
        terminalreporter.section(f"{len({test for test, _ in left})} pages were not as fresh as after a load")
        for test, what in left:
            terminalreporter.line(f"{test}: {what}"[:500])


def _forget(server: Server) -> None:
    """What is remembered of earlier notebooks, fixes and choices, would answer for a test."""
    for name in ("fixes.sqlite", "privacy.sqlite"):
        file = server.home / "data" / "townie" / name
        if file.exists():
            with closing(sqlite3.connect(file)) as database, database:
                tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                for (table,) in tables:
                    database.execute(f'DELETE FROM "{table}"')


def _clean(server: Server) -> None:
    """Threads, sessions, files, settings and memories of an earlier test are gone."""
    for thread in server.call("GET", "townie/api/threads"):
        server.call("DELETE", f"townie/api/threads/{thread['id']}")
    for session in server.call("GET", "api/sessions"):
        server.call("DELETE", f"api/sessions/{session['id']}")
    _forget(server)
    for folder in (server.root, server.home / "settings", server.home / "workspaces"):
        shutil.rmtree(folder, ignore_errors=True)
    server.root.mkdir()
    # JupyterLab's question about news would lie over the chat.
    notification = server.home / "settings" / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    notification.parent.mkdir(parents=True)
    notification.write_text('{"fetchNews": "false"}')
    # What a model may see is asked in the tests that are about it.
    own = server.home / "settings" / "jupyter-townie" / "plugin.jupyterlab-settings"
    own.parent.mkdir()
    own.write_text('{"askPrivacy": false}')
    (server.home / "data" / "townie" / "privacy.sqlite").unlink(missing_ok=True)


@pytest.fixture
def lab(
    wired_server: Server, page: Page, wire: WireServer, shared: SharedPage, request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """JupyterLab with a model at the wire; ``lab.open(...)`` shows a notebook."""
    yield from _labs(wired_server, page, shared, request, _clean)


def _labs(
    server: Server, page: Page, shared: SharedPage, request: pytest.FixtureRequest, prepare: Callable[[Server], None]
) -> Iterator[Lab]:
    """One JupyterLab, in a page that is left as it was found."""
    prepare(server)
    if has_own_page(request.node):
        yield Lab(page, server)
        return
    yield Lab(page, server, shared)
    if not getattr(request.node, "failed", False):
        for left in shared.leave(server, prepare):
            request.node.user_properties.append((LEFT, left))


@pytest.fixture
def offline_lab(
    offline_server: Server, page: Page, shared: SharedPage, request: pytest.FixtureRequest
) -> Iterator[Lab]:
    """JupyterLab without any key, on the examples."""

    def prepared(server: Server) -> None:
        _clean(server)
        shutil.copytree(EXAMPLES, server.root, dirs_exist_ok=True)

    yield from _labs(offline_server, page, shared, request, prepared)


@pytest.fixture
def notebook(wired_server: Server) -> Callable[..., list[str]]:
    """Write a notebook into the workspace; the ids of its cells."""

    def write(*sources: str, path: str = "work.ipynb") -> list[str]:
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        nbformat.write(book, wired_server.root / path)
        return [cell["id"] for cell in book.cells]

    return write
