"""A misspelt module, or a misspelt name imported from one."""

# ruff: noqa: E501, PERF401 -- patterns and tables read better unbroken; the steps stay apart

from __future__ import annotations

import ast
import os
import re
import sys

from ..case import Case, Fix, Replacement
from ..spelling import near_match
from .api_table import api
from .missing_package import distributions
from .reasons import because
from .runnable import importable

# A name near a little known module is rather a file of the user's own than a slip.
_POPULAR = [
    "numpy",
    "pandas",
    "matplotlib",
    "seaborn",
    "sklearn",
    "scipy",
    "requests",
    "statsmodels",
    "plotly",
    "tensorflow",
    "keras",
    "torch",
    "xgboost",
    "lightgbm",
    "nltk",
    "datetime",
    "random",
    "itertools",
    "collections",
    "functools",
    "pathlib",
    "subprocess",
    "threading",
    "multiprocessing",
    "statistics",
    "json",
    "urllib",
    "pickle",
    "string",
    "shutil",
    "logging",
    "warnings",
    "argparse",
    "dataclasses",
    "typing",
    "contextlib",
    "operator",
    "calendar",
    "decimal",
    "fractions",
    "tempfile",
    "platform",
    "hashlib",
    "base64",
    "sqlite3",
    "zipfile",
    "traceback",
    "inspect",
    "importlib",
    "asyncio",
    "networkx",
    "sympy",
    "bs4",
    "openpyxl",
    "transformers",
    "joblib",
    "missingno",
    "wordcloud",
    "folium",
    "geopandas",
    "streamlit",
    "flask",
    "math",
    "csv",
    "time",
]
_MODULE = re.compile(r"No module named '([\w.]+)'")
_NAME = re.compile(r"cannot import name '(\w+)' from (?:partially initialized module )?'([\w.]+)'")


@because("There is one module that is spelt almost like this.")
def misspelt_module(case: Case) -> Fix | None:
    found = _MODULE.search(case.evalue)
    if not found:
        return None
    missing = found.group(1)
    root, *rest = missing.split(".")
    if rest:
        meant = _misspelt_submodule(case, missing)
    else:
        if root in distributions() or _in_workspace(case, root):
            return None
        meant = popular_near(root)
        if meant is not None and not importable(case, meant):
            return None  # neither is there, and to install something by a name like it is dangerous
        if meant == root[:-1] and root[-1] != root[-2]:
            return None  # with a letter at its end it is rather another one: `torchx`
    if meant is None:
        return None
    index, tree = _importing(case, missing)
    if tree is None or not _has_what_is_used(case, tree, missing, meant):
        return None
    replacements = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            start, end = case.span(node, index)
            text = case.cells[index][start:end]
            for hit in re.finditer(rf"(?<![\w.]){re.escape(missing)}(?!\w)", text):
                replacements.append(Replacement(start + hit.start(), start + hit.end(), meant))
        elif isinstance(node, ast.Name) and node.id == missing and not rest:
            replacements.append(Replacement(*case.span(node, index), meant))
    return case.replace(replacements, index)


def popular_near(module: str) -> str | None:
    """The well-known module that is spelt almost like this."""
    return near_match(module, _POPULAR, api=True)


def _importing(case: Case, missing: str) -> tuple[int, ast.Module | None]:
    index = case.place.cell if case.place else case.failing
    return (index, case.tree(index)) if missing in case.cells[index] else (index, None)


def _in_workspace(case: Case, module: str) -> bool:
    if case.cwd is None or not case.cwd.is_dir():
        return False
    names = [entry.name.removesuffix(".py") for entry in os.scandir(case.cwd)]
    return near_match(module, names) is not None


