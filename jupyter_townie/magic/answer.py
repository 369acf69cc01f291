"""A turn as it is shown in an output: the fold of its events, and that fold as Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from .. import protocol as p
from ..threads.log import utf16_length
from .untrusted import code_block, harmless_markdown, inline_code

DIVIDER = "\n\n---\n\n"
"""Between one try and the next."""
_SENT = {"file": "the file", "failure": "the error"}
_FINDINGS = {
    "versions": "the versions of the packages that it uses",
    "where its names come from": "where its names come from",
}


@dataclass(slots=True)
class Part:
    """One part of an answer."""

    kind: str
    language: str
    text: str = ""
    length: int = 0
    """Of ``text``, in UTF-16 code units."""
    ended: bool = False


@dataclass(slots=True)
class Attempt:
    """What belongs to one try: a new one begins when the model is told of a failure."""

    parts: list[int] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    ran: list[p.CellsRan] = field(default_factory=list)


@dataclass(slots=True)
class Answer:
    """Everything of one turn that is shown.  ``see`` takes its events in order."""

    parts: dict[int, Part] = field(default_factory=dict)
    actions: dict[str, p.ActionStarted] = field(default_factory=dict)
    attempts: list[Attempt] = field(default_factory=lambda: [Attempt()])
    """In order; the last is the one that is going on."""
    states: dict[str, p.ActionChanged] = field(default_factory=dict)
    sent: list[p.ContextPart] = field(default_factory=list)
    notices: list[p.Problem] = field(default_factory=list)
    usage: list[p.Usage] = field(default_factory=list)
    waiting: p.Waiting | None = None
    ended: p.TurnEnded | None = None
    undone: p.Undone | None = None
    model: str = ""
    purpose: p.Purpose = "chat"
    mentioned: list[str] = field(default_factory=list)
    """Variables that were mentioned with ``@``."""
    unknown: list[str] = field(default_factory=list)
    """Names that were mentioned with ``@`` and do not exist."""
    offered: str = ""
    """Where the code waits that could only be put there: "next cell", "next input"; empty when nothing was."""
    loose: bool = False
    """Whether code waits that nothing here can put into a cell: it was asked for by a button."""
    inserted: str = ""
    """Where the page has put the code, in the user's words."""
    page_problem: str = ""
    """Why it did not, or did not take it back."""
    interrupted: bool = False
    """Whether the user has interrupted the code of this turn while it ran."""

    def see(self, event: p.Event) -> None:
        if not isinstance(event, p.Waiting):
            self.waiting = None
        if isinstance(event, p.TextAdded):
            self._add(event)
        elif isinstance(event, p.PartStarted):
            self.parts[event.part] = Part(event.kind, event.language)
            self.attempts[-1].parts.append(event.part)
        elif isinstance(event, p.PartEnded):
            if event.part in self.parts:
                self.parts[event.part].ended = True
        elif isinstance(event, p.PartResumed):
            # What came before it stands under an earlier input.
            self.parts[event.part] = Part(event.kind, event.language)
            self.attempts[-1].parts.append(event.part)
        elif isinstance(event, p.TurnStarted):
            self.model = event.model
            self.purpose = event.purpose
            self.mentioned = [chip.ref for chip in event.attachments if chip.kind == "variable"]
        elif isinstance(event, p.RequestSent):
            self.model = event.model
            self.sent = list(event.parts)
        elif isinstance(event, p.ActionStarted):
            self.actions[event.action] = event
            self.attempts[-1].actions.append(event.action)
        elif isinstance(event, p.ActionChanged):
            self.states[event.action] = event
        elif isinstance(event, p.CellsRan):
            self.attempts[-1].ran.append(event)
        elif isinstance(event, p.Observed) and event.failure is not None:
            self.attempts.append(Attempt())
        elif isinstance(event, p.Notice):
            self.notices.append(event.problem)
        elif isinstance(event, p.UsageReported):
            self.usage.append(event.usage)
        elif isinstance(event, p.Waiting):
            self.waiting = event
        elif isinstance(event, p.TurnEnded):
            self.ended = event
        elif isinstance(event, p.TurnResumed):
            self.ended = None
        elif isinstance(event, p.Undone):
            self.undone = event

    def _add(self, event: p.TextAdded) -> None:
        part = self.parts.get(event.part)
        if part is None:
            return
        if event.offset < part.length:
            kept = part.text.encode("utf-16-le", "surrogatepass")[: event.offset * 2]
            part.text = kept.decode("utf-16-le", "surrogatepass")
            part.length = event.offset
        part.text += event.text
        part.length += utf16_length(event.text)

    # ------------------------------------------------------------------------------------------------ what it holds

    @property
    def waits_for_decision(self) -> list[str]:
        """Actions that are not carried out before the user says so."""
        return [action for action in self.actions if self.state(action) == "waiting"]

    def state(self, action: str) -> p.ActionState:
        changed = self.states.get(action)
        return changed.state if changed else self.actions[action].state

    def body(self, action: str) -> p.ActionBody:
        changed = self.states.get(action)
        return changed.body if changed and changed.body else self.actions[action].body

    @property
    def ran(self) -> list[p.CellsRan]:
        """Everything that was run, in order."""
        return [ran for attempt in self.attempts for ran in attempt.ran]

    @property
    def failed(self) -> bool:
        """Whether the last thing that was run failed."""
        ran = self.ran
        return bool(ran) and _failed(ran[-1])

    # ----------------------------------------------------------------------------------------------------- Markdown

    def markdown(self) -> str:
        """The turn as Markdown in which nothing of the model's can act."""
        tries = [
            _joined([*(self._part(number, self.parts[number]) for number in attempt.parts), self.outcome(index)])
            for index, attempt in enumerate(self.attempts)
        ]
        answer = DIVIDER.join(block for block in tries if block)
        return _joined([self.receipt(), answer, self.end(), self._now()])

    def outcome(self, index: int) -> str:
        """What follows the text of one attempt: its changes, and what came of running them."""
        attempt = self.attempts[index]
        return _joined([*(self._action(action) for action in attempt.actions), self._runs(index)])

    def end(self) -> str:
        """What follows the whole: problems, where the code is, how it ended, what it cost."""
        return _joined([*map(_problem, self.notices), self._insertion(), self._end()])

    def receipt(self) -> str:
        """What was sent beside the user's text because they named it, and what could not be."""
        told = [
            (
                _FINDINGS[part.label]
                if part.kind == "failure" and part.label in _FINDINGS
                else f"{_SENT[part.kind]} {inline_code(part.label)}"
            )
            + (f" ({part.note})" if part.note else "")
            for part in self.sent
            if part.kind in _SENT
        ]
        if any(part.kind == "variable" for part in self.sent):
            told += [f"a summary of the variable {inline_code(name)}" for name in self.mentioned]
        lines = [f"*Sent with your text: {', '.join(told)}.*"] if told else []
        if self.unknown:
            names = ", ".join(inline_code(f"@{name}") for name in self.unknown)
            lines.append(f"*Sent as text, because there is no such variable: {names}.*")
        return "\n\n".join(lines)

    def hidden(self, number: int) -> bool:
        """Whether a part is not shown as it came: reasoning, and code that is shown as a diff."""
        edits = (action for action in self.actions.values() if isinstance(action.body, p.EditAction))
        return self.parts[number].kind == "thinking" or any(action.part == number for action in edits)

    def _part(self, number: int, part: Part) -> str:
        if self.hidden(number):
            return ""
        if part.kind == "code":
            return code_block(part.text.rstrip("\n"), part.language)
        return harmless_markdown(part.text.strip())

    def _action(self, action: str) -> str:
        body, state = self.body(action), self.state(action)
        message = self.states[action].message if action in self.states else ""
        proof = self.states[action].proof if action in self.states else None
        proof = proof or self.actions[action].proof
        lines = []
        if isinstance(body, p.EditAction) and state not in ("undone", "rejected", "joined"):
            if body.creates and body.cell_id is None and body.before == body.after:
                # A file of an app, which is there already.
                lines.append(f"*Wrote {inline_code(body.path)}*")
            else:
                lines.append(code_block(_diff(body), "diff"))
            if body.note:
                lines.append(f"*{harmless_markdown(body.note)}*")
        elif isinstance(body, p.StartAppAction) and state == "waiting":
            lines.append("*It has Python code, which was not started: allow that in its panel.*")
            if body.note:
                lines.append(harmless_markdown(body.note))
        elif isinstance(body, p.InstallAction):
            names = " ".join(body.packages)
            lines.append(f"To install: {inline_code('%pip install ' + names)}")
        if proof is not None:
            detail = harmless_markdown(proof.detail)
            lines.append(f"*{detail[:1].upper()}{detail[1:]}.*" if proof.status == "untried" else f"*Tried: {detail}.*")
        if self.interrupted and isinstance(body, p.RunAction) and state == "failed":
            lines.append("*The code was interrupted.*")
        elif state in ("failed", "conflict", "held") and message:
            lines.append(f"**Not done.** {harmless_markdown(message)}")
        return "\n\n".join(lines)

    def _runs(self, index: int) -> str:
        lines: list[str] = []
        failed = self.purpose == "fix" or any(_failed(ran) for earlier in self.attempts[:index] for ran in earlier.ran)
        before = {_error(run) for earlier in self.attempts[:index] for ran in earlier.ran for run in ran.runs}
        runs_here = (run for ran in self.attempts[index].ran for run in ran.runs)
        for well, group in groupby(runs_here, lambda run: run.status == "ok"):
            runs = list(group)
            if well:
                lines.append(_ran(runs))
                continue
            for run in runs:
                if run.status == "error" and run.error is not None:
                    error = _error(run)
                    what = "The same error" if error in before else "Another error" if failed else "It failed"
                    lines.append(f"**{what}:** {inline_code(error)}")
                    failed = True
                elif run.message:
                    lines.append(f"*Not run: {harmless_markdown(run.message)}*")
        return "\n\n".join(lines)

    def _insertion(self) -> str:
        # Both texts come over a comm, which anything in the page may have written.
        lines = [f"*Inserted {harmless_markdown(self.inserted)}.*"] if self.inserted else []
        return _joined([*lines, f"**{harmless_markdown(self.page_problem)}**" if self.page_problem else ""])

    def _now(self) -> str:
        if self.waiting is None:
            return ""
        seconds = f"; waiting {self.waiting.seconds:.0f} s" if self.waiting.seconds else ""
        return f"*{harmless_markdown(self.waiting.reason)}{seconds}*"

    def _end(self) -> str:
        if self.undone is not None:
            # Cells that ran belong to the session; of those nothing was changed, their names were bound anew.
            changed = self.undone.left and not self.ran
            left = " Some of it had been changed since and was left." if changed else ""
            cell = f" The {self.offered} was left as it is." if self.offered else ""
            return f"*Undone.{left}{cell}*"
        if self.ended is None:
            return ""
        lines = []
        if self.ended.problem is not None:
            lines.append(_problem(self.ended.problem))
        elif self.ended.reason == "stopped":
            lines.append("*Stopped. What had arrived is kept.*")
        if self.offered:
            lines.append(f"*The code is in the {self.offered}.*")
        elif self.loose:
            lines.append("*To keep the code, copy it into a cell; the button below runs it as it is.*")
        used = sum(usage.input + usage.output + usage.cache_read + usage.cache_write for usage in self.usage)
        if used:
            costs = [usage.cost for usage in self.usage if usage.cost is not None]
            cost = f", ${sum(costs):.4f}" if costs else ""
            lines.append(f"*{harmless_markdown(self.model)}, {used:,} tokens{cost}*")
        return "\n\n".join(lines)


