"""Cell ids for notebooks that have none (nbformat 4.4 and older), or not usable ones."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Any

from jupyter_townie.notebooks.operations import joined

VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
"""What nbformat 4.5 allows."""


def ensure_ids(notebook: Any) -> bool:
    """Give an id to every cell that has no valid, unique one; whether anything was changed.

    The new ids follow from the sources and their repetition alone, so two readings of one file agree, and inserting or
    changing one cell leaves the ids of the others as they are.
    """
    taken = Counter(cell.get("id") for cell in notebook["cells"] if isinstance(cell.get("id"), str))
    seen: set[str] = set()
    changed = False
    repeats: Counter[str] = Counter()
    for cell in notebook["cells"]:
        given = cell.get("id")
        if isinstance(given, str) and VALID.match(given) and given not in seen:
            seen.add(given)
            continue
        source = joined(cell.get("source"))
        while True:
            repeats[source] += 1
            chosen = hashlib.sha256(f"{repeats[source]}\0{source}".encode("utf-8", "replace")).hexdigest()[:8]
            if chosen not in seen and chosen not in taken:
                break
        cell["id"] = chosen
        seen.add(chosen)
        changed = True
    return changed


def upgrade(notebook: Any) -> str:
    """Make ``notebook`` a valid nbformat 4.5 one as far as ids go; what was done in words, or "" if nothing was."""
    before = notebook.get("nbformat_minor", 0)
    added = ensure_ids(notebook)
    if isinstance(before, int) and before >= 5:
        return "Cells with missing or doubled ids were given new ones." if added else ""
    notebook["nbformat_minor"] = 5
    return f"The notebook was in format 4.{before}, which has no cell ids; it was saved in format 4.5."
