"""Methods that other languages (or other types) have under another name: ``list.push``, ``str.trim``."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because

_NO_ATTRIBUTE = re.compile(r"'(\w+)' object has no attribute '(\w+)'")
_RENAMED: dict[str, dict[str, str | None]] = {
    "list": {"push": "append", "add": "append", "push_back": "append", "contains": None},
    "set": {"append": "add", "push": "add", "delete": "discard"},
    "str": {
        "trim": "strip",
        "toLowerCase": "lower",
        "toUpperCase": "upper",
        "to_lower": "lower",
        "to_upper": "upper",
        "lowercase": "lower",
        "uppercase": "upper",
        "startsWith": "startswith",
        "endsWith": "endswith",
        "starts_with": "startswith",
        "ends_with": "endswith",
        "toUpper": "upper",
        "toLower": "lower",
        "toupper": "upper",
        "tolower": "lower",
        "indexOf": "find",
        "replaceAll": "replace",
        "replace_all": "replace",
        "trimStart": "lstrip",
        "trimEnd": "rstrip",
    },
    "dict": {"iteritems": "items", "itervalues": "values", "iterkeys": "keys", "entries": "items"},
    "ndarray": {"to_list": "tolist", "toList": "tolist"},
    "Tensor": {},
    "DataFrame": {"group_by": "groupby", "sortvalues": "sort_values", "filter_by": None, "nrow": None},
    "Series": {
        "contains": "str.contains",
        "upper": "str.upper",
        "lower": "str.lower",
        "strip": "str.strip",
        "startswith": "str.startswith",
        "endswith": "str.endswith",
        "split": "str.split",
        "len": "str.len",
        "title": "str.title",
        "capitalize": "str.capitalize",
        "tolower": "str.lower",
    },
}
_LENGTHS = {"length", "len", "size"}


@because("Objects of this type have the same under another name.")
def other_method(case: Case) -> Fix | None:
    found = _NO_ATTRIBUTE.search(case.evalue)
    if not found or case.place is None:
        return None
    kind, attribute = found.groups()
    nodes = [node for node in case.nodes(ast.Attribute) if node.attr == attribute]
    calls = {id(call.func): call for call in case.statement_nodes(ast.Call)}
    if kind in ("list", "str", "dict", "tuple", "set") and attribute in _LENGTHS and len(nodes) == 1:
        call = calls.get(id(nodes[0]))
        if call is not None and (call.args or call.keywords):
            return None
        if attribute == "size" and (case.error.get("obj") or {}).get("first") in ("list", "tuple", "ndarray"):
            return None  # of a table, NumPy's size counts all
        if call is None and attribute == "size":
            return None  # NumPy's word: the number of all elements, also of nested lists
        whole = case.span(call if call is not None else nodes[0])
        return case.replace([Replacement(*whole, f"len({case.text(nodes[0].value)})")])
    if kind == "dict" and attribute == "has_key" and nodes:
        return _in_dictionary(case, nodes, calls)
    new = _RENAMED.get(kind, {}).get(attribute)
    if new is None or not nodes or any(id(node) not in calls for node in nodes):
        return None
    if attribute == "add" and len(calls[id(nodes[0])].args) != 1:
        return None
    if kind == "Series" and not _text_series(case):
        return None
    alike = [
        node
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Attribute)
        and node.attr == attribute
        and case.text(node.value) in {case.text(one.value) for one in nodes}
    ]
    return case.replace([Replacement(case.span(node)[1] - len(attribute), case.span(node)[1], new) for node in alike])


def _text_series(case: Case) -> bool:
    known = case.error.get("obj") or {}
    return known.get("type") == "Series" and known.get("dtype") in ("object", "str", "string", "category")


def _in_dictionary(case: Case, nodes: list[ast.Attribute], calls: dict[int, ast.Call]) -> Fix | None:
    replacements = []
    for node in nodes:
        call = calls.get(id(node))
        if call is None or len(call.args) != 1:
            return None
        replacements.append(Replacement(*case.span(call), f"({case.text(call.args[0])} in {case.text(node.value)})"))
    fix = case.replace(replacements)
    if fix is None:
        return None
    for key in ("failing_cell", "source"):
        if key in fix:
            # Parentheses only where something else could be read into it.
            fix[key] = re.sub(r"\b(if|elif|while|assert) \((\S+ in \S+)\)(\s*:)", r"\1 \2\3", fix[key])
    return fix


@because("Text needs no decoding in Python 3.")
def decoded_text(case: Case) -> Fix | None:
    """Text of Python 3 needs no ``.decode()``."""
    if not re.search(r"'str' object has no attribute 'decode'", case.evalue):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call) or case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "decode"
    ]
    if len(calls) != 1 or not all(_is_text_encoding(part) for part in calls[0].args):
        return None
    _, start = case.span(calls[0].func.value)  # type: ignore[attr-defined]
    return case.replace([Replacement(start, case.span(calls[0])[1], "")])


def _is_text_encoding(node: ast.expr) -> bool:
    """Not ``hex`` or ``base64``, which Python 2 had among the encodings."""
    value = node.value if isinstance(node, ast.Constant) else None
    return (
        isinstance(value, str)
        and re.match(r"utf|ascii|latin|iso|cp\d|windows|gb|euc|shift|big5|ignore|replace", value, re.I) is not None
    )


@because("Since Python 3, `next` is a function and no method.")
def next_of_iterator(case: Case) -> Fix | None:
    """``iterator.next()`` is ``next(iterator)`` in Python 3."""
    if not re.search(r"'[\w.]+' object has no attribute 'next'", case.evalue):
        return None
    kind = (case.error.get("obj") or {}).get("attributes")
    calls = [
        call
        for call in case.nodes(ast.Call) or case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "next" and not call.args
    ]
    said = re.search(r"'([\w.]+)' object", case.evalue)
    iterators = (
        "generator",
        "list_iterator",
        "iterator",
        "reader",
        "zip",
        "map",
        "filter",
        "enumerate",
        "file",
        "_io",
        "iter",
        "cycle",
        "count",
    )
    if len(calls) != 1 or not said or not any(part in said.group(1) for part in iterators):
        return None
    del kind
    return case.replace([Replacement(*case.span(calls[0]), f"next({case.text(calls[0].func.value)})")])  # type: ignore[attr-defined]


@because("`json.load` reads a file; `json.loads` reads text.")
def loaded_text(case: Case) -> Fix | None:
    """``json.load(text)``, where the text is JSON and no path: ``json.loads(text)``."""
    if "'str' object has no attribute 'read'" not in case.evalue:
        return None
    calls = [call for call in case.statement_nodes(ast.Call) if full_path(case, call.func) == "json.load"]
    if len(calls) != 1 or len(calls[0].args) != 1 or not _is_json(case, calls[0].args[0]):
        return None
    end = case.span(calls[0].func)[1]
    return case.replace([Replacement(end, end, "s")])


@because("`json.dump` writes into a file; `json.dumps` gives text.")
def dumped_text(case: Case) -> Fix | None:
    """``text = json.dump(records)``, with no file to write to, and its value used: ``json.dumps(records)``."""
    if "dump() missing 1 required positional argument: 'fp'" not in case.evalue:
        return None
    calls = [call for call in case.statement_nodes(ast.Call) if full_path(case, call.func) == "json.dump"]
    if len(calls) != 1 or len(calls[0].args) != 1:
        return None
    if any(isinstance(node, ast.Expr) and node.value is calls[0] for node in ast.walk(case.failing_tree or calls[0])):
        return None  # nothing is done with it: the file is what is missing
    end = case.span(calls[0].func)[1]
    return case.replace([Replacement(end, end, "s")])


def _is_json(case: Case, node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        values = [
            part.value
            for index in range(len(case.cells))
            for part in ast.walk(case.tree(index) or ast.Module([], []))
            if isinstance(part, ast.Assign) and any(getattr(one, "id", "") == node.id for one in part.targets)
        ]
        return len(values) == 1 and not isinstance(values[0], ast.Name) and _is_json(case, values[0])
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.lstrip()[:1] in ("{", "[")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in ("read", "read_text", "dumps", "decode")
    return isinstance(node, ast.Attribute) and node.attr == "text"
