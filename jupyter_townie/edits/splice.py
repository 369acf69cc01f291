"""The text after an edit: changes put in their places, with the line ends of the text."""

from __future__ import annotations

from collections.abc import Sequence

from .hunk import Hunk
from .match import Match, Splice
from .source import Source

Cut = tuple[int, int, "str | None"]
"""``(begin, end, text)``: what is between these offsets of `Projection.framed`, each at a line end, becomes the lines
of ``text``, or no line at all."""

_FEW = 4
"""Changes that are made by offsets, without a walk over all lines of the text."""


def spliced(
    source: Source, hunks: Sequence[Hunk], matches: Sequence[list[Match]], splices: list[Splice], *, returns: bool
) -> str:
    """The whole text with ``splices`` applied; they are in order and do not overlap.

    ``returns`` says that the hunks have carriage returns, of which some may be line ends.
    """
    terminated = _terminated(source, hunks, matches)
    returns = returns and any("\r\n" in "\n".join([*lines, ""]) for _, _, lines in splices)
    if source.mixed or returns:
        return _spliced_with_ends(source, matches, splices, terminated)
    if len(splices) <= _FEW and not source.empty:
        return with_cuts(source, _as_cuts(source, splices), terminated)
    lines = source.lines
    parts: list[str] = []
    at = 0
    for start, end, new in splices:
        parts.extend(lines[at:start])
        parts.extend(new)
        at = end
    parts.extend(lines[at:])
    if not parts:
        return ""
    body = "\n".join([*parts, ""] if terminated else parts)
    return body.replace("\n", "\r\n") if source.has_crlf else body


def with_cuts(source: Source, cuts: Sequence[Cut], terminated: bool) -> str:
    """The whole text with ``cuts`` made, which are in order and do not overlap; no `\\r\\n` is among its new lines."""
    framed = source.exact.framed
    parts: list[str] = []
    from_first = bool(cuts) and cuts[0][0] == 0
    at = 0 if from_first else 1
    for begin, end, new in cuts:
        parts.append(framed[at:begin])
        if new is not None:
            parts += ("\n", new)
        at = end
    parts.append(framed[at:] if terminated else framed[at:-1])
    after = "".join(parts)
    if from_first:
        after = after[1:]
    return after.replace("\n", "\r\n") if source.has_crlf else after


def _as_cuts(source: Source, splices: list[Splice]) -> list[Cut]:
    framed = source.exact.framed
    cuts: list[Cut] = []
    line = at = 0
    for start, end, new in splices:
        begin = source.exact.offset_of.get(start)
        if begin is None:
            begin = _line_offset(framed, start - line, at)
        line, at = end, _line_offset(framed, end - start, begin)
        cuts.append((begin, at, "\n".join(new) if new else None))
    return cuts


def _line_offset(framed: str, line: int, begin: int) -> int:
    """The offset in ``framed`` of the line end before ``line``, counted from the line end at ``begin``."""
    if line > 60:
        return len(framed) - len(framed[begin:].split("\n", line + 1)[-1]) - 1
    at = begin
    for _ in range(line):
        at = framed.index("\n", at + 1)
    return at


def _spliced_with_ends(source: Source, matches: Sequence[list[Match]], splices: list[Splice], terminated: bool) -> str:
    """Line by line, for a text or an edit in which ``\\n`` and ``\\r\\n`` both occur."""
    lines, ends = source.lines, source.ends
    literal = "\n" not in source.original or (
        (source.mixed or not source.has_crlf) and _ends_are_literal(source, matches)
    )
    common = "\r\n" if source.original.count("\r\n") * 2 > source.original.count("\n") else "\n"
    parts: list[str] = []
    at = 0
    for start, end, new in splices:
        parts.extend([lines[n] + (ends[n] or common) for n in range(at, start)])
        for k, line in enumerate(new):
            text = line.removesuffix("\r")
            if literal:
                own = "\r\n" if text != line else "\n"
            elif start + k < end:
                own = ends[start + k] or common
            else:
                own = ends[start - 1] if start else (ends[0] if ends else "\n")
            parts.append(text + (own or common))
        at = end
    parts.extend([lines[n] + (ends[n] or common) for n in range(at, source.count)])
    after = "".join(parts)
    if terminated or not after:
        return after
    return after[:-2] if after.endswith("\r\n") else after[:-1]


def _ends_are_literal(source: Source, matches: Sequence[list[Match]]) -> bool:
    """Whether the reply shows the line end of every old line as it is, so that its new ones are meant as they are.

    The last line of a reply may have none to show.
    """
    shown: list[bool] = []
    for group in matches:
        for match in group:
            if match.rung or match.rows is not None:
                return False
            for row, text in zip(range(match.start, match.end), match.reading.old, strict=False):
                shown.append(not source.ends[row] or (source.ends[row] == "\r\n") == text.endswith("\r"))
    return bool(shown) and all(shown[:-1]) and (shown[-1] or len(shown) > 1)


def _terminated(source: Source, hunks: Sequence[Hunk], matches: Sequence[list[Match]]) -> bool:
    """Whether the text ends with a line end afterwards: as before, unless a diff truly says otherwise."""
    terminated = source.terminated or source.empty
    for hunk, group in zip(hunks, matches, strict=False):
        if hunk.old_unterminated != hunk.new_unterminated and group and group[-1].end >= source.count:
            if hunk.old_unterminated and not source.terminated:
                return True
            if hunk.new_unterminated:
                return False
        elif source.empty and hunk.new_unterminated:
            return False
    return terminated


def kept_line_ends(before: str, lines: Sequence[str]) -> str:
    """``lines`` joined with the line ends of ``before``, and with its final line end or lack of one."""
    crlf = before.count("\r\n")
    end = "\r\n" if crlf and crlf * 2 > before.count("\n") else "\n"
    text = end.join(lines)
    if not before:
        return text + end if lines else text
    return text + end if before.endswith("\n") and lines else text
