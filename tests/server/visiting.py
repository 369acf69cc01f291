"""Apps as their pages are shown over a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

ORIGIN = "http://lab.example:8888"
NAVIGATION = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Dest": "iframe"}


class Visit:
    """An app as its page is shown: requests below one capability, without cookies or token."""

    def __init__(self, server: str, app: str, prefix: str, runtime: Any) -> None:
        self.server, self.app, self.prefix, self.runtime = server, app, prefix, runtime

    async def get(self, path: str = "", method: str = "GET", body: Any = None, **headers: str) -> HTTPResponse:
        return await self.ask(self.prefix + path, method, body, headers)

    async def ask(self, path: str, method: str = "GET", body: Any = None, headers: Any = None) -> HTTPResponse:
        request = HTTPRequest(
            self.server + path,
            method=method,
            headers={name.replace("_", "-"): value for name, value in (headers or {}).items()},
            body=json.dumps(body) if body is not None else None,
            allow_nonstandard_methods=True,
            follow_redirects=False,
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def page(self, path: str = "") -> str:
        answer = await self.ask(self.prefix + path, headers=NAVIGATION)
        assert answer.code == 200, answer.body
        return answer.body.decode()


@pytest.fixture
def make(jp_root_dir: Path) -> Callable[..., str]:
    """Write an app's files; its folder's name."""

    def write(kind: str = "web", name: str = "one", **files: str) -> str:
        folder = jp_root_dir / "apps" / name
        folder.mkdir(parents=True)
        (folder / "townie.toml").write_text(f'name = "{name}"\ntitle = "One & <two>"\nkind = "{kind}"\n')
        for file, text in files.items():
            path = folder / file.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return name

    return write


@pytest.fixture
def visit(jp_fetch: Any, jp_serverapp: Any, jp_base_url: str) -> Callable[..., Any]:
    async def begin(origin: str = ORIGIN, headers: Any = None) -> Visit:
        runtime = jp_serverapp.extension_manager.extension_points["jupyter_townie"].app.runtime
        app = json.loads((await jp_fetch("townie", "api", "apps")).body)[0]["id"]
        body = json.dumps({"origin": origin})
        made = await jp_fetch("townie", "api", "apps", app, "preview", method="POST", body=body, headers=headers or {})
        answer = json.loads(made.body)
        prefix = answer["self_test"].partition("_townie/")[0]
        return Visit(f"http://127.0.0.1:{jp_serverapp.port}", app, prefix, runtime)

    return begin
