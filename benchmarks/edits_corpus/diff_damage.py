"""The ways in which models get a unified diff or a V4A patch wrong."""

from __future__ import annotations

import copy
import html
import random
import re
from collections.abc import Iterator

from .bent_diffs import (
    beside_addition,
    carried,
    dedented,
    each_line,
    indented,
    one_context_line_missing,
    one_context_line_off,
    still_one,
    with_new_lines,
)
from .case import Case, Text, fenced
from .changes import Change
from .written import (
    Diff,
    diff_of,
    lead,
    lines_of,
    misremembered,
    occurrences,
    quotes_tell,
    v4a_text,
)


def _located(change: Change, diff: Diff) -> bool:
    """Whether every hunk has exactly one place without its line number."""
    lines = lines_of(change.before)
    return all(occurrences(lines, hunk.old) == 1 for hunk in diff.hunks)


def _occurs_once(text: str, block: list[str]) -> bool:
    """Whether lines occur once as they are; in another indentation they may occur again, which is no doubt."""
    return bool(block) and f"\n{text}\n".count("\n".join(["", *block, ""])) == 1


def diff_cases(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
    """Damage that unified diffs and V4A patches share."""
    numbered = format == "udiff"
    located = _located(change, diff)

    def case(kind: str, damaged: Diff, right: bool = True, before: str | None = None, after: str | None = None) -> Case:
        expected = (change.after if after is None else after) if right else None
        return Case(format, kind, change.before if before is None else before, text(damaged), expected)

    if located or numbered:
        yield case("clean", diff)
        if change.before.endswith("\n") and change.after.endswith("\n"):
            yield case("no final line end", diff, before=change.before[:-1], after=change.after[:-1])
    if not located:
        loose = copy.deepcopy(diff)
        loose.numbers = "bare"
        if not all(_occurs_once(change.before, hunk.old) for hunk in diff.hunks):
            yield case("ambiguous", loose, right=False)
        return
    yield Case(
        format, "fenced among prose", change.before, fenced(text(diff), "diff" if numbered else ""), change.after
    )
    crlf = (change.before.replace("\n", "\r\n"), change.after.replace("\n", "\r\n"))
    if "\r" not in change.before:
        yield case("CRLF text", diff, before=crlf[0], after=crlf[1])
        yield Case(format, "CRLF reply", change.before, text(diff).replace("\n", "\r\n"), change.after)
        yield Case(format, "CRLF both", crlf[0], text(diff).replace("\n", "\r\n"), crlf[1])

    damaged = each_line(diff, lambda mark, line: line.rstrip())
    trimmed_after = with_new_lines(change, diff, damaged)
    if trimmed_after is not None:
        stripped = text(damaged)
        yield Case(
            format, "blank context lost its blank", change.before, re.sub(r"(?m)^ $", "", stripped), trimmed_after
        )
    padded = "\n".join(
        [line + "  " if line.strip() and rng.random() < 0.3 else line for line in change.before.split("\n")]
    )
    expected = carried(change, diff, padded)
    if padded != change.before and expected is not None:
        yield case("trailing blanks in the text", diff, before=padded, after=expected)

    for name, shift in (("indented more", indented), ("dedented", dedented)):
        damaged = shift(diff)
        if damaged is not None and still_one(change, damaged):
            yield case(name, damaged)
    if "\t" not in change.before and "    " in change.before:
        tabs = lambda line: re.sub(r"^(?: {4})+", lambda m: "\t" * (len(m[0]) // 4), line)  # noqa: E731
        plain_indent = all(len(lead(t)) % 4 == 0 for h in diff.hunks for _, t in h.lines if t.strip())
        if plain_indent and any(lead(t) for h in diff.hunks for m, t in h.lines if m != "+"):
            yield case("tabs for blanks", each_line(diff, lambda mark, line: tabs(line)))

    damaged = copy.deepcopy(diff)
    damaged.hunks = [copy.deepcopy(hunk) for hunk in diff.hunks]
    for hunk in damaged.hunks:
        hunk.lines = [
            (m, t) for n, (m, t) in enumerate(hunk.lines) if m != " " or t.strip() or beside_addition(hunk.lines, n)
        ]
    damaged.numbers = "bare"
    if text(damaged).count("\n") != text(diff).count("\n") and still_one(change, damaged, blank=False):
        yield case("blank context left out", damaged)

    damaged = each_line(diff, lambda mark, line: line.replace("'", "\u2019").replace('"', "\u201d"))
    marked = [line for hunk in diff.hunks for line in hunk.lines]
    if (
        quotes_tell([t for m, t in marked if m != "+"], [t for m, t in marked if m == "+"])
        and change.before.isascii()
        and change.after.isascii()
    ):
        yield case("typographic quotes", damaged)

    damaged = one_context_line_off(diff, rng)
    if damaged is not None:
        yield case("a context line differs", damaged)
    damaged = one_context_line_missing(diff, rng)
    if damaged is not None:
        yield case("a context line is missing", damaged)
    damaged = copy.deepcopy(diff)
    damaged.numbers = "bare"
    if "\n".join(h for h in text(damaged)) and all(
        t[:1] not in ("+", "-", "\\", "@", "") and not t.startswith("***")
        for h in damaged.hunks
        for m, t in h.lines
        if m == " "
    ):
        bare = "\n".join([row[1:] if row[:1] == " " else row for row in text(damaged).split("\n")])
        yield Case(format, "context lost its mark", change.before, bare, change.after)
    if len(diff.hunks) > 1:
        damaged = copy.deepcopy(diff)
        damaged.hunks.reverse()
        yield case("hunks in another order", damaged)
        if all(occurrences(lines_of(change.before), part) == 1 for h in diff.hunks for part in [h.old]) and numbered:
            merged = copy.deepcopy(diff)
            merged.numbers = "bare"
            rows = text(merged).split("\n")
            first = next(n for n, row in enumerate(rows) if row.startswith("@@"))
            rows = [row for n, row in enumerate(rows) if n <= first or not row.startswith("@@")]
            if all(h.lines[0][0] == h.lines[-1][0] == " " for h in diff.hunks):
                yield Case(format, "hunks run together", change.before, "\n".join(rows), change.after)
        repeated = copy.deepcopy(diff)
        repeated.hunks.append(copy.deepcopy(repeated.hunks[0]))
        yield case("a hunk sent twice", repeated)

    yield from _diff_refusals(format, change, diff, text, rng)


def _diff_refusals(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
    def refused(kind: str, reply: str, before: str | None = None) -> Case:
        return Case(format, kind, change.before if before is None else before, reply, None)

    after_lines = lines_of(change.after)
    if all(occurrences(after_lines, hunk.old) == 0 for hunk in diff.hunks):
        yield refused("already applied", text(diff), change.after)
    target = rng.choice(diff.hunks)
    doubled = lines_of(change.before)
    doubled = [*doubled, "", *target.old, ""]
    loose = copy.deepcopy(diff)
    loose.numbers = "bare"
    if len([line for line in target.old if line.strip()]) > 1:
        yield refused("target doubled", text(loose), "\n".join(doubled) + "\n")
    removed = [
        (h, n)
        for h, hunk in enumerate(diff.hunks)
        for n, (m, t) in enumerate(hunk.lines)
        if m == "-" and len(t.strip()) > 8
    ]
    if removed:
        h, n = rng.choice(removed)
        damaged = copy.deepcopy(diff)
        wrong = misremembered(damaged.hunks[h].lines[n][1], rng)
        damaged.hunks[h].lines[n] = ("-", wrong)
        if wrong not in lines_of(change.before):
            yield refused("a removed line is not there", text(damaged))
    added = [(h, n) for h, hunk in enumerate(diff.hunks) for n, (m, _) in enumerate(hunk.lines) if m == "+"]
    if added:
        h, n = rng.choice(added)
        damaged = copy.deepcopy(diff)
        dots = rng.choice(
            (
                "# ... existing code ...",
                "// ... rest of the code unchanged ...",
                "# rest of the function remains the same",
                "...",
                "/* ... existing styles ... */",
                "<!-- rest of the page unchanged -->",
            )
        )
        damaged.hunks[h].lines.insert(n, ("+", dots))
        previous = next((t for m, t in reversed(damaged.hunks[h].lines[:n]) if m != "-" and t.strip()), "")
        if not previous.rstrip().endswith((":", '"""')) and dots not in lines_of(change.before):
            yield refused("placeholder added", text(damaged))
    damaged = copy.deepcopy(diff)
    for hunk in damaged.hunks:
        hunk.lines = [(m, t) for m, t in hunk.lines if m != "+"]
        hunk.lines = [x for m, t in hunk.lines for x in ([(m, t), ("+", t)] if m == "-" else [(m, t)])]
    if any(m == "-" for hunk in damaged.hunks for m, _ in hunk.lines):
        yield refused("changes nothing", text(damaged))
    yield refused("prose alone", "I would change the loop so that it stops early, and then rename the variable.\n")
    other = copy.deepcopy(diff)
    for hunk in other.hunks:
        hunk.lines = [(m, f"{lead(t)}{t.strip()[::-1]}") for m, t in hunk.lines]
    yield refused("another file's change", text(other))
    two = text(diff) + text(Diff("other/" + change.name[::-1], diff.hunks, diff.header, diff.numbers))
    if format == "udiff":
        yield refused("two files", two)
    last = diff.hunks[-1]
    marks = [m for m, _ in last.lines]
    change_at = max(n for n, m in enumerate(marks) if m != " ")
    if change_at and len(last.lines) - change_at > 3 and marks[0] == " ":
        whole = text(diff).split("\n")
        tail = len(last.lines) - change_at - 1
        end = len(whole) - 1 - tail - (1 if format == "v4a" else 0)
        cut = whole[: end - (1 if marks.count(marks[change_at]) > 1 else 0)]
        if sum(row[:1] in "+-" for row in cut[-change_at:] if row):
            yield refused("cut off", "\n".join(cut))
            yield refused("cut off in a fence", "```diff\n" + "\n".join(cut))


def udiff_cases(change: Change, diff: Diff, rng: random.Random) -> Iterator[Case]:
    located = _located(change, diff)
    if not located:
        return

    def case(kind: str, damaged: Diff) -> Case:
        return Case("udiff", kind, change.before, damaged.text(), change.after)

    for kind, field, value in (
        ("no line numbers", "numbers", "none"),
        ("bare @@", "numbers", "bare"),
        ("no file header", "header", ""),
    ):
        damaged = copy.deepcopy(diff)
        setattr(damaged, field, value)
        yield case(kind, damaged)
    off = rng.choice((-7, -3, -1, 1, 4, 25))
    damaged = copy.deepcopy(diff)
    for hunk in damaged.hunks:
        hunk.start, hunk.new_start = max(1, hunk.start + off), max(1, hunk.new_start + off)
    yield case("wrong line numbers", damaged)
    wrong = re.sub(
        r"(?m)^@@ -(\d+),(\d+) \+(\d+),(\d+)",
        lambda m: (
            f"@@ -{m[1]},{max(1, int(m[2]) + rng.choice((-1, 1, 2)))}"
            f" +{m[3]},{max(1, int(m[4]) + rng.choice((-2, 1, 1)))}"
        ),
        diff.text(),
    )
    yield Case("udiff", "wrong counts", change.before, wrong, change.after)
    yield Case("udiff", "wrong counts in a fence", change.before, fenced(wrong, "diff"), change.after)
    for context in (0, 1):
        small = diff_of(change, context)
        small.numbers = "bare"
        if all(any(t.strip() for t in hunk.old) for hunk in small.hunks) and _located(change, small):
            yield case(f"{context} lines of context", small)
    plain = copy.deepcopy(diff)
    plain.headings = ["def something_else(self):"] * len(plain.hunks)
    yield case("a heading that is not there", plain)
    indented = "\n".join(["   " + row if row else row for row in diff.text().split("\n")])
    yield Case(
        "udiff",
        "indented in a list",
        change.before,
        f"1. Do this:\n\n   ```diff\n{indented.rstrip()}\n   ```\n",
        change.after,
    )
    escaped = html.escape(diff.text(), quote=False)
    if escaped != diff.text() and "&" not in change.before + change.after:
        yield Case("udiff", "entities", change.before, escaped, change.after)
    lines = lines_of(change.before)
    top = ["# one more line", "# and another", *lines]
    shifted = "\n".join(top) + "\n"
    if change.before.endswith("\n") and change.after.endswith("\n"):
        yield Case(
            "udiff", "the text moved on", shifted, diff.text(), "\n".join([*top[:2], *lines_of(change.after)]) + "\n"
        )
    yield Case(
        "udiff",
        "no marker for a missing line end",
        change.before.removesuffix("\n"),
        diff.text(),
        change.after.removesuffix("\n"),
    )
    yield Case(
        "udiff",
        "prose after it",
        change.before,
        diff.text() + "\nThis removes the old code. Let me know if it works.\n",
        change.after,
    )


def v4a_cases(change: Change, diff: Diff, rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)
    headings = []
    for hunk in diff.hunks:
        above = [n for n in range(hunk.start - 2, -1, -1) if lines[n].startswith(("def ", "class ", "function "))]
        headings.append([lines[above[0]]] if above and occurrences(lines, [lines[above[0]]]) == 1 else [])
    if _located(change, diff):
        if any(headings) and all(
            _inside(lines, hunk.start - 1, len(hunk.old), head) for hunk, head in zip(diff.hunks, headings, strict=True)
        ):
            yield Case("v4a", "with headings", change.before, v4a_text(diff, headings), change.after)
        bare = v4a_text(diff).split("\n", 2)[2].replace("*** End Patch\n", "")
        yield Case("v4a", "without envelope", change.before, bare, change.after)
        yield Case(
            "v4a",
            "deletes the file",
            change.before,
            f"*** Begin Patch\n*** Delete File: {change.name}\n*** End Patch\n",
            None,
        )
        second = v4a_text(diff).replace(
            "*** End Patch", f"*** Update File: other_{change.name}\n@@\n-a\n+b\n*** End Patch"
        )
        yield Case("v4a", "two files", change.before, second, None)


def _inside(lines: list[str], start: int, size: int, heading: list[str]) -> bool:
    """Whether the lines from the heading to the end of the hunk are all in the heading's block."""
    if not heading:
        return True
    row = lines.index(heading[0])
    return all(not line.strip() or line[:1].isspace() for line in lines[row + 1 : start + size])
