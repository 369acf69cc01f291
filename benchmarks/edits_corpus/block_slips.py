"""Further ways in which models get search/replace blocks and whole texts wrong; see `damage` for the first ones."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator

from .case import Case
from .changes import Change
from .written import Block, blocks_of, lines_of, occurrences, search_replace_text

_FENCED = re.compile(r"(?m)^\s*(?:```|~~~)")


def block_slips_of(change: Change, rng: random.Random) -> Iterator[Case]:
    """All cases of one change as search/replace blocks and as a whole text."""
    blocks = blocks_of(change)
    contents = [line for block in blocks or [] for line in (*block.search, *block.replace)]
    fit = blocks and not any(re.match(r"\s*[<=>+-]{5}", line) for line in contents)
    if blocks and fit and all(any(line.strip() for line in block.replace) for block in blocks):
        yield from _shapes(change, blocks)
        yield from _contents(change, blocks, rng)
        yield from _refused(change, blocks, rng)
    yield from _whole(change, rng)


def _block(
    search: list[str],
    replace: list[str],
    head: str = "<<<<<<< SEARCH",
    middle: str = "=======",
    end: str = ">>>>>>> REPLACE",
) -> str:
    return "\n".join([head, *search, middle, *replace, end]) + "\n"


def _shapes(change: Change, blocks: list[Block]) -> Iterator[Case]:
    def case(kind: str, reply: str) -> Case:
        return Case("search_replace", kind, change.before, reply, change.after)

    text = search_replace_text(blocks)
    if not any(_FENCED.match(line) for b in blocks for line in (*b.search, *b.replace)):
        yield case(
            "each in a fence with prose",
            "".join([f"Part {n}:\n\n```\n{_block(b.search, b.replace)}```\n\n" for n, b in enumerate(blocks)]),
        )
        yield case("a path in the fence", f"```python\n{change.name}\n{text}```\n")
        yield case("a diff fence", f"```diff\n{text}```\n")
        yield case("four backticks", f"````\n{text}````\nI hope that helps.\n")
    yield case("blanks after the markers", re.sub(r"(?m)^(<<<<<<< SEARCH|=======|>>>>>>> REPLACE)$", r"\1  ", text))
    for kind, names in (("lower case", ("search", "replace")), ("original and updated", ("ORIGINAL", "UPDATED"))):
        yield case(kind, re.sub(r"(?m)^(<<<<<<<|>>>>>>>) \w+$", lambda m, w=names: f"{m[1]} {w[m[1][0] == '>']}", text))
    yield case(
        "head and a commit",
        "".join([_block(b.search, b.replace, "<<<<<<< HEAD", end=">>>>>>> updated") for b in blocks]),
    )
    yield case("an indented list", "\n".join(["   " + line if line else line for line in text.split("\n")]))
    for names in (("old_string", "new_string"), ("old_str", "new_str"), ("oldText", "newText")):
        edits = [{names[0]: "\n".join(b.search), names[1]: "\n".join(b.replace)} for b in blocks]
        if all(b.search and b.replace and change.before.count("\n".join(b.search)) == 1 for b in blocks):
            value = edits[0] if len(edits) == 1 else {"path": change.name, "edits": edits}
            yield case(f"JSON with {names[0]}", json.dumps(value, indent=2))
    if not any("<old" in line or "</" in line for b in blocks for line in (*b.search, *b.replace)):
        yield case(
            "tags",
            "".join(
                [
                    f"<old_text>\n{chr(10).join(b.search)}\n</old_text>\n<new_text>\n{chr(10).join(b.replace)}\n</new_text>\n"
                    for b in blocks
                ]
            ),
        )
    crlf = (change.before.replace("\n", "\r\n"), change.after.replace("\n", "\r\n"))
    if "\r" not in change.before:
        yield Case("search_replace", "CRLF in both", crlf[0], text.replace("\n", "\r\n"), crlf[1])
    yield Case("search_replace", "a byte order mark", "\ufeff" + change.before, text, "\ufeff" + change.after)


def _contents(change: Change, blocks: list[Block], rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)

    def case(kind: str, damaged: list[Block], before: str = change.before, after: str = change.after) -> Case:
        return Case("search_replace", kind, before, search_replace_text(damaged), after)

    def each(alter: Callable[[str], str], search_too: bool = True) -> list[Block]:
        return [
            Block([alter(t) for t in b.search] if search_too else b.search, [alter(t) for t in b.replace], b.start)
            for b in blocks
        ]

    tailed = [Block([t + "  " if t.strip() else t for t in b.search], b.replace, b.start) for b in blocks]
    yield case("trailing blanks in the search alone", tailed)
    padded = [Block([*b.search, ""], [*b.replace, ""], b.start) for b in blocks]
    if all(
        b.search[-1].strip() and (b.start + len(b.search) >= len(lines) or lines[b.start + len(b.search)].strip())
        for b in blocks
    ):
        yield case("a blank line after both sides", padded)
    first = [
        Block(
            [b.search[0].lstrip(), *b.search[1:]],
            [b.replace[0].lstrip() if b.replace[0] == b.search[0] else b.replace[0], *b.replace[1:]],
            b.start,
        )
        if len(b.search) > 2 and b.replace and b.replace[0] == b.search[0]
        else b
        for b in blocks
    ]
    if first != blocks and all(occurrences(lines, b.search) == 1 for b in first):
        yield case("the first line without its indentation", first)
    if "\t" not in change.before and change.before.isascii() and change.after.isascii():
        hard = each(lambda t: re.sub(r"(?<=\S) (?=\S)", "\u00a0", t))
        if search_replace_text(hard) != search_replace_text(blocks):
            yield case("no-break spaces", hard)
        curly = [
            Block([t.replace("'", "\u2019").replace('"', "\u201d") for t in b.search], b.replace, b.start)
            for b in blocks
        ]
        if search_replace_text(curly) != search_replace_text(blocks):
            yield case("typographic quotes in the search alone", curly)
        dashes = [
            Block(
                [t.replace(" - ", " \u2013 ") for t in b.search],
                [t.replace(" - ", " \u2013 ") for t in b.replace],
                b.start,
            )
            for b in blocks
        ]
        if all(" - " in "".join(b.search) or " - " not in "".join(b.replace) for b in blocks) and dashes != blocks:
            yield case("long dashes", dashes)
    for sign in (": ", " | ", "\u2192", "\t"):
        numbered = [
            Block(
                [f"{b.start + 1 + n:>4}{sign}{t}" for n, t in enumerate(b.search)],
                [f"{b.start + 1 + n:>4}{sign}{t}" for n, t in enumerate(b.replace)],
                b.start,
            )
            for b in blocks
        ]
        if all(len(b.search) > 1 for b in blocks):
            yield case(f"line numbers with {sign!r}", numbered)
    misread = []
    done = False
    for b in blocks:
        rows = [
            n
            for n in range(1, len(b.search) - 1)
            if len(b.search[n].strip()) > 8 and b.replace.count(b.search[n]) == 1 and b.search.count(b.search[n]) == 1
        ]
        rows = [
            n
            for n in rows
            if 0 < b.replace.index(b.search[n]) < len(b.replace) - 1
            and b.search[n - 1] == b.replace[b.replace.index(b.search[n]) - 1]
            and b.search[n + 1] == b.replace[b.replace.index(b.search[n]) + 1]
        ]
        if rows and not done and sum(1 for t in b.search if t.strip()) >= 6:
            n = rng.choice(rows)
            wrong = re.sub(r"[a-z]{4,}", lambda m: m[0] + "s", b.search[n], count=1)
            if wrong != b.search[n]:
                done = True
                misread.append(
                    Block(
                        [wrong if t == b.search[n] else t for t in b.search],
                        [wrong if t == b.search[n] else t for t in b.replace],
                        b.start,
                    )
                )
                continue
        misread.append(b)
    if done:
        yield case("a kept line misread on both sides", misread)


def _refused(change: Change, blocks: list[Block], rng: random.Random) -> Iterator[Case]:
    lines = lines_of(change.before)

    def refused(kind: str, reply: str, before: str = change.before) -> Case:
        return Case("search_replace", kind, before, reply, None)

    text = search_replace_text(blocks)
    block = rng.choice(blocks)
    if len([t for t in block.search if t.strip()]) > 1:
        doubled = "\n".join([*lines, "", *block.search, ""]) + "\n"
        yield refused("the target twice", text, doubled)
        deeper = "\n".join([*lines, "if True:", *[f"    {t}" if t.strip() else t for t in block.search]]) + "\n"
        moved = [
            Block(
                [f"  {t}" if t.strip() else t for t in b.search],
                [f"  {t}" if t.strip() else t for t in b.replace],
                b.start,
            )
            for b in blocks
        ]
        if "\t" not in "".join(block.search):
            yield refused("two places in other indentations", search_replace_text(moved), deeper)
    yield refused("no divider", text.replace("=======\n", ""))
    yield refused("no end", text.rstrip().removesuffix(">>>>>>> REPLACE"))
    yield refused("no beginning", text.replace("<<<<<<< SEARCH\n", "", 1))
    yield refused("an empty search", _block([], block.replace or ["x"]))
    yield refused("both sides empty", _block([], []))
    yield refused("the same block with two results", text + _block(block.search, [*block.replace, "one_more = 1"]))
    changed = [t for t in block.search if t not in block.replace and len(t.strip()) > 8]
    if changed:
        wrong = [t + "x" if t == changed[0] else t for t in block.search]
        if wrong != block.search and changed[0] + "x" not in lines:
            yield refused("a replaced line misremembered", _block(wrong, block.replace))
    if len(block.search) > 6:
        for dots in ("...", "# ... existing code ...", "    // rest of the code unchanged"):
            short = [*block.search[:1], dots, *block.search[-1:]]
            yield refused(f"dots for replaced lines: {dots.strip()}", _block(short, ["replaced = True"]))
    yield refused(
        "dots in the new lines", _block(block.search, [*block.replace, "# ... rest of the file stays the same"])
    )
    yield refused(
        "conflict markers in the new lines",
        _block(block.search, [*block.replace, "<<<<<<< HEAD", "a = 1", "=======", "a = 2", ">>>>>>> theirs"]),
    )
    other = [t[::-1] for t in block.search]
    if other != block.search and occurrences(lines, other) == 0:
        yield refused("lines of another file", _block(other, ["x = 1"]))
    after_lines = lines_of(change.after)
    if all(occurrences(after_lines, b.search) == 0 and any(t.strip() for t in b.replace) for b in blocks):
        yield refused("already applied", text, change.after)


def _whole(change: Change, rng: random.Random) -> Iterator[Case]:
    def case(kind: str, reply: str, right: bool = True, before: str = change.before) -> Case:
        return Case("whole", kind, before, reply, change.after if right else None)

    after, before = change.after, change.before
    if (
        not after.endswith("\n")
        or not before.endswith("\n")
        or after.endswith("\n\n")
        or not after.strip()
        or after[0] == "\n"
    ):
        return
    if "`" not in after:
        yield case(
            "with prose on both sides",
            f"Here is the new `{change.name}`:\n\n```python\n{after}```\n\n"
            "I changed:\n- one thing\n- another `thing`\n",
        )
        yield case("a name above the fence", f"{change.name}\n```\n{after}```\n")
        yield case("a name in the info string", f'```python title="{change.name}"\n{after}```\n')
        yield case("with a command", f"```python\n{after}```\n\nInstall it first:\n\n```bash\npip install thing\n```\n")
        yield case("a fence in capitals", f"```Python\n{after}```")
        yield case(
            "an indented fence",
            "1. This:\n\n"
            + "".join(
                [
                    f"   {line}\n" if line else "\n"
                    for line in ["```python", *after.removesuffix("\n").split("\n"), "```"]
                ]
            ),
        )
        yield case("CRLF", f"```python\n{after}```\n".replace("\n", "\r\n"))
        yield Case("whole", "a byte order mark", "\ufeff" + before, f"```python\n{after}```\n", "\ufeff" + after)
        yield case("one blank line more at the end", f"```python\n{after}\n```\n")
    elif "````" not in after and _FENCED.search(after):
        yield case("fences within a longer one", f"````markdown\n{after}````\n")
    lines = after.removesuffix("\n").split("\n")
    written = [n for n, line in enumerate(lines) if line.strip()]
    if len(written) < 12 or "`" in after:
        return
    third = len(lines) // 3
    for kind, part in (
        ("the first third", lines[:third]),
        ("the second third", lines[third : 2 * third]),
        ("the last third", lines[2 * third :]),
    ):
        if sum(1 for line in part if line.strip()) > 3:
            yield case(kind, "```python\n" + "\n".join(part) + "\n```\n", right=False)
    middle = rng.randrange(len(lines) // 3, 2 * len(lines) // 3)
    for dots in (
        "# ... rest of the code ...",
        "// ... existing code ...",
        "...",
        "<!-- ... -->",
        "# (unchanged)",
        "/* remaining styles unchanged */",
        "# [rest of the file remains unchanged]",
    ):
        if dots not in before and not lines[middle - 1].rstrip().endswith((":", '"""')):
            yield case(
                f"placeholder {dots}",
                "```python\n" + "\n".join([*lines[:middle], dots, *lines[middle + 5 :]]) + "\n```\n",
                right=False,
            )
    yield case("not closed", "```python\n" + "\n".join(lines[: 2 * third]), right=False)
    yield case(
        "two versions",
        f"```python\n{after}```\n\nOr, if you prefer:\n\n```python\n{after}# another\n```\n",
        right=False,
    )
    yield case("the old text", f"```python\n{before}```\n", right=False)
    yield case("an empty fence", "Done:\n```python\n```\n", right=False)
    yield case(
        "no text at all",
        "I have made the change that you asked for. Let me know if anything else is needed.\n",
        right=False,
    )
    yield case("commands alone", "```bash\npip install thing\npython -m thing\n```\n", right=False)
    yield case(
        "a conflict",
        "```python\n"
        + "\n".join([*lines[:middle], "<<<<<<< HEAD", "a = 1", "=======", "a = 2", ">>>>>>> theirs", *lines[middle:]])
        + "\n```\n",
        right=False,
    )
