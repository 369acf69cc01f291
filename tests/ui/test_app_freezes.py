"""A generated page whose script never ends, in the browsers where that stops JupyterLab as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from scripts.ensure_browser import installed

from . import tabs
from .conftest import FLAGS, Server
from .lab import Lab

pytestmark = pytest.mark.own_page

APP = "apps/loops"
PAGE = "<!doctype html><h1>Loops</h1><script>setTimeout(() => { for (;;); }, 1500)</script>"
MENDED = "<!doctype html><h1>Mended</h1>"
PANEL = "document.querySelector('[data-townie=app-panel]')"
SHARED = [*FLAGS, "--disable-features=IsolateSandboxedIframes"]
"""Chromium gives a sandboxed frame a process of its own where it can afford one."""


@contextmanager
def _chromium(profile: BrowserContext) -> Iterator[tabs.Tab]:
    assert profile.browser is not None
    browser = profile.browser.browser_type.launch(executable_path=installed(), args=SHARED)
    try:
        yield tabs.Chromium(browser.new_page())
    finally:
        browser.close()


class Browser:
    """Starts one of the kind that is tested."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._kind = request.config.getoption("--browser-kind")
        self._request = request
        if why := tabs.missing(self._kind):
            pytest.skip(why)
        if self._kind == "chromium" and not request.config.getoption("--every-setting"):
            pytest.skip("what only --every-setting tries: people have a Chromium that keeps the two apart")

    def started(self) -> AbstractContextManager[tabs.Tab]:
        if self._kind == "chromium":
            return _chromium(self._request.getfixturevalue("profile"))
        made: AbstractContextManager[tabs.Tab] = getattr(tabs, self._kind)()
        return made


@pytest.fixture
def browser_of_a_person(request: pytest.FixtureRequest) -> Browser:
    return Browser(request)


def open_lab(tab: tabs.Tab, server: Server) -> None:
    tab.goto(f"{server.url}api/contents?token=t")
    tab.goto(f"{server.url}lab")
    tabs.until(lambda: tab.outside("window.jupyterapp?.restored.then(() => true) ?? false"), 60)


def test_page_that_stopped_jupyterlab_does_not_stop_it_again(browser_of_a_person: Browser, lab: Lab) -> None:
    server: Server = lab.server
    folder = server.root / APP
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('name = "loops"\ntitle = "Loops"\nkind = "web"\n')
    (folder / "index.html").write_text(PAGE)

    def info() -> Any:
        return next(app for app in server.call("GET", "townie/api/apps") if app["path"] == APP)

    with browser_of_a_person.started() as tab:
        open_lab(tab, server)
        tab.outside(f"void setTimeout(() => jupyterapp.commands.execute('townie:open-app', {{ path: '{APP}' }}))")
        tabs.until(lambda: info()["freeze"], 40)
        tab.kill()
    tabs.until(lambda: info()["failures"] == 1)
    with browser_of_a_person.started() as tab:
        open_lab(tab, server)
        tabs.until(lambda: tab.outside(f"{PANEL} !== null"))
        cover = f"{PANEL}.querySelector('[data-cover=froze]')"
        tabs.until(lambda: tab.outside(f"{cover}?.innerText.includes('did not answer last time')"))
        assert not tab.outside(f"{PANEL}.querySelector('iframe') !== null")
        assert tab.outside(f"{cover}.querySelector('[data-townie=app-cover-fix]') !== null")
        tab.outside(f"{cover}.querySelector('[data-townie=app-cover-code]').click()")
        tabs.until(lambda: tab.outside(f"{PANEL}.innerText.includes('for (;;);')"))
        tab.outside(f"{PANEL}.querySelector('[role=tab]').click()")
        (folder / "index.html").write_text(MENDED)
        tabs.until(lambda: tab.outside(f"{PANEL}.querySelector('iframe') !== null"))
        tabs.until(lambda: tab.outside(f"{PANEL}.querySelector('[data-townie=app-cover]').hidden"))
    assert (info()["freeze"], info()["failures"]) == (None, 0)
