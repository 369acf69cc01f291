"""Square brackets where a call was meant, a call where an item or a plain attribute was meant, and the like."""

# ruff: noqa: E501, PERF401 -- patterns and tables read better unbroken; the steps stay apart

from __future__ import annotations

import ast
import builtins
import re

from ..case import Case, Fix, Replacement
from .reasons import because

_NOT_SUBSCRIPTABLE = re.compile(r"'([\w.]+)' object is not subscriptable")
_NOT_CALLABLE = re.compile(r"'([\w.]+)' object is not callable")
_VIEWS = frozenset(
    {
        "dict_keys",
        "dict_values",
        "dict_items",
        "map",
        "filter",
        "zip",
        "set",
        "reversed",
        "generator",
        "odict_keys",
        "odict_values",
        "odict_items",
    }
)
_PROPERTIES = frozenset(
    {
        "shape",
        "columns",
        "dtypes",
        "values",
        "size",
        "index",
        "T",
        "ndim",
        "dtype",
        "empty",
        "name",
        "axes",
        "loc",
        "iloc",
    }
)


_TAKING_ONE = frozenset(
    [
        "append",
        "extend",
        "remove",
        "pop",
        "add",
        "discard",
        "update",
        "startswith",
        "endswith",
        "groupby",
    ]
)
"""What can only be called with an argument, or hardly ever without."""
_TAKING_A_NUMBER = frozenset(
    ["head", "tail", "sample", "zeros", "ones", "arange", "sqrt", "exp", "log", "sleep", "seed"]
)
"""What takes no text: of `df.head['age']`, the text is rather a column of the result."""
_TAKING_TEXT = frozenset(["split", "join", "count", "find", "index", "strip", "drop", "fillna", "format", "get"])
"""What takes text or a table; a number in the brackets is rather a place in the result."""
_LEARNING = frozenset(["fit", "fit_transform", "fit_predict"])
_OF_TWO_NUMBERS = frozenset(["linspace", "randint", "uniform"])


@because("In Python 3 this has no positions until it is made a list.")
def item_of_view(case: Case) -> Fix | None:
    """``d.keys()[0]`` and ``map(f, x)[0]`` need a list in Python 3."""
    found = _NOT_SUBSCRIPTABLE.search(case.evalue)
    if not found or found.group(1) not in _VIEWS or found.group(1) in ("set", "generator"):
        return None
    nodes = [node for node in case.nodes(ast.Subscript) if isinstance(node.ctx, ast.Load)]
    if len(nodes) != 1:
        return None
    owner = nodes[0].value
    if not isinstance(owner, ast.Call):
        return None
    return case.replace([Replacement(*case.span(owner), f"list({case.text(owner)})")])


@because("This is called with parentheses, not with square brackets.")
def called_with_brackets(case: Case) -> Fix | None:
    """``df.head[5]``, ``range[5]``."""
    found = re.search(
        r"'(builtin_function_or_method|method|function|type|numpy\.ufunc|numpy\._ArrayFunctionDispatcher)' object is not subscriptable|type '(\w+)' is not subscriptable",
        case.evalue,
    )
    if not found:
        return None
    nodes = [node for node in case.nodes(ast.Subscript) if isinstance(node.ctx, ast.Load)]
    node = next((node for node in nodes if isinstance(node.value, (ast.Attribute, ast.Name))), None)
    if node is None or isinstance(node.slice, ast.Slice):
        return None
    # Before Python 3.11 the place is a whole line, which may have items of what the call would give.
    if not all(other is node or _is_of(other, node) for other in nodes):
        return None
    assert isinstance(node.value, (ast.Attribute, ast.Name))
    if found.group(1) == "function" and case.names.get(case.text(node.value)) == "":
        return None
    if not _takes(case, node.value, node.slice):
        return None
    return case.replace([Replacement(case.span(node.value)[1], case.span(node)[1], f"({case.text(node.slice)})")])


