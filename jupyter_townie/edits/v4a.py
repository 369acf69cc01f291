"""The V4A patch format (``*** Begin Patch``), for one file."""

from __future__ import annotations

import re

from .hunk import Hunk, hunk_of
from .refusal import refuse
from .udiff import NO_NUMBERS, Numbers, marks_of, numbers_of, read_body

_MAX_HUNKS = 2_000
_BEGIN = "*** Begin Patch"
_END = "*** End Patch"
_PATCH_LINE = re.compile(r"^[ \t]{0,12}\*\*\* (?:Begin Patch|End Patch|Update File:)", re.MULTILINE)
_SECTION = re.compile(r"\*\*\* (Update|Add|Delete) File: ?(.*)")


def looks_like_v4a(text: str) -> bool:
    """Whether a line of a text begins as one of a patch does."""
    return "*** " in text and _PATCH_LINE.search(text) is not None


def parse_v4a(text: str) -> list[Hunk]:
    """The hunks of a V4A patch, with or without its envelope, possibly among prose or in a fence.

    Raises `EditRefused`: ``incomplete`` without ``*** End Patch``, ``bad_format`` for several files, for deleting or
    creating the file, for an unknown ``***`` line, or when nothing is there.
    """
    body, closed = _patches(text)
    hunks: list[Hunk] = []
    files: list[str] = []
    section: str | None = None
    anchors: list[str] = []
    numbers: Numbers | None = None
    lines: list[str] = []

    def finish(ended: bool = False) -> None:
        nonlocal anchors, lines, numbers
        kept = lines
        while kept and not kept[-1].strip() and kept[-1][:1] not in (" ", "+", "-"):
            kept = kept[:-1]
        marks = marks_of(kept)
        if ("+" in marks or "-" in marks) and not _are_file_headers(kept, files):
            if section == "Add":
                bare = next((line for line in kept if line.strip() and line[:1] != "+"), None)
                if bare is not None:
                    raise refuse("bad_format", "a line of the new file has no + before it.", wrote=bare)
                added = [("+", line[1:]) for line in kept]
                hunks.append(hunk_of(added, "v4a", start=0, old_count=0))
            else:
                old, new, marked, unmarked, old_open, new_open = read_body(kept, marks)
                start, old_count, new_start, new_count, _ = numbers or NO_NUMBERS
                hunk = Hunk(
                    old, new, "v4a", marked, unmarked, tuple(anchors), start, old_count, new_start, new_count,
                    ended, old_open, new_open, closed,
                )  # fmt: skip
                hunks.append(hunk)
        anchors, lines, numbers = [], [], None

    at = 0
    for n in [n for n, line in enumerate(body) if "*** " in line or line[:2] == "@@"]:
        line = body[n]
        if line[:1] in ("+", "-"):
            continue
        lines += body[at:n]
        at = n + 1
        stripped = line.strip()
        if stripped.startswith("*** "):
            match = _SECTION.match(stripped)
            if match:
                finish()
                section = match[1]
                files.append(match[2].strip())
            elif stripped == "*** End of File":
                finish(ended=True)
            elif stripped.startswith("*** Move to:"):
                target = stripped.partition(":")[2].strip()
                if files and target not in ("", files[-1]):
                    why = "the patch also moves the file, which an edit does not do; leave that line out."
                    raise refuse("bad_format", why, wrote=stripped)
            elif line[:1] == " ":
                lines.append(line)
            else:
                raise refuse("bad_format", "this line is not part of the patch format.", wrote=line)
        elif line.startswith("@@") and not line.startswith("@@@"):
            if lines:
                finish()
            found = numbers_of(line)
            heading = found[4] if found else line[2:]
            if found:
                numbers = found
            heading = heading.strip().removesuffix("@@").strip()
            if heading.strip(". ") or anchors:
                anchors.append(heading.strip(". ") and heading)
        else:
            lines.append(line)
    lines += body[at:]
    finish()
    if len({name for name in files if name}) > 1:
        raise refuse("bad_format", f"the patch is for {len(set(files))} files ({', '.join(files[:4])}); send one each.")
    if section == "Delete":
        raise refuse("bad_format", "the patch deletes the file; an edit does not.")
    if not hunks:
        raise refuse("bad_format", "the patch has no line that begins with + or -.")
    if not closed:
        raise refuse("incomplete", "the patch ends without *** End Patch.", hunk=len(hunks) - 1, total=len(hunks))
    if len(hunks) > _MAX_HUNKS:
        raise refuse("bad_format", f"the patch has {len(hunks)} hunks; at most {_MAX_HUNKS} are accepted.")
    changing = [hunk for hunk in hunks if not hunk.changes_nothing]
    if not changing:
        raise refuse("no_change", "the patch replaces lines by the same lines.")
    return changing


