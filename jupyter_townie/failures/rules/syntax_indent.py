"""Indentation that is off: tabs among spaces, one line too deep, a block's only line not indented."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, repair


@because("Tabs and spaces are mixed.")
def tabs_and_spaces(case: Case) -> Fix | None:
    if case.ename not in ("TabError", "IndentationError"):
        return None
    if "\t" not in case.source:
        return None
    return repair(case, _expanded)


def _expanded(at: Stop) -> Iterator[str]:
    """A tab is as wide as the smallest indentation that is written with spaces."""
    widths = [len(found) for found in re.findall(r"(?m)^( +)\S", at.source)]
    width = min(widths, default=4)
    yield "\n".join(_spaces(line, width if width in (2, 4, 8) else 4) for line in at.lines)
    # For Python 2 a tab was eight wide; where that is another program, nobody knows which was meant.
    yield "\n".join(_spaces(line, 8) for line in at.lines)


def _spaces(line: str, width: int) -> str:
    indent = re.match(r"[ \t]*", line)
    head = indent.group(0) if indent else ""
    return head.replace("\t", " " * width) + line[len(head) :]


_SETTING = re.compile(r"\s*(?:pass\b|\.\.\.|raise\b|return\b|yield\b|\"|'|global\b|nonlocal\b)")


def _is_body_of(header: str, body: list[str]) -> bool:
    """Whether what follows a ``def`` or ``class`` is its body rather than what comes after a body that is missing."""
    found = re.match(r"\s*(?:async\s+)?(def|class)\s+\w+\s*(.*)$", header)
    if not found:
        return True
    text = "\n".join(body)
    if _SETTING.match(text):
        return True
    if found.group(1) == "class":
        # Its methods take `self`, its fields have a type; any other statement may stand beside it as well.
        return re.match(r"\s*(?:@|(?:async\s+)?def\s+\w+\(\s*(?:self|cls)\b|\w+\s*:\s*\w)", text) is not None
    parameters = set(re.findall(r"(\w+)\s*(?=[,=:)])", found.group(2)))
    leaves = re.search(r"(?m)^\s*(?:return|yield)\b", text) and not re.match(r"\s*(?:def|class)\b", text)
    return bool(leaves) or any(re.search(rf"\b{re.escape(name)}\b", text) for name in parameters)


@because("A line is indented to another depth than its block.")
def wrong_depth(case: Case) -> Fix | None:
    return repair(case, _shifted)


def _shifted(at: Stop) -> Iterator[str]:
    lines = at.lines
    number = at.line - 1
    if not 0 <= number < len(lines):
        return
    text = lines[number]
    if "unexpected indent" in at.message:
        yield from _dedented(at, number)
    elif "unindent does not match" in at.message:
        yield from _matched(at, number)
    elif "expected an indented block" in at.message and text.strip():
        yield from _indented(at, number)


def _depth(text: str) -> int:
    return len(text) - len(text.lstrip())


def _dedented(at: Stop, number: int) -> Iterator[str]:
    """The line (with those that follow it at its depth, when the rest of the cell is at none of it)."""
    lines = at.lines
    before = next((one for one in reversed(lines[:number]) if one.strip() and not one.lstrip().startswith("#")), None)
    target = _depth(before) if before is not None else 0
    depth = _depth(lines[number])
    if depth <= target or (before is not None and before.rstrip().endswith((",", "(", "\\", "="))):
        return
    if before is not None and before.rstrip().endswith(":"):
        return
    if number and re.match(r"\s*#.*:\s*$", lines[number - 1]):
        return  # the line that opened the block is commented out
    end = number + 1
    while end < len(lines) and (not lines[end].strip() or _depth(lines[end]) >= depth):
        end += 1
    moved = [line[depth - target :] if line.strip() else line for line in lines[number:end]]
    yield "\n".join([*lines[:number], *moved, *lines[end:]])


def _matched(at: Stop, number: int) -> Iterator[str]:
    lines = at.lines
    depth = _depth(lines[number])
    depths = sorted({_depth(line) for line in lines[:number] if line.strip()})
    near = [one for one in depths if abs(one - depth) == 1] or [one for one in depths if abs(one - depth) <= 3]
    end = number + 1
    while end < len(lines) and lines[end].strip() and _depth(lines[end]) == depth:
        end += 1
    for one in near:
        moved = [" " * one + line.lstrip() for line in lines[number:end]]
        yield "\n".join([*lines[:number], *moved, *lines[end:]])


def _indented(at: Stop, number: int) -> Iterator[str]:
    """Only where no choice is left how far the block goes: one line, or all lines up to a blank one or the end."""
    lines = at.lines
    header = next((index for index in range(number - 1, -1, -1) if lines[index].strip()), None)
    if header is None or not lines[header].split("#")[0].rstrip().endswith(":"):
        return
    base = _depth(lines[header])
    if _depth(lines[number]) != base:
        return
    end = number
    while end < len(lines) and lines[end].strip() and _depth(lines[end]) >= base:
        end += 1
    body = lines[number:end]
    same = [line for line in body if _depth(line) == base]
    following = [line for line in lines[end:] if line.strip()]
    is_function = re.match(r"\s*(?:async\s+)?def\b", lines[header])
    returns = [index for index, line in enumerate(body) if line.lstrip().startswith("return")]
    if len(same) > 1:
        if not (is_function and returns):
            return
        end = number + returns[-1] + 1
        body = lines[number:end]
    elif following and not body:
        return
    if not _is_body_of(lines[header], body):
        return
    step = " " * 4
    yield "\n".join([*lines[:number], *(step + line if line.strip() else line for line in body), *lines[end:]])
