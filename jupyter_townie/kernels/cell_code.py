"""A cell's code as Python alone would read it."""

from __future__ import annotations

import ast
import re
import warnings

_CELL_MAGIC = re.compile(r"^%%(\w+)")
_PYTHON_MAGICS = frozenset(
    {"time", "timeit", "capture", "prun", "memray_flamegraph", "mprun", "heat", "px", "townie_run"}
)
_LINE_MAGIC = re.compile(r"^(\s*)(?:%{1,2}\w|!(?!=)|\?{1,2}\w)")
_HELP = re.compile(r"^(\s*)[\w.%*]+\?{1,2}\s*$")
_TARGET = r"[\w.]+(?:\[[^\[\]=]*\])*"
_ASSIGNED = re.compile(rf"^(\s*{_TARGET}(?:\s*,\s*{_TARGET})*\s*=\s*)([!%])(.*)$")
_AUTOMAGIC = re.compile(r"^(?:pip|conda|cd|ls|pwd|matplotlib|load_ext|mkdir|cat|rm|cp|mv) +[\w~./\-][^=(]*$")


def plain_python(source: str) -> str | None:
    """*source* with IPython's own syntax replaced so that it parses: lines and columns of all other code stay.

    None when the cell is not Python at all (``%%bash`` and its like).
    """
    lines = source.split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return source
    magic = _CELL_MAGIC.match(lines[first])
    if magic:
        if magic.group(1) not in _PYTHON_MAGICS:
            return None
        lines[first] = ""
    if "%" not in source and "!" not in source and "?" not in source and not _AUTOMAGIC.match(lines[first]):
        return source
    inside = False
    for index, line in enumerate(lines):
        if not inside:
            found = _LINE_MAGIC.match(line) or _HELP.match(line)
            if found:
                # A magic that goes on in the next lines ends with a backslash.
                inside_magic = line.rstrip().endswith("\\")
                lines[index] = f"{found.group(1)}pass"
                following = index + 1
                while inside_magic and following < len(lines):
                    inside_magic = lines[following].rstrip().endswith("\\")
                    lines[following] = ""
                    following += 1
                continue
            if _AUTOMAGIC.match(line):
                lines[index] = "pass"
                continue
            assigned = _ASSIGNED.match(line)
            if assigned and not assigned.group(3).startswith("="):
                lines[index] = f"{assigned.group(1)}None"
                continue
        if line.count('"""') % 2 or line.count("'''") % 2:
            inside = not inside
    return "\n".join(lines)


def parse_cell(source: str) -> ast.Module | None:
    """The syntax tree of a cell; None when it is not (correct) Python."""
    text = plain_python(source)
    if text is None:
        return None
    return parsed(text)


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of *text*, without the compiler's warnings; None when it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