def _are_file_headers(lines: list[str], files: list[str]) -> bool:
    """Whether the lines are those with which a unified diff names its file, put below the one of this format."""
    if len(lines) != 2 or not files or lines[0][:4] != "--- " or lines[1][:4] != "+++ ":
        return False
    name = files[-1].rpartition("/")[2]
    return bool(name) and name in lines[0] and name in lines[1]


def _patches(text: str) -> tuple[list[str], bool]:
    """The lines of all patches in a reply, and whether each came to its end."""
    lines, ends = _dedented(text.split("\n")), text.count(_END)
    if ends < 2 or text.count(_BEGIN) < 2:
        return _envelope(lines, ends)
    patches: list[list[str]] = [[]]
    ended = False
    for line in lines:
        stripped = line.strip()
        if ended and stripped == _BEGIN:
            patches.append([])
            ended = False
        patches[-1].append(line)
        ended = ended or stripped == _END
    body: list[str] = []
    closed = True
    for patch in patches:
        part, whole = _envelope(patch, sum(1 for line in patch if _END in line))
        body += [*part, "@@"]
        closed = closed and whole
    return body, closed


def _dedented(lines: list[str]) -> list[str]:
    """The lines without the indentation that the patch as a whole has, for example in a list."""
    begin = next((n for n, line in enumerate(lines) if line.lstrip(" ").startswith(_BEGIN)), None)
    if begin is None or lines[begin][:1] != " ":
        return lines
    indent = lines[begin][: -len(lines[begin].lstrip(" "))]
    end = next((n for n, line in enumerate(lines[begin:], begin) if line.strip() == _END), len(lines) - 1)
    if any(line.strip() and not line.startswith(indent) for line in lines[begin : end + 1]):
        return lines
    return [line.removeprefix(indent) for line in lines]


def _envelope(lines: list[str], ends: int) -> tuple[list[str], bool]:
    """The lines of the patch proper, and whether it came to its end, the mark of which occurs *ends* times."""
    begin = next((n for n, line in enumerate(lines) if line.strip() == _BEGIN), None)
    if begin is None:
        begin = next((n - 1 for n, line in enumerate(lines) if _SECTION.match(line.strip())), None)
    if ends == 1 and _END in lines:
        end: int | None = lines.index(_END)
    else:
        end = next((n for n, line in enumerate(lines) if line.strip() == _END), None) if ends else None
    had_envelope = begin is not None
    if begin is None:
        begin = next((n - 1 for n, line in enumerate(lines) if line.startswith("@@") or line[:1] in ("+", "-")), -1)
    if end is not None:
        return lines[begin + 1 : end], True
    body = lines[begin + 1 :]
    fence = next((n for n, line in enumerate(body) if line.strip() in ("```", "~~~") and line[:1] in "`~"), None)
    if fence is not None:
        return body[:fence], True
    starts_with_begin = had_envelope and any(line.strip() == _BEGIN for line in lines)
    while body and not body[-1]:
        body = body[:-1]
    return body, not starts_with_begin
