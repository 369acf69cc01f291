"""What a cell defines, uses and changes, as far as its text tells.

The analysis is flow-insensitive within a cell and follows names into functions: what a function reads from outside is
used by the cell that defines it, because whoever calls the function needs it.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from .bindings import bound, certain
from .cell_code import parse_cell

_TIMED = re.compile(r"\s*%%timeit\b")
"""A cell that leaves no names: it runs in a function."""
_BUILTINS = frozenset(dir(builtins)) | {"get_ipython", "display", "In", "Out", "_", "__", "exit", "quit"}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Methods that change the object they are called on; a bare statement `x.method(...)` counts as a change for any name.
_WRITERS = frozenset(
    {
        "to_csv",
        "to_excel",
        "to_json",
        "to_parquet",
        "to_pickle",
        "to_feather",
        "savefig",
        "save",
        "savez",
        "savetxt",
        "dump",
        "imsave",
        "imwrite",
        "write_text",
        "write_bytes",
        "to_hdf",
        "touch",
    }
)


@dataclass(frozen=True)
class CellFlow:
    """Names are those of the notebook's global scope."""

    parsed: bool = False
    defines: frozenset[str] = frozenset()
    """Bound by the cell when it runs to its end: assignment, import, def, class, for, with, walrus, ``global``."""
    uses: frozenset[str] = frozenset()
    """Read before the cell binds them itself, or read by a function that it defines."""
    changes: frozenset[str] = frozenset()
    """Objects changed in place: attribute or item assigned or deleted, augmented, or a method called for its effect."""
    deletes: frozenset[str] = frozenset()
    imports: dict[str, str] = field(default_factory=dict)
    """Name to the import statement that binds it, also of imports inside functions."""
    local_imports: frozenset[str] = frozenset()
    """The names in ``imports`` that are bound only inside functions."""
    stars: tuple[str, ...] = ()
    """Modules of ``from module import *``."""
    items: dict[str, frozenset[str]] = field(default_factory=dict)
    """Name to the string keys or columns that the cell assigns on it."""
    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    """Name to the attributes that the cell assigns on it."""
    methods: dict[str, frozenset[str]] = field(default_factory=dict)
    """Name to the methods that the cell calls on it."""
    files: frozenset[str] = frozenset()
    """Paths that the cell writes, where they are literals."""
    loops: frozenset[str] = frozenset()
    """Those of ``defines`` that only a loop or a ``with`` binds that closes what it gives."""
    perhaps: frozenset[str] = frozenset()
    """Those of ``defines`` that only one branch of an ``if``, a ``case`` or an ``except`` binds."""
    members: dict[str, frozenset[str]] = field(default_factory=dict)
    """Class defined here to the names in its body and the attributes set on ``self``."""


EMPTY = CellFlow()


@lru_cache(maxsize=2_048)
def cell_flow(source: str) -> CellFlow:
    """The flow of one cell; :data:`EMPTY` when it is not correct Python."""
    tree = parse_cell(source)
    if tree is None:
        return EMPTY
    reader = _Reader()
    try:
        reader.block(tree.body)
    except RecursionError:
        return EMPTY
    if _TIMED.match(source):
        reader.defines.clear()
    return CellFlow(
        parsed=True,
        defines=frozenset(reader.defines - reader.gone),
        uses=frozenset(reader.uses - _BUILTINS | (reader.uses & reader.defines)),
        changes=frozenset(reader.changes),
        deletes=frozenset(reader.gone),
        imports=reader.imports,
        local_imports=frozenset(reader.local_imports - reader.defines),
        stars=tuple(reader.stars),
        items={name: frozenset(keys) for name, keys in reader.items.items()},
        attributes={name: frozenset(names) for name, names in reader.attributes.items()},
        methods={name: frozenset(names) for name, names in reader.methods.items()},
        files=frozenset(reader.files),
        loops=frozenset(reader.loops - reader.firm),
        perhaps=frozenset(reader.defines - certain(tree.body)),
        members={name: frozenset(names) for name, names in reader.members.items()},
    )


@lru_cache(maxsize=256)
def immediate_flow(source: str) -> CellFlow:
    """The flow of a cell without the bodies of its functions, which run when they are called, by whoever calls them."""
    tree = parse_cell(source)
    return EMPTY if tree is None else cell_flow(ast.unparse(_AtOnce().visit(tree)))


class _AtOnce(ast.NodeTransformer):
    """What runs at once."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = [ast.Pass()]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.body = [ast.Pass()]
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.body = ast.Constant(None)
        return node


def root_name(node: ast.AST) -> str | None:
    """The variable that ``a.b[c].d()`` starts from."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


