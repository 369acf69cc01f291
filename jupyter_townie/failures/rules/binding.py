"""Whether a call could be one of another function: its arguments have to fit the parameters."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Sequence
from typing import Any

from ..case import Case


def binds(call: ast.Call, signature: Sequence[Sequence[Any]] | None) -> bool:
    """Whether *call* gives what *signature* wants; yes where either cannot be told.

    The signature is what the kernel tells of a function: ``[name, kind, has default]``, its kind one of ``p`` (by
    position only), ``n`` (normal), ``v`` (any further positions), ``k`` (by name only) and ``w`` (any further names).
    """
    if signature is None or any(isinstance(one, ast.Starred) for one in call.args):
        return True
    kinds = [kind for _, kind, _ in signature]
    by_place = [name for name, kind, _ in signature if kind in ("p", "n")]
    by_name = {name for name, kind, _ in signature if kind in ("n", "k")}
    if len(call.args) > len(by_place) and "v" not in kinds:
        return False
    given = {part.arg for part in call.keywords if part.arg is not None}
    if not given <= by_name and "w" not in kinds:
        return False
    if given & set(by_place[: len(call.args)]):
        return False
    if len(given) < len(call.keywords):
        return True  # `**options` may give the rest
    filled = {*by_place[: len(call.args)], *given}
    return all(name in filled or default or kind in ("v", "w") for name, kind, default in signature)


def fits_library(case: Case, module: str, name: str) -> bool:
    """Whether the calls fit the function of Python's own library: `shuffle(X, y)` is not that of ``random``."""
    function = getattr(sys.modules.get(module), name, None) if module in sys.stdlib_module_names else None
    calls = [call for call in case.statement_nodes(ast.Call) if getattr(call.func, "id", "") == name]
    if not callable(function):
        return True
    try:
        signature = inspect.signature(function)
    except ValueError:
        return True
    for call in calls:
        if any(isinstance(one, ast.Starred) for one in call.args) or any(part.arg is None for part in call.keywords):
            continue
        try:
            signature.bind(*call.args, **{str(part.arg): part.value for part in call.keywords})
        except TypeError:
            return False
    return True
