"""Reads the tracebacks that kernels report.

IPython writes them in five modes and has changed each of them between its major versions; plain Python writes them its
own way.  All of these are recognised line by line, without backtracking, after the text was cut to
:data:`LONGEST_TRACEBACK` characters, so that the time is linear and bounded whatever the kernel sent.
"""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

LONGEST_TRACEBACK = 600_000
"""Characters that are read, half from the head and half from the tail of a longer text."""
LONGEST_LINE = 2_000
NOT_FIXABLE = frozenset({"KeyboardInterrupt", "SystemExit", "BdbQuit"})
"""Errors that the user caused on purpose."""

_ANSI = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>NOM78])")
_CELL = re.compile(r"^\s*(?:Cell In|Input In|Cell)\s*\[?\[(\d+)\](?:, line (\d+))?(?:,? in (.*))?$")
_FILE = re.compile(r"^\s*File (\S(?:[^\"]*\S)?):(\d+)(?:,? in (.*))?$")
_PLAIN = re.compile(r'^[\s|+]*File "([^"]*)", line (\d+)(?:, in (.*))?$')
_IPYTHON_7 = re.compile(r"^(<[^>]*>|[~/\w.:\\ -]+\.py[co]?|[~/\w.:\\ -]+\.pyx) in ([\w<>.]+|\?)(\(.*\))?$")
_ARROW = re.compile(r"^\s*-+>\s*(\d+)(?: (.*))?$")
_IPYTHON_INPUT = re.compile(r"<ipython-input-(\d+)-[0-9a-f]*>")
_CHAINED = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_MEMBER = re.compile(r"^ {4,}\| ([A-Za-z_][\w.]*(?:: .*)?)$")
_SKIPPED = re.compile(
    r"\[\.\.\. (?:skipping similar frames|Skipping \d+ hidden frame|\d+ skipped frames)|\[Previous line repeated"
)
_LIBRARY = re.compile(
    r"[\\/](?:site|dist)-packages[\\/]|[\\/]lib(?:64)?[\\/]python\d|[\\/]Lib[\\/]|^<(?!timed |ipython-input|stdin)|ipykernel[\\/]"
)
_PACKAGE = re.compile(r"(?:site|dist)-packages[\\/]([^\\/:]+)|[\\/]lib(?:64)?[\\/]python[\d.]+[\\/]([^\\/:]+)")


def public_name(ename: str) -> str:
    """The name of an error as the language has it: code that ends too early is a ``SyntaxError``, for which IPython
    reports an internal class of its own from Python 3.13 on."""
    return "SyntaxError" if ename == "_IncompleteInputError" else ename


@dataclass(frozen=True)
class TracebackFrame:
    """One frame as the traceback shows it, outermost first."""

    file: str
    """The path as written, or ``cell`` for code of a notebook cell."""
    line: int | None
    function: str | None
    source: str | None
    """The failing line of this frame, without its indentation."""
    execution_count: int | None = None
    """Which execution of a cell it was, when the traceback says so."""
    user: bool = True
    """Cells and local files, as opposed to installed packages and the standard library."""
    context: dict[int, str] = field(default_factory=dict, compare=False)
    """Other lines that the traceback shows for this frame, by line number."""

    @property
    def package(self) -> str | None:
        """The installed package (or standard library module) that the file belongs to."""
        found = _PACKAGE.search(self.file)
        return (found.group(1) or found.group(2)).removesuffix(".py") if found else None


@dataclass(frozen=True)
class ParsedTraceback:
    frames: tuple[TracebackFrame, ...]
    """The frames of the exception that was raised last."""
    causes: tuple[str, ...] = ()
    """``Name: message`` of the exceptions before it, oldest first."""
    members: tuple[str, ...] = ()
    """``Name: message`` of the exceptions that an exception group holds, at any depth, in the order of the text."""
    text: str = ""
    """The whole text without colours, cut to :data:`LONGEST_TRACEBACK`."""

    @property
    def user_frames(self) -> tuple[TracebackFrame, ...]:
        return tuple(frame for frame in self.frames if frame.user)


def without_ansi(text: str) -> str:
    """Terminal colours and cursor movements removed."""
    return _ANSI.sub("", text) if "\x1b" in text else text


def settled(text: str) -> str:
    """What a terminal would show at the end: of text that overwrote itself after a carriage return, the last state."""
    if "\r" not in text:
        return text
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        states = [state for state in line.split("\r") if state]
        lines.append(states[-1] if states else "")
    return "\n".join(lines)


