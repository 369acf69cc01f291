"""A misspelt keyword argument, looked up in the signature of what was called."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from ..case import Case, Fix, Replacement
from ..spelling import folded, near_match
from .qualified import full_path, name_of_module
from .reasons import because

_KEYWORD = re.compile(
    r"(?:(?:([\w.]+)\(\) )?got an unexpected keyword argument|'(\w+)' object has no property|(Unknown) property) '?(\w+)'?"
    r"|'(\w+)' is an invalid keyword argument for (\w+)\(\)"
)
_BUILTINS = {
    "print": "sep end file flush", "sort": "key reverse", "sorted": "key reverse", "max": "key default",
    "min": "key default", "int": "base", "open": "mode buffering encoding errors newline", "sum": "start",
    "enumerate": "start", "zip": "strict", "round": "ndigits",
    **dict.fromkeys(("_sum", "_mean", "_amax", "_amin", "_prod", "_std", "_var"), "axis dtype out keepdims where"),
}  # fmt: skip
"""Arguments of functions of Python's own, and of NumPy's methods under the names that their errors tell."""
_COMPILED = {
    "numpy.array": "dtype copy order subok ndmin like", "numpy.zeros": "shape dtype order",
    "numpy.empty": "shape dtype order", "numpy.arange": "start stop step dtype",
    "numpy.concatenate": "axis out dtype", "numpy.random.normal": "loc scale size",
    "numpy.random.uniform": "low high size", "numpy.random.randint": "low high size dtype",
    "numpy.random.choice": "a size replace p", "datetime.datetime": "hour minute second microsecond tzinfo",
    "datetime.timedelta": "days seconds microseconds milliseconds minutes hours weeks",
}  # fmt: skip
"""Parameters of compiled functions, which tell no signature."""
_PROPERTIES = [
    "alpha",
    "antialiased",
    "color",
    "linewidth",
    "linestyle",
    "marker",
    "markersize",
    "markerfacecolor",
    "markeredgecolor",
    "markeredgewidth",
    "label",
    "zorder",
    "visible",
    "facecolor",
    "edgecolor",
    "fontsize",
    "fontweight",
    "fontfamily",
    "fontstyle",
    "rotation",
    "horizontalalignment",
    "verticalalignment",
    "ha",
    "va",
    "size",
    "weight",
    "style",
    "backgroundcolor",
    "figsize",
    "dpi",
    "title",
    "xlabel",
    "ylabel",
    "xlim",
    "ylim",
    "cmap",
    "norm",
    "vmin",
    "vmax",
    "bins",
    "density",
    "histtype",
    "align",
    "orientation",
    "rwidth",
    "log",
    "stacked",
    "width",
    "height",
    "bottom",
    "hatch",
    "loc",
    "ncols",
    "bbox_to_anchor",
    "frameon",
    "sharex",
    "sharey",
    "nrows",
    "ncols",
    "constrained_layout",
    "tight_layout",
    "hue",
    "palette",
    "annot",
    "fmt",
    "linewidths",
    "linecolor",
    "cbar",
    "kind",
    "legend",
    "data",
    "x",
    "y",
    "row",
    "col",
    "order",
    "hue_order",
    "orient",
    "ci",
    "errorbar",
    "dodge",
    "estimator",
    "fill",
    "shade",
    "ax",
    "aspect",
    "grid",
    "fontdict",
    "pad",
]


_OF_THE_LIBRARY = frozenset(["sizes", "array", "offsets", "paths", "data", "xdata", "ydata", "figure", "gid"])
"""Properties of artists that their functions set: nobody gives them by name."""


@dataclass(frozen=True)
class Refused:
    """A keyword argument that was refused, and what could be given in its place."""

    keyword: str
    call: ast.Call
    given: ast.keyword
    own: list[str] | None
    """Names that the called function itself takes; None when nothing tells."""
    names: list[str]
    """Those, or what functions of its kind take, with the properties that it hands on."""
    library: bool
    """Whether nobody in the notebook chose the names."""
    by: str
    """The function that the error names."""

    @property
    def used(self) -> set[str | None]:
        return {part.arg for part in self.call.keywords}

    @property
    def free(self) -> list[str]:
        return [name for name in self.names if name not in self.used]

    def renamed(self, case: Case, meant: str | None) -> Fix | None:
        """The fix that gives the argument under the name that was *meant*; None where that could not be all."""
        if meant is None or meant in self.used:
            return None
        others = self.used - {None, self.keyword}
        if self.own is not None and not others <= set(self.own) and _is_called(self.call, self.by):
            return None  # what refuses one argument itself would refuse the next one as well
        start, _ = case.span(self.given)
        return case.replace([Replacement(start, start + len(self.keyword), meant)])


@because("The function takes one argument that is spelt almost like this.")
def misspelt_keyword(case: Case) -> Fix | None:
    refused = refused_keyword(case)
    if refused is None:
        return None
    keyword, free = refused.keyword, refused.free
    meant = "axis" if keyword == "axes" and "axis" in refused.names else None
    meant = (
        meant
        or near_match(keyword, free, api=refused.library)
        or _other_number(keyword, refused.own or refused.names)
        or _cut_short(keyword, refused.own or [])
    )
    if meant is None or (refused.library and _is_short_for_another(keyword, meant, free)):
        return None
    return refused.renamed(case, meant)


def refused_keyword(case: Case) -> Refused | None:
    """The one keyword argument of the failing statement that the error is about."""
    found = _KEYWORD.search(case.evalue)
    if not found or case.place is None:
        return None
    keyword = found.group(4) or found.group(5)
    calls = [(call, part) for call in case.statement_nodes(ast.Call) for part in call.keywords if part.arg == keyword]
    if len(calls) != 1:
        return None
    call, given = calls[0]
    own = names = _parameters(case, call)
    library = names is None or _from_library(case, call)
    if names is None:
        names = (
            _COMPILED.get(full_path(case, call.func) or "") or _BUILTINS.get(found.group(6) or found.group(1) or "", "")
        ).split()
    if (found.group(1) and found.group(1).endswith(".set")) or found.group(2):
        # What the function itself and the artist that it makes take; without a kernel, what most of them do.
        if own is None or not (full_path(case, call.func) or "").startswith("seaborn."):
            names = [*names, *(_settable(case) or _PROPERTIES)]
            if str(found.group(1)).startswith("Figure"):
                names += ["figsize", "dpi"]  # `subplots` hands them on
        library = True
    return Refused(keyword, call, given, own, names, library, found.group(1) or "")


def _is_called(call: ast.Call, refusing: str) -> bool:
    """Whether it was the called function itself that refused an argument, rather than one that it hands them on to."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner, _, function = refusing.rpartition(".")
    return name == function and owner in ("", "DataFrame", "Series", "NDFrame")


