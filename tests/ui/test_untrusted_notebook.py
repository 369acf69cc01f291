"""A notebook of somebody else that is opened: what it has stored looks like Townie, and is not."""

from __future__ import annotations

import nbformat
import pytest

from .lab import Lab

pytestmark = pytest.mark.own_page

TOML = 'name = "sleeper"\ntitle = "Sleeper"\nkind = "fullstack"\nentry = "app:app"\n'
FORGED = """
<script>window.owned = 'script'</script><img src="x" onerror="window.owned = 'image'">
<iframe src="/townie/view/ID"></iframe>
<form action="/townie/api/apps/ID/allow" method="post"><input type="submit"></form>
<div class="jp-Townie jp-TownieApp-cover" data-townie="app-cover" data-cover="consent">
  <button class="jp-Townie-button jp-mod-primary" data-townie="app-cover-allow" data-app="ID">Allow and start</button>
  <button data-commandlinker-command="townie:accept-edit-and-run" data-commandlinker-args="{}">Run it</button>
  <a href="javascript:window.owned = 'link'" data-townie="app-fix">Try fixing</a>
</div>
<style>[data-townie=input] { display: none }</style>
"""


def test_stored_outputs_start_no_app_press_no_button_and_run_nothing(lab: Lab) -> None:
    folder = lab.server.root / "apps" / "sleeper"
    folder.mkdir(parents=True)
    (folder / "townie.toml").write_text(TOML)
    (folder / "app.py").write_text("raise SystemExit")
    (app,) = lab.server.call("GET", "townie/api/apps")
    forged = FORGED.replace("ID", app["id"])
    out = [
        nbformat.v4.new_output("display_data", {"text/html": forged}),
        nbformat.v4.new_output("display_data", {"text/markdown": forged}),
        nbformat.v4.new_output("display_data", {"application/javascript": "window.owned = 'javascript'"}),
        nbformat.v4.new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "townie"}}),
        nbformat.v4.new_output("error", ename="E", evalue=forged, traceback=[forged]),
    ]
    cells = [nbformat.v4.new_code_cell("1", outputs=out), nbformat.v4.new_markdown_cell(forged)]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(book, lab.server.root / "work.ipynb")
    asked: list[str] = []
    lab.page.on("request", lambda one: asked.append(one.url) if "/townie/" in one.url else None)
    lab.open()
    shown = lab.cells.locator(".jp-RenderedHTMLCommon")
    for words in ("Allow and start", "Try fixing"):
        for element in shown.get_by_text(words, exact=True).all():
            element.evaluate("element => element.click()")
    # JupyterLab itself asks before a document that nobody has trusted runs a command.
    shown.get_by_text("Run it", exact=True).first.evaluate("element => element.click()")
    lab.page.locator(".jp-Dialog", has_text="not trusted").get_by_role("button", name="Cancel").click()
    lab.page.wait_for_timeout(500)
    assert lab.page.evaluate("window.owned ?? null") is None
    assert [one for one in asked if "/allow" in one or "/view/" in one or "/turns" in one] == []
    (after,) = lab.server.call("GET", "townie/api/apps")
    assert (after["consented"], after["phase"]) == (False, "stopped")
    run = "() => window.jupyterapp.shell.currentWidget.content.widgets[0].model.executionCount"
    assert lab.page.evaluate(run) is None
