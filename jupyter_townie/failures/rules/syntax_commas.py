"""A comma that is missing between two items of a list, a dictionary or a call; the colon of a dictionary's pair."""

from __future__ import annotations

import keyword
import re
import tokenize
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair, tokens


@because("A comma is missing.")
def missing_comma(case: Case) -> Fix | None:
    """Between two items of a list, a dictionary or a call."""
    return repair(case, _comma)


def _comma(at: Stop) -> Iterator[str]:
    if (
        "forgot a comma" not in at.message
        and "invalid syntax" not in at.message
        and "was never closed" not in at.message
    ):
        return
    for line in dict.fromkeys((at.line, at.line - 1, at.line + 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        bare = code_only(text)
        previous = None
        for token in tokens(text):
            if token.type not in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP):
                continue
            if token.type == tokenize.OP and token.string not in ("(", "[", "{", ")", "]", "}"):
                previous = None
                continue
            if previous is not None and _ends_item(previous) and _starts_item(token):
                place = previous.end[1]
                if (
                    text[place : token.start[1]].strip() == ""
                    and token.start[1] > place
                    and _in_collection(at, line, place, bare)
                    and not _may_be_a_colon(bare, place)
                    and not _may_be_an_operator(previous, token, bare, place)
                ):
                    yield at.with_line(f"{text[:place]},{text[place:]}", line)
            previous = token
        if (
            line < len(at.lines)
            and re.search(r"[\w'\"\])}]\s*$", bare)
            and bare.strip()
            and _in_collection(at, line, len(bare.rstrip()), bare)
        ):
            following = at.lines[line].strip()
            if following[:1] and (following[0].isalnum() or following[0] in "'\"_[({"):
                place = len(bare.rstrip())
                yield at.with_line(f"{text[:place]},{text[place:]}", line)


@because("A colon is missing between a key and its value.")
def missing_colon_of_pair(case: Case) -> Fix | None:
    """``{"a": 1, "b" 2}``, ``{"a" = 1}``."""
    return repair(case, _colon_of_pair)


def _colon_of_pair(at: Stop) -> Iterator[str]:
    every = tokens(at.text)
    if "cannot assign to" in at.message:
        equals = [
            sign.start[1]
            for before, key, sign in zip(every, every[1:], every[2:], strict=False)
            if before.string in ("{", ",") and key.type == tokenize.STRING and sign.string == "="
        ]
        if equals and all(_innermost(at, at.line, place, code_only(at.text)) == "{" for place in equals):
            yield at.with_line(_with_colons(at.text, equals))
        return
    if "':' expected after dictionary key" not in at.message:
        return
    for before, key, value in zip(every, every[1:], every[2:], strict=False):
        is_pair = before.string in ("{", ",") and _is_value(key) and _is_value(value)
        if is_pair and key.end[1] < value.start[1]:
            yield at.with_line(f"{at.text[: key.end[1]]}:{at.text[key.end[1] :]}")


def _with_colons(text: str, equals: list[int]) -> str:
    for place in reversed(equals):
        text = f"{text[:place].rstrip()}:{text[place + 1 :]}"
    return text


def _may_be_a_colon(bare: str, place: int) -> bool:
    """Whether braces open before *place* and no key has had its colon yet: ``{'a' 1}`` may be a dictionary or a set."""
    inner = bare[bare.rfind("{", 0, place) : place]
    return inner.startswith("{") and "}" not in inner and ":" not in inner and "," not in inner


def _may_be_an_operator(before: tokenize.TokenInfo, after: tokenize.TokenInfo, bare: str, place: int) -> bool:
    """Whether a sign is missing rather than a comma: ``2 x``, and ``"a" + name "b"``."""
    if before.type == tokenize.NUMBER and after.type == tokenize.NAME:
        return True
    argument = re.split(r"[,(\[{]", bare[:place])[-1]
    return tokenize.STRING in (before.type, after.type) and re.search(r"\+", argument) is not None


def _ends_item(token: tokenize.TokenInfo) -> bool:
    return token.string in (")", "]", "}") or _is_value(token)


def _starts_item(token: tokenize.TokenInfo) -> bool:
    return token.string == "{" or _is_value(token)


def _is_value(token: tokenize.TokenInfo) -> bool:
    if token.type in (tokenize.NUMBER, tokenize.STRING):
        return True
    return token.type == tokenize.NAME and (
        not keyword.iskeyword(token.string) or token.string in ("True", "False", "None")
    )


def _in_collection(at: Stop, line: int, place: int, bare: str) -> bool:
    """Whether the place is inside the brackets of a list, a dictionary or a call."""
    return _innermost(at, line, place, bare) in ("call", "[", "{")


def _innermost(at: Stop, line: int, place: int, bare: str) -> str | None:
    """The innermost bracket that is open at a place of a line: ``call``, ``(``, ``[`` or ``{``."""
    before = [code_only(text) for text in at.lines[: line - 1]] + [bare[:place]]
    stack: list[str] = []
    for text in before[-60:]:
        for index, character in enumerate(text):
            if character in "([{":
                called = character == "(" and re.search(r"[\w\])]$", text[:index].rstrip()) is not None
                stack.append("call" if called else character)
            elif character in ")]}" and stack:
                stack.pop()
    return stack[-1] if stack else None
