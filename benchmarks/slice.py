"""How much of a long notebook a request for a fix holds: ``python benchmarks/slice.py [NOTEBOOK.ipynb ...]``.

The generated notebooks have 200 cells, as long analyses have them: a set-up, then studies of some fifteen cells each
with functions, columns that are added in place and plots, a few of which build on another study.  What each cell
depends on is known from how it was made, not from the slicer.  The target is missed when requests take, on average, a
fifth or more of the tokens of the whole notebook, or when a cell that the failed one depends on is not in one.

Notebooks that are named are measured too, each of their code cells in turn as the failed one; what these depend on is
not known, so only their size is told.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_townie.context.build import build
from jupyter_townie.context.slice import slice_cells
from jupyter_townie.context.tokens import estimate_tokens
from jupyter_townie.protocol import Attachment, Binding, CellSnapshot, Failure, NotebookSnapshot

CELLS = 200
TARGET = 0.2
TOPICS = [
    "sales",
    "churn",
    "traffic",
    "energy",
    "stock",
    "survey",
    "weather",
    "returns",
    "staff",
    "costs",
    "leads",
    "web",
]


@dataclass
class Notebook:
    """A notebook whose dependencies are known: ``needs`` has the cells that each cell reads from directly."""

    cells: list[CellSnapshot] = field(default_factory=list)
    needs: dict[str, set[str]] = field(default_factory=dict)

    def code(self, source: str, *needs: str) -> str:
        name = f"c{len(self.cells):07x}"
        ran = sum(cell.cell_type == "code" for cell in self.cells) + 1
        self.cells.append(CellSnapshot(id=name, cell_type="code", source=source, execution_count=ran))
        self.needs[name] = set(needs)
        return name

    def text(self, source: str) -> None:
        self.cells.append(CellSnapshot(id=f"m{len(self.cells):07x}", cell_type="markdown", source=source))

    def depends(self, cell: str) -> set[str]:
        """All cells that *cell* depends on, directly or through others."""
        found: set[str] = set()
        waiting = [cell]
        while waiting:
            fresh = self.needs[waiting.pop()] - found
            found |= fresh
            waiting.extend(fresh)
        return found


def generated(seed: int) -> tuple[Notebook, list[str]]:
    """A notebook of about :data:`CELLS` cells, and the last cell of each of its studies."""
    chance, notebook = random.Random(seed), Notebook()
    notebook.text("# Yearly report\n\nAll studies on one set of data.")
    imports = notebook.code(
        "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nfrom pathlib import Path"
    )
    folder = notebook.code("DATA = Path('data')\nSEED = 7\nnp.random.seed(SEED)", imports)
    clean = notebook.code(
        "def clean(frame):\n    frame = frame.dropna(how='all')\n"
        "    frame.columns = [name.strip().lower() for name in frame.columns]\n    return frame",
        imports,
    )
    ends: list[str] = []
    frames: dict[str, str] = {}
    number = 0
    while len(notebook.cells) < CELLS:
        topic = f"{TOPICS[number % len(TOPICS)]}{number // len(TOPICS) or ''}"
        number += 1
        notebook.text(f"## {topic.title()}\n\nWhat {topic} looked like, and what follows from it.")
        raw = notebook.code(
            f"{topic} = clean(pd.read_csv(DATA / '{topic}.csv'))\n{topic}.head()", imports, folder, clean
        )
        changes = [raw]
        for step in range(chance.randint(3, 6)):
            changes.append(
                notebook.code(
                    f"{topic}['feature_{step}'] = {topic}['value'].rolling({step + 2}).mean()\n"
                    f"{topic}['share_{step}'] = {topic}['feature_{step}'] / {topic}['value'].sum()",
                    *changes,
                )
            )
        rate = notebook.code(
            f"def rate_{topic}(frame, by='region'):\n    grouped = frame.groupby(by)['value']\n"
            f"    return (grouped.sum() / grouped.count()).sort_values()"
        )
        notebook.code(
            f"fig, ax = plt.subplots()\n{topic}.plot(x='date', y='value', ax=ax)\nplt.show()", imports, *changes
        )
        notebook.text(f"The rates of {topic}, by region.")
        other = chance.choice(sorted(frames)) if frames and chance.random() < 0.3 else None
        joined = f"{topic}_rates = rate_{topic}({topic})"
        needs = [rate, *changes]
        if other is not None:
            joined += f"\n{topic}_rates = {topic}_rates.to_frame('here').join({other}_rates.to_frame('there'))"
            needs.append(frames[other])
        frames[topic] = notebook.code(joined, *needs)
        for quantile in (0.1, 0.5, 0.9):
            notebook.code(f"print('{topic}', {quantile}, {topic}['value'].quantile({quantile}))", *changes)
        ends.append(
            notebook.code(
                f"top_{topic} = {topic}_rates.tail(5)\ntop_{topic}.index.name = 'regoin'\n"
                f"top_{topic}['region'].plot.bar()",
                frames[topic],
            )
        )
    return notebook, ends


def request(snapshot: NotebookSnapshot, failed: str | None) -> tuple[str, list[str], float]:
    """The text that a fix of *failed* sends, its slice, and the seconds that this took; None sends the notebook."""
    chip = Attachment(kind="notebook", ref=snapshot.path, label=snapshot.path)
    failure, found = None, None
    began = time.perf_counter()
    if failed is not None:
        code = [(cell.id, cell.source, cell.execution_count) for cell in snapshot.cells if cell.cell_type == "code"]
        found = slice_cells(code, failed)
        failure = Failure(
            id="f", source="cell", ename="KeyError", evalue="'region'", summary="", signature="", cell_id=failed
        )
    context = build(
        message="",
        snapshot=snapshot,
        binding=Binding(path=snapshot.path, cell_id=failed),
        attachments=[chip],
        privacy="code",
        failure=failure,
        slice_ids=found,
        budget=1_000_000,
    )
    return context.text, found or [], time.perf_counter() - began


def stored(path: Path) -> NotebookSnapshot:
    import nbformat

    cells = [
        CellSnapshot(
            id=f"{index:08x}",
            cell_type=cell.cell_type,
            source=cell.source,
            execution_count=index + 1 if cell.cell_type == "code" else None,
        )
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells)
    ]
    return NotebookSnapshot(path=path.name, cells=cells)


def row(name: str, shares: list[float], missing: int, times: list[float]) -> None:
    mean, worst = statistics.mean(shares), max(shares)
    late = "  over a fifth" if mean >= TARGET else ""
    took = statistics.median(times) * 1000
    print(f"{name:24} {len(shares):>6} {mean:>8.1%} {worst:>8.1%} {missing:>8} {took:>8.1f}{late}")


def main() -> int:
    parser = argparse.ArgumentParser(description="How much of a long notebook a request for a fix holds.")
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    print(f"{'notebook':24} {'fixes':>6} {'mean':>8} {'worst':>8} {'missing':>8} {'ms':>8}")
    missed = False
    for seed in range(options.seeds):
        made, ends = generated(seed)
        snapshot = NotebookSnapshot(path=f"generated-{seed}.ipynb", cells=made.cells)
        whole = estimate_tokens(request(snapshot, None)[0])
        shares, missing, times = [], 0, []
        for failed in ends:
            text, found, took = request(snapshot, failed)
            shares.append(estimate_tokens(text) / whole)
            missing += len(made.depends(failed) - set(found))
            times.append(took)
        row(snapshot.path, shares, missing, times)
        missed = missed or missing > 0 or statistics.mean(shares) >= TARGET
    for path in options.notebooks:
        snapshot = stored(path)
        whole = estimate_tokens(request(snapshot, None)[0])
        code = [cell.id for cell in snapshot.cells if cell.cell_type == "code" and cell.source.strip()]
        done = [request(snapshot, failed) for failed in code]
        row(path.name[:24], [estimate_tokens(text) / whole for text, _, _ in done], 0, [took for _, _, took in done])
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