def _joined(blocks: Iterable[str]) -> str:
    """The blocks that hold something, a blank line between them."""
    return "\n\n".join(block for block in blocks if block)


def _failed(ran: p.CellsRan) -> bool:
    return any(run.status == "error" for run in ran.runs)


def _error(run: p.CellRun) -> str:
    return f"{run.error.ename}: {run.error.evalue}"[:300] if run.error is not None else ""


def _problem(problem: p.Problem) -> str:
    # The remedies are written for the chat; here its buttons have other names.
    remedy = problem.remedy.replace("Press Continue", "Type `%townie continue`")
    text = f"**{harmless_markdown(problem.message)}** {harmless_markdown(remedy)}".strip()
    return f"{text}\n\n{code_block(problem.detail)}" if problem.detail else text


def _ran(runs: list[p.CellRun]) -> str:
    cells = f" {len(runs)} cells" if len(runs) > 1 else ""
    timed = [run.seconds for run in runs if run.seconds is not None]
    return f"*Ran{cells}, {sum(timed):.1f} s.*" if timed else f"*Ran{cells}.*"


def _diff(body: p.EditAction) -> str:
    import difflib

    before, after = body.before.splitlines(), body.after.splitlines()
    lines = list(difflib.unified_diff(before, after, lineterm="", n=2))[2:]
    return "\n".join(line for line in lines if not line.startswith("@@")) or "(no change)"
