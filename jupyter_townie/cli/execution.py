"""Running a notebook in a kernel of its own, up to the cell that is to be repaired."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ..kernels.client import KernelClient
from ..kernels.death import how
from ..kernels.errors import KernelError
from ..notebooks.file import FileSurface
from ..notebooks.operations import joined
from ..protocol import RawError
from .document import Document, RunningCopy, Unusable

START_SECONDS = 60.0
LAST_LINES = 30
"""Lines of its output that are kept of a cell that its kernel died of."""
MAY_FAIL, SKIPPED = "raises-exception", "skip-execution"
"""Tags of cells, as nbclient knows them."""


@dataclass(frozen=True)
class OwnKernel:
    """The kernel of the notebook that is run: :class:`jupyter_townie.notebooks.file.Kernels` of one notebook."""

    client: KernelClient

    async def client_for(self, path: str) -> KernelClient | None:
        return self.client


@dataclass
class Run:
    """How far the notebook came."""

    statuses: dict[str, str] = field(default_factory=dict)
    """``ok`` or ``error`` by cell id; a cell that is not in it was not run."""
    failed: str | None = None
    """The id of the cell that is to be repaired; None when there is nothing to repair."""
    error: RawError | None = None
    execution_count: int | None = None
    passed: list[tuple[str, str]] = field(default_factory=list)
    """Earlier cells that failed on the way to a named one, with the error's name."""
    died: bool = False
    seconds: float = 0.0


@asynccontextmanager
async def fresh_kernel(name: str, folder: Path) -> AsyncIterator[KernelClient]:
    """A client of a new kernel called *name* that works in *folder*; the kernel ends with the block.

    :raises Unusable: there is no kernel of that name, or it does not start.
    """
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name=name)
    client: KernelClient | None = None
    try:
        try:
            # What the kernel process itself prints must not run into the report.
            await manager.start_kernel(cwd=str(folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            client = KernelClient(manager.client())
            await client.start(START_SECONDS)
            await client.wait_until_idle(START_SECONDS)
        except NoSuchKernel:
            there = ", ".join(sorted(KernelSpecManager().find_kernel_specs())) or "none"
            raise Unusable(
                f"The notebook wants the kernel {name}, which is not installed here (installed: {there}).",
                f"In its environment run: python -m ipykernel install --user --name {name}\n"
                "Or choose another kernel for the notebook in JupyterLab and save it.",
            ) from None
        except (KernelError, OSError, RuntimeError) as error:
            raise Unusable(
                f"The kernel {name} did not start: {error}", f"See what it says with: jupyter console --kernel {name}"
            ) from error
        yield client
    finally:
        if client is not None:
            await client.close()
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)


async def run_until(document: Document, surface: FileSurface, kernel: KernelClient, named: str | None) -> Run:
    """Run the code cells in order up to the first that fails or, past failing ones, up to the one that is *named*."""
    run, began = Run(), time.monotonic()
    for cell in document.code_cells:
        tags = cell["metadata"].get("tags") or ()
        if SKIPPED in tags and cell["id"] != named:
            continue
        (done,) = await surface.run([cell["id"]])
        error = done.error
        if done.status != "ok" and error is None:
            error = RawError(ename="Aborted", evalue=done.message or "The kernel did not run the cell.")
        run.died = error is not None and error.ename == "KernelDied"
        if run.died:
            last = done.output.splitlines()[-LAST_LINES:]
            error = RawError(ename="KernelDied", evalue=how(kernel.exit_code), traceback=last)
        run.statuses[cell["id"]] = "ok" if error is None else "error"
        wanted = cell["id"] == named or (named is None and MAY_FAIL not in tags)
        if error is not None and (wanted or run.died):
            run.failed, run.error, run.execution_count = cell["id"], error, done.execution_count
        elif error is not None and MAY_FAIL not in tags:
            run.passed.append((cell["id"], error.ename))
        if run.failed is not None or cell["id"] == named:
            break
    run.seconds = time.monotonic() - began
    return run


def copy_in(document: Document, kernel: KernelClient) -> FileSurface:
    """The notebook to be run, in memory: outputs go there and not into the file."""
    return FileSurface(document.file.name, RunningCopy(document), OwnKernel(kernel), wait=START_SECONDS)


def sources(document: Document) -> dict[str, str]:
    """Sources of the code cells by id, in order."""
    return {cell["id"]: joined(cell.get("source")) for cell in document.code_cells}
