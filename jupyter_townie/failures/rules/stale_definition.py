"""A function or class was edited, but its cell not run again: the kernel still holds the old one."""

from __future__ import annotations

import ast
import re

from ...kernels.cell_code import plain_python
from ..case import Case, Fix
from .reasons import because
from .run_order import rerun

_SIGNATURE = re.compile(
    r"^(?:[\w.<>]+\.)?(\w+)\(\) (?:got an unexpected keyword|takes (?:from )?\d|missing \d|got multiple)"
)


@because("This was edited in its cell, and that cell has not run since.")
def stale_function(case: Case) -> Fix | None:
    """TypeError about a call: the function's cell now has other parameters than the function that the kernel holds."""
    found = _SIGNATURE.match(case.evalue)
    if not found:
        return None
    name = found.group(1)
    if name == "__init__":
        return _stale_class(case)
    candidates = []
    for index, flow in case.flows():
        if name not in flow.defines and not any(name in members for members in flow.members.values()):
            continue
        if case.status(index) == "error" or case.was_run(index) is not False:
            continue
        tree = case.tree(index)
        definitions = [
            node
            for node in ast.walk(tree or ast.Module([], []))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
        ]
        if len(definitions) != 1 or case.place is None:
            continue
        calls = [node for node in case.statement_nodes(ast.Call) if _called(node) == name]
        if calls and all(_accepts(definitions[0], call) for call in calls):
            candidates.append(index)
    if len(candidates) != 1 or any(name in flow.defines for index, flow in case.flows() if index != candidates[0]):
        return None  # another cell has a function of that name, too
    return rerun(case, candidates)


@because("This was edited in its cell, and that cell has not run since.", "likely")
def stale_code(case: Case) -> Fix | None:
    """The line that failed is in no cell any more: its function was edited, and the kernel holds the old one."""
    frames = [frame for frame in case.error.get("frames") or [] if frame.get("user")]
    frame = frames[-1] if frames else {}
    name, ran = frame.get("function", ""), frame.get("source")
    if not name.isidentifier() or not ran or any(cell.strip() == ran.strip() for cell in case.cells):
        return None
    lines = ran.split("\n")
    failed = lines[frame["line"] - 1].strip() if 0 < frame["line"] <= len(lines) else ""
    found = _edited(case, name)
    if not failed or found is None:
        return None
    index, definition = found
    now = (ast.get_source_segment(plain_python(case.cells[index]) or "", definition) or "").split("\n")
    return rerun(case, [index]) if failed not in [line.strip() for line in now] else None


@because("This was edited in its cell, and that cell has not run since.")
def stale_result(case: Case) -> Fix | None:
    """``a, b = f(x)``, where the function gives two things as it stands now, and did not yet when it was run."""
    if not re.search(r"cannot unpack non-iterable|values to unpack", case.evalue):
        return None
    for node in case.statement_nodes(ast.Assign):
        target, value = node.targets[0], node.value
        if not isinstance(target, ast.Tuple) or not isinstance(value, ast.Call):
            continue
        found = _edited(case, _called(value))
        given = [part.value for part in ast.walk(found[1]) if isinstance(part, ast.Return)] if found else []
        if found and given and all(isinstance(one, ast.Tuple) and len(one.elts) == len(target.elts) for one in given):
            return rerun(case, [found[0]])
    return None


@because("This was edited in its cell, and that cell has not run since.", "possible")
def stale_value(case: Case) -> Fix | None:
    """What the failing statement reads comes from cells that were edited since they ran, and from no other.

    What the kernel still holds of the old source is not known here: whether the new one helps is to be tried.
    """
    failing, place = case.flow(case.failing), case.place
    read = set(failing.uses)
    if place is not None and place.cell == case.failing:
        read &= {node.id for node in case.statement_nodes(ast.Name)}
    read -= failing.defines | failing.changes
    edited = {
        index: flow.defines & read
        for index, flow in case.flows()
        if flow.defines & read and case.status(index) == "ok" and case.was_run(index) is False
    }
    if not edited or max(edited) > case.failing:
        return None
    writers = [flow.defines | flow.changes for _, flow in case.flows()]
    if any(sum(name in written for written in writers) > 1 for name in set().union(*edited.values())):
        return None  # another cell binds the name, too, or goes on with it
    return rerun(case, list(edited))


def _edited(case: Case, name: str) -> tuple[int, ast.FunctionDef | ast.AsyncFunctionDef] | None:
    """The only definition of a function in the notebook, with its cell, when that was edited since it ran."""
    definitions = [
        (index, node)
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
    ]
    if len(definitions) != 1 or definitions[0][0] == case.failing:
        return None
    index = definitions[0][0]
    return definitions[0] if case.status(index) != "error" and case.was_run(index) is False else None


def _stale_class(case: Case) -> Fix | None:
    """The class was edited, and takes now what it is called with."""
    name = case.evalue.partition(".")[0]
    calls = [node for node in case.statement_nodes(ast.Call) if _called(node) == name]
    candidates = []
    for index, flow in case.flows():
        if name not in flow.members or case.status(index) == "error" or case.was_run(index) is not False:
            continue
        makers = [
            part
            for node in ast.walk(case.tree(index) or ast.Module([], []))
            if isinstance(node, ast.ClassDef) and node.name == name
            for part in node.body
            if isinstance(part, ast.FunctionDef) and part.name == "__init__"
        ]
        if len(makers) == 1 and calls and all(_accepts(makers[0], call) for call in calls):
            candidates.append(index)
    return rerun(case, candidates) if len(candidates) == 1 else None


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _accepts(definition: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> bool:
    if any(isinstance(part, ast.Starred) for part in call.args) or any(part.arg is None for part in call.keywords):
        return False
    arguments = definition.args
    names = [part.arg for part in [*arguments.posonlyargs, *arguments.args]]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    required = names[: len(names) - len(arguments.defaults)]
    given = {part.arg for part in call.keywords}
    if len(call.args) > len(names) and arguments.vararg is None:
        return False
    if not given <= {*names, *(part.arg for part in arguments.kwonlyargs)} and arguments.kwarg is None:
        return False
    return set(required[len(call.args) :]) <= given
