"""An app as an archive that runs without Townie and without Jupyter."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
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
_SKIPPED = frozenset(("__pycache__", "node_modules", ".git", ".ipynb_checkpoints"))
_SERVED = frozenset(("web", "fullstack"))
"""Kinds that ``serve.py`` serves; the others have servers of their own."""
_SERVER = {
    "web": ("uvicorn",),
    "fullstack": ("uvicorn[standard]", "a2wsgi"),
    # Voila brings no kernel.
    "voila": ("voila", "ipykernel"),
}
_COMMANDS = {
    "streamlit": "streamlit run {entry} --server.address {host} --server.port {port} --server.headless true"
    " --browser.gatherUsageStats false",
    "panel": "panel serve {entry} --address {host} --port {port} --allow-websocket-origin '*'",
    "voila": "voila {entry} --Voila.ip={host} --port={port} --no-browser",
    "gradio": "python -c \"import {module} as m; (getattr(m, 'demo', None) or m.app).launch("
    "server_name='{host}', server_port={port})\"",
    "dash": "python -c \"import {module} as m; m.app.run(host='{host}', port={port})\"",
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
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
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
            zipped.write(path, f"{top}/{name}")
        for name, content in _added(app, manifest, sorted(used)).items():
            # What the app has under the same name is the app's.
            if f"{top}/{name}" not in zipped.NameToInfo:
                zipped.writestr(f"{top}/{name}", content)
    return buffer.getvalue()


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


def _added(app: App, manifest: Manifest, page_data: list[str]) -> dict[str, str | bytes]:
    added: dict[str, str | bytes] = {
        f"townie/{path.name}": path.read_bytes() for path in sorted((_HERE / "runner" / "townie").glob("*.py"))
    }
    if manifest.kind in _SERVED:
        added["serve.py"] = (_HERE / "exported" / "serve.py").read_bytes()
        for name in ("files", "page", "storage", "vendored", "manifest_name"):
            added[f"townie_web/{name}.py"] = _module(name)
        added["townie_web/__init__.py"] = '"""What the pages of this app use."""\n'
        settings = {"kind": manifest.kind, "entry": manifest.entry, "page_data": page_data}
        added["townie_web/settings.json"] = json.dumps(settings, indent=1) + "\n"
        added["townie_web/static/client.js"] = (_HERE / "static" / "client.js").read_bytes()
        for path in sorted((_HERE / "static" / "vendor").iterdir()):
            added[f"townie_web/static/vendor/{path.name}"] = path.read_bytes()
    added["requirements.txt"] = "".join(f"{name}\n" for name in _requirements(manifest))
    added["Dockerfile"] = _dockerfile(manifest)
    added[".dockerignore"] = "data/\n.venv/\n__pycache__/\n"
    added["README.md"] = _readme(app, manifest, page_data)
    return added


def _module(name: str) -> str:
    if name == "manifest_name":
        return 'FILE = "townie.toml"\n'
    text = (_HERE / f"{name}.py").read_text(encoding="utf-8")
    return text.replace("from .manifest import FILE", "from .manifest_name import FILE")


def _requirements(manifest: Manifest) -> list[str]:
    asked = list(manifest.requirements)
    named = {re.split(r"[\s\[<>=!~;]", name, maxsplit=1)[0].lower() for name in asked}
    for name in _SERVER.get(manifest.kind, (manifest.kind,)):
        bare = name.split("[")[0]
        if bare in named:
            # The app may have asked for it without what WebSockets need.
            asked = [name if one.lower() == bare else one for one in asked]
        else:
            asked.append(name)
    return asked


def _command(manifest: Manifest, host: str, port: int) -> str:
    if manifest.kind in _SERVED:
        return f"python serve.py --host {host} --port {port}"
    entry = manifest.entry.split(":")[0]
    if manifest.kind in ("streamlit", "panel", "voila") and "." not in entry:
        entry += ".py"
    module = entry.removesuffix(".py").replace("/", ".")
    return _COMMANDS[manifest.kind].format(entry=shlex.quote(entry), module=module, host=host, port=port)


def _dockerfile(manifest: Manifest) -> str:
    return f"""FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt && useradd --create-home app && mkdir -p /data && chown app /data
COPY . .
USER app
ENV TOWNIE_DATA=/data
VOLUME /data
EXPOSE 8000
CMD {_command(manifest, _ANY, 8000)}
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
    if manifest.secrets:
        names = "".join(f"\n- `{name}`: {purpose or 'a secret'}" for name, purpose in manifest.secrets.items())
        notes.append(f"It needs these variables in its environment:\n{names}")
    more = "".join(f"\n{note}\n" for note in notes)
    data = (
        "What its page keeps stays in the browser of each visitor."
        if manifest.kind == "web" and not page_data
        else "Its data is kept in `data/`, or in the folder that `TOWNIE_DATA` names; it starts with none."
    )
    return f"""# {manifest.title}

It runs without Townie and without Jupyter, with Python {sys.version_info.major}.{sys.version_info.minor} or later:

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    PATH="$PWD/.venv/bin:$PATH" {_command(manifest, "127.0.0.1", 8000)}

Then open http://127.0.0.1:8000; Ctrl+C ends it. {data}

On Windows: `py -m venv .venv`, `.venv\\Scripts\\activate`, `pip install -r requirements.txt`, and the last command from
`{_command(manifest, "127.0.0.1", 8000).split()[0]}` on.

With Docker: `docker build -t {app.id} .` and `docker run -p 8000:8000 -v {app.id}:/data {app.id}`.

Nothing confines it here: its code has the rights of whoever starts it. Nobody has to sign in either: put a login in
front of it before others reach it.
{more}"""


def _problem(message: str, remedy: str) -> p.Problem:
    return p.Problem(code="not_exported", message=message, remedy=remedy)
