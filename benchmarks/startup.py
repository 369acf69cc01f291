"""What Townie adds to the start of a Jupyter server, beside a bare server and notebook-intelligence in the same run.

``python benchmarks/startup.py [--runs N] [--rival PYTHON]``.  Each figure is the median over fresh processes, taken in
turn.  notebook-intelligence is measured where it is installed; ``--rival`` names another environment's Python
that has it.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys

LOAD = """
import time
import jupyter_server.serverapp, jupyter_server.extension.application
from traitlets.config import Config
began = time.perf_counter()
{work}
print(time.perf_counter() - began)
"""
TOWNIE = """
from jupyter_townie import _jupyter_server_extension_points
app = _jupyter_server_extension_points()[0]["app"]()
app.handlers, app.serverapp = [], None
app.initialize_handlers()
import jupyter_townie.server.deaths
"""
OURS = "townie: import and load"
RIVAL = "import notebook_intelligence"
CASES = {
    OURS: TOWNIE,
    "townie: first request (threads, protocol, models)": TOWNIE + "\nimport jupyter_townie.server.runtime",
    RIVAL: RIVAL,
    "import anthropic": "import anthropic",
}


def seconds(work: str, python: str) -> float:
    """Seconds that ``work`` takes in a fresh process that has the server loaded."""
    code = LOAD.format(work=work)
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1])


def main(runs: int, rival: str) -> None:
    pythons = dict.fromkeys(CASES, sys.executable)
    pythons[RIVAL] = rival
    found = subprocess.run([rival, "-c", RIVAL], capture_output=True, check=False)
    if found.returncode:
        print("notebook-intelligence is not installed: left out")
        del pythons[RIVAL]
    times: dict[str, list[float]] = {name: [] for name in pythons}
    for name, python in pythons.items():
        seconds(CASES[name], python)  # warms the disk cache
    for _ in range(runs):
        for name, python in pythons.items():
            times[name].append(seconds(CASES[name], python))
    base = statistics.median(times[OURS])
    print(f"{'over a loaded bare server':52} {'median ms':>10} {'ratio':>8}")
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"{name:52} {middle * 1000:10.1f} {middle / base:7.1f}x")
    code = TOWNIE + "import sys\nprint([m for m in ('anthropic', 'openai', 'pydantic') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    print(f"heavy modules loaded by the extension: {loaded}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--rival", default=sys.executable)
    arguments = parser.parse_args()
    main(arguments.runs, arguments.rival)
