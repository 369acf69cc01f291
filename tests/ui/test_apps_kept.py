"""Apps that are kept and shared, as a person does it: a real server, real backends, a real browser."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, expect

from jupyter_townie.apps.app import App
from jupyter_townie.apps.versions import Versions

from .lab import Lab


@pytest.fixture
def book(lab: Lab) -> dict[str, Any]:
    """A guest book that may run, and JupyterLab on its panel."""
    asked = {"kind": "fullstack", "title": "Guest book", "name": f"book-{uuid.uuid4().hex[:6]}"}
    made: dict[str, Any] = lab.server.call("POST", "townie/api/apps", asked)
    lab.server.call("POST", f"townie/api/apps/{made['id']}/allow", {})
    lab.launch()
    lab.command("townie:open-app", {"path": made["path"]})
    inside(lab).locator("h1").first.wait_for()
    return made


def inside(lab: Lab) -> FrameLocator:
    return lab.page.frame_locator('[data-townie="app-frame"] >> nth=-1').frame_locator("iframe").frame_locator("iframe")


def kept(lab: Lab, book: dict[str, Any], title: str) -> None:
    """What the end of a turn does: the app as it is becomes a version."""
    app = App.at(lab.server.root.resolve(), book["path"])
    assert app is not None
    assert Versions(lab.server.home / "data" / "townie").take(app, title)


def test_a_version_is_pictured_compared_gone_back_to_and_branched(book: dict[str, Any], lab: Lab) -> None:
    page = lab.page
    index = lab.server.root / book["path"] / "static" / "index.html"
    kept(lab, book, "First")
    # A moment after it is quiet, the page draws itself.
    lab.wait_for(lambda: bool(lab.server.call("GET", f"townie/api/apps/{book['id']}")["picture"]), 15)
    index.write_text(index.read_text().replace("<h1>", "<h1>New "))
    expect(inside(lab).locator("h1").first).to_have_text(re.compile("New"))
    expect(inside(lab).locator("#empty")).to_be_visible()
    inside(lab).locator("input").first.fill("Ada")
    inside(lab).locator("input").first.press("Enter")
    expect(inside(lab).locator("li")).to_contain_text("Ada")
    kept(lab, book, "Second")
    lab.get("app-tab-versions").click()
    first = lab.get("app-version").last
    expect(first.locator("img")).to_have_js_property("naturalWidth", 480)
    lab.get("app-compare", first).click()
    expect(lab.get("app-compare-with")).to_be_focused()
    lab.get("app-compare-with").select_option("Second")
    comparison = lab.get("app-comparison")
    expect(comparison).to_contain_text("From “First” to “Second”")
    expect(lab.get("app-comparison-tables")).to_contain_text("notes01")
    expect(lab.get("app-compared-file")).to_contain_text("+1 −1")
    lab.get("app-compared-file").locator("summary").click()
    expect(lab.get("diff", comparison)).to_contain_text("New Guest book")
    lab.get("app-comparison-close").click()
    expect(lab.get("app-compare", first)).to_be_focused()
    lab.get("app-restore", first).click()
    expect(page.get_by_text("The app is as it was then.")).to_be_visible()
    expect(lab.get("app-restore")).to_have_text("Go forward to it")
    lab.get("app-branch", first).press("Enter")
    page.keyboard.type("Visitors")
    page.keyboard.press("Enter")
    expect(lab.get("app-cover-allow").last).to_be_visible()
    assert 'title = "Visitors"' in (lab.server.root / "apps/visitors/townie.toml").read_text()


@pytest.mark.own_page
def test_an_app_is_published_updated_and_taken_back(book: dict[str, Any], lab: Lab) -> None:
    index = lab.server.root / book["path"] / "static" / "index.html"
    lab.get("app-publish").click()
    expect(lab.get("publish-anyone")).to_be_disabled()
    lab.get("publish-now").click()
    expect(lab.get("publish-said")).to_have_text("It is published.", timeout=30_000)
    visitor = lab.page.context.new_page()
    visitor.goto(lab.get("publish-address").input_value())
    app = visitor.frame_locator("iframe").frame_locator("iframe")
    expect(app.locator("h1")).to_have_text("Guest book", timeout=20_000)
    expect(visitor.locator("header")).to_have_text("Generated app: Guest book")
    # Then its script is there, too.
    expect(app.locator("#empty")).to_be_visible()
    app.locator("input").first.fill("A visitor was here")
    app.locator("input").first.press("Enter")
    expect(app.locator("li")).to_contain_text("A visitor was here")
    lab.get("dialog-close").click()
    expect(lab.get("app-publish")).to_be_focused()
    index.write_text(index.read_text().replace("<h1>", "<h1>New "))
    expect(lab.get("app-publish")).to_have_text("Published, 1 change since")
    visitor.reload()
    expect(app.locator("h1")).to_have_text("Guest book")
    lab.get("app-publish").click()
    expect(lab.get("publish-state")).to_contain_text("1 file changed since: static/index.html")
    lab.get("publish-update").click()
    expect(lab.get("publish-said")).to_contain_text("It is up to date", timeout=30_000)
    visitor.reload()
    expect(app.locator("h1")).to_have_text("New Guest book")
    expect(app.locator("li")).to_contain_text("A visitor was here")
    expect(inside(lab).locator("li")).to_have_count(0)
    lab.get("publish-end").click()
    lab.get("publish-end-now").click()
    expect(lab.get("publish-said")).to_have_text("It is not published any more.")
    visitor.reload()
    expect(visitor.get_by_role("status")).to_contain_text("not published any more")
    visitor.close()


def test_an_app_is_renamed_deleted_and_had_back_in_the_list(lab: Lab) -> None:
    for one in lab.server.call("GET", "townie/api/publications"):
        lab.server.call("DELETE", f"townie/api/publications/{one['id']}")
    lab.server.call("POST", "townie/api/apps", {"kind": "web", "title": "..  ünïcode 本"})
    lab.launch()
    lab.page.locator(".jp-LauncherCard", has_text="Townie apps").click(timeout=60_000)
    card = lab.get("app-item")
    expect(card).to_contain_text(".. ünïcode 本")
    lab.get("app-rename", card).click()
    lab.get("dialog-text").fill("Visitors <b>")
    lab.page.keyboard.press("Enter")
    expect(card).to_contain_text("Visitors <b>")
    lab.get("app-delete", card).click()
    expect(card).to_have_count(0)
    expect(lab.get("apps-said")).to_contain_text("was deleted, with its data")
    expect(lab.get("apps")).to_contain_text("No apps yet")
    expect(lab.get("app-undo-delete")).to_be_focused()
    lab.page.keyboard.press("Enter")
    expect(card).to_contain_text("Visitors <b>")
