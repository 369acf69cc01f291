"""A misspelt column or key, looked up among the real ones."""

# ruff: noqa: E501, PERF401 -- patterns and tables read better unbroken; the steps stay apart

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from ..case import Case, Fix, Replacement
from ..spelling import differ_by_accents, folded, has_doubled, is_word, near_match, words_of
from .reasons import because

_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_SEABORN = re.compile(r"Could not interpret (?:value|input)[^`']*[`']([^`']+)[`']")
_PLOTLY = re.compile(
    r"Value of '\w+' is not the name of a column in 'data_frame'\. Expected one of \[(.*)\] but received: (.+)$", re.S
)

_UNITS = (
    "mg", "g", "kg", "t", "lb", "lbs", "oz", "mm", "cm", "m", "km", "in", "ft", "mi", "miles", "ml", "l", "s", "sec",
    "secs", "ms", "min", "mins", "h", "hr", "hrs", "hours", "days", "years", "usd", "eur", "gbp", "c",
    "f", "k", "deg", "degc", "degf", "hz", "khz", "mhz", "v", "a", "w", "kw", "kwh", "mwh", "pa", "hpa", "kpa", "bar",
    "mph", "kmh", "kph", "mb", "gb",
)  # fmt: skip


@because("There is one column or key that is spelt almost like this.")
def misspelt_key(case: Case) -> Fix | None:
    keys = wanted_keys(case)
    place = case.place
    if not keys or place is None or len(keys) > 3:
        return None
    pools = _pools(case)
    meant: dict[str, str] = {}
    for key in keys:
        if _made_elsewhere(case, key):
            return None
        matches = {
            match
            for entries, pool in pools
            if key not in pool
            for match in [_with_unit(key, pool) or near_match(key, pool)]
            if match
            and not _is_another_proper_name(key, match)
            and not _is_another_code(key, match)
            and not (entries and _is_another_entry(key, match))
        }
        if len(matches) != 1:
            return None
        meant[key] = matches.pop()
    meant |= _next_ones(case, pools, meant)
    if len(set(meant.values())) != len(meant):
        return None
    return _replaced(case, meant)


def _next_ones(case: Case, pools: list[tuple[bool, list[str]]], meant: dict[str, str]) -> dict[str, str]:
    """Other columns of the same table that the statement misspells too, and that would fail next."""
    items = {node: _keys_in(node) for node in case.statement_nodes(ast.Subscript)}
    owners = {_owner_text(case, node) for node, keys in items.items() if keys & set(meant)}
    if len(pools) != 1 or pools[0][0] or len(owners) != 1:
        return {}
    pool = pools[0][1]
    others = {key for node, keys in items.items() if _owner_text(case, node) in owners for key in keys} - set(meant)
    found = {key: near_match(key, pool) for key in others - set(pool) if not _made_elsewhere(case, key)}
    return {key: match for key, match in found.items() if match and not _is_another_code(key, match)}


