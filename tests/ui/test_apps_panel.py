"""Apps in their panel: a real server, real backends, a real browser; only the model is scripted."""

from __future__ import annotations

import re
import shutil
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .streams import waiting_at

MakeApp = Callable[..., str]
TOML = 'name = "hello"\ntitle = "Hello"\nkind = "web"\n'
PAGE = '<!doctype html>\n<html><head><title>Hello</title></head>\n<body><h1>Hello</h1>\n<input id="field">\n'
LONG = PAGE + "".join(f"<p>Line {line}</p>\n" for line in range(80)) + '<p id="end">The end</p>\n</body></html>'
BROKEN = PAGE + '<script>console.error("The guests are missing")</script>\n</body></html>'


def block(path: str, text: str, language: str = "html") -> str:
    return f"```{language} file={path}\n{text}\n```\n\n"


def answer(page: str) -> str:
    return "Here it is.\n\n" + block("apps/hello/townie.toml", TOML, "toml") + block("apps/hello/index.html", page)


@pytest.fixture
def app(lab: Lab) -> MakeApp:
    """Write an app of one page, open JupyterLab on its panel."""

    def make(body: str, *, title: str = "Hello") -> str:
        folder = lab.server.root / "apps" / "hello"
        folder.mkdir(parents=True)
        (folder / "townie.toml").write_text(TOML.replace('"Hello"', f'"{title}"'))
        (folder / "index.html").write_text(f"<!doctype html><html><head></head><body>{body}</body></html>")
        lab.launch()
        lab.command("townie:open-app", {"path": "apps/hello"})
        lab.get("app-panel").wait_for()
        return "apps/hello"

    return make


@pytest.fixture
def guest_book(lab: Lab) -> dict[str, Any]:
    """An app with a backend and a database, and JupyterLab on its panel."""
    # What was allowed once stays allowed for the folder, so each test has one of its own.
    asked = {"kind": "fullstack", "title": "Guest book", "name": f"book-{uuid.uuid4().hex[:6]}"}
    made: dict[str, Any] = lab.server.call("POST", "townie/api/apps", asked)
    lab.launch()
    lab.command("townie:open-app", {"path": made["path"]})
    lab.get("app-panel").wait_for()
    return made


def inside(lab: Lab) -> FrameLocator:
    """The app in sight: the last frame is on top of one that still loads."""
    return lab.page.frame_locator('[data-townie="app-frame"] >> nth=-1').frame_locator("iframe").frame_locator("iframe")


def note(lab: Lab, text: str) -> None:
    """Write into the guest book, once its script is there to take it."""
    expect(inside(lab).locator("#empty")).to_be_visible()
    inside(lab).locator("input").first.fill(text)
    inside(lab).locator("button").first.click()


# ------------------------------------------------------------------------------------------------ while it is written


@pytest.fixture
def writing(lab: Lab, notebook: Callable[..., list[str]], wire: WireServer) -> Lab:
    """A turn of the chat that is in the middle of writing a page."""
    notebook("a = 1")
    lab.open()
    wire.script = [waiting_at(answer(LONG), "Line 20<")]
    lab.ask("Make me an app that says hello")
    expect(inside(lab).locator("h1")).to_have_text("Hello")
    return lab


def test_an_app_is_seen_while_it_is_written_and_takes_no_focus(writing: Lab) -> None:
    expect(inside(writing).locator("p").first).to_be_visible()
    assert inside(writing).locator("#end").count() == 0
    expect(writing.get("app-state")).to_have_text("Being written…")
    expect(writing.input).to_be_focused()


def test_text_typed_into_a_page_stays_while_the_rest_is_written_and_afterwards(writing: Lab, wire: WireServer) -> None:
    page = inside(writing)
    page.locator("#field").fill("typed")
    wire.go_on()
    page.locator("#end").wait_for(state="attached")
    # The page may have been loaded anew by now, with the text on its way into it.
    expect(page.locator("#field")).to_have_value("typed")
    expect(writing.get("app-check")).to_contain_text("reported no error", timeout=25_000)
    expect(page.locator("#field")).to_have_value("typed")


def test_a_panel_that_was_closed_stays_closed_for_the_rest_of_the_turn(writing: Lab, wire: WireServer) -> None:
    writing.page.locator(".lm-TabBar-tab", has_text="Hello").locator(".lm-TabBar-tabCloseIcon").click()
    wire.go_on()
    page = writing.server.root / "apps" / "hello" / "index.html"
    writing.wait_for(lambda: page.is_file() and "The end" in page.read_text(), 20, "the page was not written")
    expect(writing.get("app-panel")).to_have_count(0)


