"""An app as an archive that runs without Townie and without Jupyter."""

from __future__ import annotations

import io
import json
import os
import posixpath
import re
import shlex
import stat
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .. import protocol as p
from .app import App
from .manifest import Manifest
from .refusal import AppRefused

LARGEST = 200_000_000
"""Bytes of an app's own files."""
_HERE = Path(__file__).parent
_SKIPPED = frozenset(("__pycache__", "node_modules", ".git", ".ipynb_checkpoints", ".venv", "venv"))
_PAGES = frozenset(("web", "fullstack"))
"""Kinds whose pages use what Townie offers to pages."""
_SERVED = _PAGES | {"gradio", "dash"}
"""Kinds that ``serve.py`` serves; the others have servers of their own."""
_SERVER = {
    "web": ("uvicorn",),
    "fullstack": ("uvicorn[standard]", "a2wsgi"),
    "gradio": ("gradio", "uvicorn"),
    "dash": ("dash", "uvicorn", "a2wsgi"),
    # Voila brings no kernel.
    "voila": ("voila", "ipykernel"),
}
_COMMANDS = {
    "streamlit": "streamlit run {entry} --server.address {host} --server.port {port} --server.headless true"
    " --browser.gatherUsageStats false",
    "panel": "panel serve {entry} --address {host} --port {port} --allow-websocket-origin '*'",
    "voila": "voila {entry} --Voila.ip={host} --port={port} --no-browser",
}
_ANY = "0.0.0.0"  # noqa: S104 -- inside a container; what reaches it is decided by ``docker run -p``
_PAGE_DATA = re.compile(r"\btownie\s*\.\s*(kv|sql|llm)\b")