def _keys_in(node: ast.Subscript) -> set[str]:
    parts = node.slice.elts if isinstance(node.slice, ast.List) else [node.slice]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def wanted_keys(case: Case) -> list[str]:
    """The keys that were not found, as far as they are text."""
    evalue = case.evalue
    if case.ename == "KeyError":
        if re.match(r"^'([^'\n]+)'$", evalue) or re.match(r'^"([^"\n]+)"$', evalue):
            inner = evalue[1:-1]
            column = re.match(
                r"^(?:\[(.*)\] not (?:in index|found in axis)|None of (?:Index\()?\[(.*?)\](?:,.*)? are in the .*|Column\(s\) \[(.*)\] do(?:es)? not exist|Label\(s\) \[(.*)\] do not exist)$",
                inner,
            )
            if column:
                text = next(group for group in column.groups() if group is not None)
                return [a or b for a, b in _QUOTED.findall(text)]
            dtype = re.match(
                r"Only a column name can be used for the key in a dtype mappings argument\. '(.+)' not found in columns",
                inner,
            )
            if dtype:
                return [dtype.group(1)]
            several = re.match(r"Columns not found: (.+)$", inner)
            if several:
                return [a or b for a, b in _QUOTED.findall(several.group(1))]
            grouped = re.match(r"Column not found: (.+)$", inner)
            return [grouped.group(1) if grouped else inner]
        # `dropna(subset=[...])` names its columns as a list.
        return [a or b for a, b in _QUOTED.findall(evalue)] if re.match(r"^\['.*'\]$", evalue) else []
    if case.ename == "ValueError":
        seaborn = _SEABORN.search(evalue)
        if seaborn:
            return [seaborn.group(1)]
        missing = re.search(
            r"(?:Missing column provided to 'parse_dates': '([^']+)'|columns expected but not found: \[(.*)\])", evalue
        )
        if missing:
            return [missing.group(1)] if missing.group(1) else [a or b for a, b in _QUOTED.findall(missing.group(2))]
        plotly = _PLOTLY.search(evalue)
        if plotly:
            return [plotly.group(2).strip().split("\n")[0].strip()]
    if case.ename == "UndefinedVariableError":
        undefined = re.search(r"name '(\w+)' is not defined", evalue)
        return [undefined.group(1)] if undefined else []
    if case.ename == "AttributeError":
        return []
    return []


def _with_unit(key: str, pool: list[str]) -> str | None:
    """The only column of that name, whose unit was left out: `Annual Income` for `Annual Income (k$)`, `mass` for `mass_g`."""
    written = rf"{re.escape(key.strip())}(?: ?[(\[][^()\[\]]+[)\]]|[_ ](?:{'|'.join(_UNITS)}))"
    found = [label for label in pool if re.fullmatch(written, label.strip())]
    alike = [label for label in pool if key.casefold() in label.casefold()]
    return found[0] if len(found) == 1 and found == alike and len(key) > 3 else None


def _is_another_proper_name(key: str, match: str) -> bool:
    """`Niger` is no slip for `Nigeria`: names are less far from one another than words, so one letter is the limit."""
    from rapidfuzz.distance import OSA

    return re.fullmatch(r"[A-Z][a-z]+", key) is not None and OSA.distance(folded(key), folded(match)) > 1


def _is_another_code(key: str, match: str) -> bool:
    """Whether a key in capitals is rather a code than a word: `GOOG` is no slip for `GOOGL`, `AMD` none for `ADM`."""
    return key.isupper() and folded(key) != folded(match) and len(folded(key)) < 6


def _is_another_entry(key: str, match: str) -> bool:
    """Whether a key of a dictionary or index rather names another entry: a code, a place or a person like this one."""
    if sorted(folded(key)) == sorted(folded(match)) or differ_by_accents(key, match):
        return False
    if key[0].isupper() and (len(key) == len(match) or not is_word(match)):
        return True
    # `maria` and `mario`, `sara` and `sarah`: what is no word of a language may be anybody's name.
    if len(words_of(match)) != 1 or has_doubled(key, match):
        return False
    return (len(key) == len(match) and key[-1] != match[-1]) or not is_word(match)


def _pools(case: Case) -> list[tuple[bool, list[str]]]:
    """The sets of keys that the failing expression could have meant: of the innermost object first.

    True with those that are entries of a dictionary or an index rather than columns.
    """
    pools: list[tuple[bool, list[str]]] = []
    plotly = _PLOTLY.search(case.evalue)
    if plotly:
        return [(False, [a or b for a, b in _QUOTED.findall(plotly.group(1))])]
    for known in case.error.get("below") or []:
        for what in ("columns", "labels"):
            if known.get(what):
                pools.append((what == "labels", [label for label in known[what] if isinstance(label, str)]))
    place = case.place
    subscripted = [_owner_text(case, node) for node in case.nodes(ast.Subscript)] if place else []
    if not pools:
        for text in dict.fromkeys([*subscripted, *(case.text(node) for node in case.statement_nodes(ast.Name))]):
            known = case.object(text) or {}
            for what in ("columns", "keys", "labels"):
                if known.get(what) and not (what == "keys" and known.get("type") in ("Counter", "defaultdict")):
                    pools.append((what != "columns", [label for label in known[what] if isinstance(label, str)]))
    if case.ename == "ValueError" and "sep" not in case.evalue and not pools:
        pools.extend((False, header) for header in _header(case))
    return [(entries, pool) for entries, pool in pools if pool]


