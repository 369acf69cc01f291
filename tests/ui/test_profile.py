"""Tests share a browser with its caches, and nothing that a page keeps."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page

from .conftest import Server, only_tab

pytestmark = pytest.mark.own_page

KEEP = """async () => {
  localStorage.kept = sessionStorage.kept = document.cookie = 'kept=1';
  await caches.open('kept');
  await new Promise(done => indexedDB.open('kept').onsuccess = done);
}"""
KEPT = """async () => [
  ...Object.keys(localStorage),
  ...Object.keys(sessionStorage),
  ...document.cookie.split('; ').filter(one => one === 'kept=1'),
  ...await caches.keys(),
  ...(await indexedDB.databases()).map(one => one.name),
]"""


def show(tab: Page, server: Server) -> Page:
    tab.goto(f"{server.url}static/style/index.css")
    return tab


def test_a_tab_finds_nothing_of_the_one_before(profile: BrowserContext, wired_server: Server) -> None:
    with only_tab(profile) as tab:
        show(tab, wired_server).evaluate(KEEP)
        assert len(tab.evaluate(KEPT)) == 5
        profile.new_page()
    with only_tab(profile) as tab:
        assert show(tab, wired_server).evaluate(KEPT) == []
