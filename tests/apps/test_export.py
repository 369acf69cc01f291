"""An exported app is run as its README says, by a Python that cannot import Townie."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_townie.apps import App
from jupyter_townie.apps.export import archive
from jupyter_townie.apps.kinds import template
from jupyter_townie.apps.refusal import AppRefused

from .working import Workspace

WITHOUT_TOWNIE = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("jupyter_townie", "jupyter_server", "tornado"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
import runpy
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class Running:
    """An exported app that serves itself."""

    def __init__(self, address: str, process: subprocess.Popen[bytes]) -> None:
        self.address = address
        self.process = process

    def get(self, path: str, body: Any = None, method: str | None = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())


Run = Callable[[App], Running]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    processes: list[subprocess.Popen[bytes]] = []

    def started(app: App) -> Running:
        with zipfile.ZipFile(io.BytesIO(archive(app))) as zipped:
            zipped.extractall(tmp_path / "exported")
        (folder,) = (tmp_path / "exported").iterdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-c", WITHOUT_TOWNIE, str(folder / "serve.py"), "--port", str(port)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI", "TOWNIE"))}
        process = subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE)
        processes.append(process)
        running = Running(f"http://127.0.0.1:{port}/", process)
        until = time.monotonic() + 20
        while True:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    return running
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                assert process.stderr is not None
                raise AssertionError(process.stderr.read().decode())
            time.sleep(0.05)

    yield started
    for process in processes:
        process.kill()
        process.communicate()


async def test_full_stack_app_runs_without_townie(workspace: Workspace, run: Run) -> None:
    files = dict(template("fullstack", "Notes", "notes"))
    exported = run(workspace.make(files, manifest=files.pop("townie.toml"), path="apps/notes"))
    exported.get("api/notes", {"text": "kept"})
    assert [note["text"] for note in json.loads(exported.get("api/notes"))] == ["kept"]
    page = exported.get("").decode()
    assert '<script src="/_townie/client.js">' in page
    assert '"preact":"/_townie/vendor/preact.js"' in page


async def test_server_ends_though_a_visitor_listens_to_a_stream(workspace: Workspace, run: Run) -> None:
    source = """
        import asyncio

        async def app(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                await send({"type": "http.response.body", "body": b"tick", "more_body": True})
                await asyncio.sleep(0.1)
    """
    exported = run(workspace.make({"app.py": textwrap.dedent(source)}))
    with urllib.request.urlopen(exported.address, timeout=10) as stream:
        assert stream.read(4) == b"tick"
        exported.process.terminate()
        exported.process.wait(9)


async def test_page_has_its_libraries_and_keys(workspace: Workspace, run: Run) -> None:
    page = "<!doctype html><script type=module>import 'chart.js'; await townie.kv.set('a', 1)</script>é"
    exported = run(workspace.make({"index.html": page}, manifest='kind = "web"'))
    assert "é" in exported.get("").decode()
    assert len(exported.get("_townie/vendor/chart.js")) > 100
    exported.get("_townie/kv/a", [1, 2], method="PUT")
    assert json.loads(exported.get("_townie/kv/a")) == {"found": True, "value": [1, 2]}


async def test_page_that_uses_no_database_offers_none(workspace: Workspace, run: Run) -> None:
    exported = run(workspace.make({"index.html": "<p>hello"}, manifest='kind = "web"'))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        exported.get("_townie/sql", {"query": "SELECT 1"})


@pytest.mark.parametrize("path", ["townie.toml", "data/app.sqlite", "serve.py", "townie_web/settings.json", "%2e%2e/x"])
async def test_page_server_gives_nothing_else_away(workspace: Workspace, run: Run, path: str) -> None:
    exported = run(workspace.make({"index.html": "<p>hello"}, manifest='kind = "web"'))
    with pytest.raises(urllib.error.HTTPError, match="404"):
        exported.get(path)


async def test_data_links_and_caches_stay_here(workspace: Workspace, tmp_path: Path) -> None:
    app = workspace.make(
        {"index.html": "hi", "data/app.sqlite": "x", "__pycache__/a.pyc": "x"}, manifest='kind = "web"'
    )
    (tmp_path / "secret").write_text("secret")
    (app.folder / "link.txt").symlink_to(tmp_path / "secret")
    (app.folder / "..\\..\\out.txt").write_text("leads out on Windows")
    (app.folder / "..\\..\\out").mkdir()
    (app.folder / "..\\..\\out" / "out.txt").write_text("so does a folder")
    names = zipfile.ZipFile(io.BytesIO(archive(app))).namelist()
    assert not [name for name in names if "out.txt" in name]
    assert "one/index.html" in names
    assert not [name for name in names if "app.sqlite" in name or name.endswith(".pyc") or "link" in name]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="Python's own zipfile leaves the modes out")
async def test_unpacked_files_can_be_read_by_the_user_of_the_container(workspace: Workspace, tmp_path: Path) -> None:
    app = workspace.make({"app.py": "app = None", "requirements.txt": "httpx"})
    (tmp_path / "app.zip").write_bytes(archive(app))
    subprocess.run(["unzip", "-q", tmp_path / "app.zip", "-d", tmp_path / "out"], check=True)
    closed = [path for path in (tmp_path / "out").rglob("*") if not path.stat().st_mode & 0o004]
    assert not closed
    assert (tmp_path / "out" / "one" / "data").is_dir()


async def test_own_requirements_and_readme_stay_and_what_is_missing_is_added(workspace: Workspace) -> None:
    files = {"app.py": "", "requirements.txt": "fastapi>=0.100 # the API\nUvicorn\n", "README.md": "Mine"}
    app = workspace.make(files, manifest='kind = "fullstack"\nrequirements = ["fastapi", "httpx"]')
    zipped = zipfile.ZipFile(io.BytesIO(archive(app)))
    lines = zipped.read("one/requirements.txt").decode().splitlines()
    assert lines == ["fastapi>=0.100 # the API", "uvicorn[standard]", "httpx", "a2wsgi"]
    assert zipped.read("one/README.md") == b"Mine"
    assert b"python serve.py" in zipped.read("one/RUN.md")


async def test_files_outside_of_the_folder_are_told_of_and_mounted(workspace: Workspace) -> None:
    manifest = 'kind = "streamlit"\n[permissions]\nfiles = ["../../data/a b.csv", "own.csv"]'
    zipped = zipfile.ZipFile(io.BytesIO(archive(workspace.make({"app.py": ""}, manifest=manifest))))
    readme = zipped.read("one/README.md").decode()
    assert """-v "$PWD"/'../../data/a b.csv:/data/a b.csv:ro'""" in readme
    assert "own.csv" not in readme


async def test_app_that_starts_a_server_itself_is_served_where_it_is_asked_for(workspace: Workspace, run: Run) -> None:
    source = """
        import uvicorn

        async def create(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"served"})

        def make():
            return create

        uvicorn.run(make(), port=1)
    """
    manifest = 'kind = "fullstack"\nentry = "app:make()"'
    exported = run(workspace.make({"app.py": textwrap.dedent(source)}, manifest=manifest))
    assert exported.get("") == b"served"


async def test_streamlit_app_says_how_it_is_run(workspace: Workspace) -> None:
    app = workspace.make({"app.py": "import streamlit"}, manifest='kind = "streamlit"')
    zipped = zipfile.ZipFile(io.BytesIO(archive(app)))
    assert 'CMD ["streamlit", "run", "app.py", "--server.address", "0.0.0.0"' in zipped.read("one/Dockerfile").decode()
    assert zipped.read("one/requirements.txt") == b"streamlit\n"


async def test_notebook_app_brings_the_kernel_that_voila_does_not(workspace: Workspace) -> None:
    zipped = zipfile.ZipFile(io.BytesIO(archive(workspace.make({"app.ipynb": "{}"}, manifest='kind = "voila"'))))
    assert zipped.read("one/requirements.txt") == b"voila\nipykernel\n"


async def test_app_that_cannot_be_read_is_not_exported(workspace: Workspace) -> None:
    app = workspace.make({"index.html": "hi"}, manifest='kind = "nonsense"')
    with pytest.raises(AppRefused, match="nonsense"):
        archive(app)
