"""From the click on Try fixing to a change that was tried, in a real browser: ``python benchmarks/repair.py``.

No model is there: the fixes are those of the local rules, each tried in a fork of a kernel that holds the penguins and
a table of 80 MB.  Beside it stands what the same page and kernel need for a cell of one line.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import Playwright, sync_playwright

from scripts.ensure_browser import installed
from tests.ui.conftest import FLAGS, Server
from tests.ui.lab import Lab

DATA = Path(__file__).parents[1] / "examples" / "data" / "penguins.csv"
SET_UP = (
    f"import pandas as pd\npenguins = pd.read_csv({str(DATA)!r})\n"
    "large = pd.DataFrame({'n': range(10_000_000)})\nlen(large)"
)
FAILING = [
    "penguins['bill_lenght_mm'].mean()",
    "np.sqrt(penguins['body_mass_g']).max()",
    "penguins.groupby('species').body_mass_g.maen()",
    "penguins['year'].uniqe()",
    "both = penguins.append(penguins)\nlen(both)",
    "total = 0\nfor year in penguins['year']\n    total += year\ntotal",
    "print 'years', penguins['year'].min()",
]
SHOWN = """(name) => {
  window.shown = new Promise(resolve => {
    const began = performance.now();
    const look = () => {
      const node = document.querySelector('.jp-Notebook .jp-mod-active ' + name);
      if (node && node.offsetParent && node.innerText.trim()) resolve([performance.now() - began, node.innerText]);
      else if (performance.now() - began > 20000) resolve([-1, '']);
      else requestAnimationFrame(look);
    };
    window.began = () => look();
  });
  window.longest = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
  }).observe({ type: 'longtask', buffered: false });
}"""
CLICK = """(node) => { node.click(); window.began(); return window.shown; }"""
RUN = """() => {
  document.querySelector('.jp-Notebook .jp-mod-active .jp-OutputArea-output')?.remove();
  void window.jupyterapp.commands.execute('notebook:run-cell');
  window.began();
  return window.shown;
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        measure(playwright, Server(Path(folder) / "home", {}))


def measure(playwright: Playwright, server: Server) -> None:
    """Print the table."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SET_UP, "2 + 2", *FAILING)]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(book, server.root / "work.ipynb")
    server.start()
    browser = playwright.chromium.launch(executable_path=installed(), args=FLAGS)
    try:
        lab = Lab(browser.new_context(viewport={"width": 1400, "height": 1400}).new_page(), server)
        lab.open()
        lab.run(0)
        lab.cell(0).get_by_text("10000000").wait_for()
        lab.run(1)
        plain, taken, longest = [], [], 0.0
        for _ in range(7):
            lab.select(1)
            lab.page.evaluate(SHOWN, ".jp-OutputArea-output")
            plain.append(lab.page.evaluate(RUN)[0])
            lab.page.wait_for_timeout(300)
        for number, source in enumerate(FAILING, 2):
            lab.run(number)
            fix = lab.get("fix", lab.cell(number))
            fix.wait_for()
            lab.select(number)
            lab.page.wait_for_timeout(500)
            lab.page.evaluate(SHOWN, '[data-townie="repair-proof"]')
            milliseconds, said = lab.page.evaluate(CLICK, fix.element_handle())
            longest = max(longest, lab.page.evaluate("() => window.longest"))
            taken.append(milliseconds)
            print(f"{source.splitlines()[0]:52} {milliseconds:8.0f}   {said.strip()}")
    finally:
        browser.close()
        server.stop()
    median = statistics.median(taken)
    print(f"{'click to a tried change in the page: median ms':52} {median:8.0f}   target 300")
    print(f"{'  slowest, ms':52} {max(taken):8.0f}")
    print(f"{'  longest task of the page, ms':52} {longest:8.0f}   target 50")
    print(f"{'  times a run of 2 + 2 in this page':52} {median / statistics.median(plain):8.1f}")


if __name__ == "__main__":
    main()
