"""What the rules for errors of syntax share: where the parser stopped, and a search for the one repair that parses."""

# ruff: noqa: PERF402 -- the steps stay apart

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ...kernels.cell_code import parse_cell, plain_python
from ...kernels.dataflow import cell_flow, immediate_flow
from ..case import Case, Fix

MOST_STEPS = 30
LONGEST_SOURCE = 60_000


@dataclass(frozen=True)
class Stop:
    """Where the parser of this Python stopped in a source, and what it said."""

    source: str
    message: str
    line: int
    """From 1."""
    column: int
    """Characters from the line's start."""

    @property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    @property
    def text(self) -> str:
        lines = self.lines
        return lines[self.line - 1] if 0 < self.line <= len(lines) else ""

    def with_line(self, text: str, line: int | None = None) -> str:
        lines = self.lines
        lines[(line or self.line) - 1] = text
        return "\n".join(lines)


def stop(source: str) -> Stop | None:
    """None when the source parses or is no Python."""
    text = plain_python(source)
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except SyntaxError as error:
        return Stop(source, error.msg or "", error.lineno or 1, max((error.offset or 1) - 1, 0))
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def parses(source: str) -> bool:
    """Whether it compiles: `return` outside a function parses, and is an error all the same."""
    text = plain_python(source)
    if text is None:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


Step = Callable[[Stop], Iterable[str]]


def repair(case: Case, step: Step) -> Fix | None:
    """Apply *step* until the cell parses; at each stop exactly one of its proposals may lead on.

    Proposals that give the same program count as one.
    """
    source = case.source
    if len(source) > LONGEST_SOURCE:
        return None
    for _ in range(MOST_STEPS):
        at = stop(source)
        if at is None:
            break
        proposals = list(dict.fromkeys(text for text in step(at) if text != source))[:40]
        whole = [text for text in proposals if parses(text)]
        if whole:
            if not _one_program(whole) or unknown_names(case, whole[0]) or _is_output(whole[0]):
                return None
            return case.rewrite(whole[0])
        further = []
        for text in proposals:
            next_stop = stop(text)
            if (
                next_stop is not None
                and (next_stop.line, next_stop.message) > (at.line, "")
                and next_stop.line > at.line
            ):
                further.append(text)
        if len(further) != 1:
            return None
        source = further[0]
    return None


def _is_output(source: str) -> bool:
    """Whether it holds nothing but values: what was printed somewhere, pasted into a cell."""
    tree = parse_cell(source)
    return (
        tree is not None
        and all(isinstance(statement, ast.Expr) for statement in tree.body)
        and not any(isinstance(node, (ast.Name, ast.JoinedStr)) for node in ast.walk(tree))
    )


_UNSEEN = re.compile(r"%(?:run|pylab|load|store|capture|sql)\b|\bexec\(|globals\(\)|<<")
"""What may bring names that no cell writes out."""


def unknown_names(case: Case, source: str, *, in_functions: bool = False) -> set[str]:
    """Names that running *source* would ask for and that nothing in the notebook makes: it is no program of Python's.

    ``name: demo`` and ``result = compute(`` can be made to parse, which is not to say that anybody meant that.
    """
    from .well_known import known_names

    flows = [flow for _, flow in case.flows()]
    if any(flow.stars for flow in flows) or any(_UNSEEN.search(cell) for cell in case.cells):
        return set()
    if any(not flow.parsed and plain_python(case.cells[index]) is not None for index, flow in case.flows()):
        return set()
    tree = parse_cell(source)
    if tree is None:
        return set()
    flow = cell_flow(source) if in_functions else immediate_flow(source)
    made = set().union(flow.defines, *(one.defines | one.changes for one in flows))
    if flow.stars:
        return set()
    return {name for name in flow.uses - made if not name.startswith("_") and name not in known_names()}


def _one_program(sources: list[str]) -> bool:
    programs = {ast.dump(ast.parse(plain_python(source) or "")) for source in sources}
    return len(programs) == 1


def code_only(line: str) -> str:
    """A line with the contents of its strings and its comment blanked, the length kept."""
    result: list[str] = []
    quote = ""
    index = 0
    while index < len(line):
        character = line[index]
        if quote:
            if character == "\\":
                result.append("  "[: min(2, len(line) - index)])
                index += 2
                continue
            if line.startswith(quote, index):
                result.append(quote)
                index += len(quote)
                quote = ""
                continue
            result.append(" ")
        elif character in "'\"":
            quote = line[index : index + 3] if line[index : index + 3] in ("'''", '"""') else character
            result.append(quote)
            index += len(quote)
            continue
        elif character == "#":
            result.append(" " * (len(line) - index))
            break
        else:
            result.append(character)
        index += 1
    return "".join(result)


def tokens(line: str) -> list[tokenize.TokenInfo]:
    """The tokens of one line, as far as they can be read."""
    found: list[tokenize.TokenInfo] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            found.append(token)
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass
    return found
