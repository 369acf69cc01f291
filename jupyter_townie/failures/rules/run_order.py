"""A cell that has not been run, or was run before it was edited, has what is missing: offer to run it."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ...kernels.cell_code import parse_cell, plain_python
from ..case import Case, Fix
from .reasons import because
from .runnable import can_run, is_drastic, same_binding, serves

_NAME = re.compile(r"name '(\w+)' is not defined|cannot access free variable '(\w+)'")
_NO_ATTRIBUTE = re.compile(r"(?:'(\w+)' object|type object '(\w+)'|module '([\w.]+)') has no attribute '(\w+)'")
_FITS = frozenset({"fit", "fit_transform", "partial_fit", "fit_predict", "compile", "train"})
_NEEDS_FIT = re.compile(r"not fitted|not been fitted|isn't fitted|must be fitted|before exploiting", re.I)


@because("The cell that defines this name has not run yet, or not since it was edited.")
def missing_name(case: Case) -> Fix | None:
    """NameError: the name's defining cell is to be run."""
    found = _NAME.search(case.evalue)
    if not found:
        return None
    name = found.group(1) or found.group(2)
    if name in case.names and case.live.get("names") is not None:
        return None
    definers = [index for index, flow in case.flows() if name in flow.defines]
    if _in_broken_cell(case, name):
        return {}
    if not definers:
        return _starred(case, name)
    if any(name in flow.deletes and case.was_run(index) for index, flow in case.flows()):
        return {}
    chosen = _definer(case, name, definers)
    if chosen is None:
        if _only_imports(case, name, definers):
            return None  # the rule for imports has a better answer
        return {}
    return rerun(case, [chosen, *_also_missing(case, name)])


def _starred(case: Case, name: str) -> Fix | None:
    """The one skipped cell that imports everything of a file of the user's own, which has the name."""
    skipped = []
    for index, flow in case.flows():
        files = [case.local_file(module) for module in flow.stars]
        if any(file is not None and case.file_names(file, name) for file in files) and was_skipped(case, index):
            skipped.append(index)
    return rerun(case, skipped) if len(skipped) == 1 else None


def _in_broken_cell(case: Case, name: str) -> bool:
    """Whether a cell that does not compile binds the name: it is that cell which has to be put right."""
    binds = re.compile(
        rf"(?m)^(?:(?:async )?def |class ){name}\b|^{name}\b\s*(?:[=:(]|,.*=)|^\s*(?:from|import)\b.*\b{name}\b"
    )
    return any(
        not flow.parsed and plain_python(case.cells[index]) is not None and binds.search(case.cells[index])
        for index, flow in case.flows()
    )


def _also_missing(case: Case, name: str) -> list[int]:
    """Cells for the other names that the failing cell would miss next."""
    known = case.names
    if case.live.get("names") is None and case.statuses is None:
        return []
    more = []
    for other in case.flow(case.failing).uses - {name}:
        definers = [index for index, flow in case.flows() if other in flow.defines]
        if other not in known and definers:
            chosen = _definer(case, other, definers)
            if chosen is not None:
                more.append(chosen)
    return more


def _definer(case: Case, name: str, definers: list[int]) -> int | None:
    runnable = [
        index
        for index in definers
        if _may_help(case, index)
        and name not in case.flow(index).loops | case.flow(index).perhaps
        and not is_drastic(case.cells[index])
    ]
    runnable = [index for index in runnable if serves(case, name, index)]
    before = [index for index in runnable if index < case.failing]
    if before:
        return before[-1] if _agree(case, name, before) else None
    if len(runnable) > 1 and not _only_imports(case, name, runnable):
        return None
    if (
        runnable
        and len(definers) > len(runnable)
        and not all(case.status(one) == "error" for one in definers if one not in runnable)
    ):
        return None
    return runnable[0] if runnable else None


def _agree(case: Case, name: str, cells: list[int]) -> bool:
    """Whether the last of the cells goes on with what the others bind, or binds the same: else nobody knows which."""
    skipped = [index for index in cells if case.status(index) != "ok"]
    if len(skipped) < 2 or name in case.flow(skipped[-1]).uses or _only_imports(case, name, skipped):
        return True
    return same_binding(case, name, skipped)


def _may_help(case: Case, index: int) -> bool:
    """Whether running a cell (again) can bring what it did not bring before."""
    if case.status(index) == "error":
        # It failed, and so it would again, unless it was edited since.
        return case.live.get("executed") is not None and case.was_run(index) is False
    executed = case.live.get("executed")
    return not (case.status(index) == "ok" and executed is not None and index < len(executed) and executed[index])


