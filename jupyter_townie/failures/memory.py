"""Fixes that the user accepted, to be offered at once when the same failure comes back.

A fix is kept as the lines that it changed and found again by its failure: the error, the library function that raised
it, and that library's version.  It is offered where those very lines stand once, and has to be tried like any other.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from .failure import _VARYING

if TYPE_CHECKING:
    from ..protocol import Failure

logger = logging.getLogger(__name__)

MOST = 1_000
"""Fixes that are kept; of more, those that were not used for longest go."""
LONGEST = 4_000
"""Characters of a change; a larger one is a rewrite of one notebook and helps no other."""
LOCK_SECONDS = 1.0
"""How long another process may hold the file."""

_PACKAGE = re.compile(r"(?:site|dist)-packages[\\/]([A-Za-z_]\w*)")
_IMPORT = re.compile(r"(?:import|from)\s+[\w.]+(?:\s|$)")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS fixes (
  signature TEXT NOT NULL,
  change TEXT NOT NULL,
  used REAL NOT NULL,
  PRIMARY KEY (signature, change)
) WITHOUT ROWID
"""

Change = list[tuple[list[str], list[str]]]
"""Hunks as (lines that went, lines that came), both without the indentation that the first ones share."""


class Memory:
    """The accepted fixes of one user, in the SQLite file at ``path``, which is made when the first one is kept.

    Every call opens and closes the file and may wait for another process up to a second: call it in a thread from an
    event loop.  A file that cannot be used is logged and forgets everything; nothing is raised for it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def remember(self, failure: Failure, before: str, after: str, versions: Mapping[str, str]) -> bool:
        """Keep the change of the failed cell from *before* to *after*, which the user accepted and which then ran.

        :param versions: of the packages in the traceback, by the name that is imported.
        :returns: whether it was kept: a change is not when it is large, or has nothing by which to find its place.
        """
        change = _change(before, after) if failure.fixable else None
        if not change:
            return False
        text = json.dumps(change, ensure_ascii=False)
        if len(text) > LONGEST:
            return False
        kept = self._run("INSERT OR REPLACE INTO fixes VALUES (?, ?, ?)", _key(failure, versions), text, time.time())
        self._run(
            "DELETE FROM fixes WHERE (signature, change) NOT IN "
            "(SELECT signature, change FROM fixes ORDER BY used DESC LIMIT ?)",
            MOST,
        )
        return kept is not None

    def recall(self, failure: Failure, source: str, versions: Mapping[str, str]) -> str | None:
        """The failed cell's *source* with the fix that helped last time, or None.  Try it before it is offered."""
        return next((fixed for _, fixed in self._fitting(failure, source, versions)), None)

    def forget(self, failure: Failure, source: str, versions: Mapping[str, str]) -> None:
        """Drop what :meth:`recall` answers: it failed when it was tried, or the user rejected it."""
        found = next((change for change, _ in self._fitting(failure, source, versions)), None)
        if found is not None:
            self._run("DELETE FROM fixes WHERE signature = ? AND change = ?", _key(failure, versions), found)

    @staticmethod
    def libraries(failure: Failure) -> list[str]:
        """The packages whose versions :meth:`recall` and the others want to know: one, or none."""
        package, _ = _raised_in(failure)
        return [package] if package else []

    def _fitting(self, failure: Failure, source: str, versions: Mapping[str, str]) -> list[tuple[str, str]]:
        """Stored changes that fit, the one used last first, with what they make of *source*."""
        if not self._path.exists():
            return []
        rows = self._run("SELECT change FROM fixes WHERE signature = ? ORDER BY used DESC", _key(failure, versions))
        made = [(text, _applied(json.loads(text), source)) for (text,) in rows or ()]
        return [(text, fixed) for text, fixed in made if fixed is not None and fixed != source]

    def _run(self, statement: str, *values: object) -> list[tuple[str]] | None:
        """The rows that *statement* gives; None when the file cannot be used."""
        try:
            if not self._path.exists():
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # It holds the user's source: nobody else's to read.
                self._path.touch(mode=0o600)
            with closing(sqlite3.connect(self._path, timeout=LOCK_SECONDS)) as file, file:
                file.execute(_SCHEMA)
                return file.execute(statement, values).fetchall()
        except (sqlite3.Error, OSError) as error:
            logger.warning("The memory of fixes at %s was not used: %s", self._path, error)
            return None


def _key(failure: Failure, versions: Mapping[str, str]) -> str:
    """Error, message without what varies, the library's function that raised it, and that library's version."""
    package, function = _raised_in(failure)
    message = " ".join(_VARYING.sub("#", failure.evalue).split())
    parts = [failure.language, failure.ename, message, package, function, versions.get(package, "")]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _raised_in(failure: Failure) -> tuple[str, str]:
    """The package and the function in it that raised the error; empty when it was the user's own code."""
    last = failure.frames[-1] if failure.frames else None
    if last is not None and not last.user and (found := _PACKAGE.search(last.file)):
        return found[1], last.function or ""
    return "", ""


def _change(before: str, after: str) -> Change | None:
    """The hunks between two sources; None when one has no lines by which its place is found again."""
    old, new = before.splitlines(), after.splitlines()
    hunks: Change = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        gone, came = old[a:b], new[c:d]
        if not any(line.strip() for line in gone):
            # New imports belong to the top wherever they are needed; other new lines belong to their neighbours.
            if not all(_IMPORT.match(line) or not line.strip() for line in came):
                return None
            gone, came = [], [line for line in came if line.strip()]
        if gone or came:
            indent = _indent(gone)
            hunks.append((_without(gone, indent), _without(came, indent)))
    return hunks or None


def _applied(change: Change, source: str) -> str | None:
    """*source* after *change*; None when a hunk has no place in it, or several."""
    lines = source.splitlines()
    for gone, came in change:
        if not gone:
            lines[:0] = [line for line in came if line not in lines]
            continue
        places = [at for at in range(len(lines)) if _stands(gone, lines[at : at + len(gone)])]
        if len(places) != 1:
            return None
        at = places[0]
        indent = _indent(lines[at : at + len(gone)])
        lines[at : at + len(gone)] = [indent + line if line.strip() else line for line in came]
    return "\n".join(lines) + ("\n" if source.endswith("\n") else "")


def _stands(gone: list[str], lines: list[str]) -> bool:
    return _without(lines, _indent(lines)) == gone


def _indent(lines: list[str]) -> str:
    """The white space that all lines but empty ones begin with."""
    leads = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    first, last = min(leads, default=""), max(leads, default="")
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[: min(len(first), len(last)) if same is None else same]


def _without(lines: list[str], indent: str) -> list[str]:
    return [line.removeprefix(indent) for line in lines]
