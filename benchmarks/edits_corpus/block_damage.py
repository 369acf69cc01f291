"""The ways in which models get search/replace blocks wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

from .case import Case, fenced
from .changes import Change
from .written import (
    Block,
    lead,
    lines_of,
    misremembered,
    occurrences,
    quotes_tell,
    search_replace_text,
)


def block_cases(change: Change, blocks: list[Block], rng: random.Random) -> Iterator[Case]:
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
        if any(m.search != b.search for m, b in zip(moved, blocks, strict=True)) and all(
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
    tell = any(quotes_tell(b.search, b.replace) for b in blocks)
    if tell and change.before.isascii() and change.after.isascii():
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
    if long and any(a is not b for a, b in zip(elided, blocks, strict=True)):
        yield case("dots for kept lines", search_replace_text(elided))

    after_lines = lines_of(change.after)
    if all(occurrences(after_lines, b.search) == 0 for b in blocks):
        yield case("already applied", text, None, change.after)
    target = rng.choice(blocks)
    if sum(1 for t in target.search if t.strip()) > 1:
        yield case("target doubled", text, None, "\n".join([*lines, "", *target.search]) + "\n")
    gone = [t for t in target.search if t not in target.replace and len(t.strip()) > 8]
    if gone:
        wrong = misremembered(gone[0], rng)
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


def _blocks_applied(text: str, blocks: list[Block]) -> str | None:
    """``text`` with each block's replacement; None when a block keeps lines, which would be as they are in ``text``."""
    lines = text.split("\n")
    for block in sorted(blocks, key=lambda b: -b.start):
        if {t.strip() for t in block.search} & {t.strip() for t in block.replace}:
            return None
        lines[block.start : block.start + len(block.search)] = block.replace
    return "\n".join(lines)


def _map_block(block: Block, change: Callable[[str], str]) -> Block:
    return Block([change(t) for t in block.search], [change(t) for t in block.replace], block.start)


def _dedent_block(block: Block) -> Block:
    common = min((lead(t) for t in [*block.search, *block.replace] if t.strip()), key=len, default="")
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