def _only_imports(case: Case, name: str, cells: list[int]) -> bool:
    return len({case.flow(index).imports.get(name) for index in cells} - {None}) == 1 and all(
        name in case.flow(index).imports for index in cells
    )


def rerun(case: Case, wanted: list[int]) -> Fix | None:
    """Run these cells, after the cells that they in turn need and that have not been run."""
    available = set(case.names)
    plan: set[int] = set()
    todo = list(wanted)
    while todo:
        index = todo.pop()
        if index in plan:
            continue
        plan.add(index)
        flow = case.flow(index)
        if not flow.parsed or is_drastic(case.cells[index]):
            return {}
        bound_before: set[str] = set()
        for name in flow.uses - available - bound_before:
            providers = [
                other
                for other, others in case.flows()
                if name in others.defines and other != index and case.status(other) != "ok" and name not in others.loops
            ]
            nearest = [other for other in providers if other < index] or providers
            if not nearest:
                if name in case.flow(case.failing).defines:
                    return {}  # it needs what the failing cell would have made
                continue
            provider = nearest[-1] if nearest[-1] < index else nearest[0]
            if case.status(provider) == "error":
                return {}
            todo.append(provider)
        if len(plan) > 25:
            return {}
    ordered = sorted(plan)
    provided = set(available)
    for index in ordered:
        flow = case.flow(index)
        if any(name not in provided and name not in flow.defines and _defined_in(case, name) for name in flow.uses):
            return {}
        provided |= flow.defines
    if not ordered:
        return None
    ordered += _finishing(case, ordered)
    return {"rerun": ordered} if can_run(case, ordered) else {}


def _defined_in(case: Case, name: str) -> bool:
    return any(name in flow.defines for _, flow in case.flows()) or name in case.flow(case.failing).defines


def _finishing(case: Case, plan: list[int]) -> list[int]:
    """Cells not run between those and the failing one that give it keys, attributes or a fitted model."""
    source = case.source
    literals = set(re.findall(r"['\"]([^'\"\n]{1,80})['\"]", source))
    used = case.flow(case.failing)
    more = []
    for index in range(plan[-1] + 1, case.failing):
        if case.status(index) != "not-run":
            continue
        flow = case.flow(index)
        for name in flow.changes & used.uses:
            if literals & flow.items.get(name, frozenset()) or (
                flow.methods.get(name, frozenset()) & _FITS
                and used.methods.get(name, frozenset()) & {"predict", "transform", "score", "predict_proba"}
            ):
                more.append(index)
                break
    return more


@because("The cell that adds this column or key has not run yet, or not since it was edited.")
def missing_key(case: Case) -> Fix | None:
    """KeyError: a cell that has not been run adds the column or key."""
    keys = re.findall(r"['\"](?:Column not found: )?([^'\"]+)['\"]", case.evalue)
    if not keys or case.place is None:
        return None
    roots = case.flow(case.failing).uses
    helping = []
    for index, flow in case.flows():
        if not was_skipped(case, index):
            continue
        touched = (flow.changes | flow.defines) & roots
        if any(key in flow.items.get(name, frozenset()) for name in touched for key in keys[:1]) or (
            index < case.failing and touched and _names_key(case.cells[index], keys[0], touched)
        ):
            helping.append(index)
    if any(_needs_what_failed(case, index, roots) for index in helping):
        return {}
    before = [index for index in helping if index < case.failing]
    if before:
        return rerun(case, before)
    return rerun(case, helping) if len(helping) == 1 else ({} if helping else None)


def _needs_what_failed(case: Case, index: int, roots: set[str] | frozenset[str]) -> bool:
    """Whether a later cell reads a column or key that the failing cell itself would have made."""
    made = case.flow(case.failing).items
    keys = {key for root in roots for key in made.get(root, frozenset())}
    return index > case.failing and any(
        f"'{key}'" in case.cells[index] or f'"{key}"' in case.cells[index] for key in keys
    )


