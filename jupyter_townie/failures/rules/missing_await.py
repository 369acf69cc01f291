"""A coroutine that was never awaited."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_COROUTINE = re.compile(r"'(?:coroutine|async_generator)'")
_RUNNING = re.compile(
    r"asyncio\.run\(\) cannot be called from a running event loop|This event loop is already running|Cannot run the event loop while another loop is running"
)


@because("This is a coroutine: it does nothing until it is awaited.")
def missing_await(case: Case) -> Fix | None:
    if not _COROUTINE.search(case.evalue) or case.place is None:
        return None
    functions = _async_functions(case)
    if "'async_generator' object is not iterable" in case.evalue:
        return _async_for(case)
    if not functions:
        return None
    calls = _not_awaited(case, case.place.cell, functions)
    on_line = [call for call in calls if call.lineno <= case.place.line <= (call.end_lineno or 0)]
    if len(on_line) == 1 and _may_await(case, case.place.cell, on_line[0]):
        return _awaited(case, case.place.cell, on_line[0])
    # The call stands where the value was made: in this cell above, or in another cell.
    names = {node.id for node in case.statement_nodes(ast.Name)}
    places = []
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if isinstance(node, ast.Assign) and any(getattr(target, "id", "") in names for target in node.targets):
                places += [
                    (index, call)
                    for call in _not_awaited(case, index, functions)
                    if call is node.value or _same(call, node.value)
                ]
    if len(places) != 1 or not _may_await(case, *places[0]):
        return None
    return _awaited(case, *places[0])


def _same(call: ast.Call, value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and (call.lineno, call.col_offset) == (value.lineno, value.col_offset)


def _async_functions(case: Case) -> set[str]:
    return {
        node.name
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.AsyncFunctionDef)
    } | {"sleep"}


def _not_awaited(case: Case, index: int, functions: set[str]) -> list[ast.Call]:
    tree = case.tree(index) or ast.Module([], [])
    awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in awaited:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in functions and (name != "sleep" or case.text(node.func, index) == "asyncio.sleep"):
                found.append(node)
    return found


def _may_await(case: Case, index: int, call: ast.Call) -> bool:
    """At the top level of a cell, or directly in an async function; not in a plain function or a lambda."""
    for node in ast.walk(case.tree(index) or ast.Module([], [])):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and node.lineno <= call.lineno <= (node.end_lineno or 0):
            return False
    return True


def _awaited(case: Case, index: int, call: ast.Call) -> Fix | None:
    start, end = case.span(call, index)
    source = case.cells[index]
    following = source[end : end + 1]
    before = source[:start].rstrip()[-1:]
    text = f"await {source[start:end]}"
    if following in (".", "[", "(") or before in ("+", "-", "*", "/", "%") or re.match(r"\s*[-+*/%]", source[end:]):
        text = f"({text})"
    return case.replace([Replacement(start, end, text)], index)


def _async_for(case: Case) -> Fix | None:
    assert case.place is not None
    loops = [node for node in case.statement_nodes(ast.For) if node.lineno == case.place.line]
    if len(loops) != 1:
        return None
    start, _ = case.span(loops[0])
    return case.replace([Replacement(start, start, "async ")])


@because("A notebook has a running event loop already, so a coroutine is awaited directly.")
def running_loop(case: Case) -> Fix | None:
    """``asyncio.run(main())`` in a notebook, whose own loop is running: ``await main()``."""
    if not _RUNNING.search(case.evalue) or case.place is None:
        return None
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("run", "run_until_complete")
        and len(call.args) == 1
    ]
    if len(calls) != 1 or calls[0].keywords or not _may_await(case, case.place.cell, calls[0]):
        return None
    call = calls[0]
    return case.replace([Replacement(*case.span(call), f"await {case.text(call.args[0])}")])


@because("This object is entered with `async with`.")
def async_context(case: Case) -> Fix | None:
    """``with`` on an object that only has ``__aenter__``."""
    if not re.search(
        r"object does not support the context manager protocol \(missed __exit__ method\)\. Did you mean to use 'async with'|__enter__$",
        case.evalue,
    ):
        return None
    if "async with" not in case.evalue or case.place is None:
        return None
    blocks = [node for node in case.statement_nodes(ast.With) if node.lineno <= case.place.line]
    if not blocks or not case.failing_tree:
        return None
    start, _ = case.span(blocks[0])
    return case.replace([Replacement(start, start, "async ")])


@because("What awaits is a coroutine itself, and is defined with `async def`.")
def async_definition(case: Case) -> Fix | None:
    """``await`` in a plain function that is awaited itself, wherever it is called."""
    if "'await' outside async function" not in case.evalue:
        return None
    functions = [
        function
        for function in ast.walk(case.tree(case.failing) or ast.Module([], []))
        if isinstance(function, ast.FunctionDef) and any(isinstance(node, ast.Await) for node in ast.walk(function))
    ]
    if len(functions) != 1:
        return None
    name = functions[0].name
    calls = [re.search(rf"(?<!def )\b{name}\(", source) for source in case.cells]
    if not any(calls) or any(_not_awaited(case, index, {name}) for index in range(len(case.cells))):
        return None
    start = case.span(functions[0], case.failing)[0]
    return case.replace([Replacement(start, start, "async ")], case.failing)
