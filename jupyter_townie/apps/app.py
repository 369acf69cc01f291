"""An app: a folder of the workspace with a ``townie.toml``."""

from __future__ import annotations

import hashlib
import posixpath
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ..protocol import Problem
from .manifest import Manifest, ManifestError

LONGEST_SLUG = 40
WAY_OUT = ", which is also a way out for the data that you give it"


def slug(text: str) -> str:
    """*text* as a name for a folder or a URL: lower-case ASCII letters, digits and single hyphens; never empty."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:LONGEST_SLUG].strip("-") or "app"


_SPELT_OUT = str.maketrans(
    {
        "ä": "ae",
        "ö": "oe",
        "ü": "ue",
        "ß": "ss",
        "æ": "ae",
        "ø": "oe",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
    }
)
"""Letters that would fall out otherwise, or become other words: Größe is groesse, not groe."""


def folder_name(text: str) -> str:
    """*text* as a name for a new app's folder: as :func:`slug`, with letters spelt out; a script that has no ASCII
    letters keeps its own."""
    lower = unicodedata.normalize("NFKC", text).lower()
    if any(letter.isascii() and letter.isalnum() for letter in lower.translate(_SPELT_OUT)):
        return slug(lower.translate(_SPELT_OUT))
    letters = re.sub(r"[^\w]+|_+", "-", lower).strip("-")
    while len(letters.encode()) > 3 * LONGEST_SLUG:
        letters = letters[:-1].rstrip("-")
    return letters or "app"


def app_id(path: str) -> str:
    """The id of the app at the workspace *path*: readable, and different for equal names in different folders."""
    return f"{slug(path.rsplit('/', 1)[-1])}-{hashlib.sha256(path.encode()).hexdigest()[:6]}"


@dataclass(frozen=True, slots=True)
class App:
    """An app as its folder says it at this moment."""

    id: str
    path: str
    """The folder as the contents API names it: relative to the server's root, with slashes."""
    folder: Path
    """The same, absolute, with symbolic links resolved."""
    manifest: Manifest | None
    problem: Problem | None = None
    """Why there is no manifest."""

    @classmethod
    def at(cls, root: Path, path: str) -> App | None:
        """The app in the folder *path* of *root*, or None when that is no app or lies outside of *root*."""
        folder = (root / path).resolve()
        if not folder.is_relative_to(root.resolve()):
            return None
        try:
            return cls(app_id(path), path, folder, Manifest.read(folder))
        except FileNotFoundError:
            return None
        except ManifestError as error:
            return cls(app_id(path), path, folder, None, error.problem)

    @property
    def backend(self) -> bool:
        """Whether it has code that runs outside the page."""
        return self.manifest is not None and self.manifest.backend

    @property
    def notebook(self) -> str:
        """The workspace path of the notebook in whose kernel its backend wants to run; empty without one."""
        if self.manifest is None or self.manifest.notebook is None:
            return ""
        return posixpath.normpath(f"{self.path}/{self.manifest.notebook}")

    @property
    def asks(self) -> list[str]:
        """What it asks for beyond running its own code, in words that go after "It asks to"."""
        from .llm import REQUESTS_A_DAY

        if self.manifest is None:
            return []
        asked = self.manifest.permissions
        found = []
        if self.notebook:
            found.append(f"run in the kernel of {self.notebook}, with all of its variables")
        if asked.hosts:
            found.append("reach " + ", ".join(asked.hosts) + WAY_OUT)
        if asked.network:
            found.append("reach the whole internet" + WAY_OUT)
        if asked.llm:
            found.append(f"use your language model, at your cost, up to {REQUESTS_A_DAY} times a day")
        if asked.files:
            found.append("read " + ", ".join(posixpath.normpath(f"{self.path}/{file}") for file in asked.files))
        return found

    @property
    def data(self) -> Path:
        """Where it keeps its database and keys, and the only place that its backend may write to."""
        return self.folder / "data"
