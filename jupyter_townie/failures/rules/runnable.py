"""Whether a cell that is offered to be run can be expected to run, and whether it would bring what is asked for."""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path, PurePath

from ...kernels.cell_code import parse_cell
from ...kernels.dataflow import immediate_flow
from ..case import Case

_DRASTIC = re.compile(
    r"\b(?:os\.(?:remove|unlink|rmdir|removedirs|rename|replace)|shutil\.(?:rmtree|move)|(?:sys\.)?exit|quit|input"
    r"|requests\.(?:post|put|patch|delete)|files\.upload|getpass(?:\.getpass)?)\s*\("
    r"|\.(?:unlink|rmdir|rmtree|drop_all|sendmail|send_message|to_sql|update_status|createTable|drop_table)\("
    r"|\b(?:drop|truncate)\s+table\b|\bdelete\s+from\b"
    r"|(?:^\s*(?:!|%%?(?:bash|sh)\b.*\n(?:.*\n)*?)\s*|\b(?:system|popen|call|check_call|run)\(\s*\[?['\"]\s*)"
    r"(?:rm|mv|kill|git\s+(?:push|reset|clean|checkout))\b|^\s*%reset\b",
    re.I | re.M,
)
_UNSEEN = re.compile(r"%(?:run|pylab|load|store|sql)\b|\bexec\(|globals\(\)|\blocals\(\)|<<")
"""What may bring names that no cell writes out."""
_WINDOWS = frozenset({"winreg", "winsound", "msvcrt", "_winapi"})
_OPENERS = re.compile(
    r"^(?:open|loadtxt|genfromtxt|imread|ZipFile|listdir|scandir|load_workbook|read_(?!sql|gbq)\w+|chdir)$"
)
_ABSOLUTE = re.compile(
    r"^(?:/(?:content|kaggle|home|Users|mnt|media|dbfs|gdrive|Volumes|workspace|lakehouse|scratch|root)/|[A-Za-z]:[\\/])"
)
"""Paths of a machine, rather than of a web page or of XML."""
_NOT_CALLABLE = (
    ast.Constant,
    ast.JoinedStr,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.Set,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
_GIVE_VALUES = frozenset([
    "int", "float", "str", "bool", "list", "dict", "set", "tuple", "len", "sum", "sorted", "round",
    "range", "zip", "replace", "split", "strip", "lower", "upper", "title", "join", "format", "read",
    "readlines", "mean", "max", "min", "std", "count", "items", "keys", "values", "tolist", "reshape",
    "head", "tail", "describe", "merge", "dropna", "sort_values", "fillna", "copy", "array", "arange",
    "linspace", "zeros", "ones", "read_csv", "DataFrame", "Series", "load", "loads", "listdir", "glob",
])  # fmt: skip
"""Functions and methods of which nothing comes that can be called."""


def is_drastic(source: str) -> bool:
    """Whether running a cell deletes or sends something, ends the kernel or waits for an answer."""
    return _DRASTIC.search(source) is not None


def asked_modules(imports: list[dict[str, str]]) -> list[str]:
    """Modules that the cells import and that Python itself does not bring: a kernel can tell whether they are there."""
    found: dict[str, None] = {}
    for statements in imports:
        for statement in statements.values():
            module = statement.split()[1]
            root = module.partition(".")[0]
            if root and (root not in sys.stdlib_module_names or root in _WINDOWS):
                found[".".join(module.split(".")[:2])] = None
    return list(found)


def can_run(case: Case, plan: list[int]) -> bool:
    """Whether nothing tells that these cells, one after the other, and then the failing one would fail."""
    written = {name for index in plan for name in _written(case.cells[index])}
    for index in plan:
        tree = case.tree(index)
        if tree is None:
            continue
        if any(not _importable(case, module, written) for module in _imports(tree)):
            return False
        if _missing_files(case, tree, plan) or any(map(_raises, tree.body)):
            return False
    return not _unknown_names(case, plan)


def _raises(statement: ast.stmt) -> bool:
    """Whether a statement of the top level ends the cell whenever it runs."""
    if isinstance(statement, ast.Assert):
        return isinstance(statement.test, ast.Constant) and not statement.test.value
    return isinstance(statement, ast.Raise)


def _unknown_names(case: Case, plan: list[int]) -> set[str]:
    """Names that these cells or the failing one read, and that neither the kernel nor any of them has."""
    flows = [case.flow(index) for index in plan]
    if case.live.get("names") is None or len(case.live["names"]) > 1_000:
        return set()
    own = case.flow(case.failing)
    if any(flow.stars for flow in [*flows, own]) or any(
        _UNSEEN.search(case.cells[index]) for index in [*plan, case.failing]
    ):
        return set()
    known = set(case.names).union(*(flow.defines | flow.changes for flow in [*flows, own]))
    used = own.uses.union(*(flow.uses for flow in flows))
    missing = used - known
    # What runs at once needs its names before the cell itself binds them.
    there = set(case.names)
    for index in plan:
        at_once = immediate_flow(case.cells[index])
        missing |= at_once.uses - there
        there |= case.flow(index).defines | case.flow(index).changes
    missing |= immediate_flow(case.source).uses - there
    return {name for name in missing if not name.startswith("_")}


def _imports(tree: ast.Module) -> set[str]:
    """Modules that are imported whenever the cell runs: at its top level, and not in a ``try``."""
    found: set[str] = set()
    todo: list[ast.AST] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
        elif isinstance(node, (ast.With, ast.For, ast.While)):
            todo.extend(node.body)
    return found


def importable(case: Case, module: str) -> bool:
    """Whether nothing tells that the module is not there."""
    return _importable(case, module, set())


def _importable(case: Case, module: str, written: set[str]) -> bool:
    if module.startswith("."):
        return False
    root, _, rest = module.partition(".")
    if root in written:
        return True
    told = case.installed(".".join(module.split(".")[:2])) if rest else None
    if told is False or case.installed(root) is False or (root in _WINDOWS and os.name != "nt"):
        return case.local_file(root) is not None
    return True


def _written(source: str) -> list[str]:
    """The module that a ``%%writefile`` cell writes."""
    return list(re.findall(r"^%%(?:writefile|file)\s+(?:-a\s+)?(?:\./)?(\w+)\.py\s*$", source, re.M))


def writes_module(source: str, module: str) -> bool:
    return module in _written(source)


def _missing_files(case: Case, tree: ast.Module, plan: list[int]) -> bool:
    """Whether a file that the cell reads, by a path written out, is not there and is not written before."""
    cwd = case.cwd
    if cwd is None or not cwd.is_dir():
        return False
    made = {PurePath(path).name for index in range(len(case.cells)) for path in case.flow(index).files}
    commands = "\n".join(line for index in plan for line in case.cells[index].split("\n") if re.match(r"\s*[!%]", line))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.match(node.value):
            top = re.match(r"/[^/]+/[^/]+|[A-Za-z]:", node.value)
            if top and not Path(top.group(0)).exists() and not Path(node.value).exists():
                return True
        if not isinstance(node, ast.Call) or not node.args or (len(node.args) > 1 and _writing(node)):
            continue
        first = node.args[0]
        if not _OPENERS.match(_called(node)) or not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
            continue
        path = first.value
        if "://" in path or "\n" in path or "{" in path or not path or len(path) > 300:
            continue
        base = PurePath(path).name
        if base in made or base in commands or _is_made(tree, path, node):
            continue
        if not (cwd / path).exists():
            return True
    return False


def _writing(call: ast.Call) -> bool:
    mode = call.args[1]
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))


