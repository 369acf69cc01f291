"""Keyword arguments, and their values, that were removed or renamed, with a known one-to-one replacement."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re
from typing import Any

from ..case import Case, Fix, Replacement
from .api_table import api
from .reasons import because

_KEYWORD = re.compile(
    r"(?:unexpected keyword argument|no property) '(\w+)'|keyword (grid_b) is not recognized|argument: '(x|y|text)'|values for keyword argument '(bottom)'"
)
_PARAMETER = re.compile(r"The '(\w+)' parameter of (\w+) must be .*Got '([^']*)' instead", re.S)


@because("A newer version of the library has removed or renamed this argument.")
def removed_keyword(case: Case) -> Fix | None:
    """``plt.hist(normed=True)``, ``OneHotEncoder(sparse=False)``: a keyword that has another name now, or none."""
    found = _KEYWORD.search(case.evalue)
    if not found or case.place is None:
        return None
    said = next(group for group in found.groups() if group)
    keyword = {"grid_b": "b", "x": "left", "text": "s", "y": "bottom"}.get(said, said)
    for call in case.statement_nodes(ast.Call):
        callee = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        new = api("keywords").get(f"{callee}:{keyword}")
        given = [part for part in call.keywords if part.arg == keyword]
        if new is None or not given:
            continue
        replacement = _keyword(case, call, given[0], new)
        if replacement:
            return case.replace([replacement])
    return None


def _keyword(case: Case, call: ast.Call, given: ast.keyword, new: Any) -> Replacement | None:
    if isinstance(new, dict):
        value = new["values"].get(case.text(given.value))
        if value is None:
            return None
        if value == "":
            return without_argument(case, call, given)
        return Replacement(*case.span(given), f"{new['keyword']}={value}")
    if new == "":
        return without_argument(case, call, given)
    if any(part.arg == new for part in call.keywords):
        return None
    start, _ = case.span(given)
    return Replacement(start, start + len(given.arg or ""), new)


def without_argument(case: Case, call: ast.Call, given: ast.AST) -> Replacement:
    """An argument taken away together with its comma."""
    source = case.cells[case.place.cell if case.place else case.failing]
    start, end = case.span(given)
    before = source[:start].rstrip()
    if before.endswith(","):
        return Replacement(len(before) - 1, end, "")
    after = re.match(r"\s*,\s*", source[end:])
    return Replacement(start, end + (after.end() if after else 0), "")


@because("A newer version of the library has removed or renamed this value.")
def removed_value(case: Case) -> Fix | None:
    """Style, colour map, frequency and parameter names: the text of a literal changes."""
    mapped = _new_value(case)
    if mapped is None:
        return None
    old, new, callee = mapped
    nodes = [node for node in case.statement_nodes(ast.Constant) if node.value == old and isinstance(node.value, str)]
    if not nodes and callee:
        return _where_made(case, callee, old, new)
    if not nodes or case.place is None:
        return None
    return case.replace([_literal(case, node, new) for node in nodes])


def _literal(case: Case, node: ast.AST, new: Any, index: int | None = None) -> Replacement:
    text = case.text(node, index)
    if isinstance(new, str):
        quote = text[-1]
        return Replacement(*case.span(node, index), f"{quote}{new}{quote}")
    return Replacement(*case.span(node, index), repr(new))


def _new_value(case: Case) -> tuple[str, Any, tuple[str, str] | None] | None:
    evalue = case.evalue
    parameter = _PARAMETER.search(evalue)
    if parameter:
        name, owner, old = parameter.groups()
        for key in (f"{owner}:{name}:{old}", f"*:{name}:{old}"):
            if key in api("parameters"):
                return old, api("parameters")[key], (owner, name)
        if name == "scoring" and old in api("scorings"):
            return old, api("scorings")[old], (owner, name)
        return None
    style = re.match(r"'([\w-]+)' is not a valid package style", evalue)
    if style:
        new = api("values").get("use", {}).get(style.group(1))
        return (style.group(1), new, None) if new else None
    cmap = re.match(r"'(\w+)' is not a valid value for (?:cmap|name)", evalue) or re.match(
        r"Colormap (\w+) is not recognized", evalue
    )
    if cmap:
        new = api("values").get("cmap", {}).get(cmap.group(1))
        return (cmap.group(1), new, None) if new else None
    frequency = re.match(r"Invalid frequency: (-?\d*)([A-Z]+)((?:-[A-Z]+)?)\b", evalue)
    if frequency:
        count, unit, anchor = frequency.groups()
        new = api("frequencies").get(unit)
        return (count + unit + anchor, count + new + anchor, None) if new else None
    scoring = re.search(r"'(\w+)' is not a valid scoring value", evalue) or re.search(r"Got '(\w+)' instead", evalue)
    if scoring and "scoring" in evalue:
        new = api("scorings").get(scoring.group(1))
        return (scoring.group(1), new, None) if new else None
    return None


def _where_made(case: Case, made: tuple[str, str], old: str, new: Any) -> Fix | None:
    """The estimator was made in a line or cell above the one that fails."""
    owner, name = made
    places = []
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if (
                isinstance(node, ast.Call)
                and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == owner
            ):
                places += [
                    (index, part.value)
                    for part in node.keywords
                    if part.arg == name and isinstance(part.value, ast.Constant) and part.value.value == old
                ]
    if not places or len({index for index, _ in places}) != 1:
        return None
    index = places[0][0]
    return case.replace([_literal(case, node, new, index) for _, node in places], index)