# ------------------------------------------------------------------------------------------------------------- errors


def test_an_error_of_the_page_is_fixed_from_the_panel(
    lab: Lab, notebook: Callable[..., list[str]], wire: WireServer
) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    fault = '<script>console.error("The guests are missing")</script>'
    repair = f"<<<<<<< SEARCH\n{fault}\n=======\n<p>Guests</p>\n>>>>>>> REPLACE"
    wire.script = [
        Reply.text(answer(BROKEN)),
        Reply.text("The guests are back.\n\n" + block("apps/hello/index.html", repair)),
    ]
    lab.ask("Make me an app that says hello")
    panel = lab.get("app-failures", lab.get("app-panel"))
    expect(panel).to_contain_text("1 error")
    expect(panel).to_contain_text("The guests are missing")
    lab.get("app-fix", panel).click()
    expect(lab.get("app-check").last).to_contain_text("the error is gone, and no new one came")
    expect(panel).to_be_hidden()


def test_errors_are_counted_in_the_chat_too(app: MakeApp, lab: Lab) -> None:
    app('<script>console.error("first"); console.error("second")</script><p>Text</p>')
    lab.chat()
    card = lab.get("app-failures", lab.get("app-chat-cards"))
    expect(card).to_contain_text("Hello: 2 errors")
    expect(lab.get("app-fix", card)).to_be_enabled()


def test_what_an_app_says_is_text_and_never_markup(app: MakeApp, lab: Lab) -> None:
    app("<p>Text</p><script>console.error('<img src=x id=forged>')</script>", title="<i id=forged>x</i>")
    expect(lab.get("app-failures", lab.get("app-panel"))).to_contain_text("<img src=x id=forged>")
    assert lab.page.locator("#forged").count() == 0


@pytest.mark.own_page
def test_a_page_that_never_answers_is_told_as_a_hang(app: MakeApp, lab: Lab) -> None:
    app("<p>Text</p><script>setTimeout(() => { for (;;); }, 1500)</script>")
    expect(lab.get("app-failures", lab.get("app-panel"))).to_contain_text("does not react")
    # JupyterLab itself goes on.
    lab.get("app-tab-console").click()
    expect(lab.get("app-console-line").first).to_be_visible()


def test_a_page_that_hung_comes_back_when_its_file_is_mended(app: MakeApp, lab: Lab) -> None:
    folder = app("<h1>Hangs</h1><script>setTimeout(() => { for (;;); }, 500)</script>")
    expect(lab.get("app-failures", lab.get("app-panel"))).to_contain_text("does not react")
    (lab.server.root / folder / "index.html").write_text("<!doctype html><h1>Mended</h1>")
    expect(inside(lab).locator("h1")).to_have_text("Mended")


def test_a_page_that_loads_itself_without_end_is_stopped(app: MakeApp, lab: Lab) -> None:
    app("<p>Text</p><script>location.reload()</script>")
    expect(lab.get("app-cover")).to_contain_text("The page was stopped")
    expect(lab.get("app-frame")).to_have_count(0)


def test_a_flood_of_errors_leaves_jupyterlab_quick(app: MakeApp, lab: Lab) -> None:
    flood = "let n = 0; setInterval(() => { for (let i = 0; i < 20; i++) console.error(n++) }, 20)"
    app(f"<p>Text</p><script>{flood}</script>")
    expect(lab.get("app-failures", lab.get("app-panel"))).to_be_visible()
    lab.get("app-tab-console").click()
    stall = lab.page.evaluate(
        """() => new Promise(resolve => {
             let last = performance.now(), longest = 0, end = last + 2000;
             const beat = () => {
               const now = performance.now();
               longest = Math.max(longest, now - last);
               last = now;
               now < end ? setTimeout(beat) : resolve(longest);
             };
             beat();
           })"""
    )
    assert stall < 500
    assert lab.get("app-console-line").count() <= 600


# --------------------------------------------------------------------------------------------------------- its frame


