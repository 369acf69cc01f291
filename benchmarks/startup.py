"""What Townie adds to the start of a Jupyter server, beside a bare server and notebook-intelligence in the same run.

``python benchmarks/startup.py [runs]``.  Each figure is the median over fresh processes, taken in turn.  notebook-intelligence
is measured where it is installed (``pip install notebook-intelligence``).
"""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys

BARE = """
import jupyter_server.serverapp as module
"""
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
app.handlers = []
app.initialize_handlers()
"""
CASES = {
    "townie: import and load": TOWNIE,
    "townie: first request (threads, protocol, models)": TOWNIE + "\nimport jupyter_townie.server.runtime",
    "import notebook_intelligence": "import notebook_intelligence",
    "import anthropic": "import anthropic",
}


def seconds(work: str) -> float:
    """Seconds that ``work`` takes in a fresh process that has the server loaded."""
    code = LOAD.format(work=work)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1])


def main(runs: int) -> None:
    cases = dict(CASES)
    if importlib.util.find_spec("notebook_intelligence") is None:
        cases.pop("import notebook_intelligence")
    times: dict[str, list[float]] = {name: [] for name in cases}
    for name, work in cases.items():
        seconds(work)  # warms the disk cache
    for _ in range(runs):
        for name, work in cases.items():
            times[name].append(seconds(work))
    base = statistics.median(times["townie: import and load"])
    print(f"{'over a loaded bare server':52} {'median ms':>10} {'ratio':>8}")
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"{name:52} {middle * 1000:10.1f} {middle / base:7.1f}x")
    code = "import sys;" + TOWNIE.strip().replace("\n", ";") + ";print([m for m in ('anthropic', 'openai', 'pydantic') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    print(f"heavy modules loaded by the extension: {loaded}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
