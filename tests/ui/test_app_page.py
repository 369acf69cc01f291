"""What the page of an app finds in its opaque origin, in a real browser, and what it tells of itself."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Dialog, Frame, Page, expect

from .conftest import Server

pytestmark = pytest.mark.own_page

Shown = Callable[..., tuple[Frame, list[dict[str, Any]]]]


@pytest.fixture
def shown(wired_server: Server, tab: Page) -> Iterator[Shown]:
    """Show a page of an app, within a page that stands for JupyterLab's; its frame, and what came through the port."""
    folder = wired_server.root / "apps" / "page"

    def show(body: str, wait: str = "ready", **files: str) -> tuple[Frame, list[dict[str, Any]]]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "townie.toml").write_text('name = "page"\ntitle = "Page"\nkind = "web"\n')
        (folder / "index.html").write_text("<!doctype html><title>Mine</title><body>" + body)
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)
        (app,) = (one["id"] for one in wired_server.call("GET", "townie/api/apps") if one["path"] == "apps/page")
        page = tab
        page.goto(f"{wired_server.url}api/status?token=t")
        # Any page of the server's own origin whose policy allows frames.
        page.goto(f"{wired_server.url}static/style/index.css")
        page.evaluate(
            """view => {
                window.told = [];
                addEventListener('message', ({ data, ports, origin }) => {
                    if (origin !== location.origin || data.townie !== 1) return;
                    told.push(data);
                    if (ports[0]) { window.port = ports[0]; ports[0].onmessage = ({ data }) => told.push(data); }
                });
                document.body.innerHTML = `<iframe src="${view}" style="width:600px;height:400px"></iframe>`;
            }""",
            f"{wired_server.url}townie/view/{app}",
        )
        page.wait_for_function("kind => told.some(one => one.kind === kind || one.event === kind)", arg=wait)
        frames = [one for one in page.frames if f"/townie/apps/{app}/" in one.url]
        return (frames or page.frames)[0], page.evaluate("told")

    yield show
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def of(told: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [one for one in told if one.get("kind") == kind]


def test_page_says_that_it_is_there(shown: Shown) -> None:
    _, told = shown("<p>Hi")
    assert told[0]["event"] == "document"
    (ready,) = of(told, "ready")
    assert (ready["title"], ready["blank"], ready["document"]) == ("Mine", False, told[0]["document"])


def test_what_a_page_keeps_is_there_the_next_time(shown: Shown, tab: Page) -> None:
    frame, _ = shown("<p>Hi")
    frame.evaluate(
        "localStorage.name = 'Ann'; localStorage.setItem('n', 1); sessionStorage.x = 1; document.cookie = 'a=b'"
    )
    assert frame.evaluate("[localStorage.length, sessionStorage.x, document.cookie]") == [2, "1", "a=b"]
    frame.evaluate("townie.kv.set('key', [1])")
    tab.wait_for_timeout(400)
    again, _ = shown("<p>Hi")
    assert again.evaluate("({ ...localStorage })") == {"name": "Ann", "n": "1"}
    assert again.evaluate("[sessionStorage.x, document.cookie]") == ["1", "a=b"]
    assert again.evaluate("townie.kv.get('key')") == [1]
    assert again.evaluate("townie.kv.get('other', 7)") == 7


def test_page_has_a_database_of_its_own(shown: Shown) -> None:
    frame, _ = shown("<p>Hi")
    frame.evaluate("townie.sql('CREATE TABLE IF NOT EXISTS t (x); DELETE FROM t')")
    added = frame.evaluate("townie.sql('INSERT INTO t VALUES (?), (?)', [1, 'two']).then(rows => rows.changes)")
    assert added == 2
    assert frame.evaluate("townie.sql`SELECT x FROM t WHERE x = ${'two'}`") == [{"x": "two"}]
    said = frame.evaluate("townie.sql('SELEC 1').catch(error => error.message)")
    assert "syntax error" in said


def test_vendored_libraries_work_without_a_network(shown: Shown) -> None:
    body = """<div id=a></div><div id=b></div><canvas id=c></canvas>
    <script src="https://cdn.jsdelivr.net/npm/chart.js"></script>
    <script type=module>
      import { html, render } from 'htm/preact';
      import { useState } from 'preact/hooks';
      import { createRoot } from 'react-dom/client';
      import { createElement, useMemo } from 'react';
      import Auto from 'chart.js/auto';
      const App = () => { const [n] = useState(3); return html`<b>${n}</b>`; };
      render(html`<${App}/>`, document.getElementById('a'));
      const Other = () => createElement('i', null, useMemo(() => 'four', []));
      createRoot(document.getElementById('b')).render(createElement(Other));
      new Chart(document.getElementById('c'), { type: 'bar', data: { labels: ['x'], datasets: [{ data: [1] }] } });
      window.same = Auto === Chart;
    </script>"""
    frame, told = shown(body)
    frame.wait_for_function("document.getElementById('b').textContent === 'four'")
    assert frame.evaluate("document.getElementById('a').textContent") == "3"
    assert frame.evaluate("same") is True
    assert [one for one in told if one.get("kind") in ("error", "resource", "csp", "rejection")] == []


def test_failures_are_told_once_with_their_place_in_the_apps_files(shown: Shown, tab: Page) -> None:
    _, _ = shown(
        """<img src="missing.png"><script src="app.js"></script><script>
        setTimeout(() => { for (let i = 0; i < 50; i++) console.error('again', { a: 1 }); }, 10);
        Promise.reject(new TypeError('rejected'));
        fetch('/nowhere').catch(() => {});
        fetch('https://other.example/x').catch(() => {});
        setTimeout(() => { null.property }, 10);
        </script>""",
        app_js="function broken() {\n  throw new RangeError('in a file');\n}\nbroken();\n",
    )
    tab.wait_for_function("told.filter(one => one.kind === 'network').length >= 2")
    tab.wait_for_timeout(300)
    told = tab.evaluate("told")
    errors = {one["name"]: one for one in of(told, "error")}
    assert set(errors) == {"RangeError", "TypeError"}
    assert (errors["RangeError"]["url"], errors["RangeError"]["line"]) == ("app.js", 2)
    assert "app.js:2" in errors["RangeError"]["stack"]
    assert "/townie/apps/" not in str(errors)
    assert [one["message"] for one in of(told, "rejection")] == ["rejected"]
    assert [one["message"] for one in of(told, "console")] == ["again {a: 1}"]
    assert "missing.png" in of(told, "resource")[0]["message"]
    assert any("was answered with 404" in one["message"] for one in of(told, "network"))
    assert any("other.example" in one["message"] for one in of(told, "csp"))


def test_flood_of_messages_is_bounded(shown: Shown, tab: Page) -> None:
    shown("<p>Hi<script>for (let i = 0; i < 20000; i++) console.log('x'.repeat(10000), i)</script>")
    assert len(tab.evaluate("told")) < 300
    assert len(str(tab.evaluate("told"))) < 200_000


def test_of_ten_thousand_dialogs_ten_are_shown(shown: Shown, tab: Page) -> None:
    seen: list[str] = []

    def closed(dialog: Dialog) -> None:
        seen.append(dialog.message)
        dialog.dismiss()

    tab.on("dialog", closed)
    shown("<p>Hi<script>for (let i = 0; i < 10000; i++) alert(i)</script>")
    assert len(seen) == 10
    (told,) = [one for one in of(tab.evaluate("told"), "error") if one["name"] == "TooManyDialogs"]
    assert "10 dialogs" in told["message"]


@pytest.mark.parametrize(
    ("end", "where"),
    [
        ("<script>let a = [1, 2", "<script>"),
        ("<script>document.body.append('half');", "<script>"),
        ("<script>document.body.append('half');</script", "<script>"),
        ('<p class="a', "a tag"),
        ("<p class='a", "a tag"),
        ("<!-- a", "a comment"),
    ],
)
def test_page_that_is_cut_in_the_middle_shows_what_there_is_and_tells_it(shown: Shown, end: str, where: str) -> None:
    frame, told = shown(f"<h1>Cut</h1>{end}")
    assert frame.inner_text("body").strip() == "Cut"
    assert of(told, "ready")[0]["blank"] is False
    assert f"The page ends in the middle of {where}" in of(told, "error")[-1]["message"]


def test_page_that_leaves_the_app_is_stopped_and_told(shown: Shown, tab: Page) -> None:
    shown("<script>location.href = '/lab'</script>", wait="left")
    wrapper = tab.frame_locator("iframe")
    expect(wrapper.get_by_text("The app wanted to leave for")).to_be_visible()
    expect(wrapper.locator("iframe")).to_have_count(0)


def test_errors_that_differ_in_a_number_are_told_once(shown: Shown, tab: Page) -> None:
    shown("<p>Hi<script>for (let n = 0; n < 50; n++) console.error('no row ' + n)</script>")
    tab.wait_for_timeout(200)
    assert len(of(tab.evaluate("told"), "console")) == 1


def test_page_whose_content_is_in_a_shadow_is_not_empty(shown: Shown) -> None:
    script = "document.querySelector('p').attachShadow({ mode: 'open' }).innerHTML = '<style>a {}</style><b>Hi</b>'"
    _, told = shown(f"<p></p><script>{script}</script>")
    assert of(told, "ready")[0]["blank"] is False


def test_what_the_policy_has_refused_is_told_once(shown: Shown, tab: Page) -> None:
    shown('<p>Hi<script src="https://nobody.example/a.js"></script>')
    tab.wait_for_timeout(200)
    told = tab.evaluate("told")
    assert (len(of(told, "csp")), len(of(told, "resource"))) == (1, 0)


def test_page_that_reloads_itself_without_end_is_stopped(shown: Shown, tab: Page) -> None:
    shown("<script>location.reload()</script>", wait="loop")
    wrapper = tab.frame_locator("iframe")
    expect(wrapper.get_by_text("loads itself again and again")).to_be_visible()
    expect(wrapper.locator("iframe")).to_have_count(0)


def test_empty_page_is_told(shown: Shown) -> None:
    _, told = shown("<div id=root></div>", wait="blank")
    assert of(told, "ready")[0]["blank"] is True


def test_links_to_other_places_are_left_to_the_person(shown: Shown, tab: Page) -> None:
    frame, _ = shown(
        '<a id=a href="https://other.example/x" target=_blank>x</a><a id=b href="/two.html">y</a>', two_html="<p>two"
    )
    frame.click("#a")
    tab.wait_for_function("told.some(one => one.kind === 'open')")
    assert of(tab.evaluate("told"), "open")[0]["url"] == "https://other.example/x"
    frame.click("#b")
    frame.wait_for_url("**/two.html")


def test_worker_and_canvas_work_on_own_files(shown: Shown) -> None:
    frame, _ = shown(
        '<img id=i src="a.svg"><canvas id=c></canvas>',
        worker_js="postMessage(6 * 7)",
        a_svg='<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"><rect width="2" height="2"/></svg>',
    )
    answer = "new Promise(done => { new Worker('worker.js').onmessage = ({ data }) => done(data); })"
    assert frame.evaluate(answer) == 42
    drawn = (
        "(c => { const x = c.getContext('2d'); x.drawImage(i, 0, 0); return x.getImageData(0, 0, 1, 1).data[3]; })(c)"
    )
    assert frame.evaluate(drawn) == 255


def looked(page: Page, picture: bool = True) -> dict[str, Any]:
    """What the page says of how it looks."""
    page.evaluate("picture => port.postMessage({ v: 1, kind: 'look', id: '1', picture })", picture)
    page.wait_for_function("told.some(one => one.kind === 'look')")
    (look,) = of(page.evaluate("told"), "look")
    return look


def test_page_is_told_as_roles_names_and_states(shown: Shown, tab: Page) -> None:
    shown(
        "<h1>Guest <b>book</b></h1><label>Name <input value=Ann></label><input type=password value=hidden>"
        "<label><input type=checkbox checked> Agree</label><button disabled>Go</button><p hidden>unseen</p>"
        "<div><p>One</p>two</div><table><tr><th>A<th>B<tr><td>1<td>2</table>"
        "<select><option>x<option selected>y</select>"
    )
    look = looked(tab, picture=False)
    assert look["image"] == ""
    lines = [line.strip() for line in look["tree"].splitlines()]
    assert lines[0].startswith('- document "Mine" [600x')
    for line in (
        '- heading "Guest book" [level=1]',
        '- textbox "Name": Ann',
        '- checkbox "Agree" [checked]',
        '- button "Go" [disabled]',
        "- text: One",
        "- text: two",
        '- columnheader "A"',
        '- cell "2"',
        "- combobox: y",
    ):
        assert line in lines, look["tree"]
    assert "hidden" not in look["tree"]
    assert "unseen" not in look["tree"]


def test_page_draws_what_is_in_sight(shown: Shown, tab: Page) -> None:
    frame, _ = shown(
        "<style>body{margin:0;background:#fff}div{height:100px}</style><div></div><div style='background:#f00'></div>"
        "<canvas id=c width=200 height=100 style='display:block'></canvas><img src=a.svg style='display:block'>"
        "<div style='height:2000px'></div>"
        "<script>const x = c.getContext('2d'); x.fillStyle = '#0f0'; x.fillRect(0, 0, 200, 100); scrollTo(0, 100)"
        "</script>",
        a_svg='<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100">'
        '<rect width="100" height="100" fill="blue"/></svg>',
    )
    frame.wait_for_function("scrollY === 100")
    look = looked(tab)
    assert look["problem"] == ""
    assert "scrolled to 100 px" in look["tree"]
    image = Image.open(io.BytesIO(base64.b64decode(look["image"].removeprefix("data:image/png;base64,"))))
    assert abs(image.width - 600) < 20
    colours = [image.convert("RGB").getpixel((50, y)) for y in (50, 150, 250, 350)]
    assert colours == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    # Drawing itself is nothing that the app did.
    told = tab.evaluate("told")
    assert [one for one in told if one.get("kind") in ("error", "resource", "csp", "network", "log")] == []


def test_error_says_what_the_person_had_done_before_it_and_not_what_they_typed(shown: Shown, tab: Page) -> None:
    frame, told = shown(
        "<input id=i aria-label=Name><button id=b onclick='null.x'>Save it</button><script>null.y</script>"
    )
    (first,) = of(told, "error")
    assert first["after"] == ""
    frame.fill("#i", "Ann Example")
    frame.click("#b")
    tab.wait_for_function("told.filter(one => one.kind === 'error').length === 2")
    error = of(tab.evaluate("told"), "error")[1]
    assert error["after"] == 'click on button "Save it"'
    assert "Ann" not in str(error)
    frame.evaluate("i.outerHTML = '<div id=d role=textbox contenteditable onclick=\"null.z\">Ann Example</div>'")
    frame.click("#d")
    tab.wait_for_function("told.filter(one => one.kind === 'error').length === 3")
    assert of(tab.evaluate("told"), "error")[2]["after"] == 'click on textbox "d"'


def test_page_tells_ahead_which_script_it_runs_and_what_leads_it_away(shown: Shown, tab: Page) -> None:
    body = (
        "\n<script>one = 1</script><script src=app.js></script>\n<script type=module>\n1</script>"
        "<script>setTimeout(function leave() {\n location.href = 'https://other.example/x' }, 300)</script>"
    )
    shown(body, "left", app_js="let two = 2")
    told = of(tab.evaluate("told"), "at")
    begun = [(one["url"], one["line"]) for one in told if not one["stack"]]
    assert begun == [("/", 2), ("app.js", None), ("/", 4), ("/", 3)]
    assert "at leave (:5:" in told[-1]["stack"]


def test_observed_size_that_changes_once_more_is_no_failure(shown: Shown, tab: Page) -> None:
    body = (
        "<p id=p>Hi<script>addEventListener('error', () => window.loops = true); let n = 1;"
        "new ResizeObserver(() => { if (n < 9) p.style.width = 20 * ++n + 'px' }).observe(p)</script>"
    )
    frame, _ = shown(body)
    frame.wait_for_function("window.loops")
    tab.wait_for_timeout(200)
    assert of(tab.evaluate("told"), "error") == []


def test_page_whose_address_has_ended_says_so_to_the_panel(shown: Shown, tab: Page) -> None:
    shown("<p>Hi")
    wrapper = next(frame for frame in tab.frames if "/townie/view/" in frame.url)
    tab.route(re.compile("_townie/self-test"), lambda route: route.fulfill(status=404))
    wrapper.evaluate("document.body.dataset.test.includes('_townie/self-test') || null.property")
    # An hour later its person comes back.
    wrapper.evaluate("{ const now = Date.now; Date.now = () => now() + 3600000 } dispatchEvent(new Event('focus'))")
    tab.wait_for_function("told.some(one => one.event === 'expired')")
