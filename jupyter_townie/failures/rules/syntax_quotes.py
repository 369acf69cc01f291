"""A string that is not closed, closed by the other quote, or broken by an apostrophe; quotes inside f-strings."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair

_GOES_ON = re.compile(r"\s[+%*]\s*\w|\)\s*[+%.]|\.(?:format|join|split|strip|lower|upper|replace)\(")
"""Code that may stand behind the string rather than in it: ``'Hello + name``."""


@because("A string is opened and never closed.")
def unclosed_string(case: Case) -> Fix | None:
    return repair(case, _quotes)


def _quotes(at: Stop) -> Iterator[str]:
    if not re.search(
        r"unterminated string|EOL while scanning|invalid syntax|forgot a comma|unterminated f-string|was never closed|expecting|does not match|unmatched",
        at.message,
    ):
        return
    text = at.text
    apostrophe = list(_apostrophe(text))
    if apostrophe:
        yield from (at.with_line(one) for one in apostrophe)
        return
    if "unterminated" not in at.message and "EOL" not in at.message:
        return
    opening = at.column if at.column < len(text) and text[at.column] in "'\"" else _last_open(text)
    if opening is None:
        return
    quote = text[opening]
    body = text[opening + 1 :].rstrip()
    other = "'" if quote == '"' else '"'
    formatted = text[opening - 1 : opening] in ("f", "F") and body.count("{") == body.count("}")
    tail = re.search(r"[\s)\],:;]*$" if formatted else r"[\s)\]},:;]*$", body)
    end = tail.start() if tail else len(body)
    if body[:end].endswith(other) and body.count(other) == 1:
        # Opened by one quote and closed by the other.
        yield at.with_line(text[: opening + 1] + body[: end - 1] + quote + body[end:])
        return
    if other in body[:end] and code_only(body[:end]).strip() and body.count(other) % 2:
        return
    closers = body[end:]
    if re.search(r"(['\"])[^'\"]*,\s*\w*=\1", text[: opening + 1]):
        # A string before this one swallowed a comma and a keyword: it is that one which was not closed.
        return
    if re.search(r"['\"]", body[:end]) or _GOES_ON.search(body[:end]):
        return
    if re.search(r",\s*\w+\s*=|,\s*\w+\s*\)|,\s", body[:end]) and not re.search(r"[a-z], [a-z]", body[:end]):
        # More arguments may follow the string: where it ends is not clear.
        return
    if re.search(r",\s*\w+\s*=", body[:end]):
        return
    opened = code_only(text[:opening])
    depth = sum(opened.count(one) for one in "([{") - sum(opened.count(one) for one in ")]}")
    if closers.strip() and depth <= 0 and not closers.strip().startswith(":"):
        end = len(body)
        closers = ""
    if depth > 0:
        wanted = sum(closers.count(one) for one in ")]}")
        while wanted > depth and closers[:1] in (")", "]", "}"):
            end, closers, wanted = end + 1, closers[1:], wanted - 1
    yield at.with_line(text[: opening + 1] + body[:end] + quote + body[end:])
    if depth > 0 and not closers.strip() and "," not in body:
        # The line breaks off: `print(f"mean {m:.2f}`.
        missing = [{"(": ")", "[": "]", "{": "}"}[one] for one in opened if one in "([{"]
        if len(missing) == depth:
            yield at.with_line(text[: opening + 1] + body + quote + "".join(reversed(missing)))


def _last_open(text: str) -> int | None:
    quote, place = "", None
    index = 0
    while index < len(text):
        character = text[index]
        if quote:
            if character == "\\":
                index += 1
            elif character == quote:
                quote = ""
        elif character in "'\"":
            quote, place = character, index
        elif character == "#":
            break
        index += 1
    return place if quote else None


def _apostrophe(text: str) -> Iterator[str]:
    """``print('it's')``: the string gets double quotes."""
    if text.count("'") % 2 == 0 or '"' in text:
        return
    found = re.search(
        r"'((?:[^'\\]|(?<=\w)'(?=(?:s|t|re|ve|ll|d|m)\b))*)'(?=\s*(?:[),\]}:+%;.]|$|\s(?:in|and|or|if|for)\b))", text
    )
    if found and re.search(r"\w'(?:s|t|re|ve|ll|d|m)\b", found.group(1)):
        yield f'{text[: found.start()]}"{found.group(1)}"{text[found.end() :]}'


@because("Before Python 3.12, an f-string can not hold its own kind of quotes.")
def f_string_quotes(case: Case) -> Fix | None:
    """``f'{d['a']}'`` in Pythons before 3.12."""
    if (
        "f-string" not in case.evalue
        and "invalid syntax" not in case.evalue
        and "unterminated" not in case.evalue
        and "comma" not in case.evalue
    ):
        return None
    found = re.search(r"line (\d+)\)$", case.evalue)
    from .syntax import stop

    at = stop(case.source)
    number = at.line if at is not None else int(found.group(1)) if found else 0
    number += 1 if at is None and case.source.startswith("%%") else 0
    lines = case.source.split("\n")
    if not 0 < number <= len(lines):
        return None
    text = lines[number - 1]
    changed = _requoted(text)
    if changed is None:
        return None
    lines[number - 1] = changed
    return case.rewrite("\n".join(lines))


def _requoted(text: str) -> str | None:
    found = re.search(r"\b([fF][rR]?|[rR][fF])(['\"])", text)
    if not found:
        return None
    quote = found.group(2)
    other = '"' if quote == "'" else "'"
    end = text.rfind(quote)
    body = text[found.end() : end]
    if other in body or end <= found.end() or quote not in body:
        return None
    inside = re.findall(r"\{[^{}]*\}", body)
    if body.count(quote) != sum(part.count(quote) for part in inside):
        return None
    return f"{text[: found.end() - 1]}{other}{body}{other}{text[end + 1 :]}"


@because("A brace of an f-string is not closed.")
def f_string_braces(case: Case) -> Fix | None:
    """A brace of an f-string that is not closed, or closed twice."""
    return repair(case, _braces)


def _braces(at: Stop) -> Iterator[str]:
    text = at.text
    if re.search(r"single '}' is not allowed", at.message):
        for found in re.finditer(r"\}\}(?!\})", text):
            yield at.with_line(text[: found.start()] + text[found.start() + 1 :])
        for found in re.finditer(r"(?<![{}])\b(\w+)\}", text):
            yield at.with_line(f"{text[: found.start()]}{{{text[found.start() :]}")
    elif "expecting '}'" in at.message or "unterminated" in at.message:
        for found in re.finditer(r"\{[\w.\[\]()]+(?::[^{}'\"]*?)?(?=['\"])", text):
            yield at.with_line(text[: found.end()] + "}" + text[found.end() :])