def _is_of(item: ast.Subscript, first: ast.Subscript) -> bool:
    """Whether an item is one of what comes of the first one: ``first['a'].mean()['b']``."""
    node: ast.expr = item
    while node is not first:
        if isinstance(node, (ast.Subscript, ast.Attribute)):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return False
    return True


def _takes(case: Case, callee: ast.Attribute | ast.Name, index: ast.expr) -> bool:
    """Whether what stands in the brackets is the argument, rather than an item of what the call would give.

    `df.head[5]` and `range[5]` are calls; `df.corr['price']` means the column of the result, `text.split[0]` a part.
    """
    name = callee.attr if isinstance(callee, ast.Attribute) else callee.id
    of_builtin = isinstance(callee, ast.Name) and hasattr(builtins, name)
    if isinstance(index, ast.Tuple):
        # A tuple may stand for one argument as well: of `np.zeros[3, 4]` it is the shape.
        return (of_builtin and name in ("print", "range", "max", "min", "isinstance")) or name in _OF_TWO_NUMBERS
    if name in _TAKING_A_NUMBER:
        return not (isinstance(index, (ast.List, ast.Constant)) and not _is_number(index)) or name in ("zeros", "ones")
    if name in _TAKING_ONE or of_builtin:
        return True
    if name in _TAKING_TEXT:
        return not (isinstance(index, ast.Constant) and isinstance(index.value, int))
    signature = (case.object(case.text(callee)) or {}).get("signature")
    if not signature:
        return False
    needed = [one for one, kind, default in signature if not default and kind in ("p", "n", "k")]
    return len(needed) == 1


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


@because("What is called here is a value, not a function.")
def called_property(case: Case) -> Fix | None:
    """``df.shape()``: what was called is no function but a value."""
    found = _NOT_CALLABLE.search(case.evalue)
    if not found:
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if not call.args and not call.keywords and isinstance(call.func, ast.Attribute)
    ]
    own = [call for call in calls if _is_own_property(case, call.func.attr)]  # type: ignore[attr-defined]
    if len(own) == 1 and len(case.statement_nodes(ast.Call)) == 1:
        return case.replace([Replacement(case.span(own[0].func)[1], case.span(own[0])[1], "")])
    calls = [call for call in calls if call.func.attr in _PROPERTIES]  # type: ignore[attr-defined]
    if len(calls) != 1 or found.group(1) not in (
        "tuple",
        "Index",
        "Series",
        "int",
        "numpy.ndarray",
        "ndarray",
        "RangeIndex",
        "DataFrame",
        "str",
        "bool",
        "list",
        "numpy.dtype",
        "DatetimeIndex",
        "MultiIndex",
        "StringArray",
        "NumpyExtensionArray",
        "_LocIndexer",
    ):
        return None
    return case.replace([Replacement(case.span(calls[0].func)[1], case.span(calls[0])[1], "")])


def _is_own_property(case: Case, attribute: str) -> bool:
    """Whether all that the notebook defines under this name are properties."""
    defined = [
        any(
            getattr(one, "id", getattr(one, "attr", "")) in ("property", "cached_property")
            for one in node.decorator_list
        )
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, ast.FunctionDef) and node.name == attribute
    ]
    return bool(defined) and all(defined)


@because("The title of axes is an object; `set_title` changes it.")
def title_of_axes(case: Case) -> Fix | None:
    """``ax.title('Sales')``: of axes, the title is an object, which ``set_title`` changes."""
    if "'Text' object is not callable" not in case.evalue:
        return None
    calls = [call.func for call in case.nodes(ast.Call) if isinstance(call.func, ast.Attribute)]
    titles = [function for function in calls if function.attr == "title"]
    if len(titles) != 1:
        return None
    end = case.span(titles[0])[1]
    return case.replace([Replacement(end - len("title"), end, "set_title")])


