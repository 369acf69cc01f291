"""How an app looks goes along with a message: the chip, what is sent, and what is shown of that."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab
from .test_apps_panel import answer, inside

PAGE = """<!doctype html>
<html><head><title>Hello</title><style>body { background: #00ff00; margin: 0 }</style></head>
<body><h1>Hello</h1><button>Go</button></body></html>"""


def pictures(wire: WireServer) -> list[Any]:
    """The pictures of the last request."""
    content = wire.requests[-1].body["messages"][-1]["content"]
    data = [part["source"]["data"] for part in content if part["type"] == "image"]
    return [Image.open(io.BytesIO(base64.b64decode(one))).convert("RGB") for one in data]


def test_screenshot_goes_with_the_message_until_its_chip_is_taken_out(
    lab: Lab, notebook: Callable[..., list[str]], wire: WireServer
) -> None:
    notebook("a = 1")
    lab.open(kernel=False)
    wire.script = [Reply.text(answer(PAGE)), Reply.text("It is green."), Reply.text("It was green.")]
    lab.ask("Make me an app that says hello")
    expect(lab.get("app-check")).to_contain_text("reported no error", timeout=25_000)
    expect(inside(lab).locator("h1")).to_have_text("Hello")
    chip = lab.page.locator('[data-townie="chip"][data-kind="screenshot"]')
    expect(chip).to_have_text("Screenshot of Hello")
    turn = lab.ask("Make it prettier")
    expect(lab.answer(turn)).to_contain_text("It is green.")
    (picture,) = pictures(wire)
    assert picture.getpixel((picture.width - 5, picture.height - 5)) == (0, 255, 0)
    assert '- button \\"Go\\"' in str(wire.requests[-1].body) or '- button "Go"' in str(wire.requests[-1].body)

    lab.get("what-was-sent", turn).click()
    seen = lab.get("receipt-image")
    seen.wait_for()
    assert seen.evaluate("image => image.naturalWidth") == picture.width
    expect(lab.get("receipt-parts")).to_contain_text("screenshot of Hello")

    lab.page.locator(".lm-TabBar-tab", has_text="Hello").first.click()
    chip.get_by_role("button").click()
    turn = lab.ask("And now?")
    expect(lab.answer(turn)).to_contain_text("It was green.")
    assert pictures(wire) == []