def archive(app: App) -> bytes:
    """A zip file with the app in one folder; unpack it and follow its README.  Its data stays here.  Blocking.

    :raises AppRefused: it is too large, is no app that can be used, or is a notebook with widgets.
    """
    manifest = app.manifest
    if manifest is None:
        raise AppRefused(app.problem or _problem("The app has no readable townie.toml.", "Correct it, and try again."))
    if manifest.kind == "widgets":
        raise AppRefused(
            _problem("Widgets live in their notebook.", "Save the notebook itself; it needs ipywidgets and a kernel.")
        )
    buffer = io.BytesIO()
    top = app.path.rsplit("/", 1)[-1]
    used: set[str] = set()
    required = ""
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as zipped:
        total = 0
        for path in _files(app.folder):
            name = path.relative_to(app.folder).as_posix()
            total += path.stat().st_size
            if total > LARGEST:
                raise AppRefused(
                    _problem(f"The app is larger than {LARGEST // 1_000_000} MB.", "Leave large data files out of it.")
                )
            if path.suffix in (".js", ".mjs", ".jsx", ".html", ".htm", ".py") and path.stat().st_size < 5_000_000:
                text = path.read_text(encoding="utf-8", errors="replace")
                if path.suffix != ".py":
                    used.update(_PAGE_DATA.findall(text))
            if name == "requirements.txt":
                required = path.read_text(encoding="utf-8-sig", errors="replace")
                continue
            zipped.write(path, f"{top}/{name}")
        # Where its data was: it may open files there without making the folder.
        zipped.writestr(_entry(f"{top}/data/"), b"")
        for name, content in _added(app, manifest, sorted(used), required).items():
            # What the app has under the same name is the app's.
            if f"{top}/{name}" not in zipped.NameToInfo:
                zipped.writestr(_entry(f"{top}/{name}"), content)
            elif name == "README.md":
                zipped.writestr(_entry(f"{top}/RUN.md"), content)
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """A file, or a folder with a slash at its end, that everybody may read, as the user of a container has to."""
    entry = zipfile.ZipInfo(name, time.localtime()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    folder = name.endswith("/")
    entry.external_attr = ((stat.S_IFDIR | 0o755 if folder else stat.S_IFREG | 0o644) << 16) | (0x10 if folder else 0)
    return entry


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        at_top = Path(place) == folder
        folders[:] = sorted(
            name for name in folders if name not in _SKIPPED and not _odd(name) and not (at_top and name == "data")
        )
        for name in sorted(names):
            path = Path(place) / name
            # A link could lead anywhere on this machine.
            if not _odd(name) and not path.is_symlink() and path.is_file() and not name.endswith(".pyc"):
                yield path


def _odd(name: str) -> bool:
    """Whether a name can not be unpacked everywhere: on Windows a backslash leads out of the folder."""
    return "\\" in name or not name.isprintable()


def _added(app: App, manifest: Manifest, page_data: list[str], required: str) -> dict[str, str | bytes]:
    added: dict[str, str | bytes] = {
        f"townie/{path.name}": path.read_bytes() for path in sorted((_HERE / "runner" / "townie").glob("*.py"))
    }
    if manifest.kind in _SERVED:
        added["serve.py"] = (_HERE / "exported" / "serve.py").read_bytes()
        added["townie_web/application.py"] = (_HERE / "runner" / "application.py").read_bytes()
        added["townie_web/__init__.py"] = '"""What serves this app, and what its pages use."""\n'
        settings = {"kind": manifest.kind, "entry": manifest.entry, "page_data": page_data}
        added["townie_web/settings.json"] = json.dumps(settings, indent=1) + "\n"
    if manifest.kind in _PAGES:
        added["townie_web/pages.py"] = (_HERE / "exported" / "pages.py").read_bytes()
        for name in ("files", "page", "storage", "vendored", "manifest_name"):
            added[f"townie_web/{name}.py"] = _module(name)
        added["townie_web/static/client.js"] = (_HERE / "static" / "client.js").read_bytes()
        for path in sorted((_HERE / "static" / "vendor").iterdir()):
            added[f"townie_web/static/vendor/{path.name}"] = path.read_bytes()
    added["requirements.txt"] = "".join(f"{line}\n" for line in _requirements(manifest, required))
    added["Dockerfile"] = _dockerfile(manifest)
    added[".dockerignore"] = "data/\n.venv/\n__pycache__/\n"
    added["README.md"] = _readme(app, manifest, page_data)
    return added


def _module(name: str) -> str:
    if name == "manifest_name":
        return 'FILE = "townie.toml"\n'
    text = (_HERE / f"{name}.py").read_text(encoding="utf-8")
    return text.replace("from .manifest import FILE", "from .manifest_name import FILE")


def _requirements(manifest: Manifest, required: str) -> list[str]:
    """The lines of the app's own requirements.txt, and what else has to be installed."""
    lines = required.splitlines()
    own = {_bare(line) for line in lines}
    lines += [name for name in manifest.requirements if _bare(name) not in own]
    named = {_bare(line) for line in lines}
    for name in _SERVER.get(manifest.kind, (manifest.kind,)):
        bare = _bare(name)
        if bare not in named:
            lines.append(name)
        elif bare != name:
            # The app may have asked for it without what WebSockets need.
            lines = [name if line.strip().lower() == bare else line for line in lines]
    return lines


def _bare(requirement: str) -> str:
    """The name of a package alone."""
    return re.split(r"[\s\[<>=!~;#]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-")


def _command(manifest: Manifest, host: str, port: int) -> str:
    if manifest.kind in _SERVED:
        return f"python serve.py --host {host} --port {port}"
    entry = manifest.entry.split(":")[0]
    if manifest.kind in ("streamlit", "panel", "voila") and "." not in entry:
        entry += ".py"
    return _COMMANDS[manifest.kind].format(entry=shlex.quote(entry), host=host, port=port)


def _dockerfile(manifest: Manifest) -> str:
    # The command as a list: a shell around it would keep the signal that stops the container to itself.
    return f"""FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt && useradd --create-home app && mkdir data && chown app data
COPY --chown=app . .
USER app
ENV PYTHONUNBUFFERED=1
VOLUME /app/data
EXPOSE 8000
CMD {json.dumps(shlex.split(_command(manifest, _ANY, 8000)))}
"""


def _readme(app: App, manifest: Manifest, page_data: list[str]) -> str:
    notes = []
    if {"kv", "sql"} & set(page_data):
        notes.append(
            "Its pages keep their data on the server without asking who the visitor is: whoever can open the app can"
            " change all of it."
        )
    if manifest.permissions.llm or "llm" in page_data:
        notes.append(
            "It asks a language model: set `OPENAI_API_KEY` (and `OPENAI_BASE_URL`, `OPENAI_MODEL` for another"
            " provider). Whoever can open the app spends from that key."
        )
    outside = [name for name in map(posixpath.normpath, manifest.permissions.files) if name.startswith("../")]
    if outside:
        mounts = " ".join(_mount(name) for name in outside)
        names = ", ".join(f"`{name}`" for name in outside)
        notes.append(
            f"It reads what is not in this folder, and has to be put there, seen from here: {names}. With Docker, mount"
            f" it too: `{mounts}`."
        )
    if manifest.secrets:
        names = "".join(f"\n- `{name}`: {purpose or 'a secret'}" for name, purpose in manifest.secrets.items())
        notes.append(f"It needs these variables in its environment:\n{names}")
    more = "".join(f"\n{note}\n" for note in notes)
    data = (
        "What its page keeps stays in the browser of each visitor."
        if manifest.kind == "web" and not page_data
        else "Its data is kept in `data/`, or in the folder that `TOWNIE_DATA` names; it starts with none."
    )
    kept = "" if manifest.kind == "web" and not page_data else ", which keeps its data in a volume"
    return f"""# {manifest.title}

It runs without Townie and without Jupyter, with Python {sys.version_info.major}.{sys.version_info.minor} or later:

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    PATH="$PWD/.venv/bin:$PATH" {_command(manifest, "127.0.0.1", 8000)}

Then open http://127.0.0.1:8000; Ctrl+C ends it. {data}

On Windows: `py -m venv .venv`, `.venv\\Scripts\\activate`, `pip install -r requirements.txt`, and the last command from
`{_command(manifest, "127.0.0.1", 8000).split()[0]}` on.

With Docker: `docker build -t {app.id} .` and `docker run -p 8000:8000 -v {app.id}:/app/data {app.id}`{kept}.

Nothing confines it here: its code has the rights of whoever starts it. Nobody has to sign in either: put a login in
front of it before others reach it.
{more}"""


def _mount(name: str) -> str:
    """What shows a container a file that its app finds at *name*, seen from its own folder.  Pasted into a shell."""
    inside = posixpath.normpath(posixpath.join("/app", name))
    return f'-v "$PWD"/{shlex.quote(f"{name}:{inside}:ro")}'


def _problem(message: str, remedy: str) -> p.Problem:
    return p.Problem(code="not_exported", message=message, remedy=remedy)
