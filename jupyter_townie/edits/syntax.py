"""Whether an edit broke a text that could be parsed before."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Callable

_ASSIGNED_MAGIC = re.compile(r"([ \t]{0,200}[\w.,\[\]'\" \t]{1,200}=[ \t]{0,20})([%!])[^=].{0,10000}$", re.DOTALL)
_HELP = re.compile(r"[ \t]{0,200}\?{0,2}%{0,2}[\w.*]{1,300}\?{0,2};?[ \t]{0,20}$")
_OTHER_LANGUAGE = ("%%python", "%%time", "%%capture", "%%prun", "%%timeit", "%%memit", "%%snakeviz")


def syntax_problem(before: str, after: str, language: str) -> str | None:
    """What is wrong with ``after``, when ``before`` parsed and it does not; else None.

    ``language`` is ``python`` (with IPython magics, ``!shell``, ``?help`` and top-level ``await``), ``json``,
    ``notebook`` (the JSON of an ``.ipynb``) or ``toml`` (from Python 3.11 on); anything else is never judged.
    """
    check = _CHECKS.get(language.lower().strip())
    if check is None or not after.strip():
        return None
    problem = check(after)
    return problem if problem is not None and check(before) is None else None


def _python(text: str) -> str | None:
    first = text.lstrip().split("\n", 1)[0]
    if first.startswith("%%") and not first.startswith(_OTHER_LANGUAGE):
        return None
    try:
        compile(without_magics(text), "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    except SyntaxError as error:
        row = error.lineno or 1
        lines = text.split("\n")
        shown = lines[row - 1].strip() if 0 < row <= len(lines) else ""
        return f"Python cannot parse line {row}: {error.msg}" + (f" ({shown[:120]})" if shown else "")
    except (ValueError, RecursionError, MemoryError) as error:
        return f"Python cannot parse it: {error}"
    return None


def without_magics(text: str) -> str:
    """IPython source as plain Python with the same lines: magics, shell commands and help become ``pass``.

    Only lines that Python could not read are changed, and none within a string, a bracket or after a backslash.
    """
    lines = text.split("\n")
    if not any(char in text for char in "%!?"):
        return text
    out: list[str] = []
    depth = 0
    quote = ""
    joined = False
    shell = False
    for line in lines:
        stripped = line.lstrip()
        if shell or (not depth and not quote and not joined):
            if shell or stripped[:1] in ("%", "!", "?") or (stripped.endswith("?") and _HELP.match(line)):
                out.append(line[: len(line) - len(stripped)] + ("pass" if not shell else ""))
                shell = stripped.rstrip().endswith("\\")
                continue
            match = _ASSIGNED_MAGIC.match(line)
            if match:
                out.append(match[1] + "None")
                shell = line.rstrip().endswith("\\")
                continue
        out.append(line)
        depth, quote = _state_after(line, depth, quote)
        joined = line.endswith("\\") and not quote
    return "\n".join(out)


def _state_after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """The bracket depth, and the triple quote that is open, after a line."""
    n = 0
    while n < len(line):
        char = line[n]
        if quote:
            if char == "\\":
                n += 1
            elif line.startswith(quote, n):
                n += len(quote) - 1
                quote = ""
        elif char == "#":
            break
        elif char in "\"'":
            quote = char * 3 if line.startswith(char * 3, n) else char
            n += len(quote) - 1
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth = max(0, depth - 1)
        n += 1
    if len(quote) == 1 and not line.endswith("\\"):
        quote = ""
    return depth, quote


def _json(text: str) -> str | None:
    try:
        json.loads(text)
    except ValueError as error:
        return f"JSON cannot be parsed: {error}"
    except RecursionError:
        return "JSON cannot be parsed: it is nested too deeply"
    return None


def _notebook(text: str) -> str | None:
    problem = _json(text)
    if problem is not None:
        return problem
    content = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        return "the notebook has no list of cells"
    for number, cell in enumerate(content["cells"], 1):
        if not isinstance(cell, dict) or "cell_type" not in cell or "source" not in cell:
            return f"cell {number} of the notebook has no type or no source"
    if not isinstance(content.get("nbformat"), int):
        return "the notebook has no format number (nbformat)"
    return None


def _toml(text: str) -> str | None:
    try:
        tomllib = importlib.import_module("tomllib")
    except ImportError:
        return None
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except ValueError as error:
        return f"TOML cannot be parsed: {error}"
    return None


_CHECKS: dict[str, Callable[[str], str | None]] = {
    "python": _python,
    "py": _python,
    "ipython": _python,
    "ipython3": _python,
    "python3": _python,
    "json": _json,
    "notebook": _notebook,
    "ipynb": _notebook,
    "toml": _toml,
}
