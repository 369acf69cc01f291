"""Removed API whose replacement is written differently, one function each."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import name_of_module
from .reasons import because
from .removed_arguments import without_argument

_ROLLING = re.compile(r"(rolling|expanding)_(mean|std|sum|var|median|min|max|count|corr|cov|skew|kurt)$")


@because("pandas 2.0 removed `append`; `pd.concat` does the same.")
def appended_frame(case: Case) -> Fix | None:
    """``df.append(other)`` is ``pd.concat([df, other])`` since pandas 2.0 (whatsnew v2.0.0)."""
    found = re.search(r"'(DataFrame|Series)' object has no attribute 'append'", case.evalue)
    pandas = name_of_module(case, "pandas")
    if not found or pandas is None:
        return None
    replacements = []
    for call in case.statement_nodes(ast.Call):
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "append" or len(call.args) != 1:
            continue
        if any(part.arg not in ("ignore_index", "sort", "verify_integrity") for part in call.keywords):
            return None
        added = _added(case, call.args[0], pandas, found.group(1), call)
        if added is None:
            return None
        owner = case.text(call.func.value)
        options = "".join(f", {case.text(part)}" for part in call.keywords)
        replacements.append(Replacement(*case.span(call), f"{pandas}.concat([{owner}, {added}]{options})"))
    if len(replacements) != 1:
        return None
    return case.replace(replacements)


def _added(case: Case, node: ast.expr, pandas: str, owner: str, call: ast.Call) -> str | None:
    text = case.text(node)
    ignores = any(part.arg == "ignore_index" for part in call.keywords)
    kind, first = "", ""
    if isinstance(node, ast.Dict):
        kind = "dict"
    elif isinstance(node, ast.List):
        kind, first = "list", "dict" if node.elts and isinstance(node.elts[0], ast.Dict) else ""
    elif isinstance(node, ast.Call):
        callee = case.text(node.func)
        kind = {
            f"{pandas}.DataFrame": "DataFrame",
            f"{pandas}.Series": "Series",
            f"{pandas}.read_csv": "DataFrame",
        }.get(callee, "")
    else:
        known = case.object(text) or {}
        kind, first = known.get("type") or case.names.get(text, ""), known.get("first", "")
    if owner == "Series":
        return text if kind == "Series" else None
    if kind == "DataFrame":
        return text
    if kind == "dict" and ignores:
        return f"{pandas}.DataFrame([{text}])"
    if kind == "Series":
        return f"{text}.to_frame().T"
    if kind == "list" and first == "dict":
        return f"{pandas}.DataFrame({text})"
    if kind == "list" and first == "DataFrame":
        return f"*{text}"
    return None


@because("pandas 3.0 removed this argument; the method of that name does the same.")
def filled_by_method(case: Case) -> Fix | None:
    """``fillna(method='ffill')`` is ``ffill()`` since pandas 3.0."""
    if "fillna() got an unexpected keyword argument 'method'" not in case.evalue:
        return None
    names = {"ffill": "ffill", "pad": "ffill", "bfill": "bfill", "backfill": "bfill"}
    replacements = []
    source = case.cells[case.place.cell] if case.place else ""
    for call in [node for node in ast.walk(case.failing_tree or ast.Module([], [])) if isinstance(node, ast.Call)]:
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "fillna":
            continue
        method = [part for part in call.keywords if part.arg == "method"]
        if not method:
            continue
        value = getattr(method[0].value, "value", None)
        if value not in names or call.args:
            return None
        end = case.span(call.func)[1]
        replacements.append(Replacement(end - len("fillna"), end, names[value]))
        replacements.append(without_argument(case, call, method[0]))
    return case.replace(replacements) if replacements and source else None


@because("scikit-learn 1.6 has a function of its own for the root.")
def root_mean_squared(case: Case) -> Fix | None:
    """``mean_squared_error(squared=False)`` is ``root_mean_squared_error`` since scikit-learn 1.6 (whats_new v1.4)."""
    if not re.search(r"got an unexpected keyword argument 'squared'", case.evalue):
        return None
    calls = [
        (call, part)
        for call in case.statement_nodes(ast.Call)
        for part in call.keywords
        if part.arg == "squared" and case.text(call.func).endswith("mean_squared_error")
    ]
    if len(calls) != 1:
        return None
    call, squared = calls[0]
    value = getattr(squared.value, "value", None)
    if value is True:
        return case.replace([without_argument(case, call, squared)])
    if value is not False:
        return None
    end = case.span(call.func)[1]
    fix = case.replace(
        [
            Replacement(end - len("mean_squared_error"), end, "root_mean_squared_error"),
            without_argument(case, call, squared),
        ]
    )
    if fix is None or isinstance(call.func, ast.Attribute):
        return fix
    if fix.get("failing_cell") is None:
        return None
    case = Case(
        [*case.cells[: case.failing], fix["failing_cell"], *case.cells[case.failing + 1 :]], case.failing, "", "", ()
    )
    return case.with_import("from sklearn.metrics import root_mean_squared_error")


@because("Since Matplotlib 3.6, a projection is given to `add_subplot`.")
def projection_of_axes(case: Case) -> Fix | None:
    """``fig.gca(projection='3d')`` is ``fig.add_subplot(projection='3d')`` since Matplotlib 3.6 (api changes 3.4.0)."""
    if "gca() got an unexpected keyword argument 'projection'" not in case.evalue:
        return None
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "gca"
    ]
    if len(calls) != 1:
        return None
    plain = case.text(calls[0].func.value) == name_of_module(case, "matplotlib.pyplot")  # type: ignore[attr-defined]
    end = case.span(calls[0].func)[1]
    return case.replace([Replacement(end - 3, end, "subplot" if plain else "add_subplot")])


@because("pandas has replaced its moving window functions by `rolling`.")
def moving_window(case: Case) -> Fix | None:
    """``pd.rolling_mean(s, 3)`` is ``s.rolling(3).mean()`` since pandas 0.23 (whatsnew v0.18.0)."""
    found = re.search(r"module 'pandas' has no attribute '(\w+)'", case.evalue)
    parts = _ROLLING.match(found.group(1)) if found else None
    if not found or not parts or parts.group(1) != "rolling":
        return None
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == found.group(1)
    ]
    if len(calls) != 1 or not calls[0].args:
        return None
    series, rest = calls[0].args[0], [*calls[0].args[1:], *calls[0].keywords]
    text = case.text(series)
    if not isinstance(series, (ast.Name, ast.Attribute, ast.Subscript, ast.Call)):
        text = f"({text})"
    window = ", ".join(case.text(part) for part in rest)
    return case.replace([Replacement(*case.span(calls[0]), f"{text}.rolling({window}).{parts.group(2)}()")])


@because("seaborn has renamed this to `catplot`, whose marks are points only when told so.")
def factor_plot(case: Case) -> Fix | None:
    """``sns.factorplot(...)`` is ``sns.catplot(..., kind='point')`` since seaborn 0.9 (whatsnew v0.9.0, removed in 0.11)."""
    if "module 'seaborn' has no attribute 'factorplot'" not in case.evalue:
        return None
    calls = [
        call
        for call in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "factorplot"
    ]
    replacements = []
    for call in calls:
        given = {part.arg: part for part in call.keywords}
        if None in given or len(call.args) > 4 or any(isinstance(one, ast.Starred) for one in call.args):
            return None
        end = case.span(call.func)[1]
        replacements.append(Replacement(end - len("factorplot"), end, "catplot"))
        for name, argument in zip(("x", "y", "hue", "data"), call.args, strict=False):
            start = case.span(argument)[0]
            replacements.append(Replacement(start, start, f"{name}="))
        if "size" in given:
            start = case.span(given["size"])[0]
            replacements.append(Replacement(start, start + len("size"), "height"))
        if "kind" not in given:
            # catplot has another kind of marks unless it is told.
            last = max(case.span(argument)[1] for argument in [*call.args, *call.keywords])
            replacements.append(Replacement(last, last, ", kind='point'"))
    return case.replace(replacements)


@because("Since pandas 2.0, text columns are no longer left out by themselves.")
def numeric_columns_only(case: Case) -> Fix | None:
    """``df.corr()`` dropped text columns silently before pandas 2.0; that is ``numeric_only=True`` now (whatsnew v2.0.0)."""
    methods = {"corr", "cov", "mean", "median", "std", "var", "sem", "skew", "kurt", "sum", "prod", "quantile"}
    if not re.search(
        r"could not convert string to float|Could not convert|with string dtype|dtype 'str' does not support|agg function failed"
        r"|does not support reduction|unsupported operand type\(s\) for -: 'str' and 'str'|'DatetimeArray' with dtype",
        case.evalue,
    ):
        return None
    calls = [
        call
        for call in case.nodes(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in methods
        and not call.args
        and not any(part.arg == "numeric_only" for part in call.keywords)
    ]
    if len(calls) != 1 or case.place is None:
        return None
    call = calls[0]
    assert isinstance(call.func, ast.Attribute)
    owner = call.func.value
    grouped = isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "groupby"
    if grouped:
        if call.func.attr in ("sum",):
            return None
        owner = owner.func.value  # type: ignore[attr-defined]
    elif call.func.attr not in ("corr", "cov", "mean", "median", "std", "var", "skew", "kurt", "quantile", "sem"):
        return None
    if not isinstance(owner, ast.Name):
        return None
    known = case.object(owner.id) or {}
    kinds = known.get("dtypes")
    if known.get("type") != "DataFrame" or not kinds:
        return None
    text = [kind for kind in kinds if kind in ("object", "str", "string", "category") or kind.startswith("datetime")]
    numbers = [kind for kind in kinds if kind.startswith(("int", "float", "uint", "bool"))]
    # A table that is mostly text is one that was read wrongly, and its numbers would be left out.
    if len(numbers) < (1 if grouped else 2) or not text or known.get("text_numbers"):
        return None
    end = case.span(call)[1]
    comma = ", " if call.keywords else ""
    return case.replace([Replacement(end - 1, end - 1, f"{comma}numeric_only=True")])


_BY_LEVEL = re.compile(r"\b(sum|mean|median|min|max|std|var|prod|count)\(\) got an unexpected keyword argument 'level'")


@because("Since pandas 2.0, one groups by a level first.")
def aggregated_by_level(case: Case) -> Fix | None:
    """``s.sum(level=0)`` is ``s.groupby(level=0).sum()`` since pandas 2.0 (whatsnew v2.0.0)."""
    found = _BY_LEVEL.search(case.evalue)
    calls = [
        call
        for call in case.statement_nodes(ast.Call)
        if isinstance(call.func, ast.Attribute) and found and call.func.attr == found.group(1)
    ]
    if len(calls) != 1 or calls[0].args or [part.arg for part in calls[0].keywords] != ["level"]:
        return None
    call = calls[0]
    assert isinstance(call.func, ast.Attribute)
    start, end = case.span(call.func.value)[1], case.span(call)[1]
    level = case.text(call.keywords[0])
    return case.replace([Replacement(start, end, f".groupby({level}).{call.func.attr}()")])


@because("Since pandas 2.0, several columns are chosen with a list.")
def listed_columns(case: Case) -> Fix | None:
    """``df.groupby('a')['b', 'c']`` needs a list of columns since pandas 2.0 (whatsnew v2.0.0), as ``df['b', 'c']`` does."""
    if "Cannot subset columns with a tuple" not in case.evalue and not _are_columns(case):
        return None
    nodes = [node for node in case.nodes(ast.Subscript) if isinstance(node.slice, ast.Tuple)] or [
        node for node in case.statement_nodes(ast.Subscript) if isinstance(node.slice, ast.Tuple)
    ]
    if len(nodes) != 1:
        return None
    start, end = case.span(nodes[0].slice)
    text = case.text(nodes[0].slice)
    text = text[1:-1] if text.startswith("(") else text
    return case.replace([Replacement(start, end, f"[{text}]")])


def _are_columns(case: Case) -> bool:
    """Whether a tuple that is no key of a table is made of the names of its columns."""
    if case.ename != "KeyError" or not case.evalue.startswith("('"):
        return False
    keys = set(ast.literal_eval(case.evalue))
    owners = [node.value for node in case.nodes(ast.Subscript) if isinstance(node.slice, ast.Tuple)]
    known = (case.object(case.text(owners[0])) or {}) if len(owners) == 1 else {}
    return known.get("type") == "DataFrame" and keys <= set(known.get("columns") or [])