def test_a_changed_page_takes_the_place_of_the_old_one_without_an_empty_moment(app: MakeApp, lab: Lab) -> None:
    folder = app("<h1>Before</h1>")
    expect(inside(lab).locator("h1")).to_have_text("Before")
    lab.page.evaluate(
        """() => {
             const stage = document.querySelector('[data-townie="app-stage"]');
             window.fewest = 99;
             new MutationObserver(() => { window.fewest = Math.min(window.fewest, stage.childElementCount) })
               .observe(stage, { childList: true });
           }"""
    )
    file = lab.server.root / folder / "index.html"
    file.write_text(file.read_text().replace("Before", "After"))
    expect(inside(lab).locator("h1")).to_have_text("After")
    assert lab.page.evaluate("window.fewest") == 1


def test_what_was_typed_goes_along_into_the_changed_page(app: MakeApp, lab: Lab) -> None:
    folder = app('<h1>Before</h1><input id="field"><input type="checkbox" id="box"><div style="height: 3000px"></div>')
    inside(lab).locator("#field").fill("typed")
    inside(lab).locator("#box").check()
    inside(lab).locator("body").evaluate("window.scrollTo(0, 200)")
    file = lab.server.root / folder / "index.html"
    file.write_text(file.read_text().replace("Before", "After"))
    expect(inside(lab).locator("h1")).to_have_text("After")
    expect(inside(lab).locator("#field")).to_have_value("typed")
    expect(inside(lab).locator("#box")).to_be_checked()
    assert inside(lab).locator("body").evaluate("window.scrollY") == 200


def test_a_page_lives_on_while_its_panel_is_hidden(app: MakeApp, lab: Lab) -> None:
    app('<input id="field">')
    inside(lab).locator("#field").fill("typed")
    lab.get("app-tab-code").click()
    lab.page.locator(".lm-TabBar-tab", has_text="Launcher").click()
    expect(lab.get("app-panel")).to_be_hidden()
    lab.command("townie:open-app", {"path": "apps/hello"})
    lab.get("app-tab-preview").click()
    assert inside(lab).locator("#field").input_value() == "typed"


def test_a_page_cannot_speak_for_its_wrapper(app: MakeApp, lab: Lab) -> None:
    app(
        """<p id="said">no</p><script>
        const { port2 } = new MessageChannel();
        top.postMessage({ townie: 1, event: 'refused', message: 'forged' }, '*');
        top.postMessage({ townie: 1, event: 'document', document: 'forged' }, '*', [port2]);
        said.textContent = 'sent'</script>"""
    )
    expect(inside(lab).locator("#said")).to_have_text("sent")
    lab.page.wait_for_timeout(300)
    expect(lab.get("app-cover")).to_be_hidden()


def test_a_link_to_another_site_is_opened_by_the_person_only(app: MakeApp, lab: Lab) -> None:
    app('<a href="https://example.org/x" target="_blank">out</a>')
    inside(lab).locator("a").click()
    link = lab.get("app-open-link")
    expect(link).to_have_attribute("href", "https://example.org/x")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert len(lab.page.context.pages) == 1


def test_an_app_whose_folder_goes_away_says_so(app: MakeApp, lab: Lab) -> None:
    folder = app("<h1>Hello</h1>")
    inside(lab).locator("h1").wait_for()
    shutil.rmtree(lab.server.root / folder)
    lab.get("app-reload").click()
    expect(lab.get("app-cover")).to_contain_text(re.compile("not there any more|no such app", re.IGNORECASE))


# -------------------------------------------------------------------------------------------------------- the backend


def test_requests_and_rows_of_an_app_can_be_looked_at(guest_book: dict[str, Any], lab: Lab) -> None:
    lab.get("app-cover-allow").click()
    note(lab, "Ada was here")
    expect(inside(lab).locator("li")).to_contain_text("Ada was here")
    lab.get("app-tab-network").click()
    expect(lab.get("app-exchange").filter(has_text="POST")).to_contain_text("201")
    lab.get("app-tab-data").click()
    expect(lab.get("app-data")).to_contain_text("Ada was here")


def test_a_backend_runs_when_it_was_allowed_and_shows_nothing_while_it_is_stopped(
    guest_book: dict[str, Any], lab: Lab
) -> None:
    expect(lab.get("app-cover")).to_contain_text("It runs confined")
    assert lab.server.call("GET", f"townie/api/apps/{guest_book['id']}")["phase"] == "stopped"
    lab.get("app-cover-allow").click()
    expect(inside(lab).locator("h1")).to_have_text("Guest book")
    expect(lab.get("app-state")).to_have_text("Running")
    lab.get("app-stop-backend").click()
    expect(lab.get("app-cover")).to_contain_text("The app is stopped")
    expect(lab.get("app-frame")).to_have_count(0)
    lab.get("app-cover-start").click()
    expect(inside(lab).locator("h1")).to_have_text("Guest book")


