"""What programs print, made readable: colours, progress bars and repetition removed, the middle of long text left out.

Everything here takes time linear in the length of its input.
"""

from __future__ import annotations

import re

# CSI, OSC and the two-byte sequences of ECMA-48, in that order.
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

LONGEST_PERIOD = 4
"""How many lines a repeated block may have: a Python warning has two, a logged request with its answer up to four."""


def strip_ansi(text: str) -> str:
    """``text`` without terminal escape sequences."""
    return _ESCAPE.sub("", text) if "\x1b" in text else text


def overwrite(text: str) -> str:
    """What a terminal shows of ``text`` in the end: carriage returns and backspaces overwrite."""
    if "\r" not in text and "\b" not in text:
        return text
    text = text.replace("\r\n", "\n")
    return "\n".join(_overwritten(line) if "\r" in line or "\b" in line else line for line in text.split("\n"))


def _overwritten(line: str) -> str:
    if "\b" in line:
        line = _backspaced(line)
    *earlier, shown = line.split("\r")
    for text in reversed(earlier):
        if len(text) > len(shown):
            shown += text[len(shown) :]
    return shown


def _backspaced(line: str) -> str:
    """Apply backspaces, which move the cursor left within what follows the last carriage return."""
    cells: list[str] = []
    cursor = start = 0
    for character in line:
        if character == "\b":
            cursor = max(start, cursor - 1)
        elif character == "\r":
            cells.append(character)
            cursor = start = len(cells)
        elif cursor < len(cells):
            cells[cursor] = character
            cursor += 1
        else:
            cells.append(character)
            cursor += 1
    return "".join(cells)


def collapse_repeats(text: str) -> str:
    """Say once what was printed over and over: runs of equal lines, or of equal blocks of up to four lines."""
    lines = text.split("\n")
    if len(lines) < 4:
        return text
    result: list[str] = []
    at = 0
    while at < len(lines):
        if not lines[at]:
            # Empty lines are not worth a remark: of many, one is kept.
            result.append("")
            while at < len(lines) and not lines[at]:
                at += 1
            continue
        for period in range(1, LONGEST_PERIOD + 1):
            end = at + period
            while end < len(lines) and lines[end] == lines[end - period]:
                end += 1
            again = (end - at) // period - 1
            if again * period >= 2 and again >= 2:
                result.extend(lines[at : at + period])
                what = "line" if period == 1 else f"{period} lines"
                result.append(f"[the {what} above {again} more times]")
                at += period * (again + 1)
                break
        else:
            result.append(lines[at])
            at += 1
    return "\n".join(result)


def readable(text: str) -> str:
    """Printed text as a person would read it: escape sequences, overwritten text, control codes and repeats removed."""
    return collapse_repeats(_CONTROL.sub("", overwrite(strip_ansi(text))))


def head_and_tail(text: str, limit: int, *, head: float = 0.5) -> str:
    """At most ``limit`` bytes (UTF-8) of ``text``: its beginning and its end, cut between lines where there are any.

    :param head: the share of the beginning.
    """
    raw = text.encode("utf-8", "replace")
    if len(raw) <= limit:
        return text if text.isascii() else raw.decode("utf-8")
    note_room = 64
    if limit <= 2 * note_room:
        return raw[: max(0, limit)].decode("utf-8", "ignore")
    room = limit - note_room
    first = raw[: int(room * head)]
    last = raw[len(raw) - (room - len(first)) :]
    # A line border is preferred unless that would waste more than half of the part.
    cut = first.rfind(b"\n")
    if cut > len(first) // 2:
        first = first[:cut]
    cut = last.find(b"\n")
    if 0 <= cut < len(last) // 2:
        last = last[cut + 1 :]
    left_out = len(raw) - len(first) - len(last)
    lines = raw.count(b"\n", len(first), len(raw) - len(last))
    note = f"[... {left_out:,} bytes, {lines:,} lines left out ...]"
    return f"{first.decode('utf-8', 'ignore')}\n{note}\n{last.decode('utf-8', 'ignore')}"
