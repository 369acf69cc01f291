"""Characters that models swap for one another: quotes, dashes, spaces, entities, copied line numbers."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

_PLAIN = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None),
    0x2026: "...",
}
_SWAPS = [(chr(odd), usual or "") for odd, usual in _PLAIN.items()]
_BETWEEN_WORDS = re.compile(r"[^\s] [^\s]")
_HARD_BETWEEN_WORDS = re.compile(r"[^\s]\u00a0(?=[^\s])")
_CODE = re.compile(r"[()=\[\]{}:]")
_QUOTED = re.compile("[\"'`]")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])[\u2018\u2019](?=[^\W\d_])")
_STRAIGHT = re.compile(r"[^\W\d_]'[^\W\d_]")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#x27|#34);")
_NUMBERED = re.compile(r"[ \t]{0,8}(\d{1,6}) ?([|:\u2502\u2192\t])")


def _plain_char(char: str) -> str:
    return _PLAIN[ord(char)] or ""


def plain(text: str) -> str:
    """``text`` in plain typography, canonically composed (NFC)."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    for odd, usual in _SWAPS:
        if odd in text:
            text = text.replace(odd, usual)
    return text


def as_in(text: str, source: str, swaps: dict[str, str]) -> str:
    """``text`` with its unusual characters as ``swaps`` says.

    Those of a kind that it has another of (quotes, dashes, blanks) are made plain unless ``source`` has them too.
    """
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    kinds = {_kind(char) for char in swaps}
    return "".join([_swapped(char, source, swaps, kinds) if ord(char) in _PLAIN else char for char in text])


def _swapped(char: str, source: str, swaps: dict[str, str], kinds: set[str]) -> str:
    if char in swaps:
        return swaps[char]
    return char if char in source or _kind(char) not in kinds else _plain_char(char)


def _kind(char: str) -> str:
    usual = _plain_char(char)
    return '"' if usual == "'" else usual