def _is_made(tree: ast.Module, path: str, reading: ast.Call) -> bool:
    """Whether another call of the cell names the path too: it may write it."""
    inside = {id(node) for node in ast.walk(reading)}
    return any(
        isinstance(node, ast.Constant) and node.value == path and id(node) not in inside for node in ast.walk(tree)
    )


def serves(case: Case, name: str, definer: int) -> bool:
    """Whether what the cell binds the name to can be used as the failing cell uses it: not all values can be called."""
    binding = _binding(case.tree(definer), name)
    place = case.place
    tree = case.tree(place.cell if place is not None else case.failing)
    if binding is None or tree is None:
        return True
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    calls = any(isinstance(node, ast.Name) and node.id == name and id(node) in called for node in ast.walk(tree))
    if calls:
        return not isinstance(binding, _NOT_CALLABLE) and _called(binding) not in _GIVE_VALUES
    if isinstance(binding, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return not any(_needs_value(node, name) for node in ast.walk(tree))
    return True


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _needs_value(node: ast.AST, name: str) -> bool:
    """Whether the node uses the name as no function can be used: in arithmetic, with an index, in a loop."""
    if isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, (ast.Subscript, ast.Starred)):
        parts = [node.value]
    elif isinstance(node, (ast.For, ast.comprehension)):
        parts = [node.iter]
    elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("len", "sum", "max", "min", "sorted", "list"):
        parts = node.args
    else:
        return False
    return any(isinstance(part, ast.Name) and part.id == name for part in parts)


def _binding(tree: ast.Module | None, name: str) -> ast.AST | None:
    """The value or definition that the cell's last binding at its top level gives the name, where it is plain."""
    found: ast.AST | None = None
    for statement in tree.body if tree is not None else []:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and statement.name == name:
            found = statement
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(getattr(one, "id", "") == name for one in targets):
                found = statement.value
    return found


def same_binding(case: Case, name: str, cells: list[int]) -> bool:
    """Whether the cells bind the name to the same, as it is written."""
    bindings = [_binding(parse_cell(case.cells[index]), name) for index in cells]
    return None not in bindings and len({ast.dump(one) for one in bindings if one is not None}) == 1
