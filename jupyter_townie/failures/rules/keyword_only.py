"""Arguments given by position that have to be given by keyword by now: ``df.drop('a', 1)``, ``sns.barplot(x, y)``.

Libraries that made parameters keyword-only kept their order, so a position names its parameter; seaborn put ``data``
first (whatsnew v0.12.0), so that its plots' old first two positions are ``x`` and ``y``.
"""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because

_TOO_MANY = re.compile(
    r"([\w.]+)\(\) takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:positional arguments? .*)?(?:was|were) given"
)
_SEABORN_XY = frozenset(
    [
        "barplot",
        "scatterplot",
        "boxplot",
        "lineplot",
        "regplot",
        "stripplot",
        "violinplot",
        "swarmplot",
        "pointplot",
        "relplot",
        "catplot",
        "jointplot",
        "boxenplot",
        "residplot",
        "kdeplot",
        "histplot",
        "lmplot",
        "countplot",
    ]
)
_REORDERED_FUNCTIONS = frozenset(
    [
        "KFold",
        "StratifiedKFold",
        "GroupKFold",
        "ShuffleSplit",
        "StratifiedShuffleSplit",
        "GroupShuffleSplit",
        "LeavePOut",
        "GridSearchCV",
        "RandomizedSearchCV",
        "OneHotEncoder",
        "log_loss",
        "fillna",
        "rename",
        "set_axis",
    ]
)
"""Functions whose parameters changed along with their order: the old `KFold` began with the number of rows."""
_FLAGS = frozenset(
    ["inplace", "drop", "shuffle", "expand", "regex", "verify_integrity", "ignore_index", "sharex", "sharey", "copy"]
)
_NUMBER = re.compile(r"^(?:max|min|n|num)_|_(?:size|depth|iter|state)$")
"""What parameters that take a number are called."""
_PLAIN = frozenset(["int", "float", "str", "bool", "NoneType"])
_LIBRARIES = ("pandas", "numpy", "sklearn", "matplotlib", "seaborn", "scipy")


@because("These arguments can only be given by name.")
def keyword_only(case: Case) -> Fix | None:
    found = _TOO_MANY.search(case.evalue)
    if case.place is None:
        return None
    if "got multiple values for argument 'data'" in case.evalue or found:
        fix = _seaborn(case)
        if fix is not None:
            return fix
    wrapped = case.error.get("called") or {}
    said = found.group(1) if found else wrapped.get("name") if case.evalue == "too many positional arguments" else None
    if not said:
        return None
    name = said.rpartition(".")[2]
    owner = said.split(".")[-2] if "." in said else ""
    wanted = owner if name == "__init__" else name
    calls = [call for call in case.statement_nodes(ast.Call) if _called(call) == wanted]
    if len(calls) != 1 or any(isinstance(one, ast.Starred) for one in calls[0].args):
        return None
    call = calls[0]
    if name == "__init__" and not all(_is_setting(case, argument) for argument in call.args):
        return None
    signature = _signature(case, call, name)
    if signature is None:
        return None
    accepted = [one for one, kind, _ in signature if kind in ("p", "n")]
    further = [str(one) for one, kind, _ in signature if kind == "k"]
    extra = call.args[len(accepted) :]
    if name == "pivot" and {"index", "columns", "values"} <= set(further):
        further = ["index", "columns", "values"]  # the order in which they were given before pandas 2.0
    elif (wanted in _REORDERED_FUNCTIONS and not _is_flag(extra)) or "groups" in further[: len(extra)]:
        return None
    used = {part.arg for part in call.keywords}
    if not extra or len(extra) > len(further) or any(kind == "v" for _, kind, _ in signature):
        return None
    if set(further[: len(extra)]) & used:
        return None
    if not all(_fits(one, argument) for one, argument in zip(further, extra, strict=False)):
        return None
    return case.replace(
        [
            Replacement(case.span(argument)[0], case.span(argument)[0], f"{keyword}=")
            for argument, keyword in zip(extra, further, strict=False)
        ]
    )


def _fits(parameter: str, argument: ast.expr) -> bool:
    """Whether a value can be the one of a parameter: `pd.concat(a, b)` does not mean `axis=b`."""
    if parameter == "axis":
        value = argument.value if isinstance(argument, ast.Constant) else ...
        return value is None or value in (0, 1, "index", "columns", "rows")
    if _NUMBER.search(parameter) and isinstance(argument, (ast.List, ast.Dict, ast.ListComp, ast.JoinedStr)):
        return False
    if parameter in _FLAGS:
        return not isinstance(argument, ast.Constant) or argument.value in (True, False)
    return True


def _is_setting(case: Case, argument: ast.expr) -> bool:
    """Not what may be data: `StandardScaler(X)` wants `fit_transform(X)`, and never `copy=X`."""
    value = argument.operand if isinstance(argument, ast.UnaryOp) else argument
    return isinstance(value, ast.Constant) or (case.object(case.text(argument)) or {}).get("type") in _PLAIN


def _is_flag(extra: list[ast.expr]) -> bool:
    """Whether True or False comes first, as the old `KFold`, whose second argument was a number, did not have it."""
    return bool(extra) and isinstance(extra[0], ast.Constant) and isinstance(extra[0].value, bool)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _signature(case: Case, call: ast.Call, name: str) -> list[list[object]] | None:
    known = case.object(case.text(call.func))
    if known is None:
        owner = case.text(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        known = (case.object(owner) or {}).get("called", {}).get(name)
    if known is None or not str(known.get("of") or "").startswith(_LIBRARIES):
        found = case.error.get("called") or {}
        known = found if found.get("name") == name and str(found.get("of") or "").startswith(_LIBRARIES) else None
    signature: list[list[object]] | None = (known or {}).get("signature")
    return signature


def _seaborn(case: Case) -> Fix | None:
    for call in case.statement_nodes(ast.Call):
        path = full_path(case, call.func) or ""
        if not path.startswith("seaborn.") or path.rpartition(".")[2] not in _SEABORN_XY:
            continue
        name = path.rpartition(".")[2]
        used = {part.arg for part in call.keywords}
        names = ["x", "y", "hue"] if "data" in used else ["x", "y"]
        if name == "lmplot" and len(call.args) == 3 and "data" not in used:
            names = ["x", "y", "data"]
        if name == "countplot":
            names = ["x"]
        if not call.args or len(call.args) > len(names) or set(names[: len(call.args)]) & used:
            return None
        if "data" not in used and name != "lmplot" and len(call.args) != 2:
            return None
        return case.replace(
            [
                Replacement(case.span(argument)[0], case.span(argument)[0], f"{keyword}=")
                for argument, keyword in zip(call.args, names, strict=False)
            ]
        )
    return None
