"""``townie.toml``: what an app says of itself.

The file belongs to the workspace and may have been written by a model or come with a cloned repository, so nothing in
it takes effect by itself: what it asks for beyond running its own page is allowed by a person first, see
:mod:`jupyter_townie.apps.consents`.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from ..protocol import AppKind, Problem

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "townie.toml"
LARGEST = 64_000
"""Bytes of a ``townie.toml`` that are read."""

ENTRIES: dict[AppKind, str] = {
    "web": "index.html",
    "fullstack": "app:app",
    "streamlit": "app.py",
    "gradio": "app.py",
    "panel": "app.py",
    "dash": "app.py",
    "voila": "app.ipynb",
    "widgets": "app.ipynb",
}
"""What is run or shown when the file does not say."""

WITHOUT_BACKEND = frozenset({"web", "widgets"})
"""Kinds whose code runs in the page or in a notebook only."""

SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,79}")
"""Names of secrets: those that an environment variable could have, too."""
UNCONFINED = frozenset({"voila"})
"""Kinds that start kernels, which no confinement that holds them would allow: they run with the person's rights."""
_HOST = re.compile(r"^(?:\*\.)?(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}$")
_VERSION = r"(?:===|[<>=!~]=|[<>])[ ]*[A-Za-z0-9_.*+!-]+"
REQUIREMENT = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?[ ]*(?:\[[A-Za-z0-9._, -]*\])?"
    rf"[ ]*(?:{_VERSION}(?:[ ]*,[ ]*{_VERSION})*,?)?[ ]*(?:;[ \w\"'().,<>=!~+*-]+)?"
)
"""A name with versions, extras and a marker: neither an address, nor a folder, nor an option of pip.

One line: a second one of a requirements.txt could be an option of pip.
"""
_FILE_NAME = re.compile(r"[\w ./@+,=-]*")
"""Of what is run: the file is named in commands that people paste into a shell."""


class ManifestError(Exception):
    """The file can not be used; ``problem`` names the place and the remedy."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Permissions:
    """What an app asks for beyond running its own code on its own data."""

    hosts: tuple[str, ...] = ()
    """Host names, ``*.`` in front for all below, that the page and the backend may reach."""
    network: bool = False
    """Whether the backend may reach every public host."""
    llm: bool = False
    """Whether the app may use the person's language model."""
    files: tuple[str, ...] = ()
    """Files or folders of the workspace that the backend may read, relative to the app's folder."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A readable ``townie.toml``."""

    name: str
    title: str
    kind: AppKind
    entry: str = ""
    """A path relative to the app's folder, or ``module:attribute`` of Python code in it."""
    requirements: tuple[str, ...] = ()
    permissions: Permissions = field(default_factory=Permissions)
    kernel: str | None = None
    """The kernelspec whose Python runs the backend; None is the server's default."""
    notebook: str | None = None
    """The notebook, relative to the app's folder, in whose kernel the backend runs, with its objects."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Names of secrets that the backend uses, and what each is for."""

    @property
    def backend(self) -> bool:
        return self.kind not in WITHOUT_BACKEND

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest in *folder*.

        :raises FileNotFoundError: there is none, so the folder is no app.
        :raises ManifestError: it can not be used.
        """
        try:
            raw = _read(folder / FILE)
        except (FileNotFoundError, NotADirectoryError):
            raise FileNotFoundError(str(folder / FILE)) from None
        except OSError as error:
            raise _error(f"{FILE} cannot be read: {error.strerror}.", "Check its permissions.") from None
        if len(raw) > LARGEST:
            raise _error(f"{FILE} is larger than {LARGEST:,} bytes.", "Keep only the app's settings in it.")
        try:
            values = tomllib.loads(raw.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise _error(f"{FILE} is not UTF-8 text.", "Save it as UTF-8.") from None
        except tomllib.TOMLDecodeError as error:
            raise _error(f"{FILE} is not valid TOML: {error}.", "Correct the line that it names.") from None
        except RecursionError:
            raise _error(f"{FILE} nests values too deeply.", "Keep only the app's settings in it.") from None
        return _manifest(values, folder.name)

    def write(self, folder: Path) -> None:
        """Write it to *folder*, over what is there.  :raises OSError: it can not be written."""
        (folder / FILE).write_text(self.text, encoding="utf-8", newline="\n")

    @property
    def text(self) -> str:
        """The file's text; reading it gives this manifest back."""
        lines = [f"name = {_toml(self.name)}", f"title = {_toml(self.title)}", f"kind = {_toml(self.kind)}"]
        lines.append(f"entry = {_toml(self.entry)}")
        lines.append(f"requirements = {_toml(list(self.requirements))}")
        if self.kernel is not None:
            lines.append(f"kernel = {_toml(self.kernel)}")
        allowed = self.permissions
        if self.notebook is not None:
            lines.append(f"notebook = {_toml(self.notebook)}")
        lines += [
            "",
            "[permissions]",
            f"hosts = {_toml(list(allowed.hosts))}",
            f"network = {_toml(allowed.network)}",
            f"llm = {_toml(allowed.llm)}",
        ]
        if allowed.files:
            lines.append(f"files = {_toml(list(allowed.files))}")
        if self.secrets:
            lines += ["", "[secrets]", *(f"{name} = {_toml(purpose)}" for name, purpose in self.secrets.items())]
        return "\n".join(lines) + "\n"


