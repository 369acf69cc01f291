"""The table of removed and renamed API: ``data/removed_api.json``, each entry with the version and its source."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=1)
def api_groups() -> list[dict[str, Any]]:
    text = resources.files("jupyter_townie.failures").joinpath("data/removed_api.json").read_text(encoding="utf-8")
    groups: list[dict[str, Any]] = json.loads(text)
    return groups


@lru_cache(maxsize=16)
def api(kind: str) -> dict[str, Any]:
    """All entries of one kind: *attributes*, *methods*, *keywords*, *modules*, *values*, *parameters*, ...

    Of *calls*, ``{}`` stands for the first argument, ``{*}`` for those that follow it (of which there has to be one), a
    dot in front for the module of the old function.
    """
    found: dict[str, Any] = {}
    for group in api_groups():
        for old, new in group.get(kind, {}).items():
            if isinstance(new, dict) and kind == "values":
                found.setdefault(old, {}).update(new)
            else:
                found[old] = new
    return found
