"""A statement whose words are all there, in another order or without its parentheses, colon or percent sign."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Case, Fix
from .reasons import because
from .syntax import Stop, code_only, repair, unknown_names

_SWAPPED = re.compile(r"^(\s*)import\s+([\w*][\w*,\s]*?)\s+from\s+([\w.]+)\s*;?\s*$")
_NO_PARAMETERS = re.compile(r"^(\s*(?:async\s+)?def\s+(\w+))\s*(:.*)$")
_LAMBDA = re.compile(r"\blambda\s+\w+(?:\s*,\s*\w+)*(?=\s+[\w(\[{'\"-])")
_HEADER = re.compile(r"^\s*(?:async\s+)?(if|elif|else|for|while|def|class|try|except|finally|with|match|case)\b")


@because("In Python, `from` comes before `import`.")
def swapped_import(case: Case) -> Fix | None:
    """``import sqrt from math``."""
    return repair(case, _import)


def _import(at: Stop) -> Iterator[str]:
    found = _SWAPPED.match(at.text)
    if found:
        yield at.with_line(f"{found.group(1)}from {found.group(3)} import {found.group(2)}")


@because("A definition needs parentheses, even without parameters.")
def definition_without_parentheses(case: Case) -> Fix | None:
    """``def hello:``; in a class, ``def area:`` takes ``self``."""
    return repair(case, lambda at: _parentheses(case, at))


def _parentheses(case: Case, at: Stop) -> Iterator[str]:
    found = _NO_PARAMETERS.match(at.text)
    if not found:
        return
    name = found.group(2)
    if re.search(rf"(?<!def )\b{name}\(\s*[^)\s]", at.source):
        return  # it is called with arguments, whose names nobody knows
    parameters = "self" if _in_class(at) else ""
    proposal = at.with_line(f"{found.group(1)}({parameters}){found.group(3)}")
    if not unknown_names(case, proposal, in_functions=True):  # they may be the parameters
        yield proposal


def _in_class(at: Stop) -> bool:
    depth = len(at.text) - len(at.text.lstrip())
    for line in reversed(at.lines[: at.line - 1]):
        if line.strip() and len(line) - len(line.lstrip()) < depth:
            return re.match(r"\s*class\b", line) is not None
    return False


@because("The colon of a `lambda` is missing.")
def lambda_without_colon(case: Case) -> Fix | None:
    """``lambda x x + 1``."""
    return repair(case, _colon_of_lambda)


def _colon_of_lambda(at: Stop) -> Iterator[str]:
    bare = code_only(at.text)
    found = list(_LAMBDA.finditer(bare))
    if len(found) == 1 and ":" not in bare[found[0].start() :]:
        yield at.with_line(f"{at.text[: found[0].end()]}:{at.text[found[0].end() :]}")


@because("The colon at the end of the line is missing.")
def missing_colon(case: Case) -> Fix | None:
    return repair(case, _colon)


def _colon(at: Stop) -> Iterator[str]:
    for line in dict.fromkeys((at.line, at.line - 1)):
        if not 0 < line <= len(at.lines):
            continue
        text = at.lines[line - 1]
        if not _HEADER.match(text):
            continue
        bare = code_only(text).rstrip()
        if not bare or bare.endswith((":", ",", "\\", "(", "[", "{")):
            continue
        if bare.endswith((";", ".")) and bare.count("(") == bare.count(")"):
            yield at.with_line(f"{text[: len(bare) - 1]}:{text[len(bare) :]}", line)
            continue
        yield at.with_line(f"{text[: len(bare)]}:{text[len(bare) :]}", line)
        if "expected ':'" in at.message and line == at.line and 0 < at.column < len(bare):
            head = text[: at.column].rstrip()
            yield at.with_line(f"{head}: {text[at.column :]}", line)


@because("Commands of the shell begin with `%` or `!`.")
def shell_command(case: Case) -> Fix | None:
    """``pip install x`` among Python code needs its percent sign."""
    return repair(case, _commands)


def _commands(at: Stop) -> Iterator[str]:
    found = re.match(r"^(\s*)((?:pip3?|conda)\s+(?:install|uninstall|list|show)\b.*)$", at.text)
    if found:
        yield at.with_line(f"{found.group(1)}%{found.group(2).replace('pip3', 'pip', 1)}")