def _names_key(source: str, key: str, names: set[str] | frozenset[str]) -> bool:
    """Whether a cell that makes a table or dictionary anew gives it the key.

    Written out, ``assign(key=...)``, a rename, new column names, or a column that a query selects.
    """
    if "read_sql" in source and _selects(source, key):
        return True
    for node in ast.walk(parse_cell(source) or ast.Module([], [])):
        if not isinstance(node, ast.Assign):
            continue
        for one in node.targets:
            if isinstance(one, ast.Attribute) and one.attr == "columns" and getattr(one.value, "id", None) in names:
                return key in [getattr(part, "value", None) for part in getattr(node.value, "elts", [])]
        if not any(getattr(one, "id", None) in names for one in node.targets):
            continue
        value = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
        if isinstance(value, ast.Dict) and any(getattr(one, "value", None) == key for one in value.keys):
            return True
    if re.search(rf"\bassign\([^)]*\b{re.escape(key)}\s*=", source):
        return True
    return bool(re.search(rf":\s*['\"]{re.escape(key)}['\"]", source)) and "rename" in source


def _selects(source: str, column: str) -> bool:
    texts = [
        node.value for node in ast.walk(parse_cell(source) or ast.Module([], [])) if isinstance(node, ast.Constant)
    ]
    selects = re.compile(rf"(?is)^\s*(?:select|with)\b.*\b{re.escape(column)}\b.*\bfrom\b")
    return any(isinstance(text, str) and selects.search(text) for text in texts)


def was_skipped(case: Case, index: int) -> bool:
    if case.status(index) == "error":
        return False
    return case.was_run(index) is False


@because("The cell that sets this has not run yet, or not since it was edited.")
def missing_attribute(case: Case) -> Fix | None:
    """AttributeError: a class was extended but its cell not run again, or the cell that sets the attribute was skipped."""
    found = _NO_ATTRIBUTE.search(case.evalue)
    if not found:
        return None
    of_object, of_class, _, attribute = found.groups()
    name = of_object or of_class
    roots = case.flow(case.failing).uses
    if name == "NoneType":
        return _later_value(case, attribute)
    if name:
        classes = [index for index, flow in case.flows() if attribute in flow.members.get(name, frozenset())]
        if len(classes) == 1 and _may_help(case, classes[0]) and name not in case.flow(case.failing).defines:
            if case.was_run(classes[0]) is None and case.live.get("executed") is None:
                return None
            return _with_instances(case, classes[0], name, roots if of_object else frozenset())
    setting = [
        index
        for index, flow in case.flows()
        if was_skipped(case, index)
        and any(
            attribute in flow.attributes.get(root, frozenset())
            or (attribute.endswith("_") and flow.methods.get(root, frozenset()) & _FITS)
            or attribute in flow.items.get(root, frozenset())
            for root in roots
        )
    ]
    before = [index for index in setting if index < case.failing]
    return rerun(case, before or setting) if before or len(setting) == 1 else None


def _with_instances(case: Case, defining: int, name: str, roots: frozenset[str]) -> Fix | None:
    wanted = [defining]
    for index, flow in case.flows():
        if index != defining and name in flow.uses and flow.defines & roots and case.status(index) != "error":
            wanted.append(index)
    return {"rerun": sorted(wanted)} if can_run(case, sorted(wanted)) else {}


def _later_value(case: Case, attribute: str) -> Fix | None:
    """A variable is still None because the cell that gives it a value was skipped."""
    for root in sorted(case.flow(case.failing).uses):
        if case.names.get(root) != "NoneType":
            continue
        skipped = [
            index
            for index, flow in case.flows()
            if index < case.failing and root in flow.defines and case.status(index) == "not-run"
        ]
        if len(skipped) == 1 and not re.search(rf"(?m)^{root}\s*=\s*None\s*$", case.cells[skipped[0]]):
            return rerun(case, skipped)
    return None


@because("The cell that fits the model has not run yet, or not since it was edited.")
def not_fitted(case: Case) -> Fix | None:
    """NotFittedError: the cell that fits the model was skipped."""
    if not _NEEDS_FIT.search(case.evalue):
        return None
    used = case.flow(case.failing)
    roots = {root for root, methods in used.methods.items()} | used.uses
    if any(methods & _FITS for root, methods in used.methods.items()):
        return None
    fitting = [
        index
        for index, flow in case.flows()
        if case.status(index) == "not-run" or was_skipped(case, index)
        if any(flow.methods.get(root, frozenset()) & _FITS for root in roots)
    ]
    before = [index for index in fitting if index < case.failing]
    if len(before) > 1:
        before = before[-1:]
    return rerun(case, before or fitting) if before or len(fitting) == 1 else None
