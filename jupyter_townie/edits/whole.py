"""A whole text as the edit, with the gates that keep half a text from replacing a whole one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

from .fences import FencedBlock, fenced_blocks
from .hunk import Hunk
from .names import declared, names_left_undefined, python_error, script_names_left_undefined
from .placeholders import first_conflict, first_placeholder, swallowing_dots
from .refusal import refuse
from .typography import markup_was_escaped, without_entities, without_numbers
from .wrappers import text_within

_COMMANDS = frozenset({"bash", "sh", "shell", "console", "zsh", "powershell", "cmd", "bat"})
_SHELL = _COMMANDS | frozenset({"text", "txt", "output", "plaintext"})


def parse_whole(text: str, before: str | None = None) -> list[Hunk]:
    """The one hunk of a reply that holds the whole text, bare or in one fenced block among prose.

    With ``before``, also refuses a text that is only a part of it. Raises `EditRefused`: ``bad_format`` for several
    blocks, prose alone, an empty block or a snippet; ``incomplete`` for a text that was cut off; ``placeholder``;
    ``no_change``.
    """
    if before is not None:
        text = text_within(text, before)
    blocks = () if before is not None and _begins_alike(text, before) else fenced_blocks(text)
    block = _the_block(blocks, before) if blocks else None
    content = (block.text if block else text).replace("\r\n", "\n")
    if block is not None and not block.closed:
        raise refuse("incomplete", "the fenced block was not closed; the text may be cut off.")
    if block is None:
        content = content.removesuffix("\n")
    lines = content.split("\n") if content.strip() else []
    if not lines:
        raise refuse("bad_format", "the new text is empty.")
    if before is not None:
        if block is not None and block.language in _COMMANDS and _share(lines, before) == 0 and before.strip():
            raise refuse("bad_format", "the reply has commands to run; the text itself is missing.")
        lines = _checked(_without_blank_ends(lines, before), before, bare=block is None)
    return [Hunk((), tuple(lines), "whole")]


def _begins_alike(text: str, before: str) -> bool:
    """Whether a reply begins as the text does, so that fences are lines of it."""
    first, was = (side.lstrip("\r\n").split("\n", 1)[0].rstrip() for side in (text, before))
    return bool(first) and first == was and first[:3] not in ("```", "~~~")


def _the_block(blocks: Sequence[FencedBlock], before: str | None) -> FencedBlock:
    if len(blocks) > 1 and before is not None:
        shown = before.replace("\r\n", "\n").strip("\n")
        blocks = [block for block in blocks if block.text.strip("\n") != shown] or blocks[:1]
    if len(blocks) > 1:
        main = [block for block in blocks if block.language not in _SHELL]
        if before is not None and len(main) == 1 and main[0].language:
            known = {line.strip() for line in before.split("\n") if line.strip()}
            others = [line.strip() for block in blocks if block is not main[0] for line in block.text.split("\n")]
            if not any(line in known for line in others if line) and _share(main[0].text.split("\n"), before) >= 0.2:
                return main[0]
        raise refuse("bad_format", f"there are {len(blocks)} blocks; the whole text has to be in one.")
    return blocks[0]


def _without_blank_ends(lines: list[str], before: str) -> list[str]:
    """The lines without blank ones at the beginning and the end, where ``before`` has none there."""
    if not before.strip():
        return lines
    was = before.removesuffix("\n").split("\n")
    begin, end = 0, len(lines)
    while was[-1].strip() and end > 1 and not lines[end - 1].strip():
        end -= 1
    while was[0].strip() and begin < end - 1 and not lines[begin].strip():
        begin += 1
    return lines[begin:end]


def _checked(lines: list[str], before: str, *, bare: bool) -> list[str]:
    old = before.replace("\r\n", "\n").removesuffix("\n").split("\n")
    numbered = without_numbers(lines)
    if numbered is not None and len(lines) > 1 and without_numbers(old) is None:
        lines = numbered
    if markup_was_escaped(lines, before):
        lines = without_entities(lines) or lines
    before_written = [text for line in old if (text := line.strip())]
    known = {"", *before_written}
    found = first_placeholder(lines, old, lambda line: _occurs(line, old, known)) or swallowing_dots(lines, old)
    if found is not None:
        raise refuse("placeholder", "a line stands for text that was left out.", wrote=found)
    if (found := first_conflict(lines, lambda line: line.strip() in known)) is not None:
        raise refuse(
            "bad_format", "the text holds a merge conflict; send the lines it should be resolved to.", wrote=found
        )
    if lines == old:
        raise refuse("no_change", "the new text is the same as the old one.")
    written = [text for line in lines if (text := line.strip())]
    if not written:
        raise refuse("bad_format", "the new text is empty.")
    if not before_written:
        if bare and _is_prose(written):
            raise refuse("bad_format", "the reply is prose; the text itself is missing.")
        return lines
    kept = sum((Counter(written) & Counter(before_written)).values())
    if bare and kept < 0.3 * min(len(written), len(before_written)) and not _same_language(lines, old):
        raise refuse("bad_format", "the reply is not a new version of the text.")
    if bare and _is_prose(written[:1]) and written[0] not in known and not _same_language(lines, old):
        raise refuse("bad_format", "the reply is prose; put the whole text in one fenced block.")
    if len(before_written) >= 12 and kept * 3 < len(before_written) and _other_text(lines, old):
        raise refuse("bad_format", "this is another text: it is in another language and has hardly a line of this one.")
    _refuse_part(lines, old, written, before_written, kept)
    _refuse_cut(lines, old, known, bare)
    return lines


def _occurs(line: str, old: list[str], known: set[str]) -> bool:
    """Whether a line is in the text already; dots alone only count with the same indentation."""
    return line in old if not line.strip(" \t.\u2026") else line.strip() in known


def _refuse_part(lines: list[str], old: list[str], written: list[str], before: list[str], kept: int) -> None:
    """A snippet: mostly lines of the text, but few of them, and not both its beginning and its end."""
    first, first_before = next(line for line in lines if line.strip()), next(line for line in old if line.strip())
    if first[:1].isspace() and not first_before[:1].isspace() and first.strip() != before[0]:
        raise refuse("bad_format", "this is only a part of the text: it begins with an indented line.", wrote=first)
    if not first.strip(" \t})],;") and first.strip() != before[0]:
        raise refuse("bad_format", "this is only a part of the text: it begins with a closing bracket.", wrote=first)
    if kept < 2 and len(before) >= 12 and len(written) * 3 < len(before):
        why = "this is a part of the text, or another text: it is far shorter and has hardly a line of it."
        raise refuse("bad_format", why)
    head = _last_words(before[::-1]) in written[:3]
    tail = all(_closes(written, before, line, 8 + above) for above, line in _closing_words(before))
    undefined: list[str] = []
    if len(written) * 2 < len(before):
        undefined = names_left_undefined(lines, old, functions_alone=head or tail)
    elif not (head and tail):
        undefined = script_names_left_undefined(lines, old)
    if undefined:
        why = f"this is only a part of the text: it uses {', '.join(undefined[:5])} of the lines that it lacks."
        raise refuse("bad_format", why)
    if len(before) < 6 or kept == 0:
        return
    lost = len(before) - kept
    if kept * 2 < len(before) and kept * 2 >= len(written) and not (head and tail):
        raise refuse("bad_format", f"this is only a part of the text: {lost} of its {len(before)} lines are missing.")
    if len(written) * 2 < len(before) and kept > 1 and kept * (3 if head else 4) >= len(written) and not tail:
        raise refuse("bad_format", f"this is only a part of the text: {lost} of its {len(before)} lines are missing.")
    shorter = len(written) * 3 <= len(before) * 2
    if shorter and kept > 1 and not (head or tail) and _lost_ends(written, before) * 5 >= len(before) * 2:
        raise refuse("bad_format", f"this is only a part of the text: {lost} of its {len(before)} lines are missing.")
    above = before.index(written[0]) if written[0] in before else 0
    if above >= 12 and above * 3 >= len(before) and kept * 10 >= len(written) * 9 and not head:
        raise refuse("bad_format", f"this is only a part of the text: the {above} lines above it are missing.")
    if (head and tail) or kept * 10 < len(written) * 3:
        return
    names = declared(old)
    missing = names - declared(lines)
    if len(names) > 2 and len(missing) * 2 > len(names):
        shown = ", ".join(sorted(missing)[:5])
        raise refuse("bad_format", f"this is only a part of the text: it lacks {shown}.")


def _closes(written: list[str], before: list[str], line: str, reach: int) -> bool:
    """Whether a line from the end of the text is near the end of the new one, not moved up between lines above it."""
    if line not in written[-reach:]:
        return False
    below = {other for other in written[len(written) - written[::-1].index(line) :] if sum(map(str.isalnum, other)) > 2}
    end = len(before) - 1 - before[::-1].index(line)
    return len(below.intersection(before[:end]).difference(before[end:])) < 2


def _lost_ends(written: list[str], before: list[str]) -> int:
    """How many lines fewer than in the text there are above the first line that was kept, and below the last one."""
    known = set(before)
    kept = [n for n, line in enumerate(written) if line in known and sum(map(str.isalnum, line)) > 2]
    if not kept:
        return 0
    first, last = before.index(written[kept[0]]), len(before) - 1 - before[::-1].index(written[kept[-1]])
    return max(0, first - kept[0]) + max(0, len(before) - last - (len(written) - kept[-1]))


def _last_words(lines: list[str]) -> str:
    """The last line that says something; closing brackets are at the end of any part."""
    return next((line for line in reversed(lines) if sum(map(str.isalnum, line)) > 2), lines[-1])


def _closing_words(lines: list[str]) -> list[tuple[int, str]]:
    """The last line that says something, and the last one that nothing else in the text is like, if it is near.

    Each comes with how many lines from the end it is.
    """
    last = _last_words(lines)
    often = Counter(lines)
    out = [(lines[::-1].index(last), last)]
    if often[last] > 1:
        near = range(len(lines) - 1, max(len(lines) - 40, -1), -1)
        out += [(len(lines) - 1 - n, lines[n]) for n in near if often[lines[n]] == 1][:1]
    return out


def _refuse_cut(lines: list[str], old: list[str], known: set[str], bare: bool) -> None:
    """A text that ends in the middle: of a line, of a bracket, of a string."""
    last = next((line for line in reversed(lines) if line.strip()), "").strip()
    if bare and last and last not in known and len(lines) < len(old) and any(line.startswith(last) for line in known):
        raise refuse("incomplete", "the text ends in the middle of a line.", wrote=last)
    if bare and (lost := _lost_tail(lines, old)) > 1:
        why = f"the text ends {lost} lines before the old one did; if that is meant, put it in a fenced block."
        raise refuse("incomplete", why, wrote=last)
    text, was = "\n".join(lines), "\n".join(old)
    if len(text) > 100_000:
        return
    if text.count("{") > text.count("}") and was.count("{") == was.count("}") and python_error(was) is not None:
        raise refuse("incomplete", "the text seems to be cut off: a { is not closed.")
    if len(lines) >= len(old):
        return
    end = _last_words([line.strip() for line in old if line.strip()])
    if end in {line.strip() for line in lines[-3:]}:
        return
    error = python_error(text)
    if error is not None:
        message = str(error.msg)
        at_end = any(sign in message for sign in ("never closed", "unterminated triple", "unexpected EOF"))
        if (error.lineno or 0) >= len(lines) and any(sign in message for sign in ("expected", "unterminated")):
            at_end = True
        if at_end and len(lines) < len(old) and python_error(was) is None:
            raise refuse("incomplete", f"the text seems to be cut off: {error.msg} (line {error.lineno}).")
    if was.lstrip()[:1] in ("{", "[") and _is_json(was) and not _is_json(text) and len(text) < len(was):
        raise refuse("incomplete", "the JSON text is cut off.")


def _lost_tail(lines: list[str], old: list[str]) -> int:
    """How many lines fewer than in the old text there are below the last one that was kept, if it ends in none of them.

    Only where the part up to there is as long as it was, or nearly.
    """
    written, before = ([line.strip() for line in side if line.strip()] for side in (lines, old))
    known = set(before)
    kept = next((n for n in range(len(written) - 1, -1, -1) if written[n] in known and len(written[n]) > 3), None)
    if kept is None or len(written) >= len(before) or _last_words(before) in written[-3:]:
        return 0
    where = before.index(written[kept])
    return len(before) - where - (len(written) - kept) if before.count(written[kept]) == 1 else 0


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _share(lines: list[str], before: str) -> float:
    new = Counter(line.strip() for line in lines if line.strip())
    old = Counter(line.strip() for line in before.split("\n") if line.strip())
    return sum((new & old).values()) / max(1, sum(old.values()))


def _is_prose(lines: list[str]) -> bool:
    """Whether most lines are sentences."""
    if not lines:
        return True
    prose = sum(
        1 for line in lines
        if (line[0].isupper() and line.count(" ") >= 3 and not any(char in line for char in "={}();<>[]"))
        or (line.endswith((".", ":", "!", "?")) and line.count(" ") >= 4 and line[0].isalpha() and "(" not in line)
    )  # fmt: skip
    return prose * 2 >= len(lines)


def _other_text(lines: list[str], old: list[str]) -> bool:
    """Whether the text was Python code, or JSON, and the new one is neither that nor has a twentieth of its lines."""
    text, was = "\n".join(lines), "\n".join(old)
    said = {line.strip() for line in old if sum(map(str.isalnum, line)) > 2}
    if max(len(text), len(was)) > 100_000 or len(said.intersection(map(str.strip, lines))) * 20 >= len(said):
        return False
    if was.lstrip()[:1] in ("{", "[") and _is_json(was):
        return not _is_json(text)
    return any(char in was for char in "=():") and python_error(text) is not None and python_error(was) is None


def _same_language(lines: list[str], old: list[str]) -> bool:
    text = "\n".join(lines)
    if len(text) > 100_000 or not any(char in text for char in "=():"):
        return False
    return python_error(text) is None and python_error("\n".join(old)) is None
