"""The kinds of apps: for each a folder with a small working example and ``prompt.md``, what a model has to know of it.

``{{title}}`` and ``{{name}}`` stand in the examples where the app's own go.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import get_args

from ...protocol import AppKind

KINDS: tuple[AppKind, ...] = get_args(AppKind)

_HERE = Path(__file__).parent
_PROMPT = "prompt.md"
_IGNORED = "data/\n__pycache__/\n"

_NAMES: tuple[tuple[AppKind, str], ...] = (
    ("streamlit", r"\bstreamlit\b"),
    ("gradio", r"\bgradio\b"),
    ("dash", r"\b(?:plotly dash|dash app|(?:with|in|using) dash)\b"),
    ("panel", r"\bpanel app\b|\bholoviz\b|\b(?:with|in|using) panel\b"),
    ("voila", r"\bvoil[aà]\b"),
    ("widgets", r"\bipywidgets?\b|\bwidgets?\b.*\b(?:notebook|cell)\b"),
)
_NEEDS_BACKEND = re.compile(
    r"\b(?:back-?end|server|database|sqlite|several people|everybody|everyone|multi-?user|shared?|guest ?book|chat room"
    r"|fastapi|flask|starlette|full-?stack|datenbank|base de (?:datos|données)|banco de dados)\b|データベース|数据库",
    re.IGNORECASE,
)
_APP = re.compile(
    r"\b(?:apps?|web ?apps?|web ?sites?|web ?pages?|landing page|dashboards?|guest ?book|games?|webseite|aplicaci[oó]n"
    r"|aplicativo|applicazione|site web|page web|p[aá]gina web)\b|приложени|アプリ|应用|應用|網頁|网页|앱",
    re.IGNORECASE,
)
_MAKING = re.compile(
    r"\b(?:make|build|create|write|generate|code|develop|design|want|need|give me|mach|bau|erstell|schreib|crea|haz"
    r"|fais|faire|cr[eé]e|faz|fa[cç]a|cria)|сдела|созда|напиши|作っ|作成|做|创建|開發|만들",
    re.IGNORECASE,
)


def template(kind: AppKind, title: str, name: str) -> dict[str, str]:
    """The files of a new app by their paths in its folder; empty for a kind that is no folder (*widgets*)."""
    return {path: _filled(path, text, title, name) for path, text in _files(kind).items()}


def example(kind: AppKind) -> str:
    """The kind's example as a model writes it, in the fence dialect; empty for *widgets*, whose prompt has it."""
    files = template(kind, "Example", "example")
    return "\n\n".join(
        f"{_fence(text)}{_language(path)} file=apps/example/{path}\n{text.rstrip()}\n{_fence(text)}"
        for path, text in sorted(files.items(), key=lambda file: _place(file[0]))
        if not path.endswith((".gitignore", ".ipynb"))
    )


def guide(kind: AppKind) -> str:
    """What a model has to know to write an app of this kind."""
    return (_HERE / kind / _PROMPT).read_text(encoding="utf-8").strip()


def asked_for(text: str) -> AppKind | None:
    """The kind of app that a request asks to have made; None where it does not read like such a request.

    A guess that decides what the model is told, never what is done.
    """
    for kind, pattern in _NAMES:
        if re.search(pattern, text, re.IGNORECASE):
            return kind
    if not (_APP.search(text) and _MAKING.search(text)):
        return None
    return "fullstack" if _NEEDS_BACKEND.search(text) else "web"


@cache
def _files(kind: AppKind) -> dict[str, str]:
    folder = _HERE / kind
    found = {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != _PROMPT and "__pycache__" not in file.parts
    }
    return {".gitignore": _IGNORED, **found} if found else {}


def _filled(path: str, text: str, title: str, name: str) -> str:
    quoted = html.escape if path.endswith(".html") else _in_string
    return text.replace("{{title}}", quoted(title)).replace("{{name}}", quoted(name))


def _in_string(text: str) -> str:
    """``text`` between the double quotes of TOML, Python or JSON alike."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _place(path: str) -> tuple[int, str]:
    """In the order in which the files are best written: what a page loads is there before the page."""
    if path == "townie.toml":
        return 0, path
    return (2 if path.endswith(".html") else 1), path


def _language(path: str) -> str:
    suffix = path.rpartition(".")[2]
    return {"py": "python", "js": "javascript"}.get(suffix, suffix)


def _fence(text: str) -> str:
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`{3,}", text)), default=2))