class _Reader:
    def __init__(self) -> None:
        self.defines: set[str] = set()
        self.gone: set[str] = set()
        self.uses: set[str] = set()
        self.changes: set[str] = set()
        self.imports: dict[str, str] = {}
        self.local_imports: set[str] = set()
        self.stars: list[str] = []
        self.items: dict[str, set[str]] = {}
        self.attributes: dict[str, set[str]] = {}
        self.methods: dict[str, set[str]] = {}
        self.files: set[str] = set()
        self.loops: set[str] = set()
        self.firm: set[str] = set()
        self.in_loop = False
        self.members: dict[str, set[str]] = {}
        self.later: list[tuple[ast.AST, frozenset[str]]] = []

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement, None)
        # Bodies of functions run later: all that the cell defines is there by then.
        defined = set(self.defines)
        while self.later:
            function, outer = self.later.pop()
            self.function(function, outer, defined)

    def visit(self, node: ast.AST, local: frozenset[str] | None) -> None:
        """One node; *local* is None at the top level, else the names that the enclosing functions bind."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for outside in [*node.decorator_list, *_outside(node.args), *_annotations(node)]:
                self.visit(outside, local)
            self.bind(node.name, local)
            self.later.append((node, local or frozenset()))
        elif isinstance(node, ast.Lambda):
            for outside in _outside(node.args):
                self.visit(outside, local)
            self.later.append((node, local or frozenset()))
        elif isinstance(node, ast.ClassDef):
            self.class_(node, local)
        elif isinstance(node, _COMPREHENSIONS):
            targets = {name for part in node.generators for name in _targets(part.target)}
            # A name bound by the comprehension is its own; reads of it are not reads of the notebook's variable.
            inner = (local or frozenset()) | targets
            for child in ast.iter_child_nodes(node):
                self.inside(child, inner, local)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.import_(node, local)
        elif isinstance(node, ast.Global):
            pass
        elif isinstance(node, ast.Name):
            self.name(node, local)
        elif isinstance(node, ast.ExceptHandler):
            before = set(self.uses)
            for child in ast.iter_child_nodes(node):
                self.visit(child, (local or frozenset()) | {node.name} if node.name and local is not None else local)
            if node.name and node.name not in before:
                self.uses.discard(node.name)
        elif isinstance(node, ast.withitem):
            self.visit(node.context_expr, local)
            if node.optional_vars is not None:
                before_with, self.in_loop = self.in_loop, self.in_loop or _closes(node.context_expr)
                self.visit(node.optional_vars, local)
                self.in_loop = before_with
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor, ast.NamedExpr)):
            self.assignment(node, local)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            self.bind(node.name, local)
            for child in ast.iter_child_nodes(node):
                self.visit(child, local)
        else:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                changed = root_name(node.value.func) if isinstance(node.value.func, ast.Attribute) else None
                if changed and not (local and changed in local):
                    self.changes.add(changed)
            if isinstance(node, ast.Call):
                self.call(node, local)
            for child in ast.iter_child_nodes(node):
                self.visit(child, local)
            if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
                self.target(node, local)

    def inside(self, node: ast.AST, inner: frozenset[str], outer: frozenset[str] | None) -> None:
        before, changes = set(self.defines), set(self.changes)
        self.visit(node, inner)
        if outer is None:
            for walrus in ast.walk(node):
                if isinstance(walrus, ast.NamedExpr) and isinstance(walrus.target, ast.Name):
                    before.add(walrus.target.id)
        self.defines, self.changes = before, changes | {name for name in self.changes if name not in inner}

    def assignment(self, node: ast.AST, local: frozenset[str] | None) -> None:
        if isinstance(node, (ast.For, ast.AsyncFor)):
            self.visit(node.iter, local)
            self.in_loop = True
            self.visit(node.target, local)
            self.in_loop = False
            for statement in [*node.body, *node.orelse]:
                self.visit(statement, local)
            return
        if isinstance(node, ast.AugAssign):
            target = root_name(node.target)
            if isinstance(node.target, ast.Name):
                self.read(node.target.id, local)
            if target and not (local and target in local):
                self.changes.add(target)
        if isinstance(node, ast.AnnAssign):
            self.visit(node.annotation, local)
        value = getattr(node, "value", None)
        if value is not None:
            self.visit(value, local)
        for target_node in node.targets if isinstance(node, ast.Assign) else [node.target]:  # type: ignore[attr-defined]
            self.visit(target_node, local)

    def target(self, node: ast.Attribute | ast.Subscript, local: frozenset[str] | None) -> None:
        name = root_name(node)
        if name is None or (local and name in local):
            return
        self.changes.add(name)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            self.attributes.setdefault(name, set()).add(node.attr)
        elif isinstance(node, ast.Subscript):
            keys = {
                part.value
                for part in ast.walk(node.slice)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            }
            self.items.setdefault(name, set()).update(keys)

    def call(self, node: ast.Call, local: frozenset[str] | None) -> None:
        function = node.func
        if isinstance(function, ast.Attribute):
            name = root_name(function)
            if name and isinstance(function.value, ast.Name) and not (local and name in local):
                self.methods.setdefault(name, set()).add(function.attr)
            if any(part.arg == "inplace" for part in node.keywords) and name:
                self.changes.add(name)
        called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        literals = [
            part.value
            for part in [*node.args, *(key.value for key in node.keywords)]
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if called in _WRITERS:
            self.files.update(literals)
        elif called == "open" and len(literals) > 1 and set(literals[1]) & set("wax"):
            self.files.add(literals[0])
        elif called in ("urlretrieve", "download", "copy", "move", "copyfile"):
            self.files.update(literals)

    def name(self, node: ast.Name, local: frozenset[str] | None) -> None:
        if isinstance(node.ctx, ast.Load):
            self.read(node.id, local)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id, local)
        elif local is None:
            self.gone.add(node.id)
            self.uses.add(node.id)

    def read(self, name: str, local: frozenset[str] | None) -> None:
        if not (local and name in local) and name not in self.defines:
            self.uses.add(name)

    def bind(self, name: str, local: frozenset[str] | None) -> None:
        if local is None:
            self.defines.add(name)
            self.gone.discard(name)
            (self.loops if self.in_loop else self.firm).add(name)

    def import_(self, node: ast.Import | ast.ImportFrom, local: frozenset[str] | None) -> None:
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(getattr(node, "module", None) or "")
                continue
            name = alias.asname or alias.name.split(".")[0]
            renamed = f" as {alias.asname}" if alias.asname else ""
            if isinstance(node, ast.Import):
                statement = f"import {alias.name}{renamed}"
            else:
                statement = f"from {'.' * node.level}{node.module or ''} import {alias.name}{renamed}"
            self.imports.setdefault(name, statement)
            if local is None:
                self.bind(name, None)
            else:
                self.local_imports.add(name)

    def class_(self, node: ast.ClassDef, local: frozenset[str] | None) -> None:
        for outside in [*node.decorator_list, *node.bases, *node.keywords]:
            self.visit(outside, local)
        members: set[str] = set()
        own: set[str] = set()
        for statement in node.body:
            own.update(bound([statement]))
            for part in ast.walk(statement):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    members.add(part.attr)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                for outside in [*statement.decorator_list, *_outside(statement.args), *_annotations(statement)]:
                    self.visit(outside, (local or frozenset()) | own)
                self.later.append((statement, local or frozenset()))
            else:
                self.visit(statement, (local or frozenset()) | own)
        self.members[node.name] = members | own
        self.bind(node.name, local)

    def function(self, node: ast.AST, outer: frozenset[str], defined: set[str]) -> None:
        assert isinstance(node, _SCOPES)
        arguments = node.args
        names = {part.arg for part in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]}
        names.update(part.arg for part in (arguments.vararg, arguments.kwarg) if part)
        body: list[ast.stmt] = [ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body
        outside = {
            name for part in body for inner in ast.walk(part) if isinstance(inner, ast.Global) for name in inner.names
        }
        names |= bound(body) - outside
        inner = outer | names
        before = set(self.defines)
        self.defines = before | defined
        for statement in body:
            self.visit(statement, inner)
        self.defines = before
        # A function that declares names global defines them for the notebook once it is called.
        self.changes |= outside


_CLOSED = frozenset([
    "open", "ZipFile", "TarFile", "urlopen", "Session", "connect", "Pool", "ThreadPoolExecutor",
    "ProcessPoolExecutor", "TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile", "fdopen", "File",
    "socket", "begin", "session_scope", "Popen", "ExcelWriter", "closing",
])  # fmt: skip


def _closes(context: ast.expr) -> bool:
    """Whether nothing is left of what a ``with`` gives once its block has ended: files, connections, pools."""
    if not isinstance(context, ast.Call):
        return False
    called = context.func.attr if isinstance(context.func, ast.Attribute) else getattr(context.func, "id", "")
    return called in _CLOSED


def _outside(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (part for part in arguments.kw_defaults if part is not None)


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    """Read when the function is defined."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    yield from (part.annotation for part in every if part is not None and part.annotation is not None)
    if node.returns is not None:
        yield node.returns


def _targets(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
