"""Further ways in which models get diffs and patches wrong; see `damage` for the first ones."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator

from .case import Case, Text
from .changes import Change
from .written import Diff, DiffHunk, Marked, diff_of, lines_of, occurrences, v4a_text

_DOTS = "..."


def slips_of(change: Change, rng: random.Random) -> Iterator[Case]:
    """All cases of one change as a unified diff and as a V4A patch."""
    diff = diff_of(change)
    if not diff.hunks or any(occurrences(lines_of(change.before), hunk.old) != 1 for hunk in diff.hunks):
        return
    for format, text in (("udiff", Diff.text), ("v4a", v4a_text)):
        yield from _rewritten(format, change, diff, text, rng)
        yield from _moved_on(format, change, diff, text, rng)
        yield from _refused(format, change, diff, text, rng)
    yield from _udiff_shapes(change, diff, rng)


def _bare(diff: Diff) -> Diff:
    out = copy.deepcopy(diff)
    out.numbers = "bare"
    return out


def _rewritten(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)

    def case(kind: str, damaged: Diff, before: str = change.before, after: str = change.after) -> Case:
        return Case(format, kind, before, text(damaged), after)

    for kind, keep in (("context above alone", True), ("context below alone", False)):
        damaged = _bare(diff)
        for hunk in damaged.hunks:
            hunk.lines = _one_sided(hunk.lines, keep)
        if all(any(t.strip() for t in h.old) and occurrences(lines, h.old) == 1 for h in damaged.hunks):
            yield case(kind, damaged)
    for kind, order in (("additions before removals", _added_first), ("removals and additions in turns", _in_turns)):
        damaged = copy.deepcopy(diff)
        for hunk in damaged.hunks:
            hunk.lines = order(hunk.lines)
        if text(damaged) != text(diff):
            yield case(kind, damaged)
    damaged = copy.deepcopy(diff)
    some = False
    for hunk in damaged.hunks:
        rows = [n for n, (m, t) in enumerate(hunk.lines) if m == " " and t.strip()]
        if rows:
            n = rng.choice(rows)
            line = hunk.lines[n][1]
            hunk.lines[n : n + 1] = [("-", line), ("+", line)]
            some = True
    if some:
        yield case("an unchanged line removed and added", damaged)
    for kind, alter in (
        ("a context line with other blanks inside", lambda t: re.sub(r"(\S) (\S)", r"\1  \2", t, count=1)),
        ("a context line without its comment", lambda t: re.sub(r"\s+(#|//) .*$", "", t)),
        ("a context line in other words", lambda t: re.sub(r"[a-z]{5,}", lambda m: m[0][:-1], t, count=1)),
    ):
        damaged = _bare(diff)
        if _alter_context(damaged, alter, rng):
            yield case(kind, damaged)
    damaged = _bare(diff)
    if _alter_context(damaged, None, rng):
        yield case("a context line twice", damaged)
    damaged = _bare(diff)
    for hunk in damaged.hunks:
        rows = [
            n
            for n in range(1, len(hunk.lines))
            if hunk.lines[n - 1][0] == hunk.lines[n][0] == " "
            and hunk.lines[n - 1][1].strip()
            and hunk.lines[n][1].strip()
        ]
        if rows:
            hunk.lines.insert(rng.choice(rows), (" ", ""))
    if text(damaged) != text(_bare(diff)):
        yield case("a blank line too many in the context", damaged)
    damaged = _bare(diff)
    for hunk in damaged.hunks:
        hunk.lines = [(m, t) for m, t in hunk.lines if m != " " or t.strip()]
    written = [line for line in lines if line.strip()]
    if text(damaged) != text(_bare(diff)) and all(
        occurrences(written, [t for t in h.old if t.strip()]) == 1 for h in damaged.hunks
    ):
        yield case("all blank context left out", damaged)
    if re.search(r"(?m)^\t", change.before) and not re.search(r"(?m)^\t* +\t", change.before):
        for width in (2, 4):
            damaged = copy.deepcopy(diff)
            for hunk in damaged.hunks:
                hunk.lines = [
                    (m, re.sub(r"^\t+", lambda x, width=width: " " * (width * len(x[0])), t)) for m, t in hunk.lines
                ]
            if any(t[:1] == "\t" for h in diff.hunks for m, t in h.lines if m != "+") and not any(
                t[:1] == " " for h in diff.hunks for _, t in h.lines
            ):
                yield case(f"{width} blanks for a tab", damaged)
    if change.before.isascii() and change.after.isascii():
        damaged = copy.deepcopy(diff)
        for hunk in damaged.hunks:
            hunk.lines = [(m, re.sub(r"(?<=\S) (?=\S)", "\u00a0", t)) for m, t in hunk.lines]
        if text(damaged) != text(diff):
            yield case("no-break spaces", damaged)
        context = [
            (h, n)
            for h, hunk in enumerate(diff.hunks)
            for n, (m, t) in enumerate(hunk.lines)
            if m == " " and "'" in t and change.before.count(t.strip()) == change.after.count(t.strip()) == 1
        ]
        if context:
            h, n = rng.choice(context)
            line = diff.hunks[h].lines[n][1]
            curly = line.replace("'", "\u2019")
            yield case(
                "plain quotes for the text's curly ones",
                diff,
                change.before.replace(line, curly),
                change.after.replace(line, curly),
            )
    if change.before[:1] not in ("\ufeff", "") and format == "udiff":
        yield case("a byte order mark", diff, "\ufeff" + change.before, "\ufeff" + change.after)
    last = diff.hunks[-1]
    if last.start - 1 + len(last.old) == len(lines) and last.lines[-1][0] == " ":
        damaged = _bare(diff)
        damaged.hunks[-1].lines.append((" ", ""))
        yield case("a blank line past the end", damaged)
    whole = diff_of(change, len(lines))
    if len(lines) < 300:
        yield case("one hunk of the whole text", whole)


def _moved_on(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
    """The text changed after the model read it."""
    lines = lines_of(change.before)
    end = "\n" if change.before.endswith("\n") else ""
    if change.after.endswith("\n") != bool(end):
        return
    bare = _bare(diff)
    spots = [
        (hunk, n)
        for hunk in diff.hunks
        for n in range(2, len(hunk.lines) - 1)
        if all(m == " " for m, _ in hunk.lines[n - 2 : n + 2])
        and hunk.lines[n - 1][1].strip()
        and hunk.lines[n][1].strip()
        and sum(1 for t in hunk.old if t.strip()) >= 6
    ]
    after = lines_of(change.after)
    if spots:
        hunk, n = rng.choice(spots)
        row = hunk.start - 1 + sum(1 for m, _ in hunk.lines[:n] if m != "+")
        row_after = hunk.new_start - 1 + sum(1 for m, _ in hunk.lines[:n] if m != "-")
        note = "# a line that somebody else added"
        before = [*lines[:row], note, *lines[row:]]
        expected = [*after[:row_after], note, *after[row_after:]]
        yield Case(
            format,
            "somebody added a line to the context",
            "\n".join(before) + end,
            text(bare),
            "\n".join(expected) + end,
        )
    removed = [(hunk, n) for hunk in diff.hunks for n, (m, t) in enumerate(hunk.lines) if m == "-" and t.strip()]
    if removed:
        hunk, n = rng.choice(removed)
        row = hunk.start - 1 + sum(1 for m, _ in hunk.lines[:n] if m != "+")
        stale = list(lines)
        stale[row] += "  # reviewed"
        yield Case(format, "somebody changed a removed line", "\n".join(stale) + end, text(diff), None)
        gone = lines[:row] + lines[row + 1 :]
        if (
            occurrences(gone, hunk.old) == 0
            and sum(1 for m, _ in hunk.lines if m == "-") > 1
            and lines[row] not in gone
        ):
            yield Case(format, "somebody deleted a removed line", "\n".join(gone) + end, text(diff), None)
    if len(diff.hunks) > 1:
        half = diff.hunks[0]
        new = [*lines[: half.start - 1], *half.new, *lines[half.start - 1 + len(half.old) :]]
        if occurrences(new, half.old) == 0:
            yield Case(format, "one of the hunks is already applied", "\n".join(new) + end, text(bare), None)


def _refused(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)
    bare = _bare(diff)
    hunk = rng.choice(bare.hunks)

    def refused(kind: str, damaged: Diff | str, before: list[str] = lines) -> Case:
        reply = damaged if isinstance(damaged, str) else text(damaged)
        return Case(format, kind, "\n".join(before) + "\n", reply, None)

    off = [
        n
        for n, (m, t) in enumerate(hunk.lines)
        if m == " " and len(t.strip()) > 12 and all(k == " " for k, _ in hunk.lines[max(0, n - 1) : n + 2])
    ]
    if off and sum(1 for t in hunk.old if t.strip()) >= 6:
        n = rng.choice(off)
        row = sum(1 for m, _ in hunk.lines[:n] if m != "+")
        twin = list(hunk.old)
        twin[row] = twin[row] + "1"
        damaged = copy.deepcopy(bare)
        damaged.hunks[bare.hunks.index(hunk)].lines[n] = (" ", hunk.lines[n][1] + "2")
        yield refused("two places equally far off", damaged, [*lines, "", *twin, ""])
    if len([t for t in hunk.old if t.strip()]) > 1:
        deeper = [f"    {t}" if t.strip() else t for t in hunk.old]
        moved = copy.deepcopy(bare)
        for one in moved.hunks:
            one.lines = [(m, f"  {t}" if t.strip() else t) for m, t in one.lines]
        if "\t" not in "".join(hunk.old):
            yield refused("two places in other indentations", moved, [*lines, "if True:", *deeper])
        tailed = [t + " " for t in hunk.old]
        padded = copy.deepcopy(bare)
        for one in padded.hunks:
            one.lines = [(m, t + "   ") for m, t in one.lines]
        yield refused("two places with other trailing blanks", padded, [*lines, "", *tailed])
    if sum(1 for m, _ in hunk.lines if m == "-") > 3:
        rows = [n for n, (m, _) in enumerate(hunk.lines) if m == "-"]
        if rows[-1] - rows[0] == len(rows) - 1:
            elided = copy.deepcopy(bare)
            target = elided.hunks[bare.hunks.index(hunk)]
            target.lines[rows[1] : rows[-1]] = [("-", _DOTS)]
            if _DOTS not in lines:
                yield refused("removed lines left out", elided)
    added = [n for n, (m, _) in enumerate(hunk.lines) if m == "+"]
    if added and "<<<<<<<" not in change.before:
        marked = copy.deepcopy(bare)
        n = rng.choice(added)
        marked.hunks[bare.hunks.index(hunk)].lines[n:n] = [
            ("+", "<<<<<<< HEAD"),
            ("+", "old = 1"),
            ("+", "======="),
            ("+", "new = 1"),
            ("+", ">>>>>>> branch"),
        ]
        yield refused("conflict markers added", marked)
    other = copy.deepcopy(bare)
    target = other.hunks[bare.hunks.index(hunk)]
    if any(m == "-" for m, _ in target.lines):
        again = DiffHunk(target.start, target.new_start, [(m, t + "_b" if m == "+" else t) for m, t in target.lines])
        if any(m == "+" for m, _ in target.lines):
            other.hunks.append(again)
            yield refused("the same lines changed twice in two ways", other)
    if any(m == "-" for m, _ in hunk.lines):
        plus = "\n".join(f"+{t}" for t in hunk.new)
        alone = (
            f"@@\n{plus}\n"
            if format == "udiff"
            else f"*** Begin Patch\n*** Update File: f\n@@\n{plus}\n*** End Patch\n"
        )
        yield refused("additions without any place", alone)
    if format == "v4a":
        yield refused("no end of patch", text(diff).replace("*** End Patch\n", ""))
        yield refused("an unknown section", text(diff).replace("*** Update File", "*** Change File"))
    else:
        full = diff.text().rstrip("\n")
        last = diff.hunks[-1].lines
        if len(last) > 6 and last[-1][0] == " ":
            rows = full.split("\n")
            change_rows = [n for n in range(len(rows) - len(last), len(rows)) if rows[n][:1] in "+-"]
            if change_rows and len(rows[change_rows[-1]]) > 20:
                half = rows[change_rows[-1]][: len(rows[change_rows[-1]]) // 2]
                cut = [*rows[: change_rows[-1]], half]
                yield refused("cut off within a line", "\n".join(cut))
                yield refused("cut off within a line in a fence", "Here it is:\n```diff\n" + "\n".join(cut))


def _udiff_shapes(change: Change, diff: Diff, rng: random.Random) -> Iterator[Case]:
    """The same diff in another dress."""

    def case(kind: str, reply: str) -> Case:
        return Case("udiff", kind, change.before, reply, change.after)

    full, body = diff.text(), copy.deepcopy(diff)
    body.header = ""
    bare = _bare(body)
    name = diff.name
    if "```" not in full:
        yield case("a fence with a file name", f"Done:\n```diff {name}\n{full}```\n")
        yield case("a tilde fence", f"~~~diff\n{full}~~~\nThat is all.\n")
        yield case("four backticks", f"````diff\n{full}````\n")
        yield case("a fence without a language", f"```\n{full}```\n")
        yield case("a fence of another language", f"```python\n{body.text()}```\n")
        parts = []
        for n, hunk in enumerate(diff.hunks):
            one = Diff(name, [hunk], "plain", "right")
            parts.append(f"{n + 1}. First I change this part:\n\n```diff\n{one.text()}```\n")
        yield case("a fence for each hunk", "\n".join(parts))
        yield case("a command beside it", f"```diff\n{full}```\nThen run:\n```bash\npip install -U pip\n```\n")
        if len(diff.hunks) == 1:
            inner = "\n".join(m + t for m, t in diff.hunks[0].lines)
            yield case("no header at all", f"```diff\n{inner}\n```\n")
    plain = copy.deepcopy(diff)
    plain.header = "plain"
    text = plain.text()
    yield case(
        "original and modified", text.replace(f"--- a/{name}", "--- original").replace(f"+++ b/{name}", "+++ modified")
    )
    yield case(
        "dates in the header",
        re.sub(r"(?m)^(---|\+\+\+) (\S+)$", r"\1 \2\t2025-03-01 10:00:00.000000000 +0100", text, count=2),
    )
    yield case("an Index line", f"Index: {name}\n{'=' * 67}\n{text}")
    yield case("numbers without counts", re.sub(r"(?m)^@@ -(\d+),\d+ \+(\d+),\d+ @@", r"@@ -\1 +\2 @@", text))
    yield case("a line number in words", re.sub(r"(?m)^@@ -(\d+),\d+ \+(\d+),\d+ @@", r"@@ line \1 @@", text))
    yield case("one pair of numbers", re.sub(r"(?m)^@@ -(\d+),(\d+) \+(\d+),\d+ @@", r"@@ -\1,\2 @@", text))
    yield case("blanks after the hunk header", re.sub(r"(?m)^(@@ .*@@)$", r"\1   ", text))
    if len(diff.hunks) > 1:
        yield case("blank lines between the hunks", re.sub(r"(?m)^@@", r"\n@@", body.text()).lstrip("\n"))
        yield case("a comment between the hunks", re.sub(r"(?m)(?<=\n)^@@", r"\n@@", bare.text()).lstrip("\n"))
    if diff.hunks[-1].lines[-1][0] == " ":
        yield case("a needless marker for the line end", full + "\\ No newline at end of file\n")
    if all(m != "+" or not t.startswith("++") for h in diff.hunks for m, t in h.lines):
        yield case(
            "a git message before it", f"commit 1f2e3d4c\nAuthor: A <a@b.c>\nDate:   Mon\n\n    A message\n\n{full}"
        )


def _one_sided(lines: list[Marked], above: bool) -> list[Marked]:
    changed = [n for n, (m, _) in enumerate(lines) if m != " "]
    return lines[: changed[-1] + 1] if above else lines[changed[0] :]


def _runs(lines: list[Marked], order: Callable[[list[Marked], list[Marked]], list[Marked]]) -> list[Marked]:
    out: list[Marked] = []
    removed: list[Marked] = []
    added: list[Marked] = []
    for line in [*lines, (" ", "")]:
        if line[0] == " ":
            out += order(removed, added)
            removed, added = [], []
            out.append(line)
        else:
            (removed if line[0] == "-" else added).append(line)
    return out[:-1]


def _added_first(lines: list[Marked]) -> list[Marked]:
    return _runs(lines, lambda removed, added: [*added, *removed])


def _in_turns(lines: list[Marked]) -> list[Marked]:
    def order(removed: list[Marked], added: list[Marked]) -> list[Marked]:
        out: list[Marked] = []
        for n in range(max(len(removed), len(added))):
            out += removed[n : n + 1] + added[n : n + 1]
        return out

    return _runs(lines, order)


def _alter_context(diff: Diff, alter: Callable[[str], str] | None, rng: random.Random) -> bool:
    """Alters (or doubles) a line of context that is not beside a change; whether there was one."""
    for hunk in diff.hunks:
        rows = [
            n
            for n, (m, t) in enumerate(hunk.lines)
            if m == " "
            and len(t.strip()) > 8
            and all(k == " " for k, _ in hunk.lines[max(0, n - 1) : n + 2])
            and (alter is None or (alter(t) != t and alter(t).strip()))
        ]
        if rows and sum(1 for t in hunk.old if t.strip()) >= 6:
            n = rng.choice(rows)
            if alter is None:
                hunk.lines.insert(n, hunk.lines[n])
            else:
                hunk.lines[n] = (" ", alter(hunk.lines[n][1]))
            return True
    return False
