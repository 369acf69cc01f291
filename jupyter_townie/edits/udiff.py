"""Unified diffs as models write them: with or without file headers, line numbers and right counts."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence

from .fences import FencedBlock, fenced_blocks
from .hunk import Hunk, news, olds
from .linediff import Line
from .refusal import refuse

_HEADER = re.compile(r"@@ *-(\d{1,9})(?:,(\d{1,9}))? +\+(\d{1,9})(?:,(\d{1,9}))? *@@(.*)")
_FILE_LINE = (
    "diff --git ", "index ", "new file mode ", "deleted file mode ", "old mode ", "new mode ", "similarity index ",
    "dissimilarity index ", "rename from ", "rename to ", "copy from ", "copy to ", "Index: ", "diff -",
)  # fmt: skip
_OPENING = re.compile(r"^(?:( {0,3}```|~~~)|@@|--- |diff --git |\+\+\+ )", re.MULTILINE)
_VERSION = re.compile(r"\d{1,3}(?:\.[\w()-]{1,40}){1,8}\s*$")
_MARKS = frozenset((" ", "+", "-", "\\"))
_MAX_HUNKS = 2_000
_MAX_FILES = 50
_UNKNOWN = -(1 << 40)


def parse_udiff(text: str) -> list[Hunk]:
    """The hunks of a unified diff, bare or in one or more fenced blocks among prose.

    Raises `EditRefused` (``bad_format``, ``incomplete``) when there is none, when it is for several files, or when a
    fenced block was not closed and the counts do not show that it is whole.
    """
    if (count := text.startswith("@@") + text.count("\n@@")) > _MAX_HUNKS:
        raise refuse("bad_format", f"the diff has {count} hunks; at most {_MAX_HUNKS} are accepted.")
    blocks = [block for block in _blocks(text) if block.is_diff or looks_like_udiff(block.text)]
    hunks: list[Hunk] = []
    files: list[str] = []
    if blocks:
        for block in blocks:
            parser = _Parser(block.text, files, fenced=True, closed=block.closed)
            hunks.extend(parser.hunks)
    else:
        parser = _Parser(text, files, fenced=False, closed=False)
        hunks = parser.hunks
    if parser.broken_off:
        raise refuse("incomplete", "the reply ends in a hunk before its first change.", hunk=len(hunks))
    distinct: list[str] = []
    for name in files[:_MAX_FILES]:
        if not any(_same_file(name, other) for other in distinct):
            distinct.append(name)
    if len(distinct) > 1:
        raise refuse("bad_format", f"the diff is for {len(distinct)} files ({', '.join(distinct[:4])}); send one each.")
    changing = [hunk for hunk in hunks if not hunk.changes_nothing]
    if not changing:
        if hunks:
            raise refuse("no_change", "the diff adds and removes nothing.")
        raise refuse("bad_format", "no hunk was found: a unified diff has lines that begin with @@, + and -.")
    return changing


def _blocks(text: str) -> Sequence[FencedBlock]:
    """The fenced blocks; none where a diff begins before any fence, so that fences are lines of the text it changes."""
    blocks = fenced_blocks(text)
    if blocks and not text.startswith(("```", "~~~")):
        first = _OPENING.search(text)
        if first is not None and first[1] is None:
            return ()
    return blocks


def looks_like_udiff(text: str) -> bool:
    """Whether a text has a hunk header or a pair of file headers."""
    at = 0 if text.startswith("@@") else text.find("\n@@") + 1
    if at or text.startswith("@@"):
        while text[at + 2 : at + 3] not in ("", " ", "-", "\n") and text[at + 2 : at + 4] not in ("\r\n", "\r"):
            at = text.find("\n@@", at) + 1
            if not at:
                return False
        return True
    return (text.startswith("--- ") or "\n--- " in text) and "\n+++ " in text


Numbers = tuple[int, int, int, int, str]
"""What the header of a hunk says: first old line and how many, first new line and how many, heading."""

NO_NUMBERS = None, None, None, None, ""


def numbers_of(header: str) -> Numbers | None:
    """The numbers in a hunk's header, or None where it has none."""
    match = _HEADER.match(header)
    if match is None:
        return None
    start, old_count, new_start, new_count, heading = match.groups()
    return int(start), int(old_count or 1), int(new_start), int(new_count or 1), heading


def marks_of(lines: Sequence[str]) -> str:
    """The first character of each line; a line end for an empty one."""
    return "".join([line[:1] or "\n" for line in lines])


Body = tuple[tuple[str, ...], tuple[str, ...], tuple[Line, ...], tuple[int, ...], bool, bool]
"""What the lines of a hunk say: old, new, marked, unmarked, old_unterminated, new_unterminated; see `Hunk`."""


