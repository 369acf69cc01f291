"""What it takes to build a context: ``python benchmarks/context.py`` prints a table.

The notebook has 5 to 20 lines a cell, an output under every second cell and an image under every tenth.  Budgets are in
tokens.  Each figure is the median of 15 runs, in one process, redaction as installed and without it.
"""

from __future__ import annotations

import random
import statistics
import struct
import time
from base64 import b64encode

from jupyter_townie.context.build import build
from jupyter_townie.notebooks.outputs import plain
from jupyter_townie.protocol import Attachment, Binding, CellSnapshot, Image, NotebookSnapshot

RUNS = 15
TARGET = 0.050
WORDS = ["data", "frame", "value", "count", "mean", "price", "total", "group", "month", "plot", "index", "model"]


def notebook(cells: int) -> NotebookSnapshot:
    chance = random.Random(cells)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
    image = Image(mime="image/png", data=b64encode(header + bytes(20_000)).decode())
    made = []
    for number in range(cells):
        lines = [
            "{}_{} = {}['{}'].{}()".format(chance.choice(WORDS), number, *chance.choices(WORDS, k=3))
            for _ in range(chance.randint(5, 20))
        ]
        made.append(
            CellSnapshot(
                id=f"{number:08x}",
                cell_type="markdown" if number % 5 == 0 else "code",
                source="\n".join(lines),
                execution_count=number,
                output="\n".join(lines) if number % 2 else "",
                images=[image] if number % 10 == 0 else [],
            )
        )
    return NotebookSnapshot(path="bench.ipynb", cells=made)


def seconds(snapshot: NotebookSnapshot, budget: int, redact: bool) -> tuple[float, int]:
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        context = build(
            message="Plot the mean price by month.",
            snapshot=snapshot,
            binding=Binding(path=snapshot.path, cell_id=snapshot.cells[len(snapshot.cells) // 2].id),
            attachments=[Attachment(kind="notebook", ref=snapshot.path, label=snapshot.path)],
            privacy="outputs",
            failure=None,
            budget=budget,
            redact=None if redact else lambda text: (text, ()),
        )
        times.append(time.perf_counter() - began)
    return statistics.median(times), context.tokens


def main() -> None:
    print(f"{'cells':>6} {'budget':>9} {'tokens':>9} {'ms':>7} {'ms, redacted':>13}")
    for cells in (10, 100, 1000):
        snapshot = notebook(cells)
        for budget in (1_000_000, 48_000, 8_000):
            took, tokens = seconds(snapshot, budget, redact=False)
            redacted, _ = seconds(snapshot, budget, redact=True)
            late = "  over 50 ms" if max(took, redacted) > TARGET else ""
            print(f"{cells:>6} {budget:>9,} {tokens:>9,} {took * 1000:>7.1f} {redacted * 1000:>13.1f}{late}")
    text = "".join(f"\rstep {n} of 100000 " + "#" * (n // 2000) for n in range(100_000)) + "line of output\n" * 100_000
    began = time.perf_counter()
    shown = plain([{"output_type": "stream", "name": "stdout", "text": text}])
    took = time.perf_counter() - began
    print(f"\noutput of {len(text) / 1e6:.1f} MB to {len(shown.text):,} characters: {took * 1000:.0f} ms")


if __name__ == "__main__":
    main()
