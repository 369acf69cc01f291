"""What models put around an edit, and edits in pieces or with more asked than an edit does; `damage` has the rest."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

from .case import Case
from .changes import Change
from .written import blocks_of, diff_of, lines_of, occurrences, search_replace_text, v4a_text

_THOUGHT = "<think>\nThe user wants this changed. First:\n- read it\n+ then write\n</think>\n\n"
_FENCED = re.compile(r"(?m)^\s*(?:```|~~~)")


def wrapped_of(change: Change, rng: random.Random) -> Iterator[Case]:
    """All cases of one change in all four formats."""
    if "think" in change.before or "<parameter" in change.before + change.after:
        return
    diff = diff_of(change)
    lines = lines_of(change.before)
    if diff.hunks and all(occurrences(lines, hunk.old) == 1 for hunk in diff.hunks):
        yield from _diffs(change, diff.text(), v4a_text(diff))
    blocks = blocks_of(change)
    if blocks and all(block.search and block.replace for block in blocks):
        pairs = [("\n".join(block.search), "\n".join(block.replace)) for block in blocks]
        text = search_replace_text(blocks)
        if not any(re.match(r"\s*[<=>+-]{5}", line) for pair in pairs for line in "\n".join(pair).split("\n")):
            yield from _blocks(change, pairs, text)
    yield from _wholes(change)


def _diffs(change: Change, text: str, patch: str) -> Iterator[Case]:
    def case(format: str, kind: str, reply: str, expected: str | None) -> Case:
        return Case(format, kind, change.before, reply, expected)

    after = change.after
    yield case("udiff", "thinking before", _THOUGHT + text, after)
    yield case("udiff", "thinking without its opening tag", "Let me see.\n</think>\n" + text, after)
    yield case("udiff", "thinking that does not end", "<think>\nLet me see.\n" + text, None)
    yield case("udiff", "in a tool call", json.dumps({"name": "apply_diff", "arguments": {"diff": text}}), after)
    if "\n\\ No newline" not in text:
        head = "From 1a2b3c Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nSubject: [PATCH] change\n\n---\n"
        mail = f"{head}{text}-- \n2.43.0\n"
        yield case("udiff", "a mailed patch", mail, after)
    yield case("v4a", "thinking before", _THOUGHT + patch, after)
    command = ["bash", "-lc", f"apply_patch <<'EOF'\n{patch}EOF\n"]
    yield case("v4a", "in a tool call", json.dumps({"command": command}), after)
    yield case("v4a", "indented", "".join("    " + line for line in patch.splitlines(keepends=True)), after)
    header = next(line for line in patch.split("\n") if line.startswith("*** Update"))
    name = header.partition(": ")[2]
    yield case("v4a", "the file is moved", patch.replace(header, f"{header}\n*** Move to: other_{name}", 1), None)
    parts = re.split(r"(?m)^(?=@@)", patch.removesuffix("*** End Patch\n"))
    if len(parts) > 2 and "*** End" not in "".join(parts):
        yield case("v4a", "a patch for each hunk", "\n".join(f"{parts[0]}{p}*** End Patch\n" for p in parts[1:]), after)


def _blocks(change: Change, pairs: list[tuple[str, str]], text: str) -> Iterator[Case]:
    def case(kind: str, reply: str, expected: str | None = change.after) -> Case:
        return Case("search_replace", kind, change.before, reply, expected)

    yield case("thinking before", _THOUGHT + text)
    yield case("a path after the marker", re.sub(r"(?m)^<<<<<<< SEARCH$", f"<<<<<<< SEARCH src/{change.name}", text))
    if not all(change.before.count(old) == 1 for old, _ in pairs):
        return
    edits = [{"old_string": old, "new_string": new} for old, new in pairs]
    call = {"name": "edit", "arguments": {"file_path": change.name, "edits": edits}}
    yield case("a tool call in tags", f"<tool_call>\n{json.dumps(call)}\n</tool_call>")
    yield case("arguments as text", json.dumps({"name": "edit", "arguments": json.dumps(call["arguments"])}))
    yield case("Python for JSON", repr(call["arguments"]))
    if len(pairs) == 1:
        old, new = pairs[0]
        parameters = f'<parameter name="old_str">{old}</parameter>\n<parameter name="new_str">{new}</parameter>'
        yield case("a call in XML", f'<invoke name="edit">\n{parameters}\n</invoke>\n')


def _wholes(change: Change) -> Iterator[Case]:
    def case(kind: str, reply: str, expected: str | None = change.after) -> Case:
        return Case("whole", kind, change.before, reply, expected)

    if _FENCED.search(change.before + change.after) or not change.before.strip() or not change.after.strip():
        return
    if change.before.endswith("\n") != change.after.endswith("\n") or change.after.endswith("\n\n"):
        return
    old, new = (text if text.endswith("\n") else text + "\n" for text in (change.before, change.after))
    yield case("thinking before a fence", f"{_THOUGHT}```\n{new}```\n")
    yield case("the old text, then the new", f"Now:\n\n```\n{old}```\n\nBetter:\n\n```\n{new}```\n")
    if change.before.lstrip()[:1] not in ("<", "{", "["):
        yield case("in tags", f'<file path="{change.name}">\n{new}</file>\n')
