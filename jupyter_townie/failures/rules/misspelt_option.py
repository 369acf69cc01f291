"""A misspelt option, where the error's message lists the valid ones."""

# ruff: noqa: E501 -- patterns and tables read better unbroken

from __future__ import annotations

import ast
import re

from ..case import Case, Fix, Replacement
from ..spelling import near_match
from .reasons import because

_LISTED = (
    # Matplotlib
    re.compile(r"^'(?P<got>[^']+)' is not a valid value for \w+(?:; s|\. S)upported values are (?P<options>.+)", re.S),
    re.compile(
        r"^'(?P<got>[^']+)' is not a valid value for \w+\. Did you mean(?: one of)?: (?P<options>[^?]+)\?", re.S
    ),
    re.compile(
        r"^\"?'(?P<got>[^']+)' is not a valid value for rcParam\. Did you mean(?: one of)?: (?P<options>[^?]+)\?", re.S
    ),
    re.compile(
        r"^Unrecognized (?:location|string) '(?P<got>[^']+)'.*?(?:locations are|try|to axis; try)\s*(?P<options>.+)",
        re.S,
    ),
    # scikit-learn
    re.compile(r"parameter of \w+ must be .*?among \{(?P<options>[^}]*)\}.*Got '(?P<got>[^']*)' instead", re.S),
    # pandas and seaborn
    re.compile(r"^(?P<got>\w+) is not a valid plot kind Valid plot kinds: \((?P<options>[^)]*)\)", re.S),
    re.compile(r"^Invalid `kind`: '(?P<got>[^']+)'\. Options are (?P<options>.+)", re.S),
    re.compile(r"^Plot kind '(?P<got>[^']+)' not recognized.*?(?P<options>\[.*\]|Options are .*)", re.S),
)
_AGGREGATIONS = "mean median sum min max count std var first last nunique size prod sem quantile idxmin idxmax cumsum any all skew mode"
_FIXED = (
    (re.compile(r"^style must be one of (?P<options>.+)", re.S), None),
    (
        re.compile(r"^'(?P<got>[\w-]+)' is not a valid package style", re.S),
        "Solarize_Light2 bmh classic dark_background fast fivethirtyeight ggplot grayscale petroff10 tableau-colorblind10 "
        "seaborn-v0_8 seaborn-v0_8-whitegrid seaborn-v0_8-darkgrid seaborn-v0_8-dark seaborn-v0_8-white seaborn-v0_8-ticks",
    ),
    (
        re.compile(r"^'(?P<got>\w+)' is not a valid palette name", re.S),
        "husl deep muted bright pastel dark colorblind viridis rocket mako flare crest coolwarm magma plasma inferno cividis "
        "Set1 Set2 Set3 Paired Accent Dark2 Pastel1 Pastel2 tab10 tab20 Blues Greens Reds Oranges Purples Greys Spectral RdBu "
        "RdYlGn BuGn YlOrRd YlGnBu vlag icefire cubehelix hls",
    ),
    (
        re.compile(
            r"^'?(?P<got>\w+)'? is not a valid (?:color value|value for color)|^Invalid RGBA argument: '(?P<got2>\w+)'|^'(?P<got3>\w+)' is neither a valid specific path",
            re.S,
        ),
        "blue red green orange purple black white yellow gray grey cyan magenta pink brown navy teal olive gold crimson salmon "
        "skyblue steelblue darkblue darkgreen darkred darkorange lightblue lightgreen lightgray tomato coral indigo violet "
        "maroon lime turquoise orchid royalblue firebrick forestgreen slategray dodgerblue seagreen chocolate khaki beige",
    ),
    (
        re.compile(r"^Unknown solver (?P<got>[\w-]+)", re.S),
        "Nelder-Mead Powell CG BFGS Newton-CG L-BFGS-B TNC COBYLA COBYQA SLSQP trust-constr dogleg trust-ncg trust-exact trust-krylov",
    ),
    (
        re.compile(
            r"'(?P<got>\w+)' is not a valid (?:function|method) name|'(?P<got2>\w+)' is not a valid function for '\w+' object",
            re.S,
        ),
        "mean median sum min max count std var first last nunique size prod sem quantile idxmin idxmax cumsum any all skew mode",
    ),
    (
        re.compile(r"'(?P<got>\w+)' is not a valid scoring value|scoring.*Got '(?P<got2>\w+)' instead", re.S),
        "accuracy balanced_accuracy average_precision f1 f1_macro f1_micro f1_weighted neg_log_loss precision precision_macro "
        "recall recall_macro roc_auc r2 neg_mean_squared_error neg_mean_absolute_error neg_root_mean_squared_error "
        "explained_variance adjusted_rand_score neg_brier_score roc_auc_ovr roc_auc_ovo jaccard neg_median_absolute_error "
        "precision_weighted recall_weighted precision_micro recall_micro",
    ),
    (
        re.compile(
            r"^invalid how: (?P<got>\w+)|'(?P<got2>\w+)' is not a valid Merge type|^invalid error value specified", re.S
        ),
        "left right inner outer cross",
    ),
    (re.compile(r"^unknown encoding: (?P<got>[\w-]+)", re.S), "utf-8 latin-1 utf-8-sig cp1252 utf-16 ascii iso-8859-1"),
)


@because("One of the values that are allowed here is spelt almost like this.")
def misspelt_option(case: Case) -> Fix | None:
    got, options = _got_and_options(case)
    if got is None or case.place is None:
        return None
    meant = near_match(got, options, api=True)
    if meant is None and options and got.lower() in (option.lower() for option in options):
        meant = next(option for option in options if option.lower() == got.lower())
    if meant is None or (got[:-1] == meant and got[-1] != got[-2]):
        # With a letter at its end it is rather another one, of another library or version: `adamw`.
        return None
    nodes = [node for node in case.statement_nodes(ast.Constant) if node.value == got]
    index = None
    if not nodes:
        places = [
            (number, node)
            for number in range(len(case.cells))
            for node in ast.walk(case.tree(number) or ast.Module([], []))
            if isinstance(node, ast.Constant) and node.value == got
        ]
        if len(places) != 1:
            return None
        index, node = places[0]
        nodes = [node]
    return case.replace([_literal(case, node, meant, index) for node in nodes], index)


def _literal(case: Case, node: ast.Constant, new: str, index: int | None) -> Replacement:
    text = case.text(node, index)
    return Replacement(*case.span(node, index), f"{text[-1]}{new}{text[-1]}")


def _got_and_options(case: Case) -> tuple[str | None, list[str]]:
    method = re.search(r"'(?:Series|DataFrame)(?:GroupBy)?' object has no attribute '(\w+)'", case.evalue)
    if method:
        # Aggregations are looked up by name: `agg('maen')`.
        quoted = any(node.value == method.group(1) for node in case.statement_nodes(ast.Constant))
        return (method.group(1), _AGGREGATIONS.split()) if quoted else (None, [])
    for pattern in _LISTED:
        found = pattern.search(case.evalue)
        if found:
            return found.group("got"), re.findall(r"'([^']+)'", found.group("options"))
    for fixed, names in _FIXED:
        found = fixed.search(case.evalue)
        if not found:
            continue
        groups = found.groupdict()
        got = next((groups[name] for name in ("got", "got2", "got3") if groups.get(name)), None)
        if names is not None:
            return got, names.split()
        options = [option.strip() for option in found.group("options").split(",")]
        for node in case.statement_nodes(ast.Constant):
            if isinstance(node.value, str) and node.value not in options and near_match(node.value, options, api=True):
                return node.value, options
    return None, []
