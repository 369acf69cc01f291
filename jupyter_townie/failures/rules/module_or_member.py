"""A module where its member of the same name was meant, or the other way round: ``datetime``, ``time``, ``tqdm``."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import modules_by_name
from .reasons import because

_SAME_NAMED = {
    "datetime": "datetime",
    "time": "time",
    "glob": "glob",
    "tqdm": "tqdm",
    "pprint": "pprint",
    "copy": "copy",
    "random": "random",
    "Decimal": "Decimal",
    "timeit": "timeit",
    "getpass": "getpass",
    "bisect": "bisect",
    "date": "date",
}
_ARGUMENTS = {"random": (0, 0), "time": (0, 0), "datetime": (3, 8), "date": (3, 3), "copy": (1, 1), "bisect": (2, 4)}
"""The fewest and most arguments of such a member; the others take any number."""
_OF_DATETIME = frozenset(
    {"now", "strptime", "today", "utcnow", "fromtimestamp", "combine", "fromisoformat", "fromordinal"}
)
_BESIDE_DATETIME = frozenset({"timedelta", "date", "time", "timezone", "datetime"})


@because("This is the module; what is meant is the member of the same name in it.")
def member_of_module(case: Case) -> Fix | None:
    """``import datetime; datetime.now()`` and ``import tqdm; tqdm(x)``."""
    if case.place is None:
        return None
    found = re.search(r"module '(\w+)' has no attribute '(\w+)'", case.evalue)
    if found and found.group(1) == "datetime" and found.group(2) in _OF_DATETIME:
        nodes = [
            node
            for node in ast.walk(case.failing_tree or ast.Module([], []))
            if isinstance(node, ast.Attribute)
            and node.attr in _OF_DATETIME
            and isinstance(node.value, ast.Name)
            and modules_by_name(case).get(node.value.id) == "datetime"
        ]
        return case.replace(
            [Replacement(case.span(node.value)[1], case.span(node.value)[1], ".datetime") for node in nodes]
        )
    if "'module' object is not callable" in case.evalue:
        for call in case.nodes(ast.Call) or case.statement_nodes(ast.Call):
            if isinstance(call.func, ast.Name):
                module = modules_by_name(case).get(call.func.id, "")
                if _SAME_NAMED.get(module) and _could_take(call, _SAME_NAMED[module]):
                    end = case.span(call.func)[1]
                    return case.replace([Replacement(end, end, f".{_SAME_NAMED[module]}")])
    return None


def _could_take(call: ast.Call, member: str) -> bool:
    fewest, most = _ARGUMENTS.get(member, (0, 99))
    unknown = any(isinstance(one, ast.Starred) for one in call.args) or any(part.arg is None for part in call.keywords)
    return unknown or fewest <= len(call.args) + len(call.keywords) <= most


@because("The member itself was imported, so no module's name comes before it.")
def module_of_member(case: Case) -> Fix | None:
    """``from datetime import datetime; datetime.datetime.now()`` and ``from time import time; time.time()``."""
    if case.place is None:
        return None
    found = re.search(r"type object 'datetime\.datetime' has no attribute '(\w+)'", case.evalue)
    if found and found.group(1) == "datetime":
        nodes = [
            node for node in case.nodes(ast.Attribute) if node.attr == "datetime" and isinstance(node.value, ast.Name)
        ] or [
            node
            for node in case.statement_nodes(ast.Attribute)
            if node.attr == "datetime" and isinstance(node.value, ast.Name)
        ]
        name = nodes[0].value.id if nodes else ""  # type: ignore[attr-defined]
        alike = [
            node
            for node in ast.walk(case.failing_tree or ast.Module([], []))
            if isinstance(node, ast.Attribute)
            and node.attr == "datetime"
            and isinstance(node.value, ast.Name)
            and node.value.id == name
        ]
        return case.replace([Replacement(*case.span(node), name) for node in alike]) if name else None
    if found and found.group(1) in _BESIDE_DATETIME:
        return _beside(case, found.group(1))
    plain = re.search(r"'(?:builtin_function_or_method|function)' object has no attribute '(\w+)'", case.evalue)
    if plain:
        nodes = [
            node
            for node in case.statement_nodes(ast.Attribute)
            if isinstance(node.value, ast.Name) and node.attr == plain.group(1) == node.value.id
        ]
        name = plain.group(1)
        if nodes and modules_by_name(case).get(name) == f"{name}.{name}":
            return case.replace([Replacement(*case.span(node), name) for node in nodes])
        others = [
            node
            for node in case.statement_nodes(ast.Attribute)
            if isinstance(node.value, ast.Name)
            and node.attr == plain.group(1)
            and modules_by_name(case).get(node.value.id) == f"{node.value.id}.{node.value.id}"
        ]
        module = others[0].value.id if others else ""  # type: ignore[attr-defined]
        if len(others) == 1 and (module, plain.group(1)) in (
            ("time", "sleep"),
            ("time", "perf_counter"),
            ("time", "strftime"),
            ("random", "randint"),
            ("random", "choice"),
            ("random", "seed"),
            ("random", "shuffle"),
            ("random", "uniform"),
        ):
            fix = case.replace([Replacement(*case.span(others[0]), plain.group(1))])
            if fix and "failing_cell" in fix:
                changed = Case(
                    [*case.cells[: case.failing], fix["failing_cell"], *case.cells[case.failing + 1 :]],
                    case.failing,
                    "",
                    "",
                    (),
                )
                return changed.with_import(f"from {module} import {plain.group(1)}")
    return None


def _beside(case: Case, member: str) -> Fix | None:
    nodes = [
        node
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Attribute)
        and node.attr == member
        and isinstance(node.value, ast.Name)
        and modules_by_name(case).get(node.value.id) == "datetime.datetime"
    ]
    if (
        not nodes
        or case.place is None
        or case.place.cell != case.failing
        or (member in ("time", "date") and member in case.names)
    ):
        return None
    fix = case.replace([Replacement(*case.span(node), member) for node in nodes])
    if not fix:
        return None
    changed = Case(
        [*case.cells[: case.failing], fix["failing_cell"], *case.cells[case.failing + 1 :]], case.failing, "", "", ()
    )
    return changed.with_import(f"from datetime import {member}")


@because("The submodule exists, but importing the package does not import it.")
def unimported_submodule(case: Case) -> Fix | None:
    """``import scipy; scipy.io.wavfile``, ``import urllib; urllib.request``: the submodule exists, but was not imported."""
    found = re.search(r"module '([\w.]+)' has no attribute '(\w+)'", case.evalue, re.I)
    if not found or case.place is None:
        return None
    module, member = found.groups()
    known = {
        "urllib": {"request", "parse", "error"},
        "concurrent": {"futures"},
        "xml": {"etree", "dom", "sax"},
        "importlib": {"util", "metadata", "resources", "machinery"},
        "email": {"mime", "message", "utils"},
        "http": {"client", "server", "cookies"},
        "logging": {"handlers", "config"},
        "os": set(),
        "multiprocessing": {"pool"},
        "html": {"parser"},
        "json": set(),
        "unittest": {"mock"},
        "xml.etree": {"ElementTree"},
        "collections": {"abc"},
        "matplotlib": {"pyplot", "animation", "dates", "ticker", "patches", "gridspec"},
        "sklearn": set(),
        "mpl_toolkits": {"mplot3d"},
        "skimage": {"io", "filters", "transform"},
        "PIL": {"Image", "ImageDraw", "ImageFilter", "ImageFont"},
        "plotly": {"express", "graph_objects", "subplots"},
        "statsmodels": {"api"},
        "nltk": set(),
        "curses": {"textpad"},
        "wsgiref": {"simple_server"},
        "tkinter": {"messagebox", "ttk"},
        "bokeh": {"plotting"},
        "scipy.cluster": {"hierarchy"},
        "scipy.spatial": {"distance"},
        "dateutil": {"parser", "relativedelta"},
    }.get(module)
    if known is None or member not in known:
        return None
    deeper = ""
    if (module, member) == ("xml", "etree"):
        deeper = ".ElementTree"
    if not any(path == module for path in modules_by_name(case).values()):
        return None
    names = [name for name, path in modules_by_name(case).items() if path == module]
    if module not in names:
        return None
    return case.with_import(f"import {module}.{member}{deeper}")


@because("The parent package was imported under the name that its submodule usually has.")
def parent_module(case: Case) -> Fix | None:
    """``import matplotlib as plt``: the alias everybody gives to ``matplotlib.pyplot``."""
    if not re.search(r"module 'matplotlib' has no attribute", case.evalue):
        return None
    if modules_by_name(case).get("plt") != "matplotlib":
        return None
    for index in range(len(case.cells)):
        if re.search(r"(?m)^import matplotlib as plt\s*$", case.cells[index]):
            return case.rewrite(
                re.sub(r"(?m)^import matplotlib as plt\b", "import matplotlib.pyplot as plt", case.cells[index]), index
            )
    return None
