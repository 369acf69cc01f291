"""A keyword of Python that is misspelt, glued to the next word, or written as another language writes it."""

from __future__ import annotations

import keyword
import re
import tokenize
from collections.abc import Iterator

from ..case import Case, Fix
from ..spelling import near_match
from .reasons import because
from .syntax import Stop, repair, tokens

_STATEMENT_WORDS = (
    "import", "from", "return", "def", "class", "for", "while", "if", "elif", "else", "try", "except", "finally",
    "with", "lambda", "yield", "raise", "assert", "global", "pass", "break", "continue", "del", "async", "await",
    "not", "and", "in", "is", "as", "or",
)  # fmt: skip
_SLIPS = {
    slip: word
    for word, slips in {
        "else": "esle els elese eles",
        "for": "ofr fot forr",
        "while": "whlie wile",
        "def": "dfe defn dff",
        "in": "ni inn",
        "is": "si",
        "if": "fi iff ifm",
        "and": "nad ad andd",
        "or": "ro",
        "import": "imort impot imprt ipmort improt iport",
        "return": "retrun retunr reutrn",
        "class": "clas calss",
        "try": "tyr trye",
        "with": "wiht whit",
        "except": "excpet exept",
        "lambda": "lamda lamba",
        "as": "asn",
        "elif": "elf elfi eilf",
        "from": "rom frm frmo",
    }.items()
    for slip in slips.split()
}
"""What fingers make of short words, whose distance says nothing."""
_OTHER_WORDS = {
    word: meant
    for meant, words in {
        "elif": "elseif elsif",
        "def": "function func fn define sub",
        "except": "catch",
        "for": "foreach",
        "raise": "throw",
        "import": "include",
        "": "then let var const",
    }.items()
    for word in words.split()
}
"""Words of other languages that begin a statement."""


@because("A keyword of Python is misspelt.")
def misspelt_keyword(case: Case) -> Fix | None:
    """``whlie True:``, ``elseif x:``, ``else if x:``, ``importnumpy``."""
    return repair(case, _keyword)


def _keyword(at: Stop) -> Iterator[str]:
    for line in dict.fromkeys((at.line, at.line - 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        for token in tokens(text):
            if token.type != tokenize.NAME or keyword.iskeyword(token.string):
                continue
            first, after = not text[: token.start[1]].strip(), text[token.end[1] :]
            meant = _meant(token.string, first, after)
            if meant is None:
                continue
            if first and re.match(r"\s*(=(?!=)|\.|\[|\()", after) and meant not in ("elif", "if", "while", "return"):
                continue
            yield at.with_line(text[: token.start[1]] + meant + (after if meant else after.lstrip()), line)
        joined = re.match(r"^(\s*)(else\s+if)\b(.*)$", text)
        if joined:
            yield at.with_line(f"{joined.group(1)}elif{joined.group(3)}", line)
        glued = re.match(r"^(\s*)(def|class|import|from|return|for|while|if|elif)(?=[a-z_]\w*)(\w+.*)$", text)
        if glued and not keyword.iskeyword((re.match(r"\s*(\w+)", text) or glued).group(1)):
            yield at.with_line(f"{glued.group(1)}{glued.group(2)} {glued.group(3)}", line)


def _meant(word: str, first: bool, after: str) -> str | None:
    """The keyword that a word stands for, empty where it is one too many; *first* in its line, followed by *after*."""
    if (first or word == "then") and word in _OTHER_WORDS:
        return _OTHER_WORDS[word]
    if word.lower() in _STATEMENT_WORDS:
        return word.lower()
    if word in ("fro", "form"):
        return "from" if (first if word == "form" else re.search(r"\bimport\b", after)) else "for"
    return _SLIPS.get(word) or near_match(word, [one for one in _STATEMENT_WORDS if len(one) > 3], api=True)
