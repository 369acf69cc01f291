"""Reviews of 10,000 changes in a real browser: the longest task of the page's main thread in each step of a review.

    python benchmarks/review.py [--changes N] [--rounds N]

A model at the wire, a real JupyterLab, a real Chromium. Figures are processor time, and each stands beside what
JupyterLab itself needs to open the same file in its editor in the same run, so that a busy machine does not mislead.
The last column is the longest work in idle time, as of the parser of CodeMirror, which stops when there is input.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import nbformat
from playwright.sync_api import ElementHandle, Locator, Playwright, sync_playwright

from scripts.ensure_browser import installed
from tests.ui.conftest import FLAGS, Server
from tests.ui.lab import Lab
from tests.ui.main_thread import Tasks
from tests.wire import Reply, WireServer

PATH = "large.py"
BASE = "JupyterLab opens the file in its editor"
TARGET = 50


def texts(changes: int) -> tuple[str, str]:
    """A file with two lines for each change, and the same with every other line changed."""
    before = [f"value_{n} = compute({n}, option={n % 7})\n" for n in range(2 * changes)]
    after = [line.replace("compute", "calculate") if n % 2 else line for n, line in enumerate(before)]
    return "".join(before), "".join(after)


def propose(lab: Lab, wire: WireServer, target: str, text: str) -> Locator:
    wire.script = [Reply.text(f"```python {target}\n{text}```\n", chunk=4000)]
    turn = lab.ask("clearer names")
    lab.get("accept", turn).first.wait_for(timeout=60_000)
    lab.page.wait_for_timeout(1500)
    return turn


# A locator looks at each of the page's 100,000 elements, in a task of the page: within a step none is used.


def there(lab: Lab, selector: str, is_there: bool = True) -> None:
    lab.page.wait_for_function(
        "([selector, expected]) => (document.querySelector(selector) !== null) === expected",
        arg=[selector, is_there],
        timeout=60_000,
    )


def button(lab: Lab, name: str, review: Locator) -> ElementHandle:
    found = lab.get(name, review).first.element_handle()
    assert found is not None
    return found


def shown(lab: Lab, changes: int) -> None:
    """Wait for a review of so many changes."""
    lab.page.wait_for_function(
        """text => [...document.getElementsByClassName('jp-TownieReview-position')]
          .some(node => node.textContent.includes(text) && node.offsetParent)""",
        arg=f"of {changes}",
        timeout=60_000,
    )


def within(tasks: Tasks, lab: Lab, review: Locator, layout: str, changes: int) -> int:
    """What is done in a review that is shown; how many changes are left."""
    page = lab.page
    content = review.locator(".cm-content").last
    content.focus()
    with tasks.step(f"{layout}: next change"):
        page.keyboard.press("Alt+ArrowDown")
    with tasks.step(f"{layout}: a letter typed in the proposal"):
        page.keyboard.type("x")
    with tasks.step(f"{layout}: one change accepted"):
        page.keyboard.press("Alt+Enter")
        shown(lab, changes - 1)
    with tasks.step(f"{layout}: one change rejected"):
        page.keyboard.press("Alt+Backspace")
        shown(lab, changes - 2)
    with tasks.step(f"{layout}: scrolled to the middle"):
        page.evaluate(
            """() => { const all = [...document.querySelectorAll('.jp-TownieReview:not(.lm-mod-hidden) *')]
              .filter(node => node.scrollHeight > node.clientHeight + 5000);
              const one = all[0]; if (one) one.scrollTop = one.scrollHeight / 2; }"""
        )
    return changes - 2


def measure_file(tasks: Tasks, lab: Lab, wire: WireServer, changes: int) -> None:
    before, after = texts(changes)
    path = Path(lab.server.root) / PATH
    path.write_text(before)
    review = lab.get("file-review")
    with tasks.step(BASE):
        lab.command("docmanager:open", {"path": PATH, "factory": "Editor"})
        there(lab, ".jp-FileEditor .cm-line")
    lab.command("application:close")
    turn = propose(lab, wire, f"file={PATH}", after)
    with tasks.step("in a tab: opened"):
        lab.command("townie:review-file")
        shown(lab, changes)
    left = within(tasks, lab, review, "in a tab", changes)
    layout = button(lab, "diff-layout", review)
    with tasks.step("side by side: switched to"):
        layout.click()
        there(lab, ".cm-mergeView:not(.jp-mod-townieUnfinished)")
        shown(lab, left)
    left = within(tasks, lab, review, "side by side", left)
    with tasks.step("in a tab: switched back"):
        layout.click()
        there(lab, ".cm-mergeView", False)
        shown(lab, left)
    lab.command("application:close")
    lab.command("docmanager:open", {"path": PATH, "factory": "Editor"})
    lab.page.locator(".jp-FileEditor .cm-line").first.wait_for()
    in_chat = lab.get("review-file").first.element_handle()
    assert in_chat is not None
    with tasks.step("in the place of the text: opened"):
        in_chat.click()
        shown(lab, left)
    lab.get("toggle-source", review).click()
    lab.page.locator(".jp-FileEditor .cm-line").first.click()
    with tasks.step("in the place of the text: a letter typed in the text"):
        lab.page.keyboard.type("x")
    lab.command("docmanager:save")
    accept = button(lab, "accept", review)
    with tasks.step("accept all"):
        accept.click()
        there(lab, ".jp-TownieReview", False)
    lab.page.wait_for_timeout(1000)
    lab.command("application:close")
    assert turn.count() == 1


def measure_cell(tasks: Tasks, lab: Lab, wire: WireServer, cell: str, changes: int) -> None:
    review = lab.get("review", lab.cell(0))
    _, after = texts(changes)
    wire.script = [Reply.text(f"```python cell={cell}\n{after}```\n", chunk=4000)]
    lab.chat()
    lab.input.fill("clearer names")
    with tasks.step("in a cell: asked for, and shown"):
        lab.page.keyboard.press("Enter")
        shown(lab, changes)
        there(lab, ".jp-TownieReview:not(.jp-mod-writing)")
    left = within(tasks, lab, review, "in a cell", changes)
    with tasks.step("in a cell: side by side"):
        lab.command("townie:toggle-diff-layout")
        there(lab, ".cm-mergeView:not(.jp-mod-townieUnfinished)")
        shown(lab, left)
    accept = button(lab, "accept", review)
    with tasks.step("in a cell: accepted"):
        accept.click()
        there(lab, ".jp-TownieReview", False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--changes", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["file", "cell"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, WireServer([]) as wire:
        keys = {"ANTHROPIC_BASE_URL": wire.url, "ANTHROPIC_API_KEY": "sk-ant-benchmark"}
        server = Server(Path(folder) / "home", keys)
        with sync_playwright() as playwright:
            measure(playwright, server, wire, arguments)


def measure(playwright: Playwright, server: Server, wire: WireServer, arguments: argparse.Namespace) -> None:
    """Print the table."""
    for plugin, text in (
        ("@jupyterlab/apputils-extension/notification", '{"fetchNews": "false"}'),
        ("jupyter-townie/plugin", '{"askPrivacy": false}'),
    ):
        settings = server.home / "settings" / f"{plugin}.jupyterlab-settings"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(text)
    server.start()
    browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
    try:
        page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        lab = Lab(page, server)
        tasks = Tasks(page, settled=1500)
        for _ in range(arguments.rounds):
            if arguments.only != "cell":
                opened(lab, "small.ipynb", "a = 1")
                measure_file(tasks, lab, wire, arguments.changes)
            if arguments.only != "file":
                cell = opened(lab, "work.ipynb", texts(arguments.changes)[0].rstrip("\n"))
                measure_cell(tasks, lab, wire, cell, arguments.changes)
    finally:
        browser.close()
        server.stop()
    base = tasks.of(BASE) if BASE in tasks.longest else 0
    print(
        f"longest task of the page with {arguments.changes:,} changes, median of {arguments.rounds}; target {TARGET} ms"
    )
    for name in tasks.longest:
        took = tasks.of(name)
        ratio = f"{took / base:8.2f} x" if base else ""
        print(f"{name:52} {took:8.0f} ms {ratio} {tasks.idle_of(name):8.0f} ms {'' if took < TARGET else 'above'}")


def opened(lab: Lab, path: str, source: str) -> str:
    """Show a new notebook of one cell; the cell's id."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(book, Path(lab.server.root) / path)
    lab.open(path, kernel=False)
    lab.chat()
    lab.page.wait_for_timeout(2000)
    return str(book.cells[0]["id"])


if __name__ == "__main__":
    main()
