"""Apps in the server's own browser: seen and used while no person has them open."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from jupyter_townie.apps import browser as browsers
from jupyter_townie.apps.driving import Step, difference
from jupyter_townie.apps.refusal import AppRefused
from tests.wire import Reply

from .conftest import Connect
from .visiting import make

__all__ = ["make"]

PAGE = """<!doctype html><title>One</title><style>body { background: #00f; margin: 0 }</style>
<h1>List</h1><label>Item <input id=item></label><button id=add>Add</button><button id=bad>Break</button>
<ul id=list></ul><p id=seen></p>
<script type=module>
  add.onclick = () => { const li = document.createElement('li'); li.textContent = item.value; list.append(li); };
  bad.onclick = () => { null.x; };
  const reached = [];
  for (const url of ['/api/status', location.origin + '/api/status', 'http://other.example/x']) {
    await fetch(url).then(answer => reached.push(answer.status), () => reached.push('-'));
  }
  seen.textContent = `elsewhere ${reached[2]}, framed ${parent !== window}`;
</script>"""


@pytest.fixture
def apps(jp_serverapp: Any, jp_fetch: Any, make: Any) -> Any:
    # Only with a client of its own does the server take connections.
    make(index_html=PAGE)
    runtime = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime
    return runtime.apps


async def test_app_is_seen_and_used_and_what_fails_meanwhile_is_kept(apps: Any) -> None:
    (info,) = apps.list()
    look = await apps.look(info.id)
    assert look.problem == ""
    assert look.image is not None
    picture = Image.open(io.BytesIO(base64.b64decode(look.image.data))).convert("RGB")
    assert picture.size == (1280, 800)
    assert picture.getpixel((900, 700)) == (0, 0, 255)
    assert '- heading "List" [level=1]' in look.tree
    assert "elsewhere -, framed true" in look.tree
    opened = await apps.browser.app(info.id)
    assert await opened.page.context.cookies() == []

    steps = [Step("type", "textbox", "Item", "Milk"), Step("click", "button", "Add")]
    used = await apps.use(info.id, steps)
    assert used.done == ('type "Milk" into textbox "Item"', 'click button "Add"')
    changed = difference(used.before, used.look.tree)
    assert "+" in changed
    assert "Milk" in changed
    # It goes on where it was, until it is loaded anew.
    used = await apps.use(info.id, [Step("click", name="Break"), Step("click", "button", "Nowhere")])
    assert used.problem == 'click button "Nowhere": there is no such element on the page'
    assert "Milk" in used.look.tree
    (failure,) = [one for one in apps.failures(info.id) if "of null" in one.failure.evalue]
    assert failure.failure.frames[0].file == "apps/one/index.html"
    used = await apps.use(info.id, [Step("click", "button", "Add")], fresh=True)
    assert "Milk" not in used.look.tree

    browser = apps.browser
    assert len(browser._open) == 1
    await browser.close()
    assert browser._browser is None


async def test_model_uses_the_app_once_the_person_has_allowed_it(apps: Any, connect: Connect, wire: Any) -> None:
    call = Reply.tool("use_app", {"steps": [{"do": "click", "role": "button", "name": "Break"}]})
    wire.script = [call, Reply.text("I would click Break."), call, Reply.text("It breaks."), call, Reply.text("Again.")]
    page = await connect()
    turn = await page.submit("try it", binding={"kind": "app", "path": "apps/one"})
    await page.ended(turn)
    (asked,) = [event for event in page.of("action_started") if event["body"]["kind"] == "use_app"]
    assert (asked["state"], asked["body"]["steps"]) == ("waiting", ['click button "Break"'])
    assert apps._browser is None
    await page.send("decide", action=asked["action"], decision="accept")
    await page.until(lambda frame: frame["frame"] == "event" and frame["event"]["type"] == "turn_resumed")
    await page.ended(turn)
    assert "TypeError" in page.of("tool_returned")[-1]["text"]
    # Once in a chat is enough.
    turn = await page.submit("once more", binding={"kind": "app", "path": "apps/one"})
    await page.ended(turn)
    assert len([event for event in page.of("action_started") if event["body"]["kind"] == "use_app"]) == 1
    assert "Done: click" in page.of("tool_returned")[-1]["text"]
    planned = await page.submit("plan", binding={"kind": "app", "path": "apps/one"}, options={"mode": "plan"})
    await page.ended(planned)
    assert "look_at_app" in str(wire.requests[-1].body["tools"])
    assert "use_app" not in str(wire.requests[-1].body["tools"])


async def test_app_that_was_not_allowed_is_not_opened(jp_serverapp: Any, make: Any) -> None:
    make("fullstack", app_py="app = None")
    apps = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime.apps
    (info,) = apps.list()
    assert "not allowed to run yet" in (await apps.look(info.id)).problem
    with pytest.raises(AppRefused, match="Nobody has allowed"):
        await apps.use(info.id, [Step("click", name="x")])


async def test_without_chromium_the_remedy_is_told(apps: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsers.chromium, "installed", lambda own="": None)
    (info,) = apps.list()
    assert "playwright install chromium" in (await apps.look(info.id)).problem
