"""``plt.figure()`` gives a figure and ``plt.subplots()`` a figure and its axes: one was written for the other."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because

_OF_FIGURES = frozenset(["savefig", "suptitle", "tight_layout", "add_subplot", "colorbar", "set_size_inches"])
_OF_AXES = frozenset([
    "plot", "scatter", "bar", "barh", "hist", "imshow", "fill_between", "boxplot", "pie", "grid", "legend",
    "axhline", "axvline", "errorbar", "step", "annotate", "text", "set_title", "set_xlabel", "set_ylabel",
    "set_xlim", "set_ylim", "set_xticks", "set_yticks", "tick_params", "contour", "contourf", "violinplot", "set",
])  # fmt: skip


@because("`plt.figure` gives a figure only; `plt.subplots` gives a figure and its axes.")
def figure_unpacked(case: Case) -> Fix | None:
    """``fig, ax = plt.figure()``."""
    if "cannot unpack non-iterable Figure object" not in case.evalue:
        return None
    made = [
        node.value
        for node in case.statement_nodes(ast.Assign)
        if isinstance(node.targets[0], ast.Tuple) and len(node.targets[0].elts) == 2
    ]
    if len(made) != 1 or not isinstance(made[0], ast.Call) or made[0].args:
        return None
    call = made[0]
    if full_path(case, call.func) != "matplotlib.pyplot.figure" or any(part.arg == "num" for part in call.keywords):
        return None
    end = case.span(call.func)[1]
    return case.replace([Replacement(end - len("figure"), end, "subplots")])


@because("`plt.subplots` gives two things, a figure and its axes.")
def subplots_not_unpacked(case: Case) -> Fix | None:
    """``ax = plt.subplots()``, then ``ax.plot(x)``."""
    used = re.search(r"'tuple' object has no attribute '(\w+)'", case.evalue)
    if used is None or case.place is None or used.group(1) not in _OF_FIGURES | _OF_AXES:
        return None
    names = {node.value.id for node in case.nodes(ast.Attribute) if isinstance(node.value, ast.Name)}
    made = [
        (index, node)
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in names
    ]
    if len(made) != 1 or not isinstance(made[0][1].value, ast.Call):
        return None
    index, assignment = made[0]
    call = assignment.value
    assert isinstance(call, ast.Call)
    if full_path(case, call.func) != "matplotlib.pyplot.subplots" or not _makes_one(call):
        return None
    other = "ax" if used.group(1) in _OF_FIGURES else "fig"
    if other in names | set(case.names) or any(other in flow.defines for _, flow in case.flows()):
        other = "_"
    start, end = case.span(assignment.targets[0], index)
    name = case.cells[index][start:end]
    both = f"{name}, {other}" if used.group(1) in _OF_FIGURES else f"{other}, {name}"
    return case.replace([Replacement(start, end, both)], index)


def _makes_one(call: ast.Call) -> bool:
    """Whether there is only one pair of axes: of many, which one is meant is open."""
    counts = [*call.args, *(part.value for part in call.keywords if part.arg in ("nrows", "ncols"))]
    return all(isinstance(count, ast.Constant) and count.value == 1 for count in counts)
