"""``np.fromstring(data)`` of binary data, which NumPy reads by ``frombuffer`` alone."""

from __future__ import annotations

import ast

from ..case import Case, Fix, Replacement
from .qualified import full_path
from .reasons import because


@because("NumPy reads bytes by `frombuffer`; the copy can be changed, as what `fromstring` gave.")
def bytes_as_array(case: Case) -> Fix | None:
    """The binary mode of ``fromstring`` was deprecated in NumPy 1.14 (release notes 1.14.0) and is an error by now."""
    if "The binary mode of fromstring is removed" not in case.evalue:
        return None
    replacements = []
    for call in ast.walk(case.failing_tree or ast.Module([], [])):
        if not isinstance(call, ast.Call) or full_path(case, call.func) != "numpy.fromstring" or _reads_text(call):
            continue
        if not call.args or not _is_bytes(case, call.args[0]):
            return None
        name, whole = case.span(call.func)[1], case.span(call)[1]
        replacements += [
            Replacement(name - len("fromstring"), name, "frombuffer"),
            Replacement(whole, whole, ".copy()"),
        ]
    return case.replace(replacements)


def _reads_text(call: ast.Call) -> bool:
    return len(call.args) > 3 or any(part.arg in ("sep", None) for part in call.keywords)


_GIVE_BYTES = frozenset(
    ["tobytes", "b64decode", "unhexlify", "fromhex", "decompress", "read_bytes", "encode", "readframes"]
)


def _is_bytes(case: Case, data: ast.expr) -> bool:
    """Whether the data are bytes: of text, the numbers would have to be parsed."""
    if isinstance(data, ast.Constant):
        return isinstance(data.value, bytes)
    if isinstance(data, ast.Call):
        called = data.func.attr if isinstance(data.func, ast.Attribute) else getattr(data.func, "id", "")
        return called in _GIVE_BYTES
    return (case.object(case.text(data)) or {}).get("type") in ("bytes", "bytearray", "memoryview")
