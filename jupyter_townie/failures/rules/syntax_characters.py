"""Characters that a web page or a word processor put there: curly quotes, odd spaces, prompts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, repair

_QUOTES = {
    "\u2018": "'",
    "\u2019": "'",
    "\u201a": "'",
    "\u201b": "'",
    "\u2032": "'",
    "\u00b4": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u201e": '"',
    "\u2033": '"',
    "\u00ab": '"',
    "\u00bb": '"',
}
_SIGNS = {
    "\u2212": "-",
    "\u2013": "-",
    "\u2014": "-",
    "\u00d7": "*",
    "\u00f7": "/",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "!=",
    "\uff08": "(",
    "\uff09": ")",
    "\uff0c": ",",
    "\uff1a": ":",
    "\uff1b": ";",
    "\uff1d": "=",
    "\u3010": "[",
    "\u3011": "]",
    "\uff0b": "+",
    "\u3002": ".",
}
_SPACES = {
    "\u00a0": " ",
    "\u2003": " ",
    "\u2002": " ",
    "\u2009": " ",
    "\u202f": " ",
    "\u3000": " ",
    "\u200b": "",
    "\u200c": "",
    "\u200d": "",
    "\ufeff": "",
    "\u2060": "",
    "\u00ad": "",
}


@because("Some characters only look like those that Python takes.")
def odd_characters(case: Case) -> Fix | None:
    if not re.search(
        r"invalid (?:non-printable )?character|invalid syntax|unterminated|unexpected indent", case.evalue
    ):
        return None
    if not any(sign in case.source for sign in (*_QUOTES, *_SIGNS, *_SPACES)):
        return None
    return repair(case, _plain)


def _plain(at: Stop) -> Iterator[str]:
    text = at.text
    spaces = _mapped(text, _SPACES)
    quotes = _mapped(spaces, _QUOTES)
    if text != quotes:
        # A quote may have been meant as an apostrophe inside a string: then the string keeps it.
        yield "\n".join(
            _mapped(_mapped(line, _SPACES), _QUOTES) if _has_curly_string(line) or line == text else line
            for line in at.lines
        )
    signs = _mapped(quotes, _SIGNS)
    if signs != quotes:
        yield at.with_line(signs)
    if spaces != text:
        yield "\n".join(_mapped(line, _SPACES) for line in at.lines)


def _has_curly_string(line: str) -> bool:
    return "'" not in line and '"' not in line and any(quote in line for quote in _QUOTES)


def _mapped(text: str, table: dict[str, str]) -> str:
    return text.translate({ord(old): new for old, new in table.items()})


@because("The prompts were pasted along with the code.")
def pasted_prompts(case: Case) -> Fix | None:
    """``>>> `` and ``In [3]: `` before lines that were copied from somewhere."""
    lines = case.source.split("\n")
    pattern = re.compile(r"^(\s*)(?:>>> ?|\.\.\. ?|In \[\d+\]: ?)")
    prompted = [line for line in lines if pattern.match(line)]
    if not any(re.match(r"\s*(?:>>>|In \[)", line) for line in prompted):
        return None  # dots alone are what somebody left out
    others = [line for line in lines if line.strip() and not pattern.match(line)]
    if others and not all(re.match(r"^\s*(?:Out\[\d+\]:|[\d'\[({])", line) for line in others):
        return None
    return case.rewrite(
        "\n".join(pattern.sub(r"\1", line) for line in lines if pattern.match(line) or not line.strip())
    )


@because("Nothing may stand behind a backslash that continues a line.")
def after_continuation(case: Case) -> Fix | None:
    """White space after the backslash that continues a line."""
    if "unexpected character after line continuation" not in case.evalue:
        return None
    changed = re.sub(r"(?m)\\[ \t]+$", r"\\", case.source)
    return case.rewrite(changed) if changed != case.source else None
