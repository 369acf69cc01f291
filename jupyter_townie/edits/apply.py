"""From hunks to an edit: every hunk located on the original text, then all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .anchors import anchor_line
from .contextual import context_off
from .diagnosis import already_done, already_there, ambiguous, not_found, overlap
from .edit import Edit, Place
from .gaps import elided_parts, merged_parts
from .hunk import Hunk
from .locate import Search
from .match import Match, Splice, Unclear
from .placeholders import stands_for_more
from .refusal import EditRefused, Refusal, refuse
from .source import Source
from .wholeness import settle_as_one

_MAX_REFUSALS = 24


def apply(before: str, hunks: Sequence[Hunk]) -> Edit:
    """``before`` with all ``hunks`` applied.

    Raises `EditRefused` when any hunk has no place, several places, is already applied, overlaps another, leaves text
    out, or when nothing would change; ``before`` is never partly changed. Line ends, the final line end and the
    indentation of ``before`` are kept.
    """
    if not hunks:
        raise refuse("bad_format", "there is no hunk to apply.")
    if hunks[0].form == "whole":
        return Edit(before, kept_line_ends(before, hunks[0].new), tuple(hunks), (Place(0, 0, len(hunks[0].old), 0),))
    source = Source(before)
    if len(hunks) == 1 and hunks[0].form == "replacement":
        edit = _exact_replacement(source, hunks[0])
        if edit is not None:
            return edit
    hunks = [_as_lines(hunk) if hunk.form == "replacement" else hunk for hunk in hunks]
    found = _Located(source, hunks)
    splices = found.splices()
    after = _spliced(source, found, splices)
    if after == before:
        raise refuse("no_change", "applying it would leave the text as it is.", total=len(hunks))
    return Edit(before, after, tuple(hunks), tuple(found.places))


class _Located:
    """The place of every hunk; building one raises `EditRefused` when any has none."""

    def __init__(self, source: Source, hunks: Sequence[Hunk]) -> None:
        self.source = source
        self.hunks = hunks
        self.matches: list[list[Match]] = []
        self._slow = 0
        refusals: list[Refusal] = []
        searches: list[Search | None] = []
        numbers_hold = True
        failed = 0
        for hunk in hunks:
            if failed >= _MAX_REFUSALS:
                break
            search = Search(source, hunk, trust_numbers=False) if any(hunk.old) or len(hunk.old) > 1 else None
            searches.append(search)
            failed += search is not None and not search.matches
            if search and len(search.matches) == 1 and search.matches[0].rung == 0 and hunk.counts_right:
                numbers_hold = numbers_hold and hunk.start == search.matches[0].start + 1
        for number, (hunk, search) in enumerate(zip(hunks, searches)):
            result: Refusal | list[Match] | None
            if (why := _left_out(source, hunk, number)) is not None:
                refusals.append(why)
                self.matches.append([])
                continue
            if search is None:
                result = self._insert(hunk, number, numbers_hold)
            else:
                result = self._place(hunk, search, number, numbers_hold)
            if isinstance(result, Refusal):
                refusals.append(result)
                self.matches.append([])
            else:
                self.matches.append(result)
        if refusals:
            fitting = [n for n, matches in enumerate(self.matches) if matches]
            raise EditRefused(refusals, total=len(hunks), fitting=fitting)
        if len(searches) < len(hunks):
            raise refuse("not_found", f"more than {_MAX_REFUSALS} of the {len(hunks)} hunks have no place in the text.")
        settle_as_one(source, hunks, self.matches)

    @property
    def places(self) -> list[Place]:
        return [
            Place(number, match.start, match.end, match.rung)
            for number, matches in enumerate(self.matches)
            for match in matches
        ]

    def splices(self) -> list[Splice]:
        """All changes in order of place; raises `EditRefused` where two hunks want the same lines."""
        try:
            coarse = sorted(
                (splice, number) for number, splice in self._all(fine=self.source.mixed or self._has_returns())
            )
            if not _overlapping(coarse):
                return [splice for splice, _ in coarse]
            fine = sorted((splice, number) for number, splice in self._all(fine=True))
        except _UnclearHunk as unclear:
            raise EditRefused([unclear.refusal], total=len(self.hunks)) from None
        kept: list[tuple[Splice, int]] = []
        for item in fine:
            if kept and item[0] == kept[-1][0] and _same(self.hunks[item[1]], self.hunks[kept[-1][1]]):
                continue
            kept.append(item)
        pair = _overlapping(kept)
        if pair:
            raise EditRefused([overlap(self.source, *pair)], total=len(self.hunks))
        return [splice for splice, _ in kept]

    def _all(self, fine: bool) -> list[tuple[int, Splice]]:
        out = []
        for number, matches in enumerate(self.matches):
            for match in matches:
                try:
                    out.extend([(number, splice) for splice in match.splices(self.source, fine)])
                except Unclear as unclear:
                    raise _UnclearHunk(Refusal(number, "not_found", str(unclear))) from None
        return out

    def _has_returns(self) -> bool:
        return any(line.endswith("\r") for hunk in self.hunks for line in (*hunk.old, *hunk.new))

    def _place(self, hunk: Hunk, search: Search, number: int, numbers_hold: bool) -> Refusal | list[Match]:
        source = self.source
        if not search.matches:
            done = already_done(source, hunk, number)
            if done:
                return done
            parts = elided_parts(source, hunk) or merged_parts(source, hunk)
            if parts:
                return parts
            near = context_off(source, hunk) if not hunk.others and self._slow < 4 else []
            if len(near) != 1:
                self._slow += not near
                return ambiguous(source, number, near, False) if near else not_found(source, hunk, number)
            return _cut_off(source, self.hunks, number, near[0]) or near
        if len(search.matches) > 1 or search.cut_short:
            if numbers_hold and hunk.start is not None:
                again = Search(source, hunk, trust_numbers=True)
                if len(again.matches) == 1 and not again.cut_short:
                    search = again
        if len(search.matches) > 1 or search.cut_short:
            return ambiguous(source, number, search.matches, search.cut_short)
        match = search.matches[0]
        if search.contradiction is not None:
            why = f"the lines are in the text, but not under the heading {search.contradiction!r}."
            return Refusal(number, "not_found", why, places=(match.start + 1,))
        cut = _cut_off(source, self.hunks, number, match)
        return cut or already_there(source, hunk, match, number) or [match]

    def _insert(self, hunk: Hunk, number: int, numbers_hold: bool) -> Refusal | list[Match]:
        """A hunk without any old line that says something: only a certain position will do."""
        source = self.source
        at: int | None = None
        if source.empty or (not source.written and hunk.form != "udiff"):
            return [Match(replace(hunk, old=(), marked=()), 0, 0, source.count)]
        if hunk.at_end and hunk.form == "v4a" and not hunk.old:
            at = source.count
        elif hunk.counts_right and hunk.start is not None and not hunk.old and numbers_hold:
            at = hunk.start if hunk.start <= source.count else None
        elif hunk.anchors and not hunk.old:
            row = anchor_line(source, hunk.anchors)
            at = None if row is None else row + 1
        elif hunk.old:
            search = Search(source, hunk, trust_numbers=numbers_hold)
            if len(search.matches) == 1 and not search.cut_short:
                return search.matches
        if at is None:
            why = "it adds lines without saying where: it has no line of the text beside them."
            return Refusal(number, "no_location", why)
        size = len(hunk.new)
        new = [line.rstrip() for line in hunk.new]
        if any(line for line in new) and new in (source.trimmed[at : at + size], source.trimmed[max(at - size, 0) : at]):
            if not (hunk.counts_right and hunk.form == "udiff"):
                return Refusal(number, "already_applied", "the lines to add are already there.", places=(at + 1,))
        return [Match(hunk, 0, at, at)]


def _same(one: Hunk, other: Hunk) -> bool:
    """Whether a hunk is another one sent again."""
    return one.old == other.old and one.new == other.new


class _UnclearHunk(Exception):
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _left_out(source: Source, hunk: Hunk, number: int) -> Refusal | None:
    """A refusal when an added line stands for text that was left out."""
    if not any("..." in line or "\u2026" in line or line.lstrip()[:1] in _COMMENTS for line in hunk.new):
        return None
    kept = set(hunk.old)
    previous = ""
    for line in hunk.new:
        if line not in kept:
            if stands_for_more(line, previous) and not _occurs(source, line):
                why = "an added line stands for text that was left out; it would be written as it is."
                return Refusal(number, "placeholder", why, wrote=line)
        if line.strip():
            previous = line.strip()
    return None


def _occurs(source: Source, line: str) -> bool:
    """Whether a line is in the text already; dots alone only count with the same indentation."""
    return line in source.known if not line.strip(" \t.\u2026") else line.strip() in source.known_stripped


_COMMENTS = tuple("#/-;%<{\"'[(*")


def _cut_off(source: Source, hunks: Sequence[Hunk], number: int, match: Match) -> Refusal | None:
    """A refusal when a diff that was not closed shows that it ends too early.

    Models often count wrong, so too few lines alone say nothing: the hunk must also lack its context at the end, or be
    the only one of several whose counts are wrong.
    """
    hunk = hunks[number]
    if hunk.closed or hunk.form != "udiff" or hunk.counts_right:
        return None
    if hunk.old_count is None or hunk.new_count is None:
        if hunk.in_fence:
            return Refusal(number, "incomplete", "the fenced block was not closed; the reply may end in this hunk.")
        return None
    missing_old, missing_new = hunk.old_count - len(hunk.old), hunk.new_count - len(hunk.new)
    if not hunk.in_fence:
        if missing_old < 0 or missing_new < 0 or match.end >= source.count:
            return None
        marks = [mark for mark, _ in hunk.lines]
        leading = next((n for n, mark in enumerate(marks) if mark != " "), 0)
        trailing = next((n for n, mark in enumerate(reversed(marks)) if mark != " "), 0)
        others_right = len(hunks) > 1 and all(other.counts_right for other in hunks[:-1])
        enough = trailing >= max(leading, 1) and trailing >= min(3, leading or 3)
        if enough and not others_right and min(missing_old, missing_new) < 3:
            return None
    why = f"the reply ends in this hunk: its header announces {hunk.old_count} old and {hunk.new_count} new lines."
    return Refusal(number, "incomplete", why)


def _overlapping(items: Sequence[tuple[Splice, int]]) -> tuple[int, int, int] | None:
    """``(hunk, other hunk, line)`` of the first two changes that touch the same lines, or add at the same point."""
    for (one, a), (two, b) in zip(items, items[1:]):
        if two[0] < one[1] or (one[0] == one[1] == two[0] == two[1]):
            return a, b, two[0]
        if one[:2] == two[:2]:
            return a, b, two[0]
    return None


def _spliced(source: Source, found: _Located, splices: list[Splice]) -> str:
    terminated = _terminated(source, found)
    returns = any(line.endswith("\r") for _, _, lines in splices for line in lines)
    if source.mixed or returns:
        return _spliced_with_ends(source, found, splices, terminated)
    if len(splices) == 1 and not source.empty:
        body = _spliced_once(source, splices[0])
    else:
        lines = source.lines
        parts: list[str] = []
        at = 0
        for start, end, new in splices:
            parts.extend(lines[at:start])
            parts.extend(new)
            at = end
        parts.extend(lines[at:])
        body = None if not parts else "\n".join(parts)
    if body is None:
        return ""
    if terminated:
        body += "\n"
    return body.replace("\n", "\r\n") if source.has_crlf else body


def _spliced_once(source: Source, splice: Splice) -> str | None:
    """The body with one splice, by offsets, so that a small edit of a long text costs no walk over its lines."""
    start, end, new = splice
    framed = source.framed
    if start == 0 and end >= source.count:
        return "\n".join(new) if new else None
    begin = _line_offset(framed, start)
    finish = begin if end == start else _line_offset(framed, end - start, begin)
    head, tail = framed[1:begin], framed[finish:-1]
    middle = "\n" + "\n".join(new) if new else ""
    body = f"{head}{middle}{tail}"
    return body[1:] if start == 0 else body


def _line_offset(framed: str, line: int, begin: int = 0) -> int:
    """The offset in ``framed`` of the line end before ``line``, counted from the line end at ``begin``."""
    at = begin
    for _ in range(line):
        at = framed.index("\n", at + 1)
    return at


def _spliced_with_ends(source: Source, found: _Located, splices: list[Splice], terminated: bool) -> str:
    """Line by line, for a text or an edit in which ``\\n`` and ``\\r\\n`` both occur."""
    lines, ends = source.lines, source.ends
    literal = "\n" not in source.original or _ends_are_literal(source, found)
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


def _ends_are_literal(source: Source, found: _Located) -> bool:
    """Whether the reply shows the line end of every old line as it is, so that its new ones are meant as they are."""
    seen = False
    for matches in found.matches:
        for match in matches:
            if match.rung or match.rows is not None:
                return False
            for row, text in zip(range(match.start, match.end), match.reading.old):
                seen = True
                if source.ends[row] and (source.ends[row] == "\r\n") != text.endswith("\r"):
                    return False
    return seen


def _terminated(source: Source, found: _Located) -> bool:
    """Whether the text ends with a line end afterwards: as before, unless a diff truly says otherwise."""
    terminated = source.terminated or source.empty
    for hunk, matches in zip(found.hunks, found.matches):
        if hunk.old_unterminated != hunk.new_unterminated and matches and matches[-1].end >= source.count:
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


def _exact_replacement(source: Source, hunk: Hunk) -> Edit | None:
    """The edit when the old text occurs exactly once, in lines or within one; None leaves it to the ladder."""
    before = source.original
    old, new = "\n".join(hunk.old), "\n".join(hunk.new)
    if not old.strip():
        if before.strip():
            raise refuse("no_location", "the old text is empty; give the lines to replace.")
        return Edit(before, new, (hunk,), (Place(0, 0, source.count, 0),)) if new != before else None
    if source.has_crlf:
        old, new = old.replace("\n", "\r\n"), new.replace("\n", "\r\n")
        if source.mixed:
            return None
    at = before.find(old)
    if at < 0:
        return None
    if before.find(old, at + 1) >= 0:
        rows = _rows_at(before, old)
        raise EditRefused([ambiguous(source, 0, [Match(hunk, 0, row, row + len(hunk.old)) for row in rows], False)])
    if new.startswith(old) or new.endswith(old):
        rest = new[len(old) :] if new.startswith(old) else new[: -len(old)]
        there = before.startswith(rest, at + len(old)) if new.startswith(old) else before.endswith(rest, 0, at)
        if there and rest.strip():
            raise refuse("already_applied", "the text to add is already there.")
    why = _left_out(source, hunk, 0)
    if why:
        raise EditRefused([why])
    after = before[:at] + new + before[at + len(old) :]
    if after == before:
        raise refuse("no_change", "the new text is the same as the old one.")
    start = before.count("\n", 0, at)
    return Edit(before, after, (hunk,), (Place(0, start, start + len(hunk.old), 0),))


def _rows_at(before: str, old: str) -> list[int]:
    rows: list[int] = []
    at = before.find(old)
    while at >= 0 and len(rows) < 12:
        rows.append(before.count("\n", 0, at))
        at = before.find(old, at + 1)
    return list(dict.fromkeys(rows))


def _as_lines(hunk: Hunk) -> Hunk:
    """A replacement as whole lines: a final line end on a side is not a further line."""
    old, new = list(hunk.old), list(hunk.new)
    if len(old) > 1 and old[-1] == "":
        old.pop()
        if new and new[-1] == "":
            new.pop()
    elif len(new) > 1 and new[-1] == "" and old and old[-1] != "":
        new.pop()
    return Hunk(tuple(old), tuple(new), "replacement", start=hunk.start)
