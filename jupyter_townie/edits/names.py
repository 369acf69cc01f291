"""What a text defines and uses, and whether it is Python."""

from __future__ import annotations

import ast
import re

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DEFINES = frozenset(
    (
        "def", "class", "async", "function", "export", "const", "let", "var", "interface", "type", "struct", "fn",
        "func", "pub", "impl", "enum", "public", "private", "package",
    )
)  # fmt: skip
_FUNCTION = re.compile(
    r"(?:(?:export|default|async|pub|static) {1,3}){0,3}(?:function|fn|func)\*? {1,3}([A-Za-z_$][\w$]{0,99})"
)
_BETWEEN_NAMES = re.compile(r"[,{}]")
_MENTION = re.compile(
    r"(\.|\b(?:class|const|let|var|type|interface|enum|function) {1,3}|)(?<![\w$])([A-Za-z_$][\w$]*)([(:]?)"
)


def names_left_undefined(lines: list[str], old: list[str], *, functions_alone: bool) -> list[str]:
    """Names that the text used to define, and that the new one uses without defining them.

    A cell may well take a variable from another one; with ``functions_alone`` only functions and classes count.
    In other languages these are those of `script_names_left_undefined`.
    """
    new_tree, old_tree = (_python_tree("\n".join(side)) for side in (lines, old))
    if old_tree is None:
        return script_names_left_undefined(lines, old)
    if new_tree is None:
        return []
    before = _function_names(old_tree) if functions_alone else _defined_names(old_tree)
    return sorted((_read_names(new_tree) - _defined_names(new_tree)) & before)


def script_names_left_undefined(lines: list[str], old: list[str]) -> list[str]:
    """Names of a text in another language than Python that the new one uses without having them.

    These are functions that it calls, and mentions in no other way, as an import would, and what is imported by an
    ES module and begins with a capital, which nobody calls a parameter.
    """
    functions = _functions(old)
    functions = functions - _functions(lines) if functions else functions
    imported = _imported(old)
    imported = imported - _imported(lines) if imported else imported
    if not functions and not imported:
        return []
    used: set[str] = set()
    known: set[str] = set()
    for word, name, sign in _MENTION.findall("\n".join(lines)):
        if name in functions:
            (used if sign == "(" and not word else known).add(name)
        elif name in imported:
            if word and word != ".":
                known.add(name)
            elif not word and sign != ":":
                used.add(name)
    return sorted(used - known)


def _functions(lines: list[str]) -> set[str]:
    return {match[1] for line in lines if "fn" in line or "func" in line if (match := _FUNCTION.match(line))}


def _imported(lines: list[str]) -> set[str]:
    """What begins with a capital among the names that the imports of an ES module bring."""
    names: set[str] = set()
    clause: list[str] | None = None
    for line in lines:
        if line.startswith("import "):
            clause = [line[7:]]
        elif clause is not None:
            clause.append(line)
        if clause is not None and ("'" in line or '"' in line):
            bound, _, module = " ".join(clause).rpartition(" from ")
            if module[:1] in ("'", '"'):
                parts = [part.split() for part in _BETWEEN_NAMES.split(bound)]
                names.update(words[-1] for words in parts if words and words[-1][0].isupper())
            clause = None
    return names


def declared(lines: list[str]) -> set[str]:
    """What is defined at the left margin, by its first words."""
    names = set()
    for line in lines:
        words = line.split("(")[0].split(":")[0].split("=")[0].split()
        if line[:1].isalpha() and len(words) >= 2 and words[0] in _DEFINES:
            names.add(" ".join(words[:3]))
    return names


def _function_names(tree: ast.AST) -> set[str]:
    return {node.name for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)}


def _defined_names(tree: ast.AST) -> set[str]:
    names = _function_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


def _read_names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _python_tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text) if len(text) < 100_000 else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def python_error(text: str) -> SyntaxError | None:
    """What keeps a text from being Python; None also where that cannot be told."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return None
    return None
