"""A skipped cell writes the file or module, fetches it, makes its folder, or tells Python where to look."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix
from ..inspection import dotted
from .reasons import because
from .run_order import rerun, was_skipped
from .runnable import is_drastic, writes_module


@because("The cell that writes this module, or tells where it is, has not run yet.")
def missing_module(case: Case) -> Fix | None:
    """ModuleNotFoundError: a skipped cell writes the module's file, or adds its folder to ``sys.path``."""
    found = re.search(r"No module named '(\w+)", case.evalue)
    if not found:
        return None
    module = found.group(1)
    skipped = [index for index in range(len(case.cells)) if index != case.failing and was_skipped(case, index)]
    writing = [index for index in skipped if writes_module(case.cells[index], module)]
    helping = writing or [index for index in skipped if _leads_to(case, index, module)]
    if len(helping) != 1 or is_drastic(case.cells[helping[0]]):
        return None
    return {"rerun": helping} if writing else rerun(case, helping)


def _leads_to(case: Case, index: int, module: str) -> bool:
    """Whether the cell adds a folder to ``sys.path``, written out, that has the module."""
    if case.cwd is None:
        return False
    for call in ast.walk(case.tree(index) or ast.Module([], [])):
        if not isinstance(call, ast.Call) or dotted(call.func) not in ("sys.path.append", "sys.path.insert"):
            continue
        for part in ast.walk(call):
            if isinstance(part, ast.Constant) and isinstance(part.value, str) and 0 < len(part.value) < 300:
                place = case.cwd / part.value / module
                if place.with_suffix(".py").is_file() or place.is_dir():
                    return True
    return False


@because("The cell that writes this file has not run yet.")
def missing_file(case: Case) -> Fix | None:
    """FileNotFoundError: a skipped cell writes the file."""
    found = re.search(r"'([^']+)'", case.evalue)
    if not found:
        return None
    path = found.group(1)
    folder = path if "non-existent directory" in case.evalue else path.replace("\\", "/").rpartition("/")[0]
    base = re.split(r"[\\/]", path)[-1]
    writing = [
        index
        for index, flow in case.flows()
        if was_skipped(case, index)
        and (
            path in flow.files
            or any(re.split(r"[\\/]", file)[-1] == base for file in flow.files)
            or _fetches(case.cells[index], path)
            or _makes_folder(case, index, folder.strip("./"))
        )
    ]
    before = [index for index in writing if index < case.failing]
    chosen = before or writing
    return rerun(case, chosen) if len(chosen) == 1 else None


def _makes_folder(case: Case, index: int, folder: str) -> bool:
    """Whether the cell makes the folder, by its name written out."""
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