@because("An item is taken with square brackets; parentheses call.")
def item_with_parentheses(case: Case) -> Fix | None:
    """``df('a')``, ``scores(0)``: parentheses around a key or position that the object has."""
    found = _NOT_CALLABLE.search(case.evalue)
    if not found or found.group(1) not in ("DataFrame", "list", "dict", "numpy.ndarray", "Series", "tuple"):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if len(call.args) == 1 and not call.keywords and isinstance(call.func, ast.Name)
    ]
    if len(calls) != 1:
        return None
    call = calls[0]
    assert isinstance(call.func, ast.Name)
    known = case.object(call.func.id) or {}
    argument = call.args[0]
    keys = [*(known.get("columns") or []), *(known.get("keys") or [])]
    value = argument.value if isinstance(argument, ast.Constant) else None
    fits = (
        value in keys
        if isinstance(value, (str, int)) and keys
        else (
            isinstance(value, int)
            and not isinstance(value, bool)
            and value < (known.get("length") or (known.get("shape") or [0])[0])
        )
    )
    if not fits or hasattr(builtins, call.func.id) or _was_function(case, call.func.id):
        return None
    return case.replace([Replacement(case.span(call.func)[1], case.span(call)[1], f"[{case.text(argument)}]")])


def _was_function(case: Case, name: str) -> bool:
    """Whether a cell defines or imports a function of that name, which a value has taken the place of."""
    defined = any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
    )
    return defined or any(name in flow.imports for _, flow in case.flows())


@because("`loc` and `iloc` take square brackets.")
def indexer_called(case: Case) -> Fix | None:
    """``df.loc('a')`` and ``df.iloc(0)`` give an indexer, whose use then fails."""
    found = re.search(
        r"'_(?:i?Loc|iAt|At)Indexer' object|No axis named \S+ for object type|_LocationIndexer\.__call__\(\) takes",
        case.evalue,
    )
    if not found:
        return None
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("loc", "iloc")
        and call.args
        and not call.keywords
    ]
    if len(calls) != 1:
        return None
    call = calls[0]
    inner = ", ".join(case.text(one) for one in call.args)
    return case.replace([Replacement(case.span(call.func)[1], case.span(call)[1], f"[{inner}]")])


@because("The class was never called, so this is the class itself and not an object of it.")
def instance_meant(case: Case) -> Fix | None:
    """``model = LinearRegression`` (no parentheses), then ``model.fit(X, y)``: the class was never called."""
    if case.place is None:
        return None
    for call in case.statement_nodes(ast.Call):
        if not (isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)):
            continue
        name = call.func.value.id
        if case.names.get(name) == "class" and call.func.attr in _LEARNING and _is_estimator(case, name):
            end = case.span(call.func.value)[1]
            return case.replace([Replacement(end, end, "()")])
        places = []
        for index in range(len(case.cells)):
            for node in ast.walk(case.tree(index) or ast.Module([], [])):
                if (
                    isinstance(node, ast.Assign)
                    and len(node.targets) == 1
                    and getattr(node.targets[0], "id", "") == name
                ):
                    places.append((index, node.value))
        if case.names.get(name) != "class" or len(places) != 1:
            continue
        index, value = places[0]
        known = case.object(name) or {}
        required = [
            one for one, kind, default in known.get("signature") or [] if not default and kind in ("p", "n", "k")
        ]
        if not isinstance(value, (ast.Name, ast.Attribute)) or required or name == case.text(value, index):
            return None
        end = case.span(value, index)[1]
        return case.replace([Replacement(end, end, "()")], index)
    return None


def _is_estimator(case: Case, name: str) -> bool:
    """Whether it is a class of scikit-learn that can be made without arguments."""
    known = case.object(name) or {}
    signature = known.get("signature") or []
    needed = [one for one, kind, default in signature if not default and kind in ("p", "n", "k")]
    # Under another name it is a variable, which was to hold an object of the class.
    return str(known.get("of") or "").startswith("sklearn.") and known.get("class") == name and not needed