def read_body(lines: Sequence[str], marks: str) -> Body:
    """The lines of a hunk's body and their `marks_of`, read; see `_Parser` for what each mark means."""
    if not marks.strip(" +-"):
        texts = tuple([line[1:] for line in lines])
        plain = tuple(zip(marks, texts, strict=True))
        old = olds(plain) if "+" in marks else texts
        new = news(plain) if "-" in marks else texts
        return old, new, plain, (), False, False
    marked: list[Line] = []
    flags = {"-": False, "+": False, " ": False}
    unmarked: list[int] = []
    for line, mark in zip(lines, marks, strict=True):
        if mark in flags:
            marked.append((mark, line[1:]))
        elif mark == "\\" and line[:2] == "\\ ":
            if marked:
                flags[marked[-1][0]] = True
        else:
            if line:
                unmarked.append(len(marked))
            marked.append((" ", line))
    both = flags[" "]
    return olds(marked), news(marked), tuple(marked), tuple(unmarked), flags["-"] or both, flags["+"] or both


class _Parser:
    """One pass over the lines of a diff."""

    def __init__(self, text: str, files: list[str], *, fenced: bool, closed: bool) -> None:
        self.hunks: list[Hunk] = []
        self.broken_off = False
        """Whether the text ends in a hunk that changes nothing yet."""
        self._files = files
        self._fenced = fenced
        self._closed = closed
        self._mid_line = not closed and not text.endswith("\n")
        lines = text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        self._lines = lines if text.startswith("@@") or "\n@@" in text else _dedented(lines)
        self._marks = marks_of(self._lines)
        self._read()

    def _odd(self) -> list[int]:
        """The lines that are not just context, removed or added: headers, names of files, lines without a mark."""
        lines, marks = self._lines, self._marks
        odd = [n for n, mark in enumerate(marks) if mark not in " +-"]
        files = []
        n = marks.find("-+")
        while n >= 0:
            if lines[n][:4] == "--- ":
                files.append(n)
            n = marks.find("-+", n + 2)
        return sorted([*odd, *files]) if files else odd

    def _read(self) -> None:
        lines, marks, odd = self._lines, self._marks, self._odd()
        headers = {n for n in odd if marks[n] == "@" and _is_hunk_header(lines[n])}
        begin: int | None = 0 if self._fenced else None
        if not headers and not self._fenced and not any(_starts_file(lines, n) for n in range(len(lines))):
            begin = 0
        header: str | None = None
        numbers: Numbers | None = None
        left_old = left_new = _UNKNOWN
        counted = following = 0
        for n in odd:
            if n < following:
                continue
            line, mark = lines[n], marks[n]
            if n in headers:
                if begin is not None and begin < n:
                    self._finish(header, numbers, begin, n)
                header, numbers, begin = line, numbers_of(line), n + 1
                left_old = left_new = _UNKNOWN
                counted = begin
                if numbers and (numbers[1] or numbers[3]):
                    left_old, left_new = numbers[1], numbers[3]
                continue
            if begin is not None and left_old > _UNKNOWN:
                left_old -= n - counted - marks.count("+", counted, n)
                left_new -= n - counted - marks.count("-", counted, n)
                counted = n
            if line.startswith("@@@"):
                raise refuse("bad_format", "combined diffs (@@@) are not understood.")
            if (
                mark == "-"
                and _starts_file(lines, n)
                and not (left_old > 0 and left_new > 0 and not self._header_follows(n))
            ):
                if begin is not None:
                    self._finish(header, numbers, begin, n)
                self._name_file(line, lines[n + 1])
                following = n + 2
                header, numbers, begin = None, None, following
                left_old = left_new = _UNKNOWN
            elif line.startswith(_FILE_LINE):
                if begin is not None:
                    self._finish(header, numbers, begin, n)
                header, numbers, begin = None, None, None if headers else n + 1
                left_old = left_new = _UNKNOWN
            elif line.startswith(("GIT binary patch", "Binary files ")):
                raise refuse("bad_format", "binary patches are not applied.")
            elif begin is not None:
                if left_old == 0 and left_new == 0 and mark not in ("-", "\\") and not self._goes_on(n, odd):
                    self._finish(header, numbers, begin, n)
                    header, numbers, begin = None, None, None
                else:
                    left_old -= line[:2] != "\\ "
                    left_new -= line[:2] != "\\ " and mark != "-"
                    counted = n + 1
        if begin is not None:
            self._finish(header, numbers, begin, len(lines), last=True)
        if self._mid_line and lines[-1:] == ["@"]:
            self.broken_off = True

    def _goes_on(self, n: int, odd: list[int]) -> bool:
        """Whether the hunk goes on at a line without a mark though its header announces no more: the counts are wrong.

        It does where changed lines follow before the next header, unless there is prose, which may have a list.
        """
        lines, end = self._lines, len(self._lines)
        for k in itertools.islice(odd, bisect_right(odd, n), None):
            if _is_hunk_header(lines[k]) or lines[k].startswith(("--- ", *_FILE_LINE)):
                end = k
                break
            if not self._fenced and lines[k].strip():
                return False
        changes = "+" in self._marks[n:end] or "-" in self._marks[n:end]
        return changes and (self._fenced or not lines[n].strip())

    def _header_follows(self, n: int) -> bool:
        return n + 2 < len(self._lines) and _is_hunk_header(self._lines[n + 2])

    def _name_file(self, old: str, new: str) -> None:
        name = new[4:].split("\t")[0].strip()
        if name == "/dev/null":
            name = old[4:].split("\t")[0].strip()
        self._files.append(name[2:] if name[:2] in ("a/", "b/") else name)

    def _finish(self, header: str | None, numbers: Numbers | None, begin: int, end: int, *, last: bool = False) -> None:
        body, marks = self._lines[begin:end], self._marks[begin:end]
        changes = "+" in marks or "-" in marks
        if last and header is not None and not changes:
            self.broken_off = self._mid_line or (self._fenced and not self._closed)
        if not changes and (numbers is None or not body):
            return
        start, old_count, new_start, new_count, heading = numbers or NO_NUMBERS
        if numbers is None and header is not None:
            heading = header.strip("@ \t\r")
        if last:
            body = _without_signature(body)
        if body and body[-1][:1] not in _MARKS:
            body = _without_prose(body, old_count, new_count, fenced=self._fenced)
        if header is None and not self._fenced and not changes:
            return
        old, new, marked, unmarked, old_open, new_open = read_body(body, marks[: len(body)])
        anchors = _anchors(heading) if heading else ()
        closed = not last or self._closed
        hunk = Hunk(
            old, new, "udiff", marked, unmarked, anchors, start, old_count, new_start, new_count,
            False, old_open, new_open, closed, self._fenced, last and self._mid_line,
        )  # fmt: skip
        self.hunks.append(hunk)


