"""A misspelt attribute, method or member of a module, looked up among those that the object really has."""

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from ..spelling import folded, near_match
from .binding import binds
from .reasons import because

_MESSAGE = re.compile(
    r"(?:'([\w.]+)' object|type object '([\w.]+)'|[Mm]odule '([\w.]+)'|'(\w+)' object) has no attribute '(\w+)'"
)
_PLAIN = {
    "list": list,
    "dict": dict,
    "str": str,
    "set": set,
    "tuple": tuple,
    "int": int,
    "float": float,
    "bytes": bytes,
    "frozenset": frozenset,
    "bool": bool,
}


@because("The object has one attribute that is spelt almost like this.")
def misspelt_attribute(case: Case) -> Fix | None:
    found = _MESSAGE.search(case.evalue)
    place = case.place
    if not found or place is None:
        return None
    attribute = found.group(5)
    kind = found.group(1) or found.group(2)
    if kind == "NoneType" or any(attribute in names for _, flow in case.flows() for names in flow.attributes.values()):
        return None
    nodes = [node for node in case.nodes(ast.Attribute) if node.attr == attribute] or [
        node for node in case.statement_nodes(ast.Attribute) if node.attr == attribute
    ]
    nodes = [node for node in nodes if isinstance(node.ctx, ast.Load)]
    if not nodes:
        return None
    owner = case.error.get("obj") or _owner_now(case, found, nodes)
    if owner is None and kind in _PLAIN:
        owner = {"attributes": [name for name in dir(_PLAIN[kind]) if not name.startswith("_")], "type": kind}
    if not owner or not owner.get("attributes") or _is_in_file(case, found.group(3), attribute):
        return None
    meant = _meant(case, attribute, owner, nodes)
    if meant is None or (meant in _IN_PLACE and kind in _PLAIN and not _stands_alone(case, nodes)):
        return None
    texts = {case.text(node.value) for node in nodes}
    alike = [
        node
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Attribute) and node.attr == attribute and case.text(node.value) in texts
    ]
    return case.replace(
        [
            Replacement(case.span(node)[1] - len(attribute.encode().decode()), case.span(node)[1], meant)
            for node in alike
        ]
    )


_IN_PLACE = frozenset(["sort", "reverse", "append", "extend", "insert", "remove", "clear", "update", "add", "discard"])
"""Methods that give nothing: where something is taken from them, a function was meant (`sorted`, `reversed`)."""


def _stands_alone(case: Case, nodes: list[ast.Attribute]) -> bool:
    """Whether each of the calls is a statement of its own."""
    alone = {
        id(node.value.func)
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    }
    return all(id(node) in alone for node in nodes)


@because("The enumeration has one member that is spelt almost like this.")
def misspelt_member(case: Case) -> Fix | None:
    """``Color.Red`` of an ``Enum``, whose error (until Python 3.12) tells nothing but the name."""
    if not re.fullmatch(r"\w+", case.evalue):
        return None
    nodes = [node for node in case.statement_nodes(ast.Attribute) if node.attr == case.evalue]
    if not nodes or len({case.text(node.value) for node in nodes}) != 1:
        return None
    owner = case.error.get("obj") or {}
    if owner.get("type") not in ("EnumType", "EnumMeta"):
        return None
    meant = near_match(case.evalue, _list(owner, "attributes"))
    ends = [case.span(node)[1] for node in nodes]
    return case.replace([Replacement(end - len(case.evalue), end, meant) for end in ends]) if meant else None


def _is_in_file(case: Case, module: str | None, attribute: str) -> bool:
    """Whether the file of a module of the user's own has the name by now: the kernel holds an older state of it."""
    path = case.local_file(module) if module else None
    return path is not None and case.file_names(path, attribute)


def _owner_now(case: Case, said: re.Match[str], nodes: list[ast.Attribute]) -> dict[str, object] | None:
    """The object by its name, where the kernel no longer has the exception: another cell has failed since."""
    within: set[int] = set()
    for node in ast.walk(case.failing_tree or ast.Module([], [])):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp)):
            within.update(map(id, ast.walk(node)))
    names = {case.text(node.value) for node in nodes}
    if case.error or len(names) != 1 or any(id(node) in within for node in nodes):
        return None
    now = case.object(names.pop())
    if now is None:
        return None
    kind, module = said.group(1), said.group(3)
    same = now.get("name") == module if module else kind is not None and now.get("type") == kind.rpartition(".")[2]
    return now if same else None