def head_and_tail(text: str, limit: int) -> str:
    """*text* cut to about *limit* characters by leaving out its middle, saying how much."""
    if len(text) <= limit:
        return text
    head = max(limit * 2 // 3, 1)
    tail = max(limit - head, 1)
    return f"{text[:head]} [... {len(text) - head - tail:,} characters left out ...] {text[-tail:]}"


def parse_traceback(lines: Sequence[str]) -> ParsedTraceback:
    """The frames of an error message's traceback; of an unknown form, no frames but the text."""
    text = settled(without_ansi(_bounded(lines)))
    segments: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip(" |") in _CHAINED:
            segments.append([])
        else:
            segments[-1].append(line[:LONGEST_LINE])
    causes = tuple(cause for cause in (_last_words(segment) for segment in segments[:-1]) if cause)
    members = [found.group(1) for line in segments[-1] if (found := _MEMBER.match(line))]
    return ParsedTraceback(tuple(_frames(segments[-1])), causes, tuple(members), text)


def _bounded(lines: Sequence[str]) -> str:
    half = LONGEST_TRACEBACK // 2
    if sum(map(len, lines)) <= LONGEST_TRACEBACK:
        return "\n".join(lines)
    return _taken(lines, half) + "\n" + _taken(reversed(lines), half, from_end=True)


def _taken(lines: Iterable[str], limit: int, from_end: bool = False) -> str:
    pieces: list[str] = []
    for line in lines:
        if limit <= 0:
            break
        pieces.append(line[-limit:] if from_end else line[:limit])
        limit -= len(line)
    if from_end:
        pieces.reverse()
    return "\n".join(pieces)


def _last_words(segment: list[str]) -> str | None:
    for line in reversed(segment):
        if line.strip() and not line.startswith((" ", "-")):
            return head_and_tail(line.strip(), 200)
    return None


def _frames(lines: list[str]) -> Iterator[TracebackFrame]:
    current: TracebackFrame | None = None
    expects_source = False
    for text in lines:
        opened = _opened(text)
        if opened is not None:
            if current is not None:
                yield current
            current, expects_source = opened, True
            continue
        if current is None:
            continue
        arrow = _ARROW.match(text)
        if arrow:
            number = int(arrow.group(1))
            source = (arrow.group(2) or "").strip()
            current = replace(current, line=number, source=source)
            current.context[number] = arrow.group(2) or ""
            expects_source = False
        elif text[:1].isspace() and text.strip():
            number_and_text = _numbered(text)
            if number_and_text is not None:
                current.context[number_and_text[0]] = number_and_text[1]
                expects_source = False
            elif expects_source and not _SKIPPED.search(text):
                source = text.strip(" |")
                current = replace(current, source=source)
                if current.line is not None:
                    current.context[current.line] = text
                expects_source = False
    if current is not None:
        yield current


def _numbered(text: str) -> tuple[int, str] | None:
    number, _, rest = text.strip().partition(" ")
    return (int(number), rest) if number.isdecimal() and len(number) < 9 else None


def _opened(text: str) -> TracebackFrame | None:
    stripped = text.lstrip(" |+")
    if stripped.startswith(("Cell", "Input In")):
        found = _CELL.match(stripped)
        if found:
            count, line, function = found.groups()
            return _cell(int(count), int(line) if line else _cell_line(function), function)
    if stripped.startswith('File "'):
        found = _PLAIN.match(stripped)
        if found:
            return _file(found.group(1), int(found.group(2)), found.group(3))
    if stripped.startswith("File "):
        found = _FILE.match(stripped)
        if found:
            return _file(found.group(1), int(found.group(2)), found.group(3))
    if " in " in text and not text.startswith(" "):
        found = _IPYTHON_7.match(text)
        if found:
            return _file(found.group(1), None, found.group(2))
    return None


def _cell_line(function: str | None) -> int | None:
    found = re.match(r"<cell line: (\d+)>", function or "")
    return int(found.group(1)) if found else None


def _cell(count: int | None, line: int | None, function: str | None) -> TracebackFrame:
    return TracebackFrame("cell", line, _function(function), None, execution_count=count)


def _file(path: str, line: int | None, function: str | None) -> TracebackFrame:
    notebook = _IPYTHON_INPUT.match(path)
    if notebook:
        return _cell(int(notebook.group(1)), line, function)
    if path.startswith("<timed "):
        # %%time and %%timeit compile the cell without the line of the magic itself.
        return _cell(None, None if line is None else line + 1, function)
    if re.search(r"[\\/]ipykernel_\d+[\\/]\d+\.py$", path):
        return _cell(None, line, function)
    return TracebackFrame(path, line, _function(function), None, user=not _LIBRARY.search(path))


def _function(text: str | None) -> str | None:
    if not text:
        return None
    name = text.split("(", 1)[0].strip()
    # IPython 8 writes a question mark for a frame whose code it does not find.
    return None if not name or name.startswith(("<module>", "<cell line", "?")) else name
