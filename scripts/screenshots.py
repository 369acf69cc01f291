"""Make the pictures of the README from the real thing: JupyterLab with the examples, without a key, in a browser.

``python scripts/screenshots.py`` writes ``docs/images/*.png``, light and dark.  Needs what the browser tests need.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from scripts.ensure_browser import installed  # noqa: E402
from tests.ui.conftest import EXAMPLES, FLAGS, Server, _clean  # noqa: E402
from tests.ui.lab import Lab  # noqa: E402

IMAGES = ROOT / "docs" / "images"
THEMES = {"": "JupyterLab Light", "-dark": "JupyterLab Dark"}
SIZE = {"width": 1360, "height": 820}


def chat(lab: Lab, save: str) -> None:
    """A question, its answer, and the cell that it became."""
    lab.open("Tour.ipynb")
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    load = next(index for index, source in enumerate(lab.sources) if "read_csv" in source)
    lab.select(load)
    lab.command("notebook:run-cell")
    lab.cell(load).locator(".jp-RenderedHTML table").wait_for(timeout=60_000)
    lab.select(load)
    lab.chat()
    widen(lab)
    turn = lab.ask("Plot body mass by species")
    lab.wait_for(lambda: any("plt.show()" in source for source in lab.sources), what="no cell was written")
    lab.get("run-all", turn).click()
    plot = lab.cell(load + 1)
    plot.locator(".jp-RenderedImage img").wait_for(timeout=60_000)
    lab.kernel_is_idle()
    plot.evaluate("cell => cell.scrollIntoView({block: 'start'})")
    finish(lab, save)


def widen(lab: Lab, width: int = 400) -> None:
    """Give the chat this many pixels."""
    handle = lab.page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:not(.lm-mod-hidden)").last
    box = handle.bounding_box()
    assert box is not None
    edge = lab.page.locator("#jp-right-stack").bounding_box()
    assert edge is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 300
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(edge["x"] + edge["width"] - width, y, steps=5)
    lab.page.mouse.up()


def fix(lab: Lab, save: str) -> None:
    """The proposed repair of a failed cell."""
    lab.open("Tour.ipynb")
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    failed = lab.page.locator(".jp-CodeCell", has_text="np.array").first
    lab.get("fix", failed).click()
    lab.get("accept_and_run", failed).wait_for()
    finish(lab, save)


def app(lab: Lab, save: str) -> None:
    """The guest book, running beside the chat that wrote it."""
    lab.open("Tour.ipynb")
    lab.page.evaluate("() => window.jupyterapp.shell.collapseLeft()")
    lab.command("townie:new-thread")
    lab.ask("Make me a guest book that several people can use at once")
    panel = lab.get("app-panel")
    lab.get("app-cover-allow", panel).click()
    page = lab.get("app-frame", panel).last.content_frame.frame_locator("iframe").frame_locator("iframe")
    page.get_by_text("Nobody has signed yet").wait_for()
    entries = [("Ada", "What a lovely little app."), ("Grace", "I signed from another tab, and it showed up here.")]
    for name, message in entries:
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Your message").fill(message)
        page.get_by_role("button", name="Sign").click()
        page.locator("article", has_text=message).wait_for()
    lab.get("app-check", lab.get("turn").last).wait_for(timeout=30_000)
    finish(lab, save)


def finish(lab: Lab, save: str) -> None:
    """Take the picture in both themes."""
    for suffix, theme in THEMES.items():
        lab.theme(theme)
        # The theme's style sheets load, then colours fade into each other.
        lab.page.wait_for_timeout(1500)
        lab.page.mouse.move(0, 0)
        lab.page.screenshot(path=IMAGES / f"{save}{suffix}.png")
    lab.theme(THEMES[""])


def take(page: Page, server: Server) -> None:
    lab = Lab(page, server)
    chat(lab, "chat")
    shutil.copytree(EXAMPLES, server.root, dirs_exist_ok=True)
    fix(lab, "fix")
    shutil.copytree(EXAMPLES, server.root, dirs_exist_ok=True)
    app(lab, "app")


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home), {})
        server.start()
        _clean(server)
        shutil.copytree(EXAMPLES, server.root, dirs_exist_ok=True)
        browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
        try:
            context = browser.new_context(viewport=SIZE, device_scale_factor=2, locale="en-GB")
            page = context.new_page()
            page.set_default_timeout(30_000)
            take(page, server)
        finally:
            browser.close()
            server.stop()
    for image in sorted(IMAGES.glob("*.png")):
        print(f"{image.relative_to(ROOT)}  {image.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
