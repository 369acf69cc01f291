"""A package that is not installed: from the name that is imported to the distribution that brings it."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import json
import re
from functools import lru_cache
from importlib import resources

from ..case import Case, Fix

_MODULE = re.compile(r"No module named '([\w.]+)'")
_OPTIONAL = re.compile(
    r"Missing optional dependency '([\w-]+)'|`Import (\w+)` failed|(?:requires|Install|install) (openpyxl|lxml|pyarrow|xlrd|tabulate|nbformat)\b"
    r"|Unable to find a usable engine; tried using: '(pyarrow)'"
)


@lru_cache(maxsize=1)
def distributions() -> dict[str, str]:
    """Import name to distribution name, of packages that are well known by that name."""
    text = resources.files("jupyter_townie.failures").joinpath("data/distributions.json").read_text(encoding="utf-8")
    table: dict[str, str | list[str]] = json.loads(text)
    found = {name: name for name in str(table["same"]).split()}
    found.update(dict(pair.split("=") for pair in str(table["other"]).split()))
    return found


def missing_package(case: Case) -> Fix | None:
    found = _MODULE.search(case.evalue)
    if found:
        module = found.group(1)
        root = module.split(".")[0]
        if case.installed(root) or _is_local(case, root):
            return None
        distribution = distributions().get(module) or distributions().get(root)
        if module != root and distributions().get(module) is None and case.installed(root) is None:
            # A missing submodule of a package that is there is not a matter of installing it.
            return None
        return {"install": distribution} if distribution else None
    if case.ename in ("ImportError", "ModuleNotFoundError", "ValueError"):
        optional = _OPTIONAL.search(case.evalue)
        if optional and (case.ename != "ValueError" or "nbformat" in case.evalue):
            name = next(group for group in optional.groups() if group)
            distribution = distributions().get(name) or (name if name in distributions().values() else None)
            return {"install": distribution} if distribution else None
    return None


def _is_local(case: Case, module: str) -> bool:
    """Whether the workspace has a module of that name: then it is a matter of paths."""
    if case.cwd is None:
        return False
    try:
        return any(
            (folder / f"{module}.py").is_file() or (folder / module).is_dir()
            for folder in (case.cwd, case.cwd.parent, case.cwd / "src")
        )
    except OSError:
        return False
