"""Text and a number joined with ``+``, where it is clear that text is meant."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import itertools
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_MESSAGE = re.compile(
    r"can only concatenate str \(not \"([\w.]+)\"\) to str|unsupported operand type\(s\) for \+: '([\w.]+)' and 'str'|must be str, not (\w+)"
    r"|ufunc 'add' did not contain a loop"
)
_NUMBERS = frozenset(
    {
        "int",
        "float",
        "bool",
        "numpy.float64",
        "numpy.int64",
        "numpy.int32",
        "numpy.float32",
        "Timestamp",
        "datetime.date",
        "datetime.datetime",
        "list",
        "tuple",
        "dict",
        "decimal.Decimal",
        "datetime.timedelta",
        "Timedelta",
        "numpy.bool_",
        "numpy.bool",
    }
)


@because("Text and a number do not add up; the number has to become text first.")
def text_and_number(case: Case) -> Fix | None:
    found = _MESSAGE.search(case.evalue)
    if not found:
        return None
    kind = next((group for group in found.groups() if group), None)
    if kind not in _NUMBERS:
        return None
    if kind in _MANY and not _is_shown(case):
        return None
    inner = case.nodes(ast.BinOp)
    chains = [node for node in case.statement_nodes(ast.BinOp) if isinstance(node.op, ast.Add)]
    if not chains or not inner:
        return None
    parts = _longest_chain(chains, inner)
    if not parts:
        return None
    # Only words make it clear: of `age + '1'`, the text may be the mistake.
    words = [part for part in parts if _is_text(part) and re.search(r"[^\W\d_]{2}|[$€£%:=(]|\s", _literal(part))]
    if not words or any(isinstance(part, (ast.List, ast.Dict)) for part in parts):
        return None
    replacements = []
    others = [not (_is_text(part) or _gives_text(case, part) or _kind(case, part) == "str") for part in parts]
    if any(one and other for one, other in itertools.pairwise(others)):
        return None  # of `'Sum: ' + a + b`, the sum of the two may be meant
    for part in parts:
        if _is_text(part) or _gives_text(case, part):
            continue
        known = _kind(case, part)
        if known == "str":
            continue
        if known is None and not _only_unknown(case, parts):
            known = "number" if _arithmetic(part) else None
        if known is None and not _only_unknown(case, parts):
            return None
        if (kind == "float" and isinstance(part, (ast.Subscript, ast.Attribute))) or _from_data(case, part, kind):
            return None  # where text was expected, it may be the NaN of a missing value
        start, end = case.span(part)
        text = case.text(part)
        replacements.append(Replacement(start, end, f"str{text}" if _wrapped(text) else f"str({text})"))
    return case.replace(replacements) if replacements else None


_MANY = frozenset({"list", "tuple", "dict", "set"})


def _is_shown(case: Case) -> bool:
    """Whether the text is printed or logged: then a list is only shown, and not joined."""
    return any(
        (call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", ""))
        in ("print", "display", "info", "warning", "error", "debug", "write", "exception", "ValueError", "Exception")
        for call in case.statement_nodes(ast.Call)
    )


def _from_data(case: Case, node: ast.expr, kind: str) -> bool:
    """Whether a float comes out of a loop over something."""
    if kind != "float" or not isinstance(node, ast.Name):
        return False
    loops = [
        part.target
        for part in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(part, (ast.For, ast.comprehension))
        and not (isinstance(part.iter, ast.Call) and getattr(part.iter.func, "id", "") in ("range", "enumerate", "zip"))
        and not isinstance(part.iter, (ast.List, ast.Tuple))
    ]
    return any(isinstance(name, ast.Name) and name.id == node.id for one in loops for name in ast.walk(one))


def _longest_chain(chains: list[ast.BinOp], inner: list[ast.BinOp]) -> list[ast.expr]:
    wanted = {id(node) for node in inner}
    best: list[ast.expr] = []
    for chain in chains:
        parts, nodes = _flatten(chain)
        if wanted & nodes and len(parts) > len(best):
            best = parts
    return best


def _flatten(node: ast.expr) -> tuple[list[ast.expr], set[int]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, nodes = _flatten(node.left)
        return [*left, node.right], {*nodes, id(node)}
    return [node], set()


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "text" if isinstance(node, ast.JoinedStr) else ""


def _gives_text(case: Case, node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Mult)):
        return _is_text(node.left)
    if not isinstance(node, ast.Call):
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return called in (
        "str",
        "repr",
        "format",
        "join",
        "strip",
        "upper",
        "lower",
        "title",
        "strftime",
        "input",
        "replace",
        "chr",
        "hex",
    )


def _kind(case: Case, node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    if isinstance(node, (ast.Name, ast.Attribute)):
        known = case.object(case.text(node))
        return known["type"] if known else case.names.get(case.text(node)) or None
    if isinstance(node, ast.Subscript):
        item = case.object(case.text(node)) or {}
        # Of other items it is not clear that they should be text: a float may be the NaN of a missing value.
        return item["type"] if item.get("type") in ("str", "int") else None
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("len", "int", "float", "sum", "round", "abs", "max", "min")
    ):
        return "int"
    return None


def _arithmetic(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.Sub, ast.Pow, ast.FloorDiv))


def _only_unknown(case: Case, parts: list[ast.expr]) -> bool:
    """Whether one part alone can be what is not text."""
    return (
        len(
            [
                part
                for part in parts
                if not _is_text(part) and not _gives_text(case, part) and _kind(case, part) != "str"
            ]
        )
        == 1
    )


def _wrapped(text: str) -> bool:
    return text.startswith("(") and text.endswith(")") and text.count("(") == 1


@because("A file takes text; the number has to become text first.")
def written_number(case: Case) -> Fix | None:
    """``file.write(3)``."""
    if not re.search(r"write\(\) argument must be str, not (?:int|float|numpy\.(?:int|float)\d+)$", case.evalue):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "write" and len(call.args) == 1
    ]
    if len(calls) != 1 or "str" in case.names:
        return None
    number = calls[0].args[0]
    return case.replace([Replacement(*case.span(number), f"str({case.text(number)})")])
