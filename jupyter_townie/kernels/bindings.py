"""The names that a piece of code binds in its own scope: all of them, and those that it binds for certain."""

from __future__ import annotations

import ast

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_TRY = (ast.Try, getattr(ast, "TryStar", ast.Try))


def bound(body: list[ast.stmt]) -> set[str]:
    """Names that *body* binds in its own scope."""
    found: set[str] = set()
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            continue
        if isinstance(node, (ast.Lambda, *_COMPREHENSIONS)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            found.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif (isinstance(node, ast.ExceptHandler) and node.name) or (
            isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name
        ):
            found.add(node.name)
        todo.extend(ast.iter_child_nodes(node))
    return found


def certain(body: list[ast.stmt]) -> set[str]:
    """Names that *body* binds whichever way its conditions turn out; a loop is taken to run, a ``try`` to succeed."""
    found: set[str] = set()
    for statement in body:
        if isinstance(statement, ast.If) and not _always(statement.test):
            found |= bound([ast.Expr(statement.test)]) | (certain(statement.body) & certain(statement.orelse))
        elif isinstance(statement, ast.Match):
            if any(_takes_all(case) for case in statement.cases):
                found |= set.intersection(*(certain(case.body) for case in statement.cases))
        elif isinstance(statement, _TRY):
            found |= certain([*statement.body, *statement.orelse, *statement.finalbody])
        elif isinstance(statement, (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.If)):
            inner = [part for part in ast.iter_child_nodes(statement) if not isinstance(part, ast.stmt)]
            found |= bound([ast.Expr(part) if isinstance(part, ast.expr) else part for part in inner])  # type: ignore[misc]
            found |= certain([*statement.body, *getattr(statement, "orelse", [])])
        else:
            found |= bound([statement])
    return found


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None


def _always(test: ast.expr) -> bool:
    """`if True`, `if __name__ == "__main__"` and `if "x" not in globals()`, which asks whether it has been run."""
    return (
        (isinstance(test, ast.Constant) and bool(test.value))
        or "__name__" in ast.unparse(test)
        or bool(isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.NotIn))
    )
