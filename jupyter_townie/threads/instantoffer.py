"""What a fix without a model is, and how it is offered: like a model's."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import protocol as p
from .actions import edit_action

if TYPE_CHECKING:
    from ..failures.instant import Found
    from .actions import Actions
    from .log import Log
    from .state import TurnRecord

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InstantFix:
    """A fix found by rule, ready to be offered."""

    text: str
    body: p.ActionBody
    gate: p.GateClass
    proof: p.Proof | None = None


@dataclass(frozen=True, slots=True)
class NextCode:
    """A fix for what has failed in a console, where the past stays as it is: the code to run next."""

    text: str
    code: str


def offer(log: Log, actions: Actions, turn: TurnRecord, fix: InstantFix | NextCode) -> None:
    """Put a fix into the log as the answer of its turn."""
    text = fix.text
    _write(log, turn, turn.parts, "prose", text)
    if isinstance(fix, NextCode):
        _write(log, turn, turn.parts, "code", fix.code, language="python")
        text = f"{text}\n\n```python\n{fix.code}\n```"
    log.append(p.Replied, turn=turn.id, content=[{"type": "text", "text": text}], stop="end")
    if isinstance(fix, InstantFix):
        actions.start(turn.id, fix.body, fix.gate, "waiting", proof=fix.proof)
    log.append(p.TurnEnded, turn=turn.id, reason="done")


def _write(log: Log, turn: TurnRecord, part: int, kind: str, text: str, **more: str) -> None:
    log.append(p.PartStarted, turn=turn.id, part=part, kind=kind, **more)
    log.text(turn.id, part, text)
    log.append(p.PartEnded, turn=turn.id, part=part)


def remembered(body: p.EditAction, proof: p.Proof) -> InstantFix:
    """A fix that the user accepted for the same failure earlier."""
    body = body.model_copy(update={"found_by": "memory"})
    return InstantFix("Remembered from an earlier fix; no model was asked.", body, "edit", proof)


def as_error(failure: p.Failure) -> dict[str, Any]:
    """A failure as the rules take it."""
    return {"ename": failure.ename, "evalue": failure.evalue, "traceback": failure.summary.splitlines()}


def find(
    cells: Sequence[p.CellSnapshot], index: int, failure: p.Failure, inspection: dict[str, Any] | None
) -> Found | None:
    """What the first rule that is certain makes of the failed cell; None when none is."""
    from ..failures.case import Case
    from ..failures.instant import find as by_rule

    statuses = [
        "error" if i == index else "ok" if cell.execution_count is not None else "not-run"
        for i, cell in enumerate(cells)
    ]
    try:
        sources = [cell.source for cell in cells]
        summary = failure.summary.splitlines()
        return by_rule(Case(sources, index, failure.ename, failure.evalue, summary, statuses, inspection=inspection))
    except Exception:
        # A rule that trips over odd code must not take the model's path with it.
        logger.exception("An instant fix failed")
        return None


def offered(path: str, cells: Sequence[p.CellSnapshot], index: int, found: Found) -> InstantFix | None:
    """An action, and what was wrong in a sentence, from what a rule found."""
    fix = found.fix
    told = found.reason
    by_rule = "Found by a local rule; no model was asked."
    if "failing_cell" in fix or "edit" in fix:
        which = cells[fix.get("edit", index)]
        source = fix["failing_cell"] if "failing_cell" in fix else fix["source"]
        if source == which.source:
            return None
        where = "" if which is cells[index] else " The cause is in another cell."
        body = edit_action(path, which.id, which.source, source).model_copy(update={"found_by": "rule"})
        return InstantFix(f"{told}{where} {by_rule}", body, "edit")
    if "install" in fix:
        install = p.InstallAction(path=path, packages=[fix["install"]])
        return InstantFix(f"{told} `{fix['install']}` brings it. {by_rule}", install, "install")
    if "rerun" in fix:
        ids = [cells[i].id for i in fix["rerun"]]
        ids = ids if cells[index].id in ids else [*ids, cells[index].id]
        return InstantFix(f"{told} {by_rule}", p.RunAction(path=path, cell_ids=ids), "run")
    return None
