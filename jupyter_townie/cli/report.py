"""What a run came to, for people and for programs."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import Any

from ..kernels.printed import readable
from ..protocol import Failure, Problem, Proof
from .document import Document
from .execution import Run, sources
from .fix import Fix


def as_json(failure: Failure | None, fix: Fix | None, timings: Mapping[str, float]) -> str:
    """``{"failure": {...}|null, "fix": {"kind", "cell_id", ...}, "timings_ms": {...}}`` on lines of its own.

    ``kind`` is null where there is no fix, or nothing to fix; ``failure`` tells which.
    """
    found: dict[str, Any] = {"kind": None, "cell_id": None, "proof": None}
    if fix is not None:
        found |= {"kind": fix.kind, "cell_id": fix.cell_id}
        if fix.kind == "edit":
            found["source"] = fix.edits[fix.cell_id]
            others = [{"cell_id": cell, "source": source} for cell, source in fix.edits.items() if cell != fix.cell_id]
            if others:
                found["also"] = others
        elif fix.kind == "install":
            found["package"] = fix.package
        else:
            found["run"] = list(fix.run)
        found["proof"] = fix.proof.model_dump() if fix.proof is not None else None
    whole = {
        "failure": failure.model_dump() if failure is not None else None,
        "fix": found,
        "timings_ms": {name: round(milliseconds, 1) for name, milliseconds in timings.items()},
    }
    return json.dumps(whole, indent=2) + "\n"


def as_text(document: Document, run: Run, failure: Failure | None, fix: Fix | None, *, offer_write: bool) -> str:
    """The same for people."""
    blocks = [
        f"Cell {document.number(cell_id)} ({cell_id}) failed on the way with {ename}." for cell_id, ename in run.passed
    ]
    if failure is None or run.failed is None:
        count = len(run.statuses)
        cells = f"{count} cell{'' if count == 1 else 's'} ran"
        blocks.append(f"{document.given}: nothing to fix; {cells} in {run.seconds:.1f} s.")
        return _joined(blocks)
    where = f"cell {document.number(run.failed)} ({run.failed})"
    blocks.append(f"{document.given}: {where} fails with {failure.ename}.")
    blocks.append(_indented(failure.summary))
    if fix is not None:
        blocks += _fix(document, run.failed, fix)
        if fix.kind == "edit" and fix.stands and offer_write:
            blocks.append("Nothing was saved; --write saves it.")
    return _joined(blocks)


def as_note(problem: Problem) -> str:
    """A problem for the error stream."""
    parts = [problem.message, problem.remedy, _indented(problem.detail) if problem.detail else ""]
    return "\n".join(plain(part) for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Text of unknown origin for a terminal: without escape sequences and control characters."""
    return readable(text)


def _fix(document: Document, failed: str, fix: Fix) -> list[str]:
    blocks = []
    if fix.kind == "edit":
        others = [cell_id for cell_id in fix.edits if cell_id != failed]
        which = "this cell" if not others else f"cell {document.number(others[0])}" if len(fix.edits) == 1 else "cells"
        blocks.append(f"Fix: change {which} (by {fix.by}).")
        blocks += [_diff(document, cell_id, source) for cell_id, source in fix.edits.items()]
    elif fix.kind == "install":
        blocks.append(f"Fix: install a package (by {fix.by}).")
        blocks.append(f"  %pip install {plain(fix.package)}")
    else:
        blocks.append(f"Fix: run these cells in this order (by {fix.by}).")
        blocks.append("\n".join(f"  cell {document.number(cell_id)} ({cell_id})" for cell_id in fix.run))
    if fix.proof is not None:
        blocks.append(_proof(fix.proof))
    return blocks


def _proof(proof: Proof) -> str:
    detail = plain(proof.detail)
    return f"{detail[:1].upper()}{detail[1:]}." if proof.status == "untried" else f"Tried: {detail}."


def _diff(document: Document, cell_id: str, after: str) -> str:
    name = f"cell {document.number(cell_id)} ({cell_id})"
    before = sources(document)[cell_id]
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="")
    # Line by line, because plain() folds repeated lines, and those of code count.
    return "\n".join(f"  {plain(line)}" for line in lines)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in plain(text).splitlines())


def _joined(blocks: list[str]) -> str:
    return "\n\n".join(block for block in blocks if block) + "\n"
