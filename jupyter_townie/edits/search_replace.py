"""Search/replace edits: conflict-marker blocks, tags, and the ``old``/``new`` arguments of a tool call."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from typing import Any

from .hunk import Hunk
from .refusal import refuse
from .wrappers import inner_values, written_calls

_SEARCH = re.compile(
    r"[ \t]{0,12}(?:<{5,9}|-{5,20})[ \t]{0,3}(?:SEARCH|ORIGINAL)(?:[ \t]{1,3}(?=\S*[./])\S{1,200})?"
    r"[ \t]{0,3}[<>]{0,9}[ \t]*$",
    re.IGNORECASE,
)
_REPLACE = re.compile(
    r"[ \t]{0,12}(?:>{5,9}|<{5,9}|\+{5,20})[ \t]{0,3}(?:REPLACE|UPDATED)[ \t]{0,3}[<>]{0,9}[ \t]*$", re.IGNORECASE
)
_DIVIDER = re.compile(r"[ \t]{0,12}={4,20}[ \t]*$")
_PLAIN_START = re.compile(r"<{4,9}(?:[ \t]+\S{1,80})?[ \t]*$")
_PLAIN_END = re.compile(r">{4,9}(?:[ \t]+\S{1,80})?[ \t]*$")
_BROKEN_OFF = re.compile(
    r"(?:<{1,9}|-{7})[ \t]{0,3}(?:S|SE|SEA|SEAR|SEARC)?$|>{5,9}[ \t]{1,3}(?:R|RE|REP|REPL|REPLA|REPLAC)?$"
)
_HINT = re.compile(r"[ \t]{0,8}:(start_line|end_line):[ \t]{0,3}\[?(\d{1,9})\]?[ \t]*$")
_ESCAPED = re.compile(r"\\(?:<{5,9}|={5,9}|>{5,9}|-{5,9}|\+{5,9}|:start_line:|:end_line:)")
_PAIRS = (
    ("old_string", "new_string"), ("old_str", "new_str"), ("old_text", "new_text"), ("oldText", "newText"),
    ("oldString", "newString"), ("old_code", "new_code"), ("search", "replace"), ("find", "replace"), ("old", "new"),
    ("original", "updated"),
)  # fmt: skip
_EVERYWHERE = ("replace_all", "replaceAll")
_MAX_READINGS = 8
_DEEPEST = 8
_MAX_HUNKS = 2_000


def looks_like_search_replace(text: str) -> bool:
    """Whether a text has the opening marker of a block, or a pair of tags."""
    if ("<<<<<" in text or "-----" in text) and any(
        _SEARCH.match(line) for line in text.split("\n") if "<<<<<" in line or "-----" in line
    ):
        return True
    return _tag_pair(text) is not None


def parse_search_replace(text: str) -> list[Hunk]:
    """The blocks of a reply, fenced or not, with prose between them.

    Raises `EditRefused`: ``bad_format`` when there is no block or its markers are out of order, ``incomplete`` when
    the last block has no closing marker, ``no_change`` when all blocks replace text by itself.
    """
    _refuse_too_many(text.count("<<<<<<< SEARCH"))
    lines = text.split("\n")
    blocks = _marked_blocks(lines, text)
    if not blocks:
        blocks = _tagged_blocks(text) or _json_blocks(text)
    if not blocks:
        raise refuse(
            "bad_format", "no block was found: a block is <<<<<<< SEARCH, the old lines, =======, the new lines, "
            ">>>>>>> REPLACE, each marker on its own line.",
        )  # fmt: skip
    _refuse_too_many(len(blocks))
    changing = [hunk for hunk in blocks if not hunk.changes_nothing]
    if not changing:
        raise refuse("no_change", "the new lines are the same as the old ones.")
    return changing


def replacement(old: str, new: str, *, everywhere: bool = False) -> Hunk:
    """The hunk of a tool call that replaces the text ``old`` by ``new``; either may begin or end within a line."""
    return Hunk(tuple(_rows(old)), tuple(_rows(new)), "replacement", everywhere=everywhere)


def _refuse_too_many(count: int) -> None:
    if count > _MAX_HUNKS:
        raise refuse("bad_format", f"there are {count} blocks; at most {_MAX_HUNKS} are accepted.")


def _rows(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n") if text else []


def _marked_blocks(lines: list[str], text: str) -> list[Hunk]:
    if any(_SEARCH.match(line) for line in lines if "<<<<<" in line or "-----" in line):
        return _scan(lines, _SEARCH, _REPLACE)
    if any(_PLAIN_START.match(line) for line in lines if line.startswith("<<<<")):
        return _scan(lines, _PLAIN_START, _PLAIN_END)
    if any(_REPLACE.match(line) for line in lines if line.strip()[:1] in ("<", ">", "+")):
        raise refuse("bad_format", "a REPLACE marker has no SEARCH marker before it.")
    return []


def _scan(lines: list[str], opening: re.Pattern[str], closing: re.Pattern[str]) -> list[Hunk]:
    """One pass: opening marker, old lines, divider, new lines, closing marker."""
    hunks: list[Hunk] = []
    marked = [
        n for n, line in enumerate(lines) if "<<<<" in line or ">>>>" in line or "-----" in line or "+++++" in line
    ]
    opens = {n for n in marked if opening.match(lines[n])}
    closes = {n for n in marked if closing.match(lines[n])}
    free = 0
    for k, n in enumerate(marked):
        if n < free:
            continue
        if n not in opens:
            if n in closes and closing is _REPLACE:
                raise refuse("bad_format", "a REPLACE marker has no SEARCH marker before it.", hunk=len(hunks))
            continue
        start = n + 1
        indent = len(lines[n]) - len(lines[n].lstrip())
        end = loose_end = -1
        for m in itertools.islice(marked, k + 1, None):
            if m in closes:
                end = m
                break
            if m in opens:
                break
            if loose_end < 0 and lines[m].startswith(">>>>>>>") and _PLAIN_END.match(lines[m]):
                loose_end = m
        if end < 0:
            if loose_end < 0 or not any(_DIVIDER.match(line) for line in lines[start:loose_end]):
                why = f"block {len(hunks) + 1} has no closing >>>>>>> REPLACE marker."
                raise refuse("incomplete", why, hunk=len(hunks), total=len(hunks) + 1)
            end = loose_end
        hunks.append(_block(lines[start:end], indent, len(hunks)))
        free = end + 1
    if hunks and _BROKEN_OFF.match(lines[-1]):
        raise refuse("incomplete", "the reply ends in a marker.", hunk=len(hunks))
    return hunks


def _block(body: list[str], indent: int, number: int) -> Hunk:
    text = "\n".join(body)
    start: int | None = None
    if "_line:" in text:
        start, body = _without_hints(body)
    if "|||||||" in text and any(line.startswith("|||||||") for line in body):
        raise refuse("bad_format", "the block has a ||||||| section.", hunk=number, total=number + 1)
    dividers = [n for n, line in enumerate(body) if "====" in line and _DIVIDER.match(line)]
    if not dividers:
        why = f"block {number + 1} has no ======= line between the old and the new lines."
        raise refuse("bad_format", why, hunk=number, total=number + 1)
    if "_line:" in text and any(_HINT.match(line) for line in body[dividers[0] :]):
        raise refuse(
            "bad_format", "a :start_line: or :end_line: belongs before the old lines.", hunk=number, total=number + 1
        )
    if len(dividers) > 1:
        dividers = [n for n in dividers if body[n].rstrip() == " " * indent + "======="] or dividers
    if indent and all(line[:indent].isspace() for line in body if line.strip()):
        body = [line[indent:] for line in body]
    readings = [_reading(body[:n], body[n + 1 :], start) for n in dividers[:_MAX_READINGS]]
    first = readings[0]
    if len(readings) == 1:
        return first
    return Hunk(first.old, first.new, "search_replace", start=start, others=tuple(readings[1:]))


def _without_hints(body: list[str]) -> tuple[int | None, list[str]]:
    """The line that a hint above the old lines names, and the body without the hints."""
    start: int | None = None
    head = 0
    while head < len(body) and (match := _HINT.match(body[head])):
        if match[1] == "start_line":
            start = int(match[2])
        head += 1
    if head and head < len(body) and body[head].strip() == "-------":
        head += 1
    return start, body[head:]


def _reading(search: list[str], replace: list[str], start: int | None) -> Hunk:
    return Hunk(tuple(_content(search)), tuple(_content(replace)), "search_replace", start=start)


def has_divider(lines: Iterable[str]) -> bool:
    """Whether a line could be taken for the divider of a block."""
    return any(_DIVIDER.match(line) for line in lines if "====" in line)


def _content(lines: list[str]) -> list[str]:
    if "\n\\" not in "\n".join(["", *lines]):
        return lines
    return [line[1:] if _ESCAPED.match(line) else line for line in lines]


def _tag_pair(text: str) -> tuple[str, str] | None:
    if "<" not in text:
        return None
    pairs = ((old, new) for old, new in _PAIRS if f"<{old}>" in text and f"<{new}>" in text)
    return next((pair for pair in pairs if _first_tag(text, pair[0]) >= 0), None)


def _first_tag(text: str, name: str) -> int:
    """Where a tag first begins a line, alone or after other tags; amid other text it is text itself. -1 for nowhere."""
    at = text.find(f"<{name}>")
    while at >= 0:
        above = text[text.rfind("\n", 0, at) + 1 : at].strip()
        if not above or (above[0] == "<" and above[-1] == ">"):
            return at
        at = text.find(f"<{name}>", at + 1)
    return -1


def _tagged_blocks(text: str) -> list[Hunk]:
    pair = _tag_pair(text)
    if pair is None:
        return []
    hunks: list[Hunk] = []
    at = _first_tag(text, pair[0])
    while (begin := text.find(f"<{pair[0]}>", at)) >= 0:
        sides: list[str] = []
        for name in pair:
            opened = text.find(f"<{name}>", begin)
            closed = text.find(f"</{name}>", opened)
            if opened < 0 or closed < 0:
                raise refuse("incomplete", f"<{name}> is not closed.", hunk=len(hunks), total=len(hunks) + 1)
            sides.append(text[opened + len(name) + 2 : closed])
            begin = closed
        at = begin
        old, new = (side.replace("\r\n", "\n") for side in sides)
        if old.startswith("\n") or new.startswith("\n"):
            hunks.append(Hunk(tuple(_between_tags(old)), tuple(_between_tags(new)), "search_replace"))
        else:
            hunks.append(replacement(old, new))
    last = text[at:].rpartition("\n")[2].strip()
    if last and f"<{pair[0]}>".startswith(last):
        raise refuse("incomplete", "the reply ends in a tag.", hunk=len(hunks))
    return hunks


def _between_tags(side: str) -> list[str]:
    side = side.removeprefix("\n")
    if not side.strip(" \t"):
        return []
    lines = side.split("\n")
    return lines[:-1] if not lines[-1].strip() else lines


def _json_blocks(text: str) -> list[Hunk]:
    """Tool-call arguments that were written out as JSON."""
    return [hunk for value in written_calls(text) for hunk in _json_hunks(value)]


def _json_hunks(value: Any, depth: int = 0) -> list[Hunk]:
    if isinstance(value, list):
        return [hunk for item in value[: _MAX_HUNKS + 1] for hunk in _json_hunks(item, depth)]
    if not isinstance(value, dict) or depth > _DEEPEST:
        return []
    for old, new in _PAIRS:
        if isinstance(value.get(old), str) and isinstance(value.get(new), str):
            everywhere = any(value.get(key) in (True, "true") for key in _EVERYWHERE)
            return [replacement(value[old], value[new], everywhere=everywhere)]
    found = (_json_hunks(inner, depth + 1) for inner in inner_values(value))
    return next((hunks for hunks in found if hunks), [])


def opens_block(line: str) -> bool:
    """Whether a line is the opening marker of a block."""
    return _SEARCH.match(line) is not None


def closes_block(line: str) -> bool:
    """Whether a line is the closing marker of a block."""
    return _REPLACE.match(line) is not None