def _header(case: Case) -> Iterable[list[str]]:
    """The header of the CSV file that is being read, when the failing call names it."""
    if case.cwd is None or not re.search(r"parse_dates|expected but not found", case.evalue):
        return
    for node in case.statement_nodes(ast.Constant):
        if isinstance(node.value, str) and node.value.lower().endswith((".csv", ".tsv", ".txt")):
            path = case.cwd / node.value
            if path.is_file():
                with path.open(encoding="utf-8", errors="replace") as file:
                    line = file.readline(20_000).strip()
                yield [part.strip('"') for part in re.split(r"[,;\t]", line)]


def _owner_text(case: Case, node: ast.Subscript) -> str:
    owner: ast.expr = node.value
    if isinstance(owner, ast.Attribute) and owner.attr in ("loc", "at"):
        owner = owner.value
    return case.text(owner)


def _made_elsewhere(case: Case, key: str) -> bool:
    """Whether another cell writes the key out as well: then it is a real one that is missing here."""
    for index, flow in case.flows():
        if any(key in keys for keys in flow.items.values()):
            return True
        if case.place and index == case.place.cell:
            continue
        for quoted in (f"'{key}'", f'"{key}"'):
            if quoted in case.cells[index]:
                return True
    return False


def _replaced(case: Case, meant: dict[str, str]) -> Fix | None:
    assert case.place is not None
    literals = [
        node for node in case.statement_nodes(ast.Constant) if node.value in meant and isinstance(node.value, str)
    ]
    if not literals:
        return _named_in_text(case, meant)
    if {node.value for node in literals} != set(meant):
        return None
    every = [
        node
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Constant) and node.value in meant and isinstance(node.value, str)
    ]
    stored = {
        part.value
        for node in ast.walk(case.failing_tree or ast.Module([], []))
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        for part in _own_parts(node.slice)
        if isinstance(part, ast.Constant)
    }
    if stored & set(meant):
        return None
    return case.replace(
        [Replacement(*case.span(node), _quoted(case.text(node), meant[str(node.value)])) for node in every]
    )


def _own_parts(index: ast.expr) -> Iterator[ast.AST]:
    """The nodes of an index without the items that it looks up: of ``counts[hit['verb']]``, no key of ``hit``."""
    if isinstance(index, ast.Subscript):
        return
    yield index
    for part in ast.iter_child_nodes(index):
        if isinstance(part, ast.expr):
            yield from _own_parts(part)


def _quoted(text: str, new: str) -> str:
    quote = text[-1]
    return f"{quote}{new}{quote}" if quote not in new and "\\" not in new else repr(new)


def _named_in_text(case: Case, meant: dict[str, str]) -> Fix | None:
    """The key stands inside a longer text, as in ``df.query('agee > 3')``."""
    if case.ename != "UndefinedVariableError" or len(meant) != 1:
        return None
    ((old, new),) = meant.items()
    nodes = [
        node
        for node in case.statement_nodes(ast.Constant)
        if isinstance(node.value, str) and re.search(rf"\b{re.escape(old)}\b", node.value)
    ]
    if len(nodes) != 1 or not new.isidentifier():
        return None
    return case.replace([Replacement(*case.span(nodes[0]), re.sub(rf"\b{re.escape(old)}\b", new, case.text(nodes[0])))])
