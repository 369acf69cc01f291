"""Asking a failed kernel about its failure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Sequence
from typing import Any

from ..kernels import questions
from ..kernels.cell_code import parse_cell
from ..kernels.dataflow import cell_flow
from .case import digest
from .traceback import parse_traceback

SECONDS = 1.0
"""How long a kernel may take to answer; a busy one does not, and the rules go on without it."""
MOST_CELLS = 500
_EXPRESSION = "townie_postmortem"


def expressions(request: dict[str, Any]) -> dict[str, str]:
    """The ``user_expressions`` of a silent execute request, whose code is empty, that put *request* to the kernel."""
    return {_EXPRESSION: questions.expression("postmortem", "inspect_failure", json.dumps(request))}


def answer(reply: dict[str, Any]) -> dict[str, Any] | None:
    """The kernel's answer out of the content of its ``execute_reply``; None when it gave none."""
    found = questions.answer(reply, _EXPRESSION)
    return found if isinstance(found, dict) else None


def question(cells: Sequence[str], failing: int, error: dict[str, Any]) -> dict[str, Any]:
    """The request that fits a failure: the expressions of the failing cell and of the frames' lines."""
    evalue = str(error.get("evalue") or "")
    wants: dict[str, None] = {}
    lines = {
        frame.source for frame in parse_traceback(error.get("traceback") or []).frames if frame.user and frame.source
    }
    for index in [failing, *range(len(cells))]:
        source = cells[index]
        if index == failing or any(line and line in source for line in lines):
            wants.update(_paths(source, lines if len(source) > 2_000 else None))
        if len(wants) > 60:
            break
    missing = re.match(r"name '([A-Z]\w*)' is not defined", evalue)
    if missing:
        # Whether what differs by its case alone has what is asked of the missing name.
        wants = dict.fromkeys([missing[1].lower(), missing[1][0].lower() + missing[1][1:], *wants])
    refused = re.match(r"(DataFrame|Series|NDFrame)\.(\w+)\(\) got an unexpected keyword argument", evalue)
    if refused:
        # The table may be the result of another call, which has no name to be asked by.
        owner = refused[1].replace("NDFrame", "DataFrame")
        wants.update({f"{name}.{owner}.{refused[2]}": None for name in _pandas(cells)})
    module = evalue.split("'")[1].split(".")[0] if evalue.startswith("No module named '") else None
    digests = [digest(source) for source in cells] if len(cells) <= MOST_CELLS else []
    return {
        "ename": error.get("ename"),
        "evalue": evalue[:200],
        "wants": list(wants)[-60:] if refused else list(wants)[:60],
        "modules": ([module] if module else []) + _modules(evalue, cells),
        "digests": digests,
        "members": _members(evalue),
        "values": False,
    }


def _pandas(cells: Sequence[str]) -> list[str]:
    found = (re.search(r"(?m)^\s*import pandas as (\w+)", source) for source in cells)
    return list(dict.fromkeys(hit.group(1) for hit in found if hit))[:1]


def _members(evalue: str) -> list[str]:
    """The methods that may have taken the place of the missing one: the kernel tells what arguments they take."""
    from .rules.api_table import api

    missing = re.search(r"has no attribute '(\w+)'", evalue)
    if missing is None:
        return []
    new = {name for old, name in api("methods").items() if old.rpartition(".")[2] == missing.group(1)}
    return sorted(name for name in new if name.isidentifier())


def _paths(source: str, lines: set[str] | None) -> dict[str, None]:
    tree = parse_cell(source)
    found: dict[str, None] = {}
    if tree is None:
        return found
    texts = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, (ast.Attribute, ast.Name, ast.Subscript)):
            if lines is not None and texts[node.lineno - 1].strip() not in lines:
                continue
            path = dotted(node) if not isinstance(node, ast.Subscript) else _with_items(node, source)
            if path:
                found[path] = None
    return found


def _with_items(node: ast.Subscript, source: str) -> str | None:
    """``a[0]['b']`` when all its items are literals."""
    inner: ast.expr = node
    while isinstance(inner, (ast.Subscript, ast.Attribute)):
        if isinstance(inner, ast.Subscript) and not isinstance(inner.slice, ast.Constant):
            return None
        inner = inner.value
    return ast.get_source_segment(source, node) if isinstance(inner, ast.Name) else None


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` when the expression is only that."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def _modules(evalue: str, cells: Sequence[str]) -> list[str]:
    """Modules that may have to be there: what the missing name is imported from, and what the cells import."""
    from .rules.misspelt_import import popular_near
    from .rules.runnable import asked_modules
    from .rules.well_known import statements_for

    found = []
    if evalue.startswith("name '"):
        found = [statement.split()[1].split(".")[0] for statement in statements_for(evalue.split("'")[1])]
    missing = re.match(r"No module named '(\w+)'", evalue)
    found += [near for near in [popular_near(missing[1])] if near] if missing else []
    found += asked_modules([cell_flow(source).imports for source in cells[:MOST_CELLS]])
    return list(dict.fromkeys(found))[:60]


def inspect_kernel(connection_file: str, request: dict[str, Any]) -> dict[str, Any] | None:
    """Put *request* to the kernel of a connection file, silently; None when it does not answer in time."""
    from ..kernels.blocking import ask

    reply = ask(connection_file, expressions(request), SECONDS)
    return None if reply is None else answer(reply)
