"""Notebook 7, whose page has one notebook and nothing beside it: what the README promises there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.wire import Reply, WireServer

from .lab import Lab

pytestmark = pytest.mark.own_page

APP = """Here it is.

```toml file=apps/hello/townie.toml
name = "hello"
title = "Hello"
kind = "web"
```

```html file=apps/hello/index.html
<!doctype html><html><body><h1>Good morning</h1></body></html>
```
"""


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """A tab in which Townie throws nothing; Notebook itself throws an error of its settings when it opens."""
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(error.stack or str(error)))
    yield tab
    assert not [complaint for complaint in complaints if "jupyter-townie" in complaint]


def test_failed_cell_is_fixed_cells_are_written_and_an_app_opens_beside_the_notebook(
    lab: Lab, wire: WireServer, notebook: Callable[..., list[str]]
) -> None:
    _, cell = notebook("values = [20, 22]", "print(sum(vlaues))")
    lab.page.goto(f"{lab.server.url}notebooks/work.ipynb?token=t")
    lab.cells.first.wait_for()
    lab.kernel_is_idle()
    lab.run(0)
    lab.run(1)
    failed = lab.cell(1)
    lab.get("fix", failed).click()
    expect(lab.get("review", failed)).to_contain_text("values")
    lab.get("accept_and_run", failed).click()
    expect(lab.get("repair", failed)).to_contain_text("Runs now")
    expect(failed.locator(".jp-OutputArea-output").first).to_have_text("42")

    wire.script = [
        Reply.text("Their mean.\n\n```python cell=new\nprint(sum(values) / 2)\n```\n"),
        Reply.text(f"Shorter.\n\n```python cell={cell}\nprint(42)\n```\n"),
        Reply.text(APP),
    ]
    turn = lab.ask("The mean, too")
    expect(lab.cells).to_have_count(3)
    lab.get("run-all", turn).click()
    expect(lab.cell(2).locator(".jp-OutputArea-output")).to_have_text("21.0")

    lab.ask("Shorter")
    expect(lab.get("review", failed)).to_contain_text("print(42)")
    lab.get("accept", failed).first.click()
    expect(failed.locator(".cm-content").first).to_have_text("print(42)")

    lab.ask("Make me a page")
    expect(lab.get("app-panel")).to_be_visible()
    frames = lab.page.frame_locator('[data-townie="app-frame"] >> nth=-1').frame_locator("iframe")
    expect(frames.frame_locator("iframe").locator("h1")).to_have_text("Good morning")
    expect(lab.cell(1)).to_be_visible()
