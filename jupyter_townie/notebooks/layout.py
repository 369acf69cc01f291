"""Writing a notebook's JSON as its file was written: an unchanged part keeps its bytes.

Jupyter writes notebooks in one layout (one space, sorted keys, lines as lists, a final newline).  Other programs write
others; a change of one cell must not turn up as a change of the whole file in version control.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

_TRANSIENT = ("trusted", "signature", "orig_nbformat", "orig_nbformat_minor")
_INDENT = re.compile(r"\A\s*\{\r?\n([ \t]+)")


@dataclass(frozen=True)
class Layout:
    """How a JSON text is laid out."""

    indent: str | None
    """None when all is on one line."""
    compact: bool
    """Whether ``,`` and ``:`` stand without spaces on that one line."""
    ascii: bool
    """Whether other characters are written as escapes."""
    newline: str
    """The line ending."""
    ending: str
    """The white space at the end of the file."""

    @classmethod
    def of(cls, text: str) -> Layout:
        """The layout of ``text``, the JSON text of an object."""
        found = _INDENT.match(text)
        body = text.rstrip()
        return cls(
            indent=found.group(1) if found else None,
            compact=found is None and '": ' not in body,
            ascii=body.isascii()
            and re.search(r"\\u(?!00[01]|007f|d[89a-f])[0-9a-f]{4}", body, re.IGNORECASE) is not None,
            newline="\r\n" if "\r\n" in body else "\n",
            ending=text[len(body) :],
        )

    def dumps(self, value: Any) -> str:
        """``value`` in this layout; the order of its keys is kept."""
        if self.indent is None:
            separators = (",", ":") if self.compact else (", ", ": ")
        else:
            separators = (",", ": ")
        text = json.dumps(value, indent=self.indent, ensure_ascii=self.ascii, separators=separators)
        return text.replace("\n", self.newline) + self.ending


def is_jupyters_own(text: str) -> bool:
    """Whether Jupyter's own writer would write ``text`` again, byte for byte."""
    import nbformat

    try:
        notebook = _joined(nbformat.from_dict(json.loads(text)))  # type: ignore[no-untyped-call]
        return bool(nbformat.v4.writes(notebook) + "\n" == text)  # type: ignore[no-untyped-call]
    except Exception:  # whatever is odd about it, it is not what that writer made
        return False


def rewrite(text: str, notebook: Any) -> str:
    """The JSON text of ``notebook``, which was made from ``text`` by changing something.

    Cells that are equal to the ones in ``text`` keep the order of their keys and their form; of changed cells, and of
    the notebook itself, only the changed fields are written anew.
    """
    old = json.loads(text)
    layout = Layout.of(text)
    new = _without_transient(notebook)
    by_id = {cell.get("id"): cell for cell in old.get("cells", ()) if isinstance(cell, dict)}
    unnamed = [cell for cell in old.get("cells", ()) if isinstance(cell, dict) and "id" not in cell]
    cells = []
    for cell in new["cells"]:
        before = by_id.get(cell.get("id"))
        if before is None:
            content = {key: value for key, value in cell.items() if key != "id"}
            before = next((one for one in unnamed if _joined_cell(one) == content), None)
            if before is not None:
                unnamed.remove(before)
        cells.append(_merged(before, cell, _joined_cell) if before is not None else _split_cell(cell))
    new["cells"] = cells
    merged = {key: new[key] for key in old if key in new}
    for key in sorted(new):
        merged.setdefault(key, new[key])
    if "metadata" in old and merged.get("metadata") == old["metadata"]:
        merged["metadata"] = old["metadata"]
    return layout.dumps(merged)


def _merged(before: dict[str, Any], now: dict[str, Any], joined: Any) -> dict[str, Any]:
    """``now`` with every unchanged field, and the order of the fields, as in ``before``."""
    was, split = joined(before), _split_cell(now)
    kept = {key: before[key] if was.get(key) == now[key] else split[key] for key in before if key in now}
    for key in now:
        if key not in kept:
            kept[key] = split[key]
    return kept


def _without_transient(notebook: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(notebook))
    for holder in (plain, *plain.get("cells", ())):
        for key in _TRANSIENT:
            holder.get("metadata", {}).pop(key, None)
    return plain


def _joined(notebook: Any) -> Any:
    from nbformat.v4.rwbase import rejoin_lines

    return rejoin_lines(copy.deepcopy(notebook))  # type: ignore[no-untyped-call]


def _joined_cell(cell: Any) -> Any:
    from nbformat import from_dict

    return json.loads(json.dumps(_joined(from_dict({"cells": [cell]}))["cells"][0]))  # type: ignore[no-untyped-call]


def _split_cell(cell: Any) -> Any:
    from nbformat import from_dict
    from nbformat.v4.rwbase import split_lines

    split = split_lines(from_dict({"cells": [copy.deepcopy(cell)]}))  # type: ignore[no-untyped-call]
    return json.loads(json.dumps(split["cells"][0]))
