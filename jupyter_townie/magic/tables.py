"""What ``%townie models``, ``status`` and ``cost`` show."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .. import __version__, protocol as p
from ..models.providers import is_local
from .untrusted import harmless_markdown, inline_code

NO_KEY = (
    "A key is the provider's environment variable (`ANTHROPIC_API_KEY`, `OPENAI_API_KEY`, ...), set before the kernel "
    "is started, or is saved once in JupyterLab's chat under *Models and keys*."
)
_STATES = {
    "environment": "from the environment ({where})",
    "saved": "saved ({where})",
}


def models_table(models: p.Models) -> str:
    """The models that can be asked, the default marked."""
    rows = ["| model | ready | window | $ per million tokens |", "| --- | --- | ---: | --- |"]
    for model in models.models:
        mark = " (default)" if model.id == models.default else ""
        ready = "yes" if model.ready else harmless_markdown(model.problem.message if model.problem else "no")
        price = "" if model.input_price is None else f"{model.input_price:g} in, {model.output_price:g} out"
        rows.append(f"| {inline_code(model.id)}{mark} | {ready} | {model.window:,} | {price} |")
    problems = [m.problem for m in models.models if m.problem and m.problem.remedy]
    remedies = dict.fromkeys(problem.remedy for problem in problems if problem.code != "no_key")
    missing = "".join(f"\n- {harmless_markdown(remedy)}" for remedy in remedies)
    if any(problem.code == "no_key" for problem in problems):
        # One line for all of them: each provider has its own variable, and they differ in nothing else.
        missing += "\n- " + NO_KEY
    return "\n".join(rows) + "\n\nAsk one with `%townie --model provider/name ...`." + (missing and "\n" + missing)


def status_table(models: p.Models, chosen: str | None, store: Path, failed: str) -> str:
    """What works, what is missing, and what to do about it."""
    rows = [
        f"| Townie | {__version__} |",
        "| --- | --- |",
        f"| model | {inline_code(chosen or models.default)} |",
    ]
    found = [key for key in models.keys if key.state in _STATES]
    rows += [f"| key of {key.label} | {_STATES[key.state].format(where=key.where)} |" for key in found]
    needed = next((key for key in models.keys if (chosen or models.default).startswith(f"{key.provider}/")), None)
    if not found and needed is not None and needed.state == "not_needed":
        rows.append("| keys | none; this model needs none |")
    elif not found:
        problems = (model.problem for model in models.models if model.problem is not None)
        remedy = next((problem.remedy for problem in problems if problem.code == "no_key"), "")
        rows.append(f"| keys | none. {harmless_markdown(remedy)} |")
    for server in models.servers:
        found_there = f"{server.models} model{'s' if server.models != 1 else ''} at {server.url}"
        said = f"{server.problem.message} {server.problem.remedy}" if server.problem else found_there
        rows.append(f"| {server.label} | {harmless_markdown(said)} |")
    rows.append(f"| last failure | {inline_code(failed) if failed else 'none'} |")
    rows.append(f"| threads are kept in | {inline_code(str(store))} |")
    return "\n".join(rows)


def cost_table(events: Iterable[p.Event]) -> str:
    """Tokens and dollars of this session, by model."""
    totals: dict[str, list[float]] = {}
    unpriced = False
    for event in events:
        if isinstance(event, p.UsageReported):
            usage = event.usage
            total = totals.setdefault(usage.model, [0, 0, 0, 0.0])
            total[0] += usage.input + usage.cache_write
            total[1] += usage.cache_read
            total[2] += usage.output
            total[3] += usage.cost or 0.0
            unpriced = unpriced or (usage.cost is None and not is_local(usage.model))
    if not totals:
        return "Nothing has been spent in this session."
    rows = ["| model | input tokens | read from cache | output tokens | $ |", "| --- | ---: | ---: | ---: | ---: |"]
    rows += [
        f"| {inline_code(model)} | {sent:,.0f} | {cached:,.0f} | {written:,.0f} | {cost:.4f} |"
        for model, (sent, cached, written, cost) in totals.items()
    ]
    note = "\n\nSome models have no known price; their tokens are counted, their dollars are not." if unpriced else ""
    return "\n".join(rows) + note
