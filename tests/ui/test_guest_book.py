"""The tour's second part in a real browser, without a key: a whole app with a backend, written, used, changed, broken
on purpose, and repaired."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from jupyter_townie.edits import BlockEnded, BlockStarted, ReplyParser
from jupyter_townie.models.offline import scripts

from .conftest import Server
from .lab import Lab

pytestmark = pytest.mark.own_page

HOME = "apps/guest-book"
ASK = "Make me a guest book that several people can use at once"


class Book:
    """The guest book in JupyterLab."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    @property
    def panel(self) -> Locator:
        return self.lab.get("app-panel")

    @property
    def app(self) -> FrameLocator:
        """The app's own document, in the frame that is in sight."""
        return self.lab.get("app-frame", self.panel).last.content_frame.frame_locator("iframe").frame_locator("iframe")

    def sign(self, message: str, name: str = "Ada") -> None:
        # Its script is there to take it.
        expect(self.app.locator("#empty, article").first).to_be_attached()
        # A frame has the keyboard for who goes there with the pointer.
        self.app.get_by_label("Your name").click()
        self.app.get_by_label("Your name").fill(name)
        self.app.get_by_label("Your message").fill(message)
        self.app.get_by_role("button", name="Sign").click()
        expect(self.app.locator("article", has_text=message)).to_have_count(1)

    def text(self, name: str) -> str:
        return (self.lab.server.root / HOME / name).read_text()

    @property
    def card(self) -> Locator:
        """The errors of the app, beside its preview."""
        return self.lab.get("app-failures", self.panel)

    def repaired(self) -> None:
        """Wait for a fix that was asked for; what the chat says of it."""
        check = self.lab.get("app-check", self.lab.get("turn").last)
        expect(check).to_contain_text("the error is gone, and no new one came", timeout=30_000)
        expect(self.card).to_be_hidden()


@pytest.fixture
def page(tab: Page) -> Page:
    """A page that may hear errors of the app: they are what these tests are about."""
    tab.set_viewport_size({"width": 1500, "height": 900})
    tab.set_default_timeout(15_000)
    return tab


@pytest.fixture
def tour(offline_lab: Lab) -> Lab:
    """The tour, with nothing allowed yet."""
    store = offline_lab.server.home / "data" / "townie" / "apps.sqlite"
    if store.exists():
        with closing(sqlite3.connect(store)) as database, database:
            database.execute("DELETE FROM consents")
    return offline_lab.open("Tour.ipynb", kernel=False)


def write_guest_book(server: Server) -> None:
    """The guest book of the tour, as if it had been written before."""
    script = next(script for script in scripts() if script.name == "guest_book.md")
    parser = ReplyParser()
    pieces = [*parser.feed(script.body), *parser.close()]
    paths = {piece.block: piece.target.ref for piece in pieces if isinstance(piece, BlockStarted) and piece.target}
    for piece in pieces:
        if isinstance(piece, BlockEnded) and piece.block in paths:
            file = server.root / paths[piece.block]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(piece.text + "\n")


@pytest.fixture
def book(offline_lab: Lab) -> Book:
    """A guest book that was written and allowed before, open beside the chat."""
    write_guest_book(offline_lab.server)
    (info,) = [one for one in offline_lab.server.call("GET", "townie/api/apps") if one["path"] == HOME]
    offline_lab.server.call("POST", f"townie/api/apps/{info['id']}/allow", {})
    lab = offline_lab.open("Tour.ipynb", kernel=False)
    book = Book(lab)
    lab.chat()
    lab.page.evaluate("id => void window.jupyterapp.commands.execute('townie:open-app', { id })", info["id"])
    expect(book.app.get_by_role("heading", name="Guest book")).to_be_visible()
    return book


def test_guest_book_is_written_allowed_and_used_by_two_at_once(tour: Lab) -> None:
    book = Book(tour)
    turn = tour.ask(ASK)
    expect(book.panel).to_be_visible()
    tour.get("app-cover-allow", book.panel).click()
    expect(book.app.locator("#empty")).to_have_text("Nobody has signed yet. Be the first!")
    expect(tour.get("app-check", turn)).to_contain_text("reported no error", timeout=20_000)
    with tour.page.expect_popup() as opened:
        tour.get("app-open-tab", book.panel).click()
    other = opened.value.frame_locator("iframe").frame_locator("iframe")
    book.sign("<b>Hello</b> from here")
    expect(other.locator("article p")).to_have_text("<b>Hello</b> from here")
    opened.value.reload()
    expect(other.locator("article p")).to_have_text("<b>Hello</b> from here")


def test_change_by_a_few_lines_keeps_the_entries(book: Book) -> None:
    book.sign("I was here")
    turn = book.lab.ask("Show how many have signed the guest book")
    expect(book.app.locator("#count")).to_have_text("1 entry", timeout=20_000)
    expect(book.app.locator("article p")).to_have_text("I was here")
    expect(book.lab.get("app-check", turn)).to_contain_text("was loaded and reported no error", timeout=20_000)


def test_bug_in_the_backend_is_noticed_and_repaired_by_one_click(book: Book) -> None:
    book.sign("I was here")
    turn = book.lab.ask("Plant a bug in the backend of the guest book")
    expect(book.lab.get("app-check", turn)).to_contain_text("no such column: tme", timeout=20_000)
    expect(book.card).to_contain_text("no such column: tme")
    # That the page cannot go on without the answer is no second one.
    expect(book.lab.get("app-failure-count", book.card)).to_have_text("1 error")
    book.lab.get("app-fix", book.card).click()
    book.repaired()
    expect(book.app.locator("article p")).to_have_text("I was here")
    assert "tme" not in book.text("app.py")


def test_bug_in_the_page_is_noticed_in_the_browser_and_repaired_by_one_click(book: Book) -> None:
    turn = book.lab.ask("Plant a bug in the page of the guest book")
    expect(book.lab.get("app-check", turn)).to_contain_text("emtpy is not defined", timeout=20_000)
    book.lab.get("app-fix", book.card).click()
    book.repaired()
    assert "emtpy" not in book.text("static/app.js")


def test_person_goes_back_to_a_version(book: Book) -> None:
    book.lab.ask("Plant a bug in the page of the guest book")
    expect(book.card).to_be_visible(timeout=20_000)
    expect(book.lab.get("announcement")).to_contain_text("complete", timeout=20_000)
    book.lab.get("app-tab-versions", book.panel).click()
    versions = book.lab.get("app-version", book.panel)
    expect(versions.first).to_contain_text("Plant a bug in the page")
    expect(versions.first).to_contain_text("Now")
    book.lab.get("app-restore", versions.nth(1)).click()
    # What was there is a version already; one can go forward to it again.
    expect(versions.nth(1)).to_contain_text("Now")
    expect(book.lab.get("app-restore", versions.first)).to_be_visible()
    book.lab.get("app-tab-preview", book.panel).click()
    expect(book.app.locator("#empty")).to_be_visible()
    assert "emtpy" not in book.text("static/app.js")
