"""Errors that come to no output: a kernel that dies, a widget's callback, a thread."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.wire import Reply, WireServer

from .lab import Lab

Notebook = Callable[..., list[str]]


def test_cell_that_killed_its_kernel_is_offered_a_fix(lab: Lab, wire: WireServer, notebook: Notebook) -> None:
    _, cell = notebook("a = 1", "print('last words', flush=True)\nimport os\nos._exit(7)")
    wire.script = [Reply.text(f"It ends itself.\n\n```python cell={cell}\nprint('stays')\n```\n")]
    lab.open()
    lab.select(1)
    lab.page.keyboard.press("Control+Enter")
    view = lab.cell(1)
    expect(lab.get("failure-words", view)).to_contain_text("exit code 7", timeout=30_000)
    lab.dismiss_dialogs()
    lab.get("fix", view).click()
    expect(lab.get("review", view)).to_be_visible()
    expect(lab.get("repair-proof", view)).to_contain_text("Could not be tried: the kernel has died")
    asked = wire.requests[0].last_user_text
    assert "exit code 7" in asked
    assert "last words" in asked


def test_callback_that_fails_later_is_brought_to_its_cell(lab: Lab, notebook: Notebook) -> None:
    notebook(
        "import ipywidgets\nbutton = ipywidgets.Button(description='Go')\nbutton",
        "def clicked(_):\n    return {}['nothing']\n\nbutton.on_click(clicked)",
    )
    lab.open()
    lab.run(0)
    lab.run(1)
    lab.cell(0).get_by_role("button", name="Go").click()
    view = lab.cell(1)
    expect(lab.get("failure-words", view)).to_contain_text("A callback of this cell failed: KeyError: 'nothing'")
    expect(lab.get("fix", view)).to_be_visible()


def test_thread_that_fails_is_offered_a_fix(lab: Lab, notebook: Notebook) -> None:
    notebook("import threading\nthread = threading.Thread(target=lambda: {}['nothing'])\nthread.start(); thread.join()")
    lab.open()
    lab.run(0)
    expect(lab.get("fix", lab.cell(0))).to_be_visible()
