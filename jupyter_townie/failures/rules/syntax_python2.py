"""Python 2: print statements, ``except E, e``, ``<>``, backticks, octal numbers, long numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair

_PRINT = re.compile(r"^(\s*(?:[^'\"#]*?[:;]\s*)?)print(?:\s+(?![=.\[])|(?=['\"]))(.*)$")
_PRINT_TO = re.compile(r"^>>\s*([\w.]+)\s*,\s*(.*)$")
_EXCEPT = re.compile(r"^(\s*except\s+(?:[\w.]+|\([^)]*\)))\s*,\s*([a-z_]\w*)\s*:")
_RAISE = re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+?)\s*$")
_EXEC = re.compile(r"^(\s*)exec\s+(['\"\w].*)$")


@because("`print` is a function in Python 3.")
def print_statement(case: Case) -> Fix | None:
    """All print statements of the cell become calls."""
    return repair(case, _prints)


def _prints(at: Stop) -> Iterator[str]:
    text = _call_of_print(at.text)
    if text is None and at.line > 1:
        return
    if text is not None:
        yield at.with_line(text)


def _call_of_print(line: str) -> str | None:
    found = _PRINT.match(line)
    if not found:
        return None
    head, rest = found.groups()
    bare = code_only(rest)
    comment = rest[len(bare.rstrip()) :] if "#" in rest and len(bare.rstrip()) < len(rest.rstrip()) else ""
    rest = rest[: len(rest) - len(comment)].rstrip()
    tail = ""
    semicolon = code_only(rest).find(";")
    if semicolon >= 0:
        rest, tail = rest[:semicolon].rstrip(), rest[semicolon:]
    if code_only(rest).count("(") != code_only(rest).count(")"):
        return None
    to = _PRINT_TO.match(rest)
    options = ""
    if to:
        rest, options = to.group(2), f", file={to.group(1)}"
    if rest.endswith(","):
        rest, options = rest[:-1].rstrip(), options + ", end=' '"
    if not rest:
        return f"{head}print()" + (f"  {comment}" if comment else "")
    return f"{head}print({rest}{options}){tail}" + (f"  {comment}" if comment else "")


@because("This is how it was written in Python 2.")
def other_statements(case: Case) -> Fix | None:
    return repair(case, _others)


def _others(at: Stop) -> Iterator[str]:
    text = at.text
    found = _EXCEPT.match(text)
    if found:
        yield at.with_line(f"{found.group(1)} as {found.group(2)}:{text[found.end() :]}")
    found = _RAISE.match(text)
    if found:
        yield at.with_line(f"{found.group(1)}({found.group(2)})")
    found = _EXEC.match(text)
    if found:
        code, within, names = _split_at_in(found.group(2))
        yield at.with_line(f"{found.group(1)}exec({code}{', ' if within else ''}{names})")
    bare = code_only(text)
    if "<>" in bare:
        yield at.with_line(
            "".join(
                "!=" if bare[i : i + 2] == "<>" else "" if bare[max(i - 1, 0) : i + 1] == "<>" else text[i]
                for i in range(len(text))
            )
        )
    if "`" in bare and bare.count("`") % 2 == 0:
        yield at.with_line(re.sub(r"`([^`]+)`", r"repr(\1)", text))
    if "leading zeros" in at.message and not re.search(r"\d\s*[-/:]\s*0\d", bare):  # a date or a time
        # `007` is rather a text that lost its quotes.
        changed = re.sub(r"(?<![\w.])0(\d)(?![\w.])", r"\1", text)
        if re.search(r"chmod|makedirs|mkdir|umask|os\.open", text):
            changed = re.sub(r"(?<![\w.])0([0-7]{3})(?![\w.])", r"0o\1", text)
        yield at.with_line(changed)
    if "invalid decimal literal" in at.message:
        changed = "".join(_without_long(text, bare))
        yield at.with_line(changed)
    if re.search(r"\bprint\b", bare):
        printed = _call_of_print(text)
        if printed is not None:
            yield at.with_line(printed)


def _split_at_in(text: str) -> tuple[str, str, str]:
    """The code of ``exec code in names`` and the names that it is run in, of which there may be none."""
    found = re.search(r" in ", code_only(text))
    return (text[: found.start()].rstrip(), "in", text[found.end() :].strip()) if found else (text, "", "")


def _without_long(text: str, bare: str) -> Iterator[str]:
    last = 0
    for found in re.finditer(r"(?<![\w.])(\d+)[lL](?!\w)", bare):
        yield text[last : found.end() - 1]
        last = found.end()
    yield text[last:]


@because("`print` is a function in Python 3.")
def print_to_file(case: Case) -> Fix | None:
    """``print >>sys.stderr, text``, which Python 3 reads as a shift."""
    if "for >>: 'builtin_function_or_method'" not in case.evalue or case.place is None:
        return None
    lines = case.cells[case.place.cell].split("\n")
    changed = [_call_of_print(line) if re.match(r"\s*print\s*>>", line) else None for line in lines]
    return case.rewrite("\n".join(new or line for new, line in zip(changed, lines, strict=True)), case.place.cell)