def test_a_backend_that_breaks_keeps_its_last_page_and_names_the_line(guest_book: dict[str, Any], lab: Lab) -> None:
    lab.get("app-cover-allow").click()
    inside(lab).locator("h1").wait_for()
    file = lab.server.root / guest_book["path"] / "app.py"
    file.write_text(file.read_text() + "\nraise ValueError('planted')\n")
    panel = lab.get("app-failures", lab.get("app-panel"))
    expect(panel).to_contain_text("ValueError: planted")
    expect(inside(lab).locator("h1")).to_be_visible()
    panel.locator("summary").click()
    expect(lab.get("app-failure-place", panel)).to_have_text(f"app.py:{len(file.read_text().splitlines())}")


def test_an_app_comes_back_with_its_data_when_the_server_was_killed(guest_book: dict[str, Any], lab: Lab) -> None:
    lab.get("app-cover-allow").click()
    note(lab, "Ada was here")
    expect(inside(lab).locator("li")).to_contain_text("Ada was here")
    # It retries until somebody answers: by then its address leads nowhere, which is no error of the app.
    inside(lab).locator("h1").evaluate("setInterval(() => fetch('api/none').catch(() => 0), 300)")
    lab.get("app-failures", lab.get("app-panel")).wait_for()
    lab.server.stop(kill=True)
    expect(lab.get("app-state")).to_have_text("Connecting…")
    # A machine that is busy: the old page waits, for nothing would come of it, and what was typed stays.
    inside(lab).locator("input").first.fill("Bob, too")
    file = lab.server.root / guest_book["path"] / "app.py"
    file.write_text(f"import time\ntime.sleep(1.5)\n{file.read_text()}")
    lab.server.start()
    expect(lab.get("app-state")).to_have_text("Starting…", timeout=30_000)
    lab.dismiss_dialogs()
    lab.page.locator(".jp-TownieApp-stage.jp-mod-waiting").wait_for()
    lab.page.locator(".jp-TownieApp-stage:not(.jp-mod-waiting)").wait_for()
    expect(inside(lab).locator("input").first).to_have_value("Bob, too")
    inside(lab).locator("button").first.click()
    expect(inside(lab).locator("li")).to_have_text(["Bob, too", "Ada was here"])
    expect(lab.get("app-failures", lab.get("app-panel"))).to_be_hidden()


@pytest.mark.own_page
def test_page_goes_on_with_all_that_is_in_it_when_only_the_connection_was_lost(app: MakeApp, lab: Lab) -> None:
    lab.page.add_init_script(
        "window.sockets = []; window.WebSocket = class extends WebSocket"
        " { constructor(...all) { super(...all); window.sockets.push(this); } }"
    )
    app("<h1>Hello</h1>")
    inside(lab).locator("h1").evaluate("one => { one.textContent = 'Level 7'; }")
    lost = "one => /townie.api.apps.*channel/.test(one.url) && one.readyState === 1"
    minted = "townie/api/apps/[^/]+/preview"
    with lab.page.expect_response(re.compile(minted)):
        lab.page.evaluate(f"window.sockets.filter({lost}).forEach(one => one.close())")
    lab.page.wait_for_function(f"window.sockets.some({lost})")
    lab.page.wait_for_timeout(800)
    expect(inside(lab).locator("h1")).to_have_text("Level 7")
    expect(lab.page.locator(".jp-mod-waiting")).to_have_count(0)


# ----------------------------------------------------------------------------------------------------- ways to an app


def test_a_file_of_the_app_opens_in_the_editor(app: MakeApp, lab: Lab) -> None:
    app("<h1>Hello</h1>")
    lab.get("app-tab-code").click()
    lab.get("app-file-item").filter(has_text="index.html").dblclick()
    expect(lab.page.locator(".jp-FileEditor .cm-content")).to_contain_text("Hello")


def test_an_app_can_be_downloaded(app: MakeApp, lab: Lab) -> None:
    app("<h1>Hello</h1>")
    lab.get("app-tab-code").click()
    with lab.page.expect_download() as waiting:
        lab.get("app-export").click()
    names = zipfile.ZipFile(waiting.value.path()).namelist()
    assert waiting.value.suggested_filename == "hello.zip"
    assert any(name.endswith("index.html") for name in names)


