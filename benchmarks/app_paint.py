"""From a piece of a page being written to its paint: an open response of a real server, in a real Chromium.

    python benchmarks/app_paint.py

A page of about 7 KB is written in pieces of 24 characters every 20 ms. For each of its paragraphs the time is taken
from the moment the server has its start tag to the end of the first frame in which it is there.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from playwright.sync_api import sync_playwright

from scripts.ensure_browser import installed
from tests.ui.conftest import FLAGS

HEAD = """<!doctype html><html><head><title>Growing</title><script>
window.painted = {}; window.documents = (window.documents || 0) + 1;
new MutationObserver(changes => changes.forEach(({ addedNodes }) => addedNodes.forEach(({ id }) => {
  if (!id) return;
  requestAnimationFrame(() => { const c = new MessageChannel(); c.port2.onmessage = () => {
    painted[id] = performance.timeOrigin + performance.now(); }; c.port1.postMessage(0); });
}))).observe(document, { childList: true, subtree: true });
</script></head><body><input id=typed>
"""
PARAGRAPHS = 60


def _app_in(tab: Any) -> Any:
    """The frame of the app, within the page between it and its wrapper."""
    between = tab.wait_for_selector("iframe[srcdoc]").content_frame()
    return between.wait_for_selector("iframe[src]").content_frame()


def page() -> str:
    text = "A sentence of a page that grows while somebody looks at it. "
    return HEAD + "\n".join(f"<p id=p{number}>{text}</p>" for number in range(PARAGRAPHS))


async def write(draft: Any, text: str, written: dict[str, float]) -> None:
    sent = ""
    for at in range(0, len(text), 24):
        piece = text[at : at + 24]
        begun = len(sent)
        sent += piece
        draft.write(piece)
        now = time.time() * 1000
        for number in range(PARAGRAPHS):
            if (end := sent.find(f"<p id=p{number}>")) >= 0 and end + len(f"<p id=p{number}>") > begun:
                written.setdefault(f"p{number}", now)
        await asyncio.sleep(0.02)
    draft.end()


def watch(server: ServerApp, found: dict[str, Any]) -> None:
    """In a thread of its own: a browser that looks at the page while it is written."""
    townie: Any = server.extension_manager.extension_points["jupyter_townie"].app
    loop = server.io_loop.asyncio_loop  # type: ignore[attr-defined]

    async def begin(written: dict[str, float]) -> None:
        draft = townie.runtime.apps.drafts.open("apps/growing/index.html")
        found["writing"] = asyncio.ensure_future(write(draft, page(), written))

    async def app() -> str:
        return str(townie.runtime.apps.list()[0].id)

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
            tab = browser.new_page()
            tab.goto(f"{server.connection_url}api/status?token=t")
            view = asyncio.run_coroutine_threadsafe(app(), loop).result()
            # The capability is there when the measurement begins, as it is in the panel.
            tab.goto(f"{server.connection_url}townie/view/{view}")
            _app_in(tab)
            written: dict[str, float] = {}
            asyncio.run_coroutine_threadsafe(begin(written), loop).result()
            tab.reload(wait_until="commit")
            frame = _app_in(tab)
            frame.wait_for_selector("#typed")
            frame.fill("#typed", "kept")
            frame.wait_for_selector(f"#p{PARAGRAPHS - 1}", timeout=60_000)
            tab.wait_for_timeout(500)
            painted = frame.evaluate("painted")
            found["times"] = [painted[name] - at for name, at in written.items() if name in painted]
            found["typed"] = frame.input_value("#typed")
            found["documents"] = frame.evaluate("documents")
            browser.close()
    finally:
        loop.call_soon_threadsafe(server.stop)


def main() -> None:
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "apps" / "growing").mkdir(parents=True)
        (root / "apps" / "growing" / "townie.toml").write_text('name = "growing"\ntitle = "Growing"\nkind = "web"\n')
        (root / "apps" / "growing" / "index.html").write_text("<p>before")
        server = ServerApp.instance()
        options = [
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--port=0",
            f"--ServerApp.root_dir={folder}",
        ]
        options += ["--IdentityProvider.token=t", f"--TownieApp.store_path={folder}/data/threads.sqlite"]
        options += ["--ServerApp.log_level=ERROR", "--ServerApp.jpserver_extensions={'jupyter_townie': True}"]
        server.initialize(options)
        threading.Timer(0.5, watch, (server, found)).start()
        server.start()
    times = sorted(found["times"])
    middle, most = statistics.median(times), times[int(len(times) * 0.95)]
    print(f"{'chunk to paint':36}p50 {middle:.0f} ms, p95 {most:.0f} ms (target p50 50 ms)")
    print(
        f"{'':36}{len(times)} of {PARAGRAPHS} paragraphs, {found['documents']} document, typed text: {found['typed']}"
    )


if __name__ == "__main__":
    main()
