"""The lines that a hunk adds, as the text would have them: in its indentation and in its characters."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .indentation import OPENS, leading
from .refusal import Unclear
from .source import Source
from .typography import as_in, plain

if TYPE_CHECKING:
    from .match import Match


def fitted(
    source: Source, match: Match, rows: list[int | None], removed: list[str], added: list[str], real: list[str]
) -> list[str]:
    """The added lines in the indentation and the characters of the file."""
    if not added or (match.rung == 0 and not match.odd_characters):
        return added
    out = added
    if match.odd_characters:
        out = _with_real_characters(source, removed, added, real, match.swaps)
        copied = match.copied or _really(source, match, rows)
        if copied:
            pairs = [(line, line.strip(), text) for line, text in zip(added, out, strict=True)]
            out = [line.replace(words, copied[words], 1) if words in copied else text for line, words, text in pairs]
    rule = match.rule
    if rule.first_only:
        if match.reading.marked[:1] and match.reading.marked[0][0] == " ":
            return out
        if removed and removed[0] == match.reading.old[0] and out and leading(out[0]) == leading(removed[0]):
            return [rule.add + out[0], *out[1:]]
        return out
    if rule.is_identity or _written_in_place(source, match):
        return out
    moved = [rule.line(line) for line in out]
    if any(line is None for line in moved):
        raise Unclear("the new lines are indented less than the old ones, by another amount than the text is.")
    return moved  # type: ignore[return-value]


def _written_in_place(source: Source, match: Match) -> bool:
    """Whether the new side already has the indentation of the file although the old side has not.

    Raises `Unclear` where that is as likely as new lines that are to move with the old ones.
    """
    old, new = match.reading.old, match.reading.new
    _refuse_lone_line(match)
    kept = any(line.strip() and mark == " " for mark, line in match.reading.lines)
    if kept and match.reading.marked:
        return False
    block = [line for line in source.lines[match.start : match.end] if line.strip()]
    known = set(block)
    as_is = sum(1 for line in new if line.strip() and line in known)
    moved = sum(1 for line in new if line.strip() and match.rule.line(line) in known)
    if kept:
        if as_is > moved and not _begin_or_end_alike(old, new):
            raise Unclear("the new lines could be meant with their own indentation or moved with the old ones.")
        return False
    old_indent, new_indent = _least_indent(old), _least_indent(new)
    if (new_indent == old_indent and as_is <= moved) or not any(line.strip() for line in new):
        return False
    begins_alike = leading(next(line for line in new if line.strip())) == leading(block[0])
    in_place = begins_alike and new_indent == _least_indent(block) and as_is >= moved
    if not in_place and as_is <= moved:
        return False
    if not in_place or old_indent or _wrapped(old, new, new_indent):
        raise Unclear("the new lines could be meant with their own indentation or moved with the old ones.")
    return True


def _refuse_lone_line(match: Match) -> None:
    """Refuses where the one old line lost its indentation: the new ones may have theirs, or move with it.

    They move with it where all begin at the margin without a blank line between, or lie within what the first opens.
    """
    if not match.rule.add:
        return
    old = [line for line in match.reading.old if line.strip()]
    new = [line for line in match.reading.new if line.strip()]
    if len(old) != 1 or len(new) < 2 or leading(old[0]) or leading(new[0]):
        return
    others = _least_indent(new[1:])
    if not others:
        if "\n\n" in "\n".join(map(str.strip, match.reading.new)).strip("\n"):
            raise Unclear("the new lines after the blank one could be meant at the margin or moved with the old line.")
    elif _width(others) > _width(match.rule.add) or not new[0].rstrip().endswith(OPENS):
        raise Unclear("the new lines could be meant with their own indentation or moved with the old line.")


def _begin_or_end_alike(old: Sequence[str], new: Sequence[str]) -> bool:
    """Whether both sides have the same first or the same last written line, indentation included."""
    one, other = ([line for line in side if line.strip()] for side in (old, new))
    return one[0] == other[0] or (one[0].strip() != other[0].strip() and one[-1] == other[-1])


def _width(blanks: str) -> int:
    return len(blanks.expandtabs(4))


def _wrapped(old: Sequence[str], new: Sequence[str], indent: str) -> bool:
    """Whether the first old line is among the new ones, deeper than the outermost of them."""
    first = next(line.strip() for line in old if line.strip())
    return any(line.strip() == first and leading(line) != indent for line in new)


def _least_indent(lines: Sequence[str]) -> str:
    return min((leading(line) for line in lines if line.strip()), key=len, default="")


def _with_real_characters(
    source: Source, removed: list[str], added: list[str], real: list[str], swaps: dict[str, str]
) -> list[str]:
    """Added lines with the file's own characters wherever a removed line shows what the model made of them."""
    out = [as_in(line, source.body, swaps) for line in added]
    real = [line for line in real if line.strip()]
    pairs = [
        (w, r)
        for w, r in zip([line for line in removed if line.strip()], real, strict=False)
        if plain(w.strip()) == plain(r.strip())
    ]
    pairs = [(w, r) for w, r in pairs if w.strip() != r.strip()][:20]
    if not pairs:
        return out
    result = []
    for line in out:
        scored = [(difflib.SequenceMatcher(None, w, line, False), r, w) for w, r in pairs if len(w) + len(line) < 600]
        best = max(scored, key=lambda scored: scored[0].ratio(), default=None)
        if best is None or best[0].ratio() < 0.5:
            result.append(line)
            continue
        matcher, realised, written = best
        result.append(_carried(matcher, written, realised, line))
    return result


def _really(source: Source, match: Match, rows: list[int | None]) -> dict[str, str]:
    """What the old lines really are whose characters the model wrote differently, without blanks around them."""
    pairs = [
        (line.strip(), source.stripped[row])
        for line, row in zip(match.reading.old, rows, strict=False)
        if row is not None
    ]
    return {w: r for w, r in pairs if w != r and plain(w) == plain(r)}


def _carried(matcher: difflib.SequenceMatcher[str], written: str, real: str, line: str) -> str:
    shift = len(real) - len(written)
    if shift:
        indent_real, indent_written = len(leading(real)), len(leading(written))
        if len(real) - indent_real != len(written) - indent_written:
            return line
        shift = indent_real - indent_written
    out: list[str] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=False):
                at = i + shift
                char = line[j]
                use = 0 <= at < len(real) and not char.isspace() and plain(real[at]) == plain(char)
                out.append(real[at] if use else char)
        else:
            out.append(line[j1:j2])
    return "".join(out)
