"""The ways in which models get an edit wrong, each with what should become of it."""

from __future__ import annotations

import copy
import html
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .changes import Change
from .written import Block, Diff, blocks_of, diff_of, lines_of, occurrences, search_replace_text, v4a_text


@dataclass(frozen=True, slots=True)
class Case:
    """``expected`` is the right result, or None when the only right answer is to refuse."""

    format: str
    kind: str
    before: str
    reply: str
    expected: str | None


Text = Callable[[Diff], str]


def cases_of(change: Change, rng: random.Random) -> Iterator[Case]:
    """All cases of one change."""
    diff = diff_of(change)
    if not diff.hunks:
        return
    yield from _diff_cases("udiff", change, diff, Diff.text, rng)
    yield from _udiff_only(change, diff, rng)
    yield from _diff_cases("v4a", change, diff, v4a_text, rng)
    yield from _v4a_only(change, diff, rng)
    blocks = blocks_of(change)
    if blocks:
        yield from _block_cases(change, blocks, rng)
    yield from _whole_cases(change, rng)


def fenced(text: str, language: str) -> str:
    body = text if text.endswith("\n") else text + "\n"
    return f"I looked at the code. Here is the change:\n\n```{language}\n{body}```\n\nThis should fix the problem you saw.\n"


def _located(change: Change, diff: Diff) -> bool:
    """Whether every hunk has exactly one place without its line number."""
    lines = lines_of(change.before)
    return all(occurrences(lines, hunk.old) == 1 for hunk in diff.hunks)


def _occurs_once(text: str, block: list[str]) -> bool:
    """Whether lines occur once as they are; in another indentation they may occur again, which is no doubt."""
    return bool(block) and f"\n{text}\n".count("\n".join(["", *block, ""])) == 1