def swaps_between(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For each unusual character a model wrote, the one that really stands there, where that is always the same.

    ``pairs`` holds ``(written, real)`` lines that are equal in plain typography.
    """
    seen: dict[str, set[str]] = {}
    for written, real in pairs:
        written, real = written.strip(), real.strip()
        if written.isascii():
            continue
        if len(written) != len(real):
            for w in {char for char in written if ord(char) in _PLAIN and char not in real}:
                seen.setdefault(w, set()).add(_plain_char(w))
            continue
        for w, r in zip(written, real, strict=False):
            if ord(w) in _PLAIN:
                seen.setdefault(w, set()).add(r)
    return {w: next(iter(real)) for w, real in seen.items() if len(real) == 1}


def quotes_were_curled(lines: Sequence[str], source: str) -> bool:
    """Whether all quotes of an edit are typographic in a text that has only straight ones.

    Apostrophes within words alone say nothing, as they are good in prose that is added, unless the text writes its own
    in the other way again and again.
    """
    text = "\n".join(lines)
    if text.isascii() or "'" in text or '"' in text:
        return False
    curled = {char for char in text if char in _CURLED}
    if not curled or any(char in source for char in curled) or not ("'" in source or '"' in source):
        return False
    return any(char in _CURLED for char in _APOSTROPHE.sub("", text)) or len(_STRAIGHT.findall(source)) > 2


def blanks_were_hardened(lines: Sequence[str], source: str) -> bool | None:
    """Whether an edit has no-break spaces where blanks belong: between all words, in a text that has none.

    None for one or two of them, which may be meant, unless they are in code outside of strings.
    """
    text = "\n".join([line.strip() for line in lines])
    if "\u00a0" not in text or "\u00a0" in source or _BETWEEN_WORDS.search(text) is not None:
        return False
    hard = [line for line in text.split("\n") if _HARD_BETWEEN_WORDS.search(line)]
    if not hard or len(_BETWEEN_WORDS.findall(source)) <= 2:
        return False
    code = all(_CODE.search(line) and not _QUOTED.search(line) for line in hard)
    return True if code or len(_HARD_BETWEEN_WORDS.findall(text)) > 2 else None


def markup_was_escaped(lines: Sequence[str], source: str) -> bool:
    """Whether an edit has entities and none of the characters they stand for, in a text where it is the other way.

    In a text of tags an entity is as good as the character.
    """
    text = "\n".join(lines)
    if "&" not in text:
        return False
    used = [(entity, char) for entity, char in _ESCAPES if entity in text]
    arrow = any(arrow in text for arrow in _ARROWS)
    if not used or any(entity in source for entity, _ in _ESCAPES):
        return False
    if not arrow and not any(char in source for _, char in used):
        return False
    return not has_tags(source) and _nothing_but_entities(text)


def markup_may_be_escaped(lines: Sequence[str], source: str) -> bool:
    """Whether an edit has entities that may be meant or not: arrows in a text without signs, a tag in one of tags."""
    text = "\n".join(lines)
    if not _nothing_but_entities(text):
        return False
    if not any(char in source for _, char in _ESCAPES):
        return any(arrow in text for arrow in _ARROWS)
    if "&lt;" not in text or any(entity in source for entity, _ in _ESCAPES) or not has_tags(source):
        return False
    return any(_ESCAPED_TAG.match(line) for line in lines)


def has_tags(source: str) -> bool:
    """Whether at least every twelfth line begins with a tag."""
    return len(_TAGGED.findall(source)) * 12 > source.count("\n")


def _nothing_but_entities(text: str) -> bool:
    for entity, _ in _ESCAPES:
        text = text.replace(entity, "")
    return not any(char in text for char in "<>&")


_CURLED = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
CURLED_QUOTES = {char: _plain_char(char) for char in _CURLED}
HARD_BLANKS = {"\u00a0": " "}
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_ARROWS = ("=&gt;", "-&gt;")
_ESCAPED_TAG = re.compile(r"\s*&lt;[/!]?[A-Za-z].*&gt;\s*$")
_TAGGED = re.compile(r"^[ \t]*<[/!A-Za-z]", re.MULTILINE)


def without_entities(lines: Sequence[str]) -> list[str] | None:
    """The lines with HTML entities resolved, or None when there are none."""
    if not any("&" in line and _ENTITY.search(line) for line in lines):
        return None
    return [_ENTITY.sub(lambda match: html.unescape(match[0]), line) for line in lines]


def without_numbers(lines: Sequence[str], *, like: str | None = None) -> list[str] | None:
    """The lines without the line numbers copied into them, or None unless every written line has one.

    The numbers have to follow each other, or else to be followed by the mark ``like``.
    """
    out: list[tuple[str, bool]] = []
    before = None
    padded = True
    for line in lines:
        if not line.strip():
            out.append((line, False))
            continue
        match = _NUMBERED.match(line)
        if not match or (like is not None and match[2] != like):
            return None
        number = int(match[1])
        if like is None and before is not None and number != before + 1:
            return None
        before = number
        rest = line[match.end() :]
        padded = padded and match[2] in "|:\u2502" and (rest[:1] == " " or not rest)
        out.append((rest, True))
    return None if before is None else [text[1:] if numbered and padded else text for text, numbered in out]


def first_number(lines: Sequence[str]) -> int | None:
    """The line number copied into the first of the lines, counted back from the first one that has text."""
    blank = next((n for n, line in enumerate(lines) if line.strip()), 0)
    match = _NUMBERED.match(lines[blank]) if lines else None
    return int(match[1]) - blank if match else None


def number_mark(lines: Sequence[str]) -> str:
    """What follows the line number copied into the first line that has text."""
    match = next((_NUMBERED.match(line) for line in lines if line.strip()), None)
    return match[2] if match else ""


def has_numbers(lines: Sequence[str], mark: str) -> bool:
    """Whether any line begins as if with a line number and ``mark``."""
    return any(match[2] == mark for match in map(_NUMBERED.match, lines) if match)


def with_escapes_resolved(lines: Sequence[str]) -> list[str] | None:
    """One line that holds literal ``\\n`` as the several lines it stands for, or None when it is not that."""
    if len(lines) != 1 or "\\n" not in lines[0]:
        return None
    return lines[0].replace("\\r\\n", "\\n").replace("\\n", "\n").replace("\\t", "\t").split("\n")
