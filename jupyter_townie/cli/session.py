"""``jupyter townie fix``: read, run, find, prove, tell, save."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from ..protocol import Failure, Problem
from .command import FIXED, NO_FIX, USAGE
from .document import Document, Unusable
from .execution import Run, copy_in, fresh_kernel, run_until
from .fix import Fix, failure_of, instant, nothing_found, prove
from .report import as_json, as_note, as_text


@dataclass
class Timings:
    """Milliseconds by what they were spent on."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.spent[what] = (time.monotonic() - began) * 1000


async def fix(options: argparse.Namespace) -> int:
    """Carry out the command; its exit status."""
    timings = Timings()
    try:
        with timings.of("total"):
            document, run, failure, found, problem = await _found(options, timings)
    except Unusable as unusable:
        sys.stderr.write(as_note(unusable.problem))
        return USAGE
    if options.json:
        sys.stdout.write(as_json(failure, found, timings.spent))
    else:
        sys.stdout.write(as_text(document, run, failure, found, offer_write=not options.write))
    sys.stdout.flush()
    if problem is not None:
        sys.stderr.write(as_note(problem))
    if failure is None:
        return FIXED
    if found is None or not found.stands:
        return NO_FIX
    return _save(document, found) if options.write else FIXED


async def _found(
    options: argparse.Namespace, timings: Timings
) -> tuple[Document, Run, Failure | None, Fix | None, Problem | None]:
    document = Document(options.notebook)
    if options.cell is not None:
        document.cell(options.cell)
    began = time.monotonic()
    async with fresh_kernel(document.kernel_name, document.folder) as kernel:
        timings.spent["start"] = (time.monotonic() - began) * 1000
        surface = copy_in(document, kernel)
        with timings.of("run"):
            run = await run_until(document, surface, kernel, options.cell)
        if run.failed is None or run.error is None:
            return document, run, None, None, None
        failure, problem = failure_of(document, run), None
        with timings.of("fix"):
            found = await instant(document, run, kernel, failure)
            if found is None:
                problem = nothing_found(failure)
                if not options.instant and failure.fixable:
                    from .host import HeadlessHost, ask_model, settings

                    config, limits = settings()
                    limits = replace(limits, dry_runs=options.dry_run)
                    host = HeadlessHost(surface, kernel, document.folder, config, limits)
                    found, problem = await ask_model(host, run.failed, run.error)
        if found is not None and options.dry_run and found.proof is None:
            with timings.of("proof"):
                found = replace(found, proof=await prove(document, found, run.failed, kernel))
    return document, run, failure, found, problem


def _save(document: Document, found: Fix) -> int:
    """Save an edit into the file.  What was done is told on the error stream, which --json leaves to people."""
    if found.kind != "edit":
        what = "an installation is" if found.kind == "install" else "running cells is"
        sys.stderr.write(f"Nothing to save: {what} no change of the notebook.\n")
        return FIXED
    try:
        note = document.write(found.edits)
    except Unusable as unusable:
        sys.stderr.write(as_note(unusable.problem))
        return NO_FIX
    sys.stderr.write(f"Saved into {document.given}; outputs are as they were.{' ' + note if note else ''}\n")
    return FIXED
