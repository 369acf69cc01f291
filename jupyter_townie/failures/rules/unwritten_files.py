"""A skipped cell writes the file or module, fetches it, or makes its folder."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix
from .reasons import because
from .run_order import rerun, was_skipped
from .runnable import is_drastic, writes_module


@because("The cell that writes this module has not run yet.")
def missing_module(case: Case) -> Fix | None:
    """ModuleNotFoundError: a skipped cell writes the module's file."""
    found = re.search(r"No module named '(\w+)", case.evalue)
    if not found:
        return None
    writing = [
        index
        for index in range(len(case.cells))
        if index != case.failing and was_skipped(case, index) and writes_module(case.cells[index], found.group(1))
    ]
    return {"rerun": writing} if len(writing) == 1 and not is_drastic(case.cells[writing[0]]) else None


@because("The cell that writes this file has not run yet.")
def missing_file(case: Case) -> Fix | None:
    """FileNotFoundError: a skipped cell writes the file."""
    found = re.search(r"'([^']+)'", case.evalue)
    if not found:
        return None
    path = found.group(1)
    base = re.split(r"[\\/]", path)[-1]
    writing = [
        index
        for index, flow in case.flows()
        if was_skipped(case, index)
        and (
            path in flow.files
            or any(re.split(r"[\\/]", file)[-1] == base for file in flow.files)
            or _fetches(case.cells[index], path)
            or _makes_folder(case, index, path)
        )
    ]
    before = [index for index in writing if index < case.failing]
    chosen = before or writing
    return rerun(case, chosen) if len(chosen) == 1 else None


def _makes_folder(case: Case, index: int, path: str) -> bool:
    """Whether the cell makes a folder of the path, by its name written out."""
    folder = path.replace("\\", "/").rpartition("/")[0].strip("./")
    if not folder:
        return False
    for call in ast.walk(case.tree(index) or ast.Module([], [])):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in ("makedirs", "mkdir"):
            named = {part.value for part in ast.walk(call) if isinstance(part, ast.Constant)}
            if any(isinstance(one, str) and one.strip("./") == folder for one in named):
                return True
    return False


def _fetches(source: str, path: str) -> bool:
    base = re.split(r"[\\/]", path.rstrip("/"))[-1]
    if len(base) < 4:
        return False
    commands = re.findall(r"(?m)^\s*(?:!|%%?)\s*(?:wget|curl|unzip|tar|gdown|writefile|cp|mv|mkdir|git)\b.*$", source)
    return any(base in command for command in commands)
