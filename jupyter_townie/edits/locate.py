"""The ladder: where in a text a hunk belongs.

Strictest rung first, and the first rung with any candidate decides. Several candidates there are never resolved by a
looser rung, by nearness or by order: only an end-of-file mark, an anchor that holds exactly one of them, or (between
exact matches) a line number that points exactly at one. All searches are bounded, so the time is linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress

from .anchors import contradicted, inside_anchors
from .hunk import Hunk
from .indentation import SAME, Reindent
from .match import Match, rule_between
from .projection import Projection
from .readings import fallback_readings, may_be_exact, plain_readings, raw_contexts, reread
from .search_replace import has_divider
from .source import Source
from .typography import plain, without_entities

MAX_CANDIDATES = 64
_ONE_BLANK = Reindent(add=" ")
_MAX_CHECKS = 40_000


class Search:
    """The candidates of one hunk at the first rung that has any.

    ``matches`` is empty (no place), has one element (the place) or several (ambiguous). ``cut_short`` says that there
    are more candidates than were looked at.
    """

    def __init__(self, source: Source, hunk: Hunk, *, trust_numbers: bool, enough: int = MAX_CANDIDATES) -> None:
        self.matches: list[Match] = []
        self.cut_short = False
        self.contradiction: str | None = None
        self._source = source
        self._checks = 0
        self._hunk = hunk
        self._trust = trust_numbers
        self._enough = enough
        self.rung: int | None = None
        absent = False
        if not hunk.others:
            rows = source.exact.rows_of(hunk.old, enough)
            if len(rows) == 1:
                self._decide(hunk, [Match(hunk, 0, rows[0], rows[0] + len(hunk.old))], 0)
                return
            absent = not rows and "\r" not in "".join(hunk.old)
        primary = [hunk, *hunk.others]
        if hunk.others and not has_divider(source.lines):
            primary = [reading for reading in primary if not has_divider(reading.new)]
        spare: list[Hunk] | None = None
        for rung, candidates in enumerate((self._exact, self._trimmed, self._reindented, self._without_blanks)):
            found = [] if absent and rung == 0 else self._gather(primary, candidates)
            if not found and rung != 1 and (rung or may_be_exact(source, hunk)):
                if spare is None:
                    spare = fallback_readings(source, hunk)
                for reading in spare:
                    found = self._gather([reading], candidates)
                    if found:
                        break
            if found:
                self._decide(hunk, self._by_raw_context(found, candidates), rung)
                return
        found = self._gather(primary, self._plain_with_blanks) or self._gather(primary, self._plain)
        if not found:
            for reading in plain_readings(hunk):
                for candidates in (self._exact, self._trimmed, self._reindented, self._without_blanks):
                    found = self._gather([reading], candidates)
                    if found:
                        break
                if found:
                    found = _numbered(hunk, reading, found)
                    for match in found:
                        match.unescaped = _has_entities(hunk) and not _has_entities(reading)
                    break
        if found:
            for match in found:
                match.rung = 4
            self._decide(hunk, found, 4)
            return

    def _by_raw_context(self, found: list[Match], candidates: Callable[[Hunk], Iterator[Match]]) -> list[Match]:
        """What is found where context without the blank before it explains that all is one blank too far left."""
        hunk = self._hunk
        if not hunk.marked or any(match.rule != _ONE_BLANK for match in found):
            return found
        for marked in raw_contexts(self._source, hunk.marked):
            instead = self._gather([reread(hunk, marked)], candidates)
            if instead and all(match.rule == SAME for match in instead):
                return instead
        return found

    def _gather(self, readings: list[Hunk], candidates: Callable[[Hunk], Iterator[Match]]) -> list[Match]:
        found: list[Match] = []
        for reading in readings:
            written = any(map(str.strip, reading.old))
            if not written and (reading is not self._hunk or candidates != self._exact):
                continue
            for match in candidates(reading):
                found.append(match)
                if len(found) >= self._enough:
                    self.cut_short = True
                    return found
        return found

    def _decide(self, hunk: Hunk, found: list[Match], rung: int) -> None:
        source = self._source
        self.rung = rung
        if len(found) > 1 or self.cut_short:
            found = _without_repeats(source, found)
        if len(found) == 1 and not self.cut_short:
            self.contradiction = contradicted(source, hunk, found[0])
            self.matches = found
            return
        if hunk.at_end:
            last = [match for match in found if match.end == source.count]
            if not last and rung == 0:
                last = self._at(hunk, source.count - len(hunk.old))
            if len(last) == 1:
                self._take(last[0])
                return
        if hunk.anchors and not self.cut_short:
            inside = inside_anchors(source, hunk, found)
            if len(inside) == 1:
                self._take(inside[0])
                return
        self.matches = found
        if self._trust:
            self.point()

    def point(self) -> None:
        """Lets the line number decide between several exact places."""
        hunk = self._hunk
        numbered = hunk.counts_right or (hunk.form == "search_replace" and hunk.old_count is None)
        if self.rung == 0 and hunk.start is not None and hunk.old and numbered:
            pointed = self._at(hunk, hunk.start - 1)
            if len(pointed) == 1:
                self._take(pointed[0])

    def _take(self, match: Match) -> None:
        self.matches = [match]
        self.cut_short = False

    def _at(self, hunk: Hunk, line: int) -> list[Match]:
        """The exact match that begins at ``line``, if there is one."""
        source, old = self._source, [text.rstrip("\r") for text in hunk.old]
        if line < 0 or source.lines[line : line + len(old)] != old:
            return []
        return [Match(hunk, 0, line, line + len(old))]

    def _exact(self, reading: Hunk) -> Iterator[Match]:
        source = self._source
        old: Sequence[str] = reading.old
        if "\r" in "".join(old):
            old = [line.removesuffix("\r") for line in old]
        for start in source.exact.rows_of(old, self._enough):
            yield Match(reading, 0, start, start + len(old))

    def _trimmed(self, reading: Hunk) -> Iterator[Match]:
        source = self._source
        old = [line.rstrip() for line in reading.old]
        if source.without_tails is source.exact and old == [*reading.old]:
            return
        for start in source.without_tails.rows_of(old, MAX_CANDIDATES):
            end = start + len(reading.old)
            yield Match(reading, 1, start, end, list(range(start, end)))

    def _reindented(self, reading: Hunk) -> Iterator[Match]:
        source = self._source
        old = reading.old
        stripped = [line.strip() for line in old]
        lines = old if all(stripped) else list(compress(old, stripped))
        for start in source.without_indents.rows_of(stripped, MAX_CANDIDATES):
            if self._spent(len(lines)):
                return
            real = source.lines[start : start + len(old)]
            rule = rule_between(lines, real if lines is old else list(compress(real, stripped)))
            if rule is not None:
                end = start + len(old)
                text = "".join(old)
                hard = "\u00a0" in text and any("\u00a0" in line[: len(line) - len(line.lstrip())] for line in old)
                yield Match(reading, 2, start, end, list(range(start, end)), rule, odd_characters=hard)

    def _without_blanks(self, reading: Hunk) -> Iterator[Match]:
        written = [line.strip() for line in reading.old if line.strip()]
        yield from self._among_written(reading, written, self._source.without_blanks, 3)

    def _plain_with_blanks(self, reading: Hunk) -> Iterator[Match]:
        source, old = self._source, reading.old
        text = plain("\n".join([line.strip() for line in old]))
        if source.empty or (text.isascii() and source.body.isascii() and all(line.isascii() for line in old)):
            return
        written = [(i, line) for i, line in enumerate(old) if line.strip()]
        for start in source.plain_stripped.rows_of(text.split("\n"), MAX_CANDIDATES):
            if self._spent(len(written)):
                return
            rule = rule_between([line for _, line in written], [source.lines[start + i] for i, _ in written])
            if rule is not None:
                end = start + len(old)
                yield Match(reading, 4, start, end, list(range(start, end)), rule, odd_characters=True)

    def _plain(self, reading: Hunk) -> Iterator[Match]:
        text = "\n".join([line.strip() for line in reading.old if line.strip()])
        if self._source.body.isascii() and text.isascii():
            return
        for match in self._among_written(reading, plain(text).split("\n"), self._source.plain_written, 4):
            match.odd_characters = True
            yield match

    def _among_written(self, reading: Hunk, written: list[str], among: Projection, rung: int) -> Iterator[Match]:
        source = self._source
        if not source.written:
            return
        old = [line for line in reading.old if line.strip()]
        for at in among.rows_of(written, MAX_CANDIDATES):
            rows = source.written[at : at + len(written)]
            if len(rows) != len(old) or self._spent(len(rows)):
                return
            rule = rule_between(old, [source.lines[row] for row in rows])
            if rule is not None:
                full = with_blank_rows(source, reading.old, rows)
                yield Match(reading, rung, rows[0], rows[-1] + 1, full, rule)

    def _spent(self, checks: int) -> bool:
        self._checks += checks
        if self._checks > _MAX_CHECKS:
            self.cut_short = True
            return True
        return False


def with_blank_rows(source: Source, old: tuple[str, ...], rows: list[int]) -> list[int | None]:
    """The row of every old line: those of the written lines as given, blank ones paired in order within each gap."""
    out: list[int | None] = []
    k = 0
    head = next((n for n, line in enumerate(old) if line.strip()), 0)
    free = _blanks_before(source, rows[0], head)
    for line in old:
        if line.strip():
            out.append(rows[k])
            limit = rows[k + 1] if k + 1 < len(rows) else source.count
            free = _blanks_after(source, rows[k] + 1, limit)
            k += 1
        else:
            out.append(next(free, None))
    return out


def _blanks_before(source: Source, row: int, most: int) -> Iterator[int | None]:
    """The blank rows right above ``row`` for ``most`` blank lines, after as many None as there are too few of them."""
    above = row
    while above and row - above < most and not source.stripped[above - 1]:
        above -= 1
    yield from [None] * (most - (row - above))
    yield from range(above, row)


def _blanks_after(source: Source, start: int, limit: int) -> Iterator[int | None]:
    for row in range(start, limit):
        if source.stripped[row]:
            return
        yield row


def _numbered(hunk: Hunk, reading: Hunk, found: list[Match]) -> list[Match]:
    """The one of several exact places that the line numbers copied into the lines name, if there is one."""
    if len(found) < 2 or reading.start is None or reading.start == hunk.start or any(match.rung for match in found):
        return found
    named = [match for match in found if match.start == reading.start - 1]
    return named if len(named) == 1 else found


def _without_repeats(source: Source, found: list[Match]) -> list[Match]:
    """Readings that lead to the same text are one candidate, and so are those within the place of a longer one.

    A longer reading takes a delimiter for content and finds that delimiter in the text, which is no coincidence.
    """
    if len({id(match.reading) for match in found}) == 1:
        return found
    seen: dict[object, Match] = {}
    for match in found:
        key = (match.start, match.end, match.reading.old, match.reading.new)
        seen.setdefault(key, match)
    distinct = list(seen.values())
    widest = max(distinct, key=lambda match: match.end - match.start)
    others = [match for match in distinct if match is not widest]
    inside = all(widest.start <= m.start and m.end <= widest.end and m.reading is not widest.reading for m in others)
    return [widest] if inside and all(m.end - m.start < widest.end - widest.start for m in others) else distinct


def _has_entities(hunk: Hunk) -> bool:
    return without_entities([*hunk.old, *hunk.new]) is not None
