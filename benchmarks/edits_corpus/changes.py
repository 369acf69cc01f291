"""Where changes come from: the commits of a git repository, and alterations of the sources of installed packages."""

from __future__ import annotations

import keyword
import random
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".py", ".ts", ".tsx", ".js", ".css", ".html", ".md", ".toml", ".json", ".yml", ".rst", ".txt", ".cfg")
_PACKAGES = (
    "jupyter_server",
    "tornado",
    "jinja2",
    "IPython",
    "traitlets",
    "nbformat",
    "notebook",
    "ipykernel",
    "jupyter_client",
    "hypothesis",
    "mistune",
    "bleach",
    "parso",
    "jedi",
    "httpx",
    "anyio",
    "attr",
    "yaml",
)
_MAX_CHARS = 120_000


@dataclass(frozen=True, slots=True)
class Change:
    """A text before and after one change."""

    name: str
    before: str
    after: str


def from_git(repository: Path, limit: int, rng: random.Random) -> list[Change]:
    """Single-file modifications of a repository's newest commits, a random choice of at most ``limit``."""
    log = _git(repository, "log", "--no-merges", "--diff-filter=M", "--raw", "--no-abbrev", "--format=", "-n", "3000")
    rows = []
    for line in log.splitlines():
        match = re.match(r":\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) M\t(.+)", line)
        if match and match[3].endswith(SUFFIXES) and not match[3].endswith(("package-lock.json", ".min.js")):
            rows.append(match.groups())
    rng.shuffle(rows)
    changes = []
    for old, new, name in rows:
        if len(changes) >= limit:
            break
        before, after = _blob(repository, old), _blob(repository, new)
        if before is None or after is None or before == after or before.count("\r") != after.count("\r"):
            continue
        if before.endswith("\n") != after.endswith("\n"):
            continue
        if 0 < _changed_lines(before, after) <= 120:
            changes.append(Change(name, before, after))
    return changes


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace")


def _blob(repository: Path, sha: str) -> str | None:
    done = subprocess.run(["git", "-C", str(repository), "cat-file", "blob", sha], capture_output=True, check=False)
    try:
        text = done.stdout.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if done.returncode == 0 and len(text) < _MAX_CHARS else None


def _changed_lines(before: str, after: str) -> int:
    old, new = before.split("\n"), after.split("\n")
    return abs(len(old) - len(new)) + len(set(old) ^ set(new))


def from_packages(limit: int, rng: random.Random) -> list[Change]:
    """Alterations of files of installed packages: renames, removed, added, moved and wrapped lines."""
    files = list(_package_files())
    rng.shuffle(files)
    changes = []
    for path in files:
        if len(changes) >= limit:
            break
        try:
            before = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        lines = before.replace("\r\n", "\n").split("\n")
        if not 12 <= len(lines) <= 2500:
            continue
        after = "\n".join(_altered(lines, rng))
        before = "\n".join(lines)
        if after != before and after.endswith("\n") == before.endswith("\n"):
            changes.append(Change(path.name, before, after))
    return changes


def _package_files() -> Iterator[Path]:
    root = Path(sysconfig.get_paths()["purelib"])
    for name in _PACKAGES:
        for path in sorted((root / name).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file() and path.stat().st_size < _MAX_CHARS:
                yield path


def _altered(lines: list[str], rng: random.Random) -> list[str]:
    out = list(lines)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        at = _written_row(out, rng)
        size = rng.choice((1, 1, 2, 3, 5))
        kind = rng.choice(("rename", "word", "delete", "insert", "insert", "replace", "wrap", "move"))
        if kind == "rename":
            names = [w for w in re.findall(r"[A-Za-z_]{4,}", "\n".join(out[at : at + 12])) if not keyword.iskeyword(w)]
            if names:
                name = rng.choice(names)
                for n in range(at, min(at + 12, len(out))):
                    out[n] = re.sub(rf"\b{name}\b", f"{name}_{rng.choice(('new', 'value', 'item'))}", out[n])
        elif kind == "word":
            out[at] = re.sub(r"\w+", lambda m: rng.choice((m[0], m[0].upper(), m[0] + "2")), out[at])
        elif kind == "delete":
            del out[at : at + size]
        elif kind == "insert":
            source = _written_row(lines, rng)
            out[at:at] = [
                _indent(out[at]) + line.strip() if line.strip() else "" for line in lines[source : source + size]
            ]
        elif kind == "replace":
            out[at : at + size] = [f"{_indent(out[at])}{_statement(rng)}" for _ in range(rng.choice((1, 2, 3)))]
        elif kind == "wrap":
            inner = [f"    {line}" if line.strip() else line for line in out[at : at + size]]
            out[at : at + size] = [f"{_indent(out[at])}if enabled_{rng.randrange(100)}:", *inner]
        else:
            moved = out[at : at + size]
            del out[at : at + size]
            to = _written_row(out, rng) if out else 0
            out[to:to] = moved
    return out


def _written_row(lines: list[str], rng: random.Random) -> int:
    for _ in range(50):
        at = rng.randrange(len(lines))
        if lines[at].strip():
            return at
    return 0


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _statement(rng: random.Random) -> str:
    name, number = rng.choice(("total", "result", "options", "path", "request")), rng.randrange(1000)
    return rng.choice(
        (f"{name}_{number} = compute({number})", f'log.info("{name} %s", {number})', f"check({name}, {number})")
    )