def _anchors(heading: str) -> tuple[str, ...]:
    """What a header names below its numbers, unless it is nothing but numbers and signs."""
    heading = heading.replace("@@", " ").strip()
    named = heading and heading.strip("0123456789,+- ") and any(map(str.isalnum, heading))
    return (heading,) if named else ()


def _without_signature(body: list[str]) -> list[str]:
    """The body without the end of a mailed patch: two dashes, and the version of git below."""
    end = len(body)
    while end and not body[end - 1].strip():
        end -= 1
    signed = end > 2 and body[end - 2].rstrip() == "--" and _VERSION.match(body[end - 1])
    return body[: end - 2] if signed else body


def _without_prose(body: list[str], old_count: int | None, new_count: int | None, *, fenced: bool) -> list[str]:
    """The body without the blank lines and the prose after it, unless the header's counts include them."""
    end = len(body)
    while end and body[end - 1][:1] not in _MARKS:
        end -= 1
    if end == len(body):
        return body
    if old_count is not None and new_count is not None:
        extra_old = sum(1 for line in body if line[:1] != "+" and line[:2] != "\\ ") - old_count
        extra_new = sum(1 for line in body if line[:1] != "-" and line[:2] != "\\ ") - new_count
        if extra_old == extra_new and 0 <= extra_old <= len(body) - end:
            return body[: len(body) - extra_old]
    tail = body[end:]
    if any(line.strip() for line in tail):
        if fenced:
            return body
        first_blank = next((k for k, line in enumerate(tail) if not line.strip()), None)
        return body[:end] if first_blank is not None or _reads_as_prose(tail) else body
    return body


def _reads_as_prose(lines: list[str]) -> bool:
    return any(line[:1].isupper() and line.count(" ") >= 2 and line.rstrip()[-1:] in ".:!?" for line in lines)


def _dedented(lines: list[str]) -> list[str]:
    """The lines without the indentation that all hunk headers share, when the whole diff was indented."""
    headers = [line for line in lines if line.lstrip(" \t").startswith("@@ ") or line.strip() == "@@"]
    if not headers or any(line.startswith("@@") for line in headers):
        return lines
    indent = min((line[: len(line) - len(line.lstrip())] for line in headers), key=len)
    if not indent or any(line.strip() and not line.startswith(indent) for line in lines[lines.index(headers[0]) :]):
        return lines
    return [line[len(indent) :] if line.startswith(indent) else line for line in lines]


def _is_hunk_header(line: str) -> bool:
    return line.startswith("@@") and (line[2:3] in ("", " ", "-", "\r") or _HEADER.match(line) is not None)


def _starts_file(lines: list[str], n: int) -> bool:
    return lines[n].startswith("--- ") and n + 1 < len(lines) and lines[n + 1].startswith("+++ ")


def _same_file(one: str, other: str) -> bool:
    return one == other or one.endswith("/" + other) or other.endswith("/" + one)