def retitled(text: str, title: str, name: str | None = None) -> str:
    """The text of a ``townie.toml`` with another title, and name if there is one; all else stays as it was written.

    One that can not be read is given back as it is.
    """
    try:
        tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
    for key, value in (("name", name), ("title", title)):
        if value is None:
            continue
        line = f"{key} = {_toml(value)}"
        # Only what comes before the first table is the app's own.
        table = re.search(r"^[ \t]*\[", text, re.MULTILINE)
        head, rest = (text[: table.start()], text[table.start() :]) if table else (text, "")
        found = re.search(rf"^[ \t]*{key}[ \t]*=.*$", head, re.MULTILINE)
        head = head[: found.start()] + line + head[found.end() :] if found else f"{line}\n{head}"
        text = head + rest
    return text


def _read(path: Path) -> bytes:
    """The beginning of the file.  A pipe or device in its place would be waited for without end."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(descriptor, "rb") as file:  # noqa: PTH123 -- it is open already
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _error(f"{FILE} is no ordinary file.", "Replace it by one.")
        return file.read(LARGEST + 1)


def _toml(value: str | bool | list[str]) -> str:
    # What JSON writes of texts and lists is TOML too; it escapes what is not ASCII and DEL, which TOML forbids bare.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _manifest(values: Mapping[str, Any], folder: str) -> Manifest:
    kind = values.get("kind", "web")
    if kind not in get_args(AppKind):
        raise _error(f"{FILE} names no known kind: {kind!r}.", f"Use one of {', '.join(get_args(AppKind))}.")
    name = _text(values, "name", folder)
    return Manifest(
        name=name,
        title=_text(values, "title", name),
        kind=kind,
        entry=_entry(_text(values, "entry", ENTRIES[kind]), kind),
        requirements=_requirements(values),
        permissions=_permissions(values.get("permissions", {})),
        kernel=_text(values, "kernel", "") or None,
        notebook=_notebook(values, kind),
        secrets=_secrets(values.get("secrets", {})),
    )


def _text(values: Mapping[str, Any], key: str, default: str) -> str:
    value = values.get(key, default)
    if not isinstance(value, str):
        raise _error(f"{key} in {FILE} is not a text.", f'Write it as {key} = "...".')
    # Without what would change how the words around it read, on a screen or in a terminal.
    value = " ".join("".join(letter for letter in value if _plain(letter)).split())
    if len(value) > 200:
        raise _error(f"{key} in {FILE} is longer than 200 characters.", "Shorten it.")
    return value or default


def _plain(letter: str) -> bool:
    turns = letter in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    return not turns and (letter.isspace() or unicodedata.category(letter) != "Cc")


def _entry(entry: str, kind: AppKind) -> str:
    if kind in ("fullstack", "dash", "gradio") and ":" in entry:
        module, _, attribute = entry.partition(":")
        names = [*module.split("."), *attribute.removesuffix("()").split(".")]
        if all(name.isidentifier() for name in names):
            return entry
        raise _error(f"entry in {FILE} is not module:attribute: {entry!r}.", 'Write it as entry = "app:app".')
    file = _inside(entry, "entry")
    if not _FILE_NAME.fullmatch(file) or file.startswith("-"):
        remedy = "Name the file with letters, digits, spaces and . _ - alone."
        raise _error(f"entry in {FILE} is no file name that can be run: {entry!r}.", remedy)
    return file


def _inside(path: str, key: str, *, outside: bool = False) -> str:
    parts = path.replace("\\", "/").split("/")
    if not path.isprintable():
        # It is shown to who decides whether the app may have it.
        remedy = "Rename the file."
        raise _error(f"{key} in {FILE} names a file with characters that can not be shown: {path!r}.", remedy)
    if path.startswith(("/", "~", "\\")) or ":" in parts[0] or "\0" in path or (".." in parts and not outside):
        raise _error(f"{key} in {FILE} points out of the app: {path!r}.", "Name a file in the app's folder.")
    return "/".join(part for part in parts if part not in ("", "."))


def _notebook(values: Mapping[str, Any], kind: AppKind) -> str | None:
    notebook = _text(values, "notebook", "")
    if not notebook:
        return None
    if kind != "fullstack":
        remedy = 'Make it kind = "fullstack", or leave notebook out.'
        raise _error(f"An app of the kind {kind} can not run in the kernel of a notebook.", remedy)
    if not notebook.endswith(".ipynb"):
        raise _error(f"notebook in {FILE} is no notebook: {notebook!r}.", 'Write it as notebook = "../../work.ipynb".')
    return _inside(notebook, "notebook", outside=True)


def _strings(values: Mapping[str, Any], key: str, most: int) -> tuple[str, ...]:
    value = values.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _error(f"{key} in {FILE} is not a list of texts.", f'Write it as {key} = ["..."].')
    if len(value) > most:
        raise _error(f"{key} in {FILE} has more than {most} entries.", "Leave out what the app does not need.")
    return tuple(value)


def _requirements(values: Mapping[str, Any]) -> tuple[str, ...]:
    requirements = _strings(values, "requirements", 100)
    for requirement in requirements:
        if not REQUIREMENT.fullmatch(requirement):
            raise _error(
                f"requirements in {FILE} has an entry that names no package: {requirement!r}.",
                'Write names with versions, as in "pandas>=2".',
            )
    return requirements


def _permissions(values: Any) -> Permissions:
    if not isinstance(values, dict):
        raise _error(f"permissions in {FILE} is not a table.", "Write it as [permissions] with one setting a line.")
    unknown = set(values) - {"hosts", "network", "llm", "files"}
    if unknown:
        remedy = "An app can ask for hosts, network, llm and files."
        raise _error(f"{FILE} asks for something that does not exist: {', '.join(sorted(unknown))}.", remedy)
    for key in ("network", "llm"):
        if not isinstance(values.get(key, False), bool):
            raise _error(f"{key} in {FILE} is neither true nor false.", f"Write it as {key} = true.")
    hosts = tuple(host.lower() for host in _strings(values, "hosts", 30))
    for host in hosts:
        if not _HOST.fullmatch(host):
            remedy = 'Write a name alone, as in "api.example.org", without a scheme, path or port.'
            raise _error(f"hosts in {FILE} has an entry that is no host name: {host!r}.", remedy)
    files = tuple(_inside(path, "files", outside=True) for path in _strings(values, "files", 30))
    return Permissions(hosts, values.get("network", False), values.get("llm", False), files)


def _secrets(values: Any) -> dict[str, str]:
    if isinstance(values, list) and all(isinstance(name, str) for name in values):
        values = dict.fromkeys(values, "")
    if not isinstance(values, dict) or len(values) > 20:
        remedy = 'Write it as [secrets] with NAME = "what it is for" for each, 20 at most.'
        raise _error(f"secrets in {FILE} is not a table of names.", remedy)
    for name in values:
        if not SECRET.fullmatch(name):
            remedy = "Use letters, digits and underscores, as in WEATHER_KEY."
            raise _error(f"secrets in {FILE} has an entry that is no name: {name!r}.", remedy)
    return {name: _text(values, name, "") for name in values}


def _error(message: str, remedy: str) -> ManifestError:
    return ManifestError(Problem(code="bad_manifest", message=message, remedy=remedy))
