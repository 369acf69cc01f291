"""A change written out without fault in each of the four formats, as structures that damage can work on."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .changes import Change

Marked = tuple[str, str]


@dataclass(slots=True)
class DiffHunk:
    """A hunk of a unified diff; ``start`` and ``new_start`` are 1-based."""

    start: int
    new_start: int
    lines: list[Marked]

    @property
    def old(self) -> list[str]:
        return [text for mark, text in self.lines if mark != "+"]

    @property
    def new(self) -> list[str]:
        return [text for mark, text in self.lines if mark != "-"]


@dataclass(slots=True)
class Diff:
    """A unified diff, and how its parts are to be printed."""

    name: str
    hunks: list[DiffHunk]
    header: str = "git"
    numbers: str = "right"
    headings: list[str] = field(default_factory=list)

    def text(self) -> str:
        out: list[str] = []
        if self.header == "git":
            out += [f"diff --git a/{self.name} b/{self.name}", "index 1234567..89abcde 100644"]
        if self.header in ("git", "plain"):
            out += [f"--- a/{self.name}", f"+++ b/{self.name}"]
        for n, hunk in enumerate(self.hunks):
            out.append(self._head(hunk, self.headings[n] if n < len(self.headings) else ""))
            out += [mark + text for mark, text in hunk.lines]
        return "\n".join(out) + "\n"

    def _head(self, hunk: DiffHunk, heading: str) -> str:
        if self.numbers == "none":
            return "@@ ... @@"
        if self.numbers == "bare":
            return "@@"
        old, new = len(hunk.old), len(hunk.new)
        return f"@@ -{hunk.start},{old} +{hunk.new_start},{new} @@{' ' + heading if heading else ''}"


@dataclass(slots=True)
class Block:
    """A search/replace block: lines of both sides, and the 0-based line where it belongs."""

    search: list[str]
    replace: list[str]
    start: int


def lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def diff_of(change: Change, context: int = 3) -> Diff:
    """The true unified diff."""
    old, new = lines_of(change.before), lines_of(change.after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    hunks = []
    for group in matcher.get_grouped_opcodes(context):
        lines: list[Marked] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [(" ", text) for text in old[i1:i2]]
                continue
            lines += [("-", text) for text in old[i1:i2]]
            lines += [("+", text) for text in new[j1:j2]]
        first = group[0]
        size_old = sum(1 for mark, _ in lines if mark != "+")
        size_new = sum(1 for mark, _ in lines if mark != "-")
        hunks.append(DiffHunk(first[1] + (1 if size_old else 0), first[3] + (1 if size_new else 0), lines))
    return Diff(change.name, hunks)


def blocks_of(change: Change) -> list[Block] | None:
    """Blocks with as many neighbouring lines as make each search side occur once, or None where that is hopeless."""
    old, new = lines_of(change.before), lines_of(change.after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    blocks: list[Block] = []
    for context in range(12):
        blocks = []
        for group in matcher.get_grouped_opcodes(max(context, 1)):
            (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
            if context == 0:
                first, last = group[0], group[-1]
                i1, j1 = (first[2], first[4]) if first[0] == "equal" else (first[1], first[3])
                i2, j2 = (last[1], last[3]) if last[0] == "equal" else (last[2], last[4])
            blocks.append(Block(old[i1:i2], new[j1:j2], i1))
        if all(occurrences(old, block.search) == 1 and any(line.strip() for line in block.search) for block in blocks):
            return blocks
    return None


def occurrences(lines: list[str], block: list[str]) -> int:
    """How often ``block`` occurs in ``lines``, blanks around each line aside."""
    if not block:
        return len(lines) + 1
    keys, wanted = [line.strip() for line in lines], [line.strip() for line in block]
    first = wanted[0]
    return sum(
        1 for n in range(len(keys) - len(wanted) + 1) if keys[n] == first and keys[n : n + len(wanted)] == wanted
    )


def search_replace_text(blocks: list[Block], name: str = "") -> str:
    out = []
    for block in blocks:
        out += [name] if name else []
        out += ["<<<<<<< SEARCH", *block.search, "=======", *block.replace, ">>>>>>> REPLACE", ""]
    return "\n".join(out)


def v4a_text(diff: Diff, headings: list[list[str]] | None = None) -> str:
    out = ["*** Begin Patch", f"*** Update File: {diff.name}"]
    for n, hunk in enumerate(diff.hunks):
        names = headings[n] if headings and n < len(headings) else []
        out += [f"@@ {name}" for name in names] or ["@@"]
        out += [mark + text for mark, text in hunk.lines]
    out.append("*** End Patch")
    return "\n".join(out) + "\n"


def lead(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def misremembered(line: str, rng: random.Random) -> str:
    words = re.findall(r"[A-Za-z_]{4,}", line)
    if not words:
        return line + "_x"
    word = rng.choice(words)
    return line.replace(word, word[: len(word) // 2] + "Other" + word[-1], 1)


def quotes_tell(beside: Sequence[str], added: Sequence[str]) -> bool:
    """Whether typographic quotes would show as a slip: an apostrophe in an added word alone may as well be meant."""
    old, new = "\n".join(beside), "\n".join(added)
    return "'" in old or '"' in old + new or re.search(r"(?<![^\W\d_])'|'(?![^\W\d_])", new) is not None
