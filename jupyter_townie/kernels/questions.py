"""Questions put to a kernel: code of :mod:`jupyter_townie.kernels.inside`, sent as text in one expression.

It travels in the ``user_expressions`` of a silent request whose code is empty, so that no statement runs in the user's
namespace and nothing is left there.
"""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from importlib import resources
from typing import Any

_OWN_IMPORT = re.compile(r"^from \.([a-z_]+) import [^\n(]+\n", re.MULTILINE)


class _Namespace:
    def __repr__(self) -> str:
        return "g"


NAMESPACE = _Namespace()
"""Stands for the user's namespace in the arguments of an :func:`expression`."""


@cache
def source(module: str) -> str:
    """The code of a module of ``inside`` and of those that it imports there, as one text, each once.

    All of them share one namespace where they are run: no two may give a name two meanings.
    """
    return "\n".join(_parts(module, set()))


def _parts(module: str, known: set[str]) -> list[str]:
    known.add(module)
    text = resources.files("jupyter_townie.kernels.inside").joinpath(f"{module}.py").read_text(encoding="utf-8")
    parts = []
    for other in _OWN_IMPORT.findall(text):
        if other not in known:
            parts += _parts(other, known)
    return [*parts, _OWN_IMPORT.sub("", text)]


def expression(module: str, function: str, *arguments: Any) -> str:
    """What calls *function* of a module of ``inside``; *arguments* are plain values or :data:`NAMESPACE`.

    Names that the user has given another meaning (``exec = ...``) do no harm.
    """
    call = f"[{function!r}]({', '.join(map(repr, arguments))})"
    return (
        "(lambda b, g: (lambda s: (b.exec(b.compile("
        f"{source(module)!r}, '<townie>', 'exec', dont_inherit=True), s), s{call})[1])"
        # A lambda's globals are the user's namespace.
        "({'__builtins__': b, '__name__': '_townie'}))(__import__('builtins'), (lambda: 0).__globals__)"
    )


def answer(reply: dict[str, Any], name: str) -> Any:
    """What the expression *name* gave as JSON text, out of the content of an ``execute_reply``; None when it failed."""
    text = (_result(reply, name).get("data") or {}).get("text/plain")
    if not isinstance(text, str):
        return None
    try:
        return json.loads(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return None


def reason(reply: dict[str, Any], name: str) -> str:
    """Why there is no :func:`answer`."""
    result = _result(reply, name)
    if result.get("status") == "error":
        return f"{result.get('ename', '')}: {result.get('evalue', '')}"
    return "it gave no answer that can be read"


def _result(reply: dict[str, Any], name: str) -> dict[str, Any]:
    return (reply.get("user_expressions") or {}).get(name) or {}