def _misspelt_submodule(case: Case, missing: str) -> str | None:
    parent, _, name = missing.rpartition(".")
    known = case.object(parent) or {}
    candidates = list(known.get("attributes") or [])
    if not candidates:
        table = {
            "matplotlib": "pyplot animation cm colors dates gridspec lines patches ticker style axes figure image widgets",
            "sklearn": "calibration cluster compose covariance cross_decomposition datasets decomposition discriminant_analysis "
            "dummy ensemble exceptions experimental feature_extraction feature_selection gaussian_process impute inspection "
            "isotonic kernel_approximation kernel_ridge linear_model manifold metrics mixture model_selection multiclass "
            "multioutput naive_bayes neighbors neural_network pipeline preprocessing random_projection semi_supervised svm "
            "tree utils base",
            "scipy": "cluster constants fft fftpack integrate interpolate io linalg misc ndimage odr optimize signal sparse "
            "spatial special stats datasets",
            "plotly": "express graph_objects io subplots figure_factory offline",
            "pandas": "plotting api io errors testing tseries",
            "numpy": "linalg random fft ma polynomial testing lib typing",
            "urllib": "request parse error robotparser",
            "os": "path",
            "concurrent": "futures",
            "IPython": "display core",
            "xml": "etree dom sax",
        }
        candidates = table.get(parent, "").split()
    meant = near_match(name, candidates, api=True)
    return f"{parent}.{meant}" if meant else None


def _has_what_is_used(case: Case, tree: ast.Module, missing: str, meant: str) -> bool:
    """Whether the module that is near has what is taken from the missing one; where nobody knows, it may have."""
    from .well_known import _table

    members = {*_table()["modules"].get(meant, "").split(), *_table()["members"].get(meant, "").split()}
    if meant in sys.stdlib_module_names and meant not in ("time", "datetime", "random", "string", "glob", "copy"):
        members |= {name for name in dir(sys.modules.get(meant)) if not name.startswith("_")}
    if not members:
        return True
    names, taken = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == missing:
            taken |= {alias.name for alias in node.names if alias.name != "*"}
        elif isinstance(node, ast.Import):
            names |= {alias.asname or alias.name for alias in node.names if alias.name == missing}
    for index in range(len(case.cells)):
        for node in ast.walk(case.tree(index) or ast.Module([], [])):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
                taken.add(node.attr)
    return taken <= members


@because("The module has one member that is spelt almost like this.")
def misspelt_member(case: Case) -> Fix | None:
    found = _NAME.search(case.evalue)
    if not found:
        return None
    name, module = found.groups()
    if f"{module}.{name}" in api("calls"):
        return None  # what has nearly its name is called in another way, or gives something else
    index = case.place.cell if case.place else case.failing
    tree = case.tree(index)
    if tree is None:
        return None
    imports = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == module
        and any(alias.name == name for alias in node.names)
    ]
    if len(imports) != 1:
        return None
    path = case.local_file(module)
    if path is not None and case.file_names(path, name):
        return None  # the kernel holds an older state of the file
    members = members_of(case, module)
    meant = near_match(name, members, api=True)
    if meant is None or (name in sys.stdlib_module_names) or f"{module}.{meant}" in sys.modules:
        return None  # a submodule is no slip of a function
    if name[:1].isupper() and meant[:1].islower() and "_" in meant:
        return None  # a class was meant, and this is a function
    replacements = []
    for alias in imports[0].names:
        if alias.name == name:
            start, _ = case.span(alias, index)
            replacements.append(Replacement(start, start + len(name), meant))
            if alias.asname is None:
                replacements += [
                    Replacement(*case.span(node, index), meant)
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Name) and node.id == name
                ]
                if any(name in flow.uses for _, flow in case.flows()):
                    # The other cells go on with the name as it was written.
                    replacements = [Replacement(start, start + len(name), f"{meant} as {name}")]
    return case.replace(replacements, index)


def members_of(case: Case, module: str) -> list[str]:
    """The members of a module, as the kernel tells them or as they are known."""
    known = case.object(module) or {}
    found = [str(name) for name in (case.live.get("members") or {}).get(module, [])]
    if found:
        return found
    if known.get("attributes"):
        return list(known["attributes"])
    from .well_known import _table

    table = _table()
    return [*table["modules"].get(module, "").split(), *table["members"].get(module, "").split()]
