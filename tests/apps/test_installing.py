"""Packages that an app lacks: they are named together, installed when a person says so, and the app runs."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import pytest

from jupyter_townie import protocol as p
from jupyter_townie.apps import App, AppRefused
from jupyter_townie.apps.packages import lacking, unknown

from . import environment
from .working import Workspace, answering

SOURCE = "import humanize\nimport brought_by_another\n" + answering("def answer(path):\n    return humanize.SAID\n")
MANIFEST = 'kind = "fullstack"\nrequirements = ["a-package-of-ours >= 1.0", "uvicorn", "humanize"]\n'


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment.made(tmp_path_factory.mktemp("environment") / "python")


@pytest.fixture
def index(workspace: Workspace, python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages, which is all that pip knows."""

    async def found(_: str | None) -> str:
        return str(python)

    monkeypatch.setattr(workspace.apps._installing, "_python", found)
    object.__setattr__(workspace.apps._running._context, "python", found)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "packages"))
    return tmp_path / "packages"


def packages(workspace: Workspace, app: App) -> p.AppPackages | None:
    return workspace.apps.info(app.id).packages


async def lacks(workspace: Workspace, app: App) -> p.AppPackages:
    with pytest.raises(AppRefused) as refused:
        await workspace.apps.start(app.id)
    assert refused.value.problem.remedy.startswith("Not installed")
    found = packages(workspace, app)
    assert found is not None
    return found


async def test_all_that_an_app_lacks_is_installed_at_once_when_it_is_there_and_the_app_runs(
    workspace: Workspace, index: Path, python: Path
) -> None:
    environment.wheel(index, "humanize", "SAID = 'of the new package'")
    app = workspace.allowed(SOURCE, manifest=MANIFEST)
    workspace.watch(app)
    found = await lacks(workspace, app)
    assert (found.names, found.into, found.phase) == (["humanize", "a-package-of-ours >= 1.0"], str(python), "missing")
    assert found.unknown == ["a-package-of-ours >= 1.0"]
    workspace.apps.install(app.id, found.names)
    state = packages(workspace, app)
    assert state is not None
    assert state.phase == "installing"

    await workspace.until(lambda: (now := packages(workspace, app)) is not None and now.phase == "failed", 30)
    state = packages(workspace, app)
    assert state is not None
    assert "No matching distribution found for a-package-of-ours" in state.output
    assert "Look whether the name and the version are right" in state.remedy

    environment.wheel(index, "a-package-of-ours", module="brought_by_another")
    workspace.apps.install(app.id, found.names)
    await workspace.until(lambda: workspace.apps.info(app.id).phase == "running", 30)
    assert await workspace.get(app) == (200, "of the new package")
    assert packages(workspace, app) is None
    assert any("Installed humanize" in line.text for line in workspace.apps.log(app.id))
    assert any(isinstance(frame, p.AppReloadFrame) for frame in workspace.frames)


async def test_installation_that_is_stopped_has_stopped(
    workspace: Workspace, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = workspace.allowed("import xmltodict\n")
    names = (await lacks(workspace, app)).names
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.delenv("PIP_NO_INDEX")
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        workspace.apps.install(app.id, names)
        silent.settimeout(20)
        connection, _ = await asyncio.to_thread(silent.accept)
        began = time.monotonic()
        await workspace.apps.stop_installing(app.id)
        assert time.monotonic() - began < 2
        connection.settimeout(5)
        while connection.recv(10_000):
            """What pip had asked for; then it is gone."""
    state = packages(workspace, app)
    assert state is not None
    assert state.phase == "missing"


async def test_index_that_is_not_reached_is_told_as_that_and_not_as_a_wrong_name(
    workspace: Workspace, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = workspace.allowed("import xmltodict\n")
    names = (await lacks(workspace, app)).names
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "https://127.0.0.1:9/")
    monkeypatch.setenv("PIP_RETRIES", "1")
    workspace.apps.install(app.id, names)
    await workspace.until(lambda: (now := packages(workspace, app)) is not None and now.phase == "failed", 30)
    state = packages(workspace, app)
    assert state is not None
    assert "can not be reached" in state.remedy


async def test_only_what_the_person_has_seen_is_installed(workspace: Workspace, index: Path) -> None:
    app = workspace.allowed("import xmltodict\n")
    await lacks(workspace, app)
    with pytest.raises(AppRefused, match="something else"):
        workspace.apps.install(app.id, ["xmltodict", "another"])


@pytest.mark.parametrize(
    ("requirements", "module", "absent", "expected"),
    [
        ([], "sklearn", [], ["scikit-learn"]),
        (["scikit_learn>=1.4"], "sklearn.linear_model", ["scikit_learn>=1.4"], ["scikit_learn>=1.4"]),
        ([], "nobody_knows_this", ["not-in-the-toml"], []),
        (["its-package"], "of_another_name", ["its-package"], ["its-package"]),
        (["pandas"], "", ["pandas"], ["pandas"]),
    ],
)
def test_package_is_known_by_its_name_or_listed(
    requirements: list[str], module: str, absent: list[str], expected: list[str]
) -> None:
    error = {"ename": "ModuleNotFoundError", "evalue": "x", "module": module, "absent": absent}
    assert lacking(requirements, error) == expected


def test_optional_part_of_a_package_is_named() -> None:
    said = "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl."
    assert lacking([], {"ename": "ImportError", "evalue": said}) == ["openpyxl"]


def test_frameworks_are_known() -> None:
    assert unknown(["streamlit>=1.40", "voila", "pandas", "made-up-by-a-model"]) == ["made-up-by-a-model"]
