"""What the model is shown with a message: only what the chips allow, within a budget, marked as data."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from jupyter_townie.context import boundary as boundaries, budget as budgets
from jupyter_townie.context.budget import Piece, Reduction, Stage
from jupyter_townie.context.notebook import LEFT_OUT, Form, Shown, View, shown
from jupyter_townie.context.tokens import estimate_tokens
from jupyter_townie.kernels.printed import head_and_tail
from jupyter_townie.protocol import Attachment, Binding, ContextPart, Failure, Image, NotebookSnapshot, Privacy

if TYPE_CHECKING:
    from jupyter_townie.context.appview import AppView
    from jupyter_townie.context.files import FileText
    from jupyter_townie.context.findings import Finding
    from jupyter_townie.kernels.variables import VariableSummary

Redact = Callable[[str], tuple[str, Sequence[Any]]]
"""A text without its secrets, and one entry for each place that was changed."""

FILE_STEPS = (16_000, 4_000)
"""Bytes that stay of an attached file, when room is short and when it is shorter."""
OVERHEAD = 120
"""Tokens of the lines around the parts."""

_NAME = re.compile(r"[^\W\d]\w*")
_SPLIT = "\n\0\n"


@dataclass(frozen=True)
class Context:
    """What is sent beside the system prompt and the history."""

    text: str
    images: tuple[Image, ...]
    """In the order of their ``image N`` lines in :attr:`text`."""
    parts: tuple[ContextPart, ...]
    """The receipt: what went in, how much of it, and what was left out."""

    @property
    def tokens(self) -> int:
        """Estimated tokens of it all."""
        return sum(part.tokens for part in self.parts)


@dataclass
class _Section:
    """One delimited part of the text: a notebook, a file, the variables, ..."""

    kind: Any
    label: str
    names: dict[str, str]
    entries: list[Shown]
    note: str = ""
    taken: list[int] = field(default_factory=list)


def build(
    *,
    message: str,
    snapshot: NotebookSnapshot | None,
    binding: Binding,
    attachments: Sequence[Attachment],
    privacy: Privacy,
    failure: Failure | None,
    variables: Sequence[VariableSummary] = (),
    files: Sequence[FileText] = (),
    findings: Sequence[Finding] = (),
    views: Sequence[AppView] = (),
    slice_ids: Sequence[str] | None = None,
    budget: int,
    redact: Redact | None = None,
) -> Context:
    """Put together what the model is shown with ``message``.

    What goes in follows from the chips (``attachments``) and the purpose:

    * with ``failure`` and ``slice_ids`` the cells of the slice, the failed cell, attached cells, and the variables that
      these name; the notebook chip changes nothing then;
    * else with a notebook chip all cells and all ``variables``;
    * with ``findings`` what else is known of the failure; with ``views`` what apps show at this moment;
    * without one the cells, selections, variables and files that have chips of their own.  A failure always goes in.

    ``privacy`` bounds it: outputs, images and errors of cells only with *outputs*, variables only from *types* on,
    unless a variable has a chip.  ``budget`` is in tokens; :mod:`jupyter_townie.context.budget` says what is given up
    first.  ``redact`` takes secrets out of everything but the message (default: this room's own redaction).

    Nothing is read or asked here: the result follows from the arguments and the random boundary.
    """
    redact = _default_redact() if redact is None else redact
    chips: dict[str, list[Attachment]] = {}
    for chip in attachments:
        chips.setdefault(chip.kind, []).append(chip)
    texts = _contents(message, snapshot, failure, variables, files, attachments)
    boundary = boundaries.fresh([*texts, *(finding.text for finding in findings), *(view.tree for view in views)])
    sections: list[_Section] = []
    view = None if snapshot is None else _view(snapshot, binding, chips, privacy, failure, slice_ids)
    if snapshot is not None and view is not None:
        sections.append(_notebook(snapshot, view, boundary, budget))
    names = None if view is None or failure is None else _names(view, failure)
    sections.extend(_variables(variables, chips, privacy, names, view is not None))
    sections.extend(_file(file) for file in files)
    sections.extend(
        _single("selection", chip.label, chip.text, {"of": chip.path or binding.path or ""})
        for chip in chips.get("selection", ())
        if chip.text
    )
    if failure is not None:
        sections.append(_single("failure", failure.ename, _failure_text(failure), {"in": failure.cell_id or ""}))
    sections.extend(_single(finding.kind, finding.label, finding.text, {"of": finding.label}) for finding in findings)
    sections.extend(_views(views, boundary))
    _fit(sections, budget - estimate_tokens(message) - OVERHEAD)
    return _assembled(sections, message, boundary, redact)


# --------------------------------------------------------------------------------------------------- choosing the parts


def _view(
    snapshot: NotebookSnapshot,
    binding: Binding,
    chips: dict[str, list[Attachment]],
    privacy: Privacy,
    failure: Failure | None,
    slice_ids: Sequence[str] | None,
) -> View | None:
    """Which cells are shown, or None for none."""
    existing = {cell.id for cell in snapshot.cells}
    attached = {chip.ref for chip in chips.get("cell", ())}
    failed = failure.cell_id if failure is not None else None
    own = {cell_id for cell_id in (binding.cell_id, failed) if cell_id}
    wanted: set[str] | None
    if failure is not None and slice_ids is not None:
        wanted = {*slice_ids, *own, *attached}
    elif "notebook" in chips:
        wanted = None
    elif failure is not None:
        wanted = own | attached
    else:
        wanted = attached
    if wanted is not None and not wanted & existing:
        return None
    places = (failed, binding.cell_id, binding.after, snapshot.active_cell)
    return View(
        cells=snapshot.cells,
        shown=wanted,
        anchor=next((place for place in places if place in existing), None),
        kept=own | attached,
        failed=failed,
        active=binding.cell_id or snapshot.active_cell,
        outputs=privacy == "outputs",
    )


def _notebook(snapshot: NotebookSnapshot, view: View, boundary: str, budget: int) -> _Section:
    label = snapshot.path if view.shown is None else f"{len(set(view.shown))} cells of {snapshot.path}"
    names = {"path": snapshot.path, "language": snapshot.language, "kernel": snapshot.kernel_status}
    return _Section("notebook" if view.shown is None else "cell", label, names, shown(view, boundary, budget))


def _names(view: View, failure: Failure) -> set[str]:
    """Every name in the cells shown and in the failure: what a fix may need to know of the variables."""
    texts = [cell.source for cell in view.cells if view.shown is None or cell.id in view.shown]
    return {found for text in (*texts, failure.summary) for found in _NAME.findall(text)}


def _variables(
    variables: Sequence[VariableSummary],
    chips: dict[str, list[Attachment]],
    privacy: Privacy,
    names: set[str] | None,
    notebook: bool,
) -> list[_Section]:
    asked = {chip.ref for chip in chips.get("variable", ())}
    entries = []
    for variable in variables:
        chip = variable.name in asked
        if not chip and (privacy == "code" or not notebook or (names is not None and variable.name not in names)):
            continue
        text = variable.text
        forms = [Form("-", text)]
        line = text.split("\n", 1)[0]
        if len(line) < len(text):
            forms.append(Form("-", f"{line} ..."))
        stages = [Stage.VARIABLE] * (len(forms) - 1)
        if not chip:
            forms.append(LEFT_OUT)
            stages.append(Stage.VARIABLE)
        entries.append(_entry("variable", variable.name, forms, stages))
    label = f"{len(entries)} variable{'s' if len(entries) > 1 else ''}"
    return [_Section("variable", label, {}, entries)] if entries else []


def _file(file: FileText) -> _Section:
    forms, stages = [Form("-", file.text)], []
    for limit in FILE_STEPS:
        if len(file.text) > limit:
            forms.append(Form("-", head_and_tail(file.text, limit)))
            stages.append(Stage.FILE)
    entry = _entry("file", file.path, [*forms, LEFT_OUT], [*stages, Stage.REST_OF_FILE])
    return _Section("file", file.path, {"path": file.path}, [entry], note=file.note)


def _views(views: Sequence[AppView], boundary: str) -> list[_Section]:
    if not views:
        return []
    from jupyter_townie.context.appview import entries

    return [_Section("app", view.title, {"of": view.path}, entries(view, boundary), view.note) for view in views]


def _single(kind: str, label: str, text: str, names: dict[str, str]) -> _Section:
    return _Section(kind, label, names, [_entry(kind, label, [Form("-", text)], [])])


def _entry(kind: str, name: str, forms: Sequence[Form], stages: Sequence[Stage]) -> Shown:
    reductions = tuple(Reduction(stage, form.tokens) for stage, form in zip(stages, forms[1:], strict=True))
    return Shown(kind, name, tuple(forms), Piece(forms[0].tokens, 0, reductions))


def _failure_text(failure: Failure) -> str:
    head = f"{failure.ename}: {failure.evalue}"
    return failure.summary if failure.ename in failure.summary else f"{head}\n{failure.summary}".strip()


def _contents(
    message: str,
    snapshot: NotebookSnapshot | None,
    failure: Failure | None,
    variables: Sequence[VariableSummary],
    files: Sequence[FileText],
    attachments: Sequence[Attachment],
) -> list[str]:
    """Every text that could hold a forged delimiter."""
    texts = [message, *(variable.text for variable in variables), *(file.text for file in files)]
    texts += [chip.text for chip in attachments if chip.text]
    if failure is not None:
        texts.append(_failure_text(failure))
    if snapshot is not None:
        for cell in snapshot.cells:
            texts.append(cell.source)
            if cell.output:
                texts.append(cell.output)
            if cell.error is not None:
                texts.extend((cell.error.evalue, *cell.error.traceback))
    return texts


# ------------------------------------------------------------------------------------------------------ fitting, text


def _fit(sections: Sequence[_Section], budget: int) -> None:
    taken = budgets.fit([entry.piece for section in sections for entry in section.entries], budget)
    for section in sections:
        section.taken, taken = taken[: len(section.entries)], taken[len(section.entries) :]


def _assembled(sections: Sequence[_Section], message: str, boundary: str, redact: Redact) -> Context:
    texts: list[str] = []
    images: list[Image] = []
    parts: list[ContextPart] = []
    for section in sections:
        forms = [entry.forms[taken] for entry, taken in zip(section.entries, section.taken, strict=True)]
        bodies, redacted = _redacted([form.body for form in forms], redact)
        lines: list[str] = []
        skipped = output_tokens = image_tokens = 0
        for entry, form, body in zip(section.entries, forms, bodies, strict=True):
            if not form.header:
                skipped += entry.kind == "source"
                continue
            if skipped:
                lines.append(_skipped(skipped, boundary))
                skipped = 0
            if entry.image is not None:
                images.append(entry.image)
                lines.append(f"{form.header} {len(images)}")
                image_tokens += entry.piece.tokens
                of = f"screenshot of {section.label}" if section.kind == "app" else f"of cell {entry.cell_id}"
                parts_label = f"image {len(images)}, {of}"
                parts.append(ContextPart(kind="image", label=parts_label, tokens=entry.piece.tokens))
                continue
            if form.header != "-":
                lines.append(form.header)
            if body:
                lines.append(body)
            if entry.kind == "output":
                output_tokens += form.tokens
        if skipped:
            lines.append(_skipped(skipped, boundary))
        note = _note(section, redacted)
        if lines:
            text = boundaries.wrap(boundary, section.kind, "\n".join(lines), **section.names)
            texts.append(text)
            own = max(0, estimate_tokens(text) - output_tokens)
        else:
            own = 0
        if section.kind == "app":
            label = f"what {section.label} shows, as text"
            parts.append(ContextPart(kind="output", label=label, tokens=own + output_tokens, note=note))
            continue
        parts.append(ContextPart(kind=section.kind, label=section.label, tokens=own, note=note))
        if output_tokens:
            parts.append(ContextPart(kind="output", label=f"outputs of {section.label}", tokens=output_tokens))
    texts.append(message)
    parts.append(ContextPart(kind="message", label="message", tokens=estimate_tokens(message)))
    return Context("\n\n".join(texts), tuple(images), tuple(parts))


def _skipped(count: int, boundary: str) -> str:
    return f"--{boundary} {count} {'cell' if count == 1 else 'cells'} left out"


def _note(section: _Section, redacted: int) -> str:
    """What was left out or redacted, in words for the receipt."""
    notes = [section.note] if section.note else []
    counts: dict[str, int] = {}
    for entry, taken in zip(section.entries, section.taken, strict=True):
        if taken:
            gone = not entry.forms[taken].header
            what = f"{entry.kind} left out" if gone else f"{entry.kind} shortened"
            counts[what] = counts.get(what, 0) + 1
    notes += [f"{count} {what}" if count == 1 else f"{count} {_plural(what)}" for what, count in counts.items()]
    if redacted:
        notes.append(f"{redacted} {'secret' if redacted == 1 else 'secrets'} redacted")
    return "; ".join(notes)


def _plural(what: str) -> str:
    noun, _, rest = what.partition(" ")
    return f"{noun}s {rest}"


def _redacted(bodies: Sequence[str], redact: Redact) -> tuple[list[str], int]:
    """All ``bodies`` through ``redact`` in one call, because one call for each of a thousand cells would cost more."""
    clean = [body.replace("\0", "") if "\0" in body else body for body in bodies]
    text, found = redact(_SPLIT.join(clean))
    if not found:
        return clean, 0
    split = text.split(_SPLIT)
    if len(split) == len(clean):
        return split, len(found)
    # A secret that seems to span two cells took a border with it: each cell by itself, then.
    single = [redact(body) for body in clean]
    return [text for text, _ in single], sum(len(found) for _, found in single)


@cache
def _default_redact() -> Redact:
    try:
        module = importlib.import_module("jupyter_townie.context.redaction")
    except ImportError:
        return lambda text: (text, ())
    redact: Redact = module.redact
    return redact
