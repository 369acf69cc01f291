"""The prompts: Markdown files that a person can read, and override by files of the same name.

A folder of overrides is named by ``TOWNIE_PROMPTS`` or the server's ``TownieApp.prompts_path``.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

_HERE = Path(__file__).parent


@lru_cache(maxsize=64)
def prompt(name: str, folder: str | None = None) -> str:
    """The text of a prompt (``base``, ``chat``, ``fix``, ...), the user's own version when there is one.

    :raises KeyError: there is no prompt of that name.
    """
    for place in (folder or os.environ.get("TOWNIE_PROMPTS"), _HERE):
        if place and (file := Path(place) / f"{name}.md").is_file():
            return file.read_text(encoding="utf-8").strip()
    raise KeyError(name)
