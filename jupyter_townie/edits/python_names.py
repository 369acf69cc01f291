"""What a Python text defines and uses, and whether it is one."""

from __future__ import annotations

import ast

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def names_left_undefined(lines: list[str], old: list[str], *, functions_alone: bool) -> list[str]:
    """Names that the Python text used to define, and that the new one uses without defining them.

    A cell may well take a variable from another one; with ``functions_alone`` only functions and classes count.
    """
    new_tree, old_tree = (_python_tree("\n".join(side)) for side in (lines, old))
    if new_tree is None or old_tree is None:
        return []
    before = _function_names(old_tree) if functions_alone else _defined_names(old_tree)
    return sorted((_read_names(new_tree) - _defined_names(new_tree)) & before)


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