def test_the_file_browser_opens_the_preview_of_an_app(app: MakeApp, lab: Lab) -> None:
    app("<h1>Hello</h1>")
    lab.page.locator(".lm-TabBar-tab", has_text="Hello").locator(".lm-TabBar-tabCloseIcon").click()
    lab.command("filebrowser:open-path", {"path": "apps/hello"})
    lab.page.locator(".jp-DirListing-item", has_text="townie.toml").click(button="right")
    lab.page.locator(".lm-Menu-item", has_text="Open App Preview").click()
    expect(inside(lab).locator("h1")).to_have_text("Hello")


def test_the_launcher_leads_to_a_new_app(lab: Lab) -> None:
    lab.launch()
    lab.page.locator(".jp-LauncherCard", has_text="Townie apps").click()
    expect(lab.get("apps")).to_contain_text("No apps yet")
    lab.get("app-kind").select_option("web")
    lab.get("app-wish").fill("Shopping list")
    lab.get("app-create").click()
    expect(inside(lab).locator("h1")).to_have_text("Shopping list")
    expect(lab.get("app-item")).to_contain_text("Shopping list")


@pytest.mark.own_page
def test_the_panel_is_there_again_after_a_reload(app: MakeApp, lab: Lab) -> None:
    app("<h1>Hello</h1>")
    inside(lab).locator("h1").wait_for()
    lab.page.wait_for_timeout(1500)
    lab.page.goto(f"{lab.server.url}lab")
    expect(inside(lab).locator("h1")).to_have_text("Hello", timeout=30_000)


def test_the_panel_can_be_used_with_keys_at_300_pixels(app: MakeApp, lab: Lab) -> None:
    app("<h1>Hello</h1>")
    inside(lab).locator("h1").wait_for()
    lab.page.set_viewport_size({"width": 640, "height": 800})
    panel = lab.get("app-panel")
    lab.wait_for(lambda: 200 < panel.bounding_box()["width"] < 360, what="the panel is not narrow")  # type: ignore[index]
    lab.get("app-tab-preview").focus()
    for name in ("code", "console", "network", "data", "versions"):
        lab.page.keyboard.press("ArrowRight")
        expect(lab.get(f"app-tab-{name}")).to_be_focused()
        expect(lab.get(f"app-tab-{name}")).to_be_in_viewport(ratio=0.9)
    heads = lab.get("app-panel").get_by_role("tab")
    assert len({heads.nth(index).bounding_box()["y"] for index in range(6)}) == 1  # type: ignore[index]
    for name in ("app-reload", "app-device", "app-open-tab"):
        expect(lab.get(name)).to_be_in_viewport(ratio=0.9)


# ------------------------------------------------------------------------------------------------------------- secrets

WEATHER = """
import townie
KEY = townie.secrets["WEATHER_KEY"]

async def app(scope, receive, send):
    if scope["type"] == "http":
        body = b"<!doctype html><h1>%d characters</h1>" % len(KEY)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": body})
"""


def test_an_app_that_needs_a_secret_asks_for_it_and_goes_on(lab: Lab) -> None:
    folder = lab.server.root / "apps" / f"weather-{uuid.uuid4().hex[:6]}"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text('title = "Weather"\nkind = "fullstack"\nsecrets.WEATHER_KEY = "the forecast"\n')
    (folder / "app.py").write_text(WEATHER)
    lab.launch()
    lab.command("townie:open-app", {"path": f"apps/{folder.name}"})
    lab.get("app-cover-allow").click()
    field = lab.get("app-cover").get_by_label("WEATHER_KEY")
    expect(field).to_have_attribute("type", "password")
    expect(lab.get("app-cover")).to_contain_text("the forecast")
    field.fill("not-for-anybody")
    field.press("Enter")
    expect(inside(lab).locator("h1")).to_have_text("15 characters")
    expect(lab.get("app-failures").first).to_be_hidden()
    lab.page.get_by_role("tab", name="Data").click()
    lab.get("app-secret-delete").click()
    expect(lab.get("app-secret")).to_contain_text("missing")
    assert "not-for-anybody" not in lab.page.content()
    assert "not-for-anybody" not in (lab.server.home / "server.log").read_text()