def _diff_cases(format: str, change: Change, diff: Diff, text: Text, rng: random.Random) -> Iterator[Case]:
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

    damaged = _each_line(diff, lambda mark, line: line.rstrip())
    trimmed_after = _with_new_lines(change, diff, damaged)
    if trimmed_after is not None:
        stripped = text(damaged)
        yield Case(
            format, "blank context lost its blank", change.before, re.sub(r"(?m)^ $", "", stripped), trimmed_after
        )
    padded = "\n".join(
        [line + "  " if line.strip() and rng.random() < 0.3 else line for line in change.before.split("\n")]
    )
    expected = _carried(change, diff, padded)
    if padded != change.before and expected is not None:
        yield case("trailing blanks in the text", diff, before=padded, after=expected)

    for name, shift in (("indented more", _indented), ("dedented", _dedented)):
        damaged = shift(diff)
        if damaged is not None and _still_one(change, damaged):
            yield case(name, damaged)
    if "\t" not in change.before and "    " in change.before:
        tabs = lambda line: re.sub(r"^(?: {4})+", lambda m: "\t" * (len(m[0]) // 4), line)  # noqa: E731
        plain_indent = all(len(_lead(t)) % 4 == 0 for h in diff.hunks for _, t in h.lines if t.strip())
        if plain_indent and any(_lead(t) for h in diff.hunks for m, t in h.lines if m != "+"):
            yield case("tabs for blanks", _each_line(diff, lambda mark, line: tabs(line)))

    damaged = copy.deepcopy(diff)
    damaged.hunks = [copy.deepcopy(hunk) for hunk in diff.hunks]
    for hunk in damaged.hunks:
        hunk.lines = [
            (m, t) for n, (m, t) in enumerate(hunk.lines) if m != " " or t.strip() or _beside_addition(hunk.lines, n)
        ]
    damaged.numbers = "bare"
    if text(damaged).count("\n") != text(diff).count("\n") and _still_one(change, damaged, blank=False):
        yield case("blank context left out", damaged)

    damaged = _each_line(diff, lambda mark, line: line.replace("'", "\u2019").replace('"', "\u201d"))
    if text(damaged) != text(diff) and change.before.isascii() and change.after.isascii():
        yield case("typographic quotes", damaged)

    damaged = _one_context_line_off(diff, rng)
    if damaged is not None:
        yield case("a context line differs", damaged)
    damaged = _one_context_line_missing(diff, rng)
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
        wrong = _misremembered(damaged.hunks[h].lines[n][1], rng)
        damaged.hunks[h].lines[n] = ("-", wrong)
        if wrong not in lines_of(change.before):
            yield refused("a removed line is not there", text(damaged))
    added = [(h, n) for h, hunk in enumerate(diff.hunks) for n, (m, _) in enumerate(hunk.lines) if m == "+"]
    if added:
        h, n = rng.choice(added)
        damaged = copy.deepcopy(diff)
        dots = rng.choice(("# ... existing code ...", "// ... rest of the code unchanged ...", "# rest of the function remains the same",
                           "...", "/* ... existing styles ... */", "<!-- rest of the page unchanged -->"))  # fmt: skip
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
        hunk.lines = [(m, f"{_lead(t)}{t.strip()[::-1]}") for m, t in hunk.lines]
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


def _udiff_only(change: Change, diff: Diff, rng: random.Random) -> Iterator[Case]:
    located = _located(change, diff)
    if not located:
        return

    def case(kind: str, damaged: Diff) -> Case:
        return Case("udiff", kind, change.before, damaged.text(), change.after)

    for kind, field, value in (
        ("no line numbers", "numbers", "none"), ("bare @@", "numbers", "bare"), ("no file header", "header", ""),
    ):  # fmt: skip
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
            f"@@ -{m[1]},{max(1, int(m[2]) + rng.choice((-1, 1, 2)))} +{m[3]},{max(1, int(m[4]) + rng.choice((-2, 1, 1)))}"
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


def _v4a_only(change: Change, diff: Diff, rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)
    headings = []
    for hunk in diff.hunks:
        above = [n for n in range(hunk.start - 2, -1, -1) if lines[n].startswith(("def ", "class ", "function "))]
        headings.append([lines[above[0]]] if above and occurrences(lines, [lines[above[0]]]) == 1 else [])
    if _located(change, diff):
        if any(headings) and all(
            _inside(lines, hunk.start - 1, len(hunk.old), head)
            for hunk, head in zip(diff.hunks, headings)
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


def _block_cases(change: Change, blocks: list[Block], rng: random.Random) -> Iterator[Case]:
    def case(kind: str, reply: str, expected: str | None = change.after, before: str = change.before) -> Case:
        return Case("search_replace", kind, before, reply, expected)

    text = search_replace_text(blocks)
    contents = [line for block in blocks for line in (*block.search, *block.replace)]
    if any(re.search(r"[<=>+-]{5}", line) for line in contents):
        return
    yield case("clean", text)
    yield case("named and fenced", fenced(search_replace_text(blocks, change.name), "python"))
    yield case(
        "fenced one by one",
        "\n".join([f"{change.name}\n```python\n{search_replace_text([b]).strip()}\n```\n" for b in blocks]),
    )
    yield case(
        "other markers", text.replace("<<<<<<< SEARCH", "------- SEARCH").replace(">>>>>>> REPLACE", "+++++++ REPLACE")
    )
    yield case(
        "slips in the markers",
        text.replace("<<<<<<< SEARCH", "<<<<<< SEARCH>")
        .replace("=======", "====== ")
        .replace(">>>>>>> REPLACE", ">>>>>>>> replace"),
    )
    yield case("line hints", text.replace("<<<<<<< SEARCH", "<<<<<<< SEARCH\n:start_line:1\n-------"))
    if "\r" not in change.before:
        yield case("CRLF text", text, change.after.replace("\n", "\r\n"), change.before.replace("\n", "\r\n"))
        yield case("CRLF reply", text.replace("\n", "\r\n"))
    if change.before.endswith("\n") and change.after.endswith("\n"):
        yield case("no final line end", text, change.after[:-1], change.before[:-1])
    lines = lines_of(change.before)
    for kind, move in (
        ("dedented", _dedent_block),
        ("indented more", lambda b: _map_block(b, lambda t: "    " + t if t.strip() else t)),
    ):
        moved = [move(block) for block in blocks]
        if any(m.search != b.search for m, b in zip(moved, blocks)) and all(
            occurrences(lines, m.search) == 1 for m in moved
        ):
            yield case(kind, search_replace_text(moved))
    trimmed = [_map_block(block, str.rstrip) for block in blocks]
    padded = "\n".join(
        [line + " " if line.strip() and rng.random() < 0.3 else line for line in change.before.split("\n")]
    )
    expected = _blocks_applied(padded, trimmed)
    if expected is not None and padded != change.before:
        yield case("trailing blanks in the text", search_replace_text(trimmed), expected, padded)
    extra = [Block(["", *b.search, ""], ["", *b.replace, ""], b.start) for b in blocks]
    yield case("blank lines around both sides", search_replace_text(extra))
    quotes = [_map_block(b, lambda t: t.replace("'", "\u2018").replace('"', "\u201c")) for b in blocks]
    if change.before.isascii() and change.after.isascii() and search_replace_text(quotes) != text:
        yield case("typographic quotes", search_replace_text(quotes))
    numbered = [
        Block(
            [f"{b.start + n + 1} | {t}" for n, t in enumerate(b.search)],
            [f"{b.start + n + 1} | {t}" for n, t in enumerate(b.replace)],
            b.start,
        )
        for b in blocks
    ]
    yield case("line numbers copied", search_replace_text(numbered))
    if len(blocks) > 1:
        yield case("blocks in another order", search_replace_text(blocks[::-1]))
        yield case("a block sent twice", search_replace_text([*blocks, blocks[0]]))
    long = [b for b in blocks if len(b.search) > 6]
    elided = []
    for b in blocks:
        inner = _elided(b, lines)
        elided.append(inner or b)
    if long and any(a is not b for a, b in zip(elided, blocks)):
        yield case("dots for kept lines", search_replace_text(elided))

    after_lines = lines_of(change.after)
    if all(occurrences(after_lines, b.search) == 0 for b in blocks):
        yield case("already applied", text, None, change.after)
    target = rng.choice(blocks)
    if sum(1 for t in target.search if t.strip()) > 1:
        yield case("target doubled", text, None, "\n".join([*lines, "", *target.search]) + "\n")
    gone = [t for t in target.search if t not in target.replace and len(t.strip()) > 8]
    if gone:
        wrong = _misremembered(gone[0], rng)
        damaged = [Block([wrong if t == gone[0] else t for t in b.search], b.replace, b.start) for b in blocks]
        if wrong not in lines:
            yield case("a removed line is not there", search_replace_text(damaged), None)
    yield case("cut off in the replacement", text[: text.rindex(">>>>>>>")].rstrip(), None)
    yield case("cut off before the divider", text[: text.rindex("=======")], None)
    yield case("no divider", text.replace("=======\n", ""), None)
    yield case("changes nothing", search_replace_text([Block(b.search, b.search, b.start) for b in blocks]), None)
    dots = rng.choice(
        (
            "    # ... existing code ...",
            "// rest of the code remains unchanged",
            "# ... (rest of the file)",
            "{/* ... existing JSX ... */}",
        )
    )
    yield case(
        "placeholder added", search_replace_text([Block(b.search, [*b.replace, dots], b.start) for b in blocks]), None
    )
    yield case("empty search", "<<<<<<< SEARCH\n=======\nimport sys\n>>>>>>> REPLACE\n", None)
    yield case("prose alone", "You could replace the second line by a call to the helper.\n", None)


def _whole_cases(change: Change, rng: random.Random) -> Iterator[Case]:
    before, after = change.before, change.after
    if "```" in after or "~~~" in after or not after.endswith("\n") or not before.endswith("\n") or not after.strip():
        return
    lines = lines_of(after)

    def case(kind: str, reply: str, expected: str | None = after, text: str = before) -> Case:
        return Case("whole", kind, text, reply, expected)

    yield case("fenced", fenced(after, "python"))
    if not before.endswith("\n\n") and not after.endswith("\n\n"):
        yield case("no final line end", fenced(after, "python"), after[:-1], before[:-1])
    if "\r" not in before:
        yield case("CRLF text", fenced(after, ""), after.replace("\n", "\r\n"), before.replace("\n", "\r\n"))
    yield case("tildes", f"The new file:\n~~~python\n{after}~~~\n")
    yield case("not closed", "```python\n" + "\n".join(lines[: len(lines) * 2 // 3]), None)
    yield case("two blocks", fenced(after, "python") + fenced("\n".join(lines[:5]), "python"), None)
    yield case("prose alone", "The file needs a new import and a call at the end. I suggest you add both.\n", None)
    if len(lines) > 12:
        cut = rng.randrange(4, len(lines) - 4)
        dots = rng.choice(
            (
                "# ... rest of the code unchanged ...",
                "// ... existing code ...",
                "# ... (rest of file remains the same)",
                "[rest of the file unchanged]",
            )
        )
        yield case("placeholder", fenced("\n".join([*lines[:cut], dots, *lines[cut + 3 :]]), "python"), None)
        middle = len(lines) // 2
        size = max(3, len(lines) // 6)
        if len([line for line in lines[middle : middle + size] if line.strip()]) > 2:
            yield case("only a part", fenced("\n".join(lines[middle : middle + size]), "python"), None)
    yield case("empty block", "```python\n```\n", None)
    yield case("changes nothing", fenced(before, "python"), None)


def _each_line(diff: Diff, change: Callable[[str, str], str]) -> Diff:
    damaged = copy.deepcopy(diff)
    for hunk in damaged.hunks:
        hunk.lines = [(mark, change(mark, line)) for mark, line in hunk.lines]
    return damaged


def _with_new_lines(change: Change, diff: Diff, damaged: Diff) -> str | None:
    """What applying ``damaged`` should give: the lines of the text where they are kept, those of ``damaged`` where added."""
    lines = lines_of(change.before)
    out: list[str] = []
    at = 0
    for hunk, other in zip(diff.hunks, damaged.hunks):
        start = hunk.start - (1 if hunk.old else 0)
        out += lines[at:start]
        at = start
        for (mark, _), (_, text) in zip(hunk.lines, other.lines):
            if mark == "+":
                out.append(text)
            else:
                if mark == " ":
                    out.append(lines[at])
                at += 1
    out += lines[at:]
    end = "\n" if change.before.endswith("\n") else ""
    if change.after.endswith("\n") != change.before.endswith("\n"):
        return None
    return "\n".join(out) + end


def _carried(change: Change, diff: Diff, padded: str) -> str | None:
    return _with_new_lines(
        Change(change.name, padded, padded if padded.endswith("\n") == change.after.endswith("\n") else padded + "\n"),
        diff,
        diff,
    )


def _blocks_applied(text: str, blocks: list[Block]) -> str | None:
    """``text`` with each block's replacement, kept lines as they are in ``text``; only for blocks without kept lines."""
    lines = text.split("\n")
    for block in sorted(blocks, key=lambda b: -b.start):
        if {t.strip() for t in block.search} & {t.strip() for t in block.replace}:
            return None
        lines[block.start : block.start + len(block.search)] = block.replace
    return "\n".join(lines)


def _lead(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _indented(diff: Diff) -> Diff | None:
    return _each_line(diff, lambda mark, line: "    " + line if line.strip() else line)


def _dedented(diff: Diff) -> Diff | None:
    damaged = copy.deepcopy(diff)
    some = False
    for hunk in damaged.hunks:
        common = min((_lead(t) for _, t in hunk.lines if t.strip()), key=len, default="")
        if common and all(t.startswith(common) for _, t in hunk.lines if t.strip()):
            some = True
            hunk.lines = [(m, t[len(common) :] if t.strip() else t) for m, t in hunk.lines]
    return damaged if some else None


def _still_one(change: Change, damaged: Diff, blank: bool = True) -> bool:
    lines = lines_of(change.before)
    if blank:
        return all(occurrences(lines, hunk.old) == 1 for hunk in damaged.hunks)
    lines = [line for line in lines if line.strip()]
    return all(occurrences(lines, [t for t in hunk.old if t.strip()]) == 1 for hunk in damaged.hunks)


def _beside_addition(lines: list[tuple[str, str]], n: int) -> bool:
    """Whether a blank context line is what separates an addition from its neighbours."""
    near = lines[max(0, n - 1) : n + 2]
    return any(mark == "+" for mark, _ in near) or any(mark == "-" and not text.strip() for mark, text in near)


def _one_context_line_off(diff: Diff, rng: random.Random) -> Diff | None:
    damaged = copy.deepcopy(diff)
    damaged.numbers = "bare"
    for hunk in damaged.hunks:
        rows = [
            n
            for n, (m, t) in enumerate(hunk.lines)
            if m == " " and len(t.strip()) > 14 and not _beside_change(hunk.lines, n)
        ]
        if rows and sum(1 for t in hunk.old if t.strip()) >= 6:
            n = rng.choice(rows)
            text = hunk.lines[n][1]
            at = len(_lead(text)) + rng.randrange(4, 10)
            hunk.lines[n] = (" ", text[:at] + rng.choice("xyzq") + text[at + 1 :])
            return damaged
    return None


def _one_context_line_missing(diff: Diff, rng: random.Random) -> Diff | None:
    damaged = copy.deepcopy(diff)
    damaged.numbers = "bare"
    for hunk in damaged.hunks:
        rows = [n for n, (m, t) in enumerate(hunk.lines) if m == " " and t.strip() and 0 < n < len(hunk.lines) - 1
                and not _beside_change(hunk.lines, n)]  # fmt: skip
        if rows and sum(1 for t in hunk.old if t.strip()) >= 6:
            del hunk.lines[rng.choice(rows)]
            return damaged
    return None


def _beside_change(lines: list[tuple[str, str]], n: int) -> bool:
    return any(mark != " " for mark, _ in lines[max(0, n - 1) : n + 2])


def _misremembered(line: str, rng: random.Random) -> str:
    words = re.findall(r"[A-Za-z_]{4,}", line)
    if not words:
        return line + "_x"
    word = rng.choice(words)
    return line.replace(word, word[: len(word) // 2] + "Other" + word[-1], 1)


def _map_block(block: Block, change: Callable[[str], str]) -> Block:
    return Block([change(t) for t in block.search], [change(t) for t in block.replace], block.start)


def _dedent_block(block: Block) -> Block:
    common = min((_lead(t) for t in [*block.search, *block.replace] if t.strip()), key=len, default="")
    if not common or not all(t.startswith(common) for t in [*block.search, *block.replace] if t.strip()):
        return block
    return _map_block(block, lambda t: t[len(common) :] if t.strip() else t)


def _elided(block: Block, lines: list[str]) -> Block | None:
    """The block with dots for the inner part of its longest run of kept lines, where both ends still occur once."""
    for n in range(len(block.search) - 6):
        run = block.search[n : n + 7]
        for m in range(len(block.replace) - 6):
            if block.replace[m : m + 7] == run:
                head, tail = block.search[: n + 2], block.search[n + 5 :]
                if occurrences(lines, head) == 1 == occurrences(lines, tail) and len(tail) > 1 and len(head) > 1:
                    return Block(
                        [*head, "...", *tail], [*block.replace[: m + 2], "...", *block.replace[m + 5 :]], block.start
                    )
    return None


def _inside(lines: list[str], start: int, size: int, heading: list[str]) -> bool:
    """Whether the lines from the heading to the end of the hunk are all in the heading's block."""
    if not heading:
        return True
    row = lines.index(heading[0])
    return all(not line.strip() or line[:1].isspace() for line in lines[row + 1 : start + size])