def _is_short_for_another(keyword: str, meant: str, names: list[str]) -> bool:
    """Whether other parameters begin as the keyword does and the one that is near does not: `font_s` may be `fontsize`."""
    key = folded(keyword)
    return not folded(meant).startswith(key) and any(folded(name).startswith(key) for name in names)


def _other_number(keyword: str, names: list[str]) -> str | None:
    """The singular for the plural or the other way round; of names that a call takes, that is the one that was meant."""
    return next(
        (name for name in names if name in (keyword + "s", keyword.removesuffix("s")) and name != keyword), None
    )


def _cut_short(keyword: str, names: list[str]) -> str | None:
    """The one name that has a last letter more: `learning_rat` is no word for a parameter."""
    longer = [name for name in names if len(keyword) >= 6 and name[:-1] == keyword]
    return longer[0] if len(longer) == 1 else None


def _from_library(case: Case, call: ast.Call) -> bool:
    known = case.object(case.text(call.func))
    if known is None:
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        return not any(name in flow.defines or _defines(case, index, name) for index, flow in case.flows()) and not (
            _defines(case, case.failing, name)
        )
    return known.get("of") not in (None, "__main__")


def _defines(case: Case, index: int, name: str) -> bool:
    """Whether a cell has a function or method of this name."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name
        for node in ast.walk(case.tree(index) or ast.Module([], []))
    )


def _parameters(case: Case, call: ast.Call) -> list[str] | None:
    """Names that may be given as keywords, told by the kernel or by the definition in the notebook."""
    known = case.object(case.text(call.func))
    signature: list[list[Any]] | None = (known or {}).get("signature")
    if signature is not None:
        return [name for name, kind, _ in signature if kind in ("n", "k")]
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    wrapped = case.error.get("called") or {}
    if wrapped.get("name") == name and wrapped.get("signature"):
        return [one for one, kind, _ in wrapped["signature"] if kind in ("n", "k")]
    for below in case.error.get("below") or []:
        if below.get("signature"):
            continue
        wanted = (below.get("method_signatures") or {}).get(name)
        if wanted:
            return [one for one, kind, _ in wanted if kind in ("n", "k")]
    alias, said = name_of_module(case, "pandas"), re.match(r"(DataFrame|Series|NDFrame)\.(\w+)", case.evalue)
    if said:
        owner = said.group(1).replace("NDFrame", "DataFrame")
        signature = (case.object(f"{alias}.{owner}.{said.group(2)}") or {}).get("signature")
        if signature:
            return [one for one, kind, _ in signature if kind in ("n", "k") and one != "self"]
    definitions = [
        node
        for index in range(len(case.cells))
        for node in ast.walk(case.tree(index) or ast.Module([], []))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name
    ]
    if len(definitions) == 1:
        arguments = definitions[0].args
        return [one.arg for one in [*arguments.args, *arguments.kwonlyargs] if one.arg not in ("self", "cls")]
    return None


def _settable(case: Case) -> list[str]:
    """Properties of the Matplotlib artist whose ``set`` refused the keyword."""
    found: list[str] = []
    for below in case.error.get("below") or []:
        found += [name[4:] for name in below.get("attributes") or [] if name.startswith("set_")]
    return [name for name in found if name not in _OF_THE_LIBRARY]