def _meant(case: Case, attribute: str, owner: dict[str, object], nodes: list[ast.Attribute]) -> str | None:
    called = _called(case.failing_tree or ast.Module([], []))
    is_called = all(id(node) in called for node in nodes)
    columns = [name for name in _list(owner, "columns") + _list(owner, "labels") if name.isidentifier()]
    of_library = owner.get("name") is not None or _of_library(owner)
    attributes = _list(owner, "attributes")
    methods = _list(owner, "methods")
    if is_called and methods and not owner.get("columns"):
        attributes = [name for name in attributes if name in methods] or attributes
    if columns:
        column = near_match(attribute, columns)
        if column is not None and not is_called:
            return column if near_match(attribute, attributes, api=True) in (None, column) else None
        if any(_one_letter_apart(attribute, column) for column in columns):
            # `df.ages` is rather meant to be the column `age` than `df.axes`, but that is not certain enough either.
            return None
    setter = f"set_{attribute}"
    if of_library and is_called and setter in attributes:
        # The methods of matplotlib's axes that pyplot has under a shorter name.
        return setter
    meant = near_match(attribute, [name for name in attributes if name not in columns], api=of_library)
    if meant is not None and attribute.endswith("_") and not meant.endswith("_"):
        return None  # scikit-learn's mark of what only a fitted model has
    sure = meant == "items" and owner.get("type") == "dict" and _gives_pairs(case, nodes)
    if meant is None or (of_library and not sure and _means_another(attribute, meant, owner, is_called)):
        return None
    told = _dict(owner, "near").get(meant)
    if isinstance(told, list) and not all(
        binds(call, told) for node in nodes for call in case.statement_nodes(ast.Call) if call.func is node
    ):
        return None
    if methods and is_called and owner.get("type") not in ("module",) and meant not in methods and columns:
        return None
    if not is_called and meant in methods and owner.get("type") in ("DataFrame", "Series"):
        # `df.pivots` without a call is rather a column that does not exist than a method.
        return None
    return meant


def _gives_pairs(case: Case, nodes: list[ast.Attribute]) -> bool:
    """Whether what is called is looped over by twos, as ``items()`` is."""
    loops: list[ast.For | ast.comprehension] = [
        *case.statement_nodes(ast.For),
        *case.statement_nodes(ast.comprehension),
    ]
    pairs = {
        id(loop.iter.func)
        for loop in loops
        if isinstance(loop.iter, ast.Call) and isinstance(loop.target, ast.Tuple) and len(loop.target.elts) == 2
    }
    return all(id(node) in pairs for node in nodes)


def _means_another(attribute: str, meant: str, owner: dict[str, object], is_called: bool) -> bool:
    """Whether the attribute is rather a word of another type, or the short form of another attribute of this one.

    `grid.set_title` is spelt as it should be, for axes; `plt.vline` may be `axvline` as well as `vlines`.
    """
    key, found = folded(attribute), folded(meant)
    if owner.get("elsewhere") and key != found and (is_called or meant != attribute + "s"):
        return True
    methods = _list(owner, "methods")
    others = [
        other
        for other in _list(owner, "attributes")
        if folded(other) != found and (not methods or (other in methods) == is_called)
    ]
    if key == found:
        # A function of that name is no class.
        return (
            attribute[:1].islower()
            and meant[:1].isupper()
            and any(other[:1].islower() and _one_letter_apart(attribute, other) for other in others)
        )
    return len(key) > 3 and any(
        (folded(one).startswith(key) or _ends_with(one, attribute))
        and not (found.startswith(key) and folded(one).startswith(found))
        and folded(one).rstrip("s") != found.rstrip("s")
        for one in others
    )


def _ends_with(name: str, word: str) -> bool:
    """Whether *name* ends with *word* as a word of its own: `value_counts` with `counts`, not `nonzero` with `zero`."""
    return re.search(rf"(?:_{re.escape(word)}|[a-z]{re.escape(word[:1].upper() + word[1:])})$", name) is not None


def _called(tree: ast.AST) -> set[int]:
    """The ids of the expressions that are called, as decorators are."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.add(id(node.func))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.update(id(decorator) for decorator in node.decorator_list)
    return found


def _one_letter_apart(name: str, other: str) -> bool:
    from rapidfuzz.distance import OSA

    return len(name) > 3 and OSA.distance(folded(name), folded(other), score_cutoff=1) == 1


def _list(owner: dict[str, object], key: str) -> list[str]:
    found = owner.get(key) or []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _dict(owner: dict[str, object], key: str) -> dict[str, object]:
    found = owner.get(key)
    return found if isinstance(found, dict) else {}


def _of_library(owner: dict[str, object]) -> bool:
    module = owner.get("module")
    return owner.get("of") != "__main__" and module != "__main__"
