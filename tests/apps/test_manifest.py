"""``townie.toml``: read, written, and refused in words that say what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from jupyter_townie.apps.manifest import FILE, LARGEST, Manifest, ManifestError, Permissions


def read(folder: Path, text: str | bytes) -> Manifest:
    (folder / "townie.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return Manifest.read(folder)


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ManifestError) as caught:
        read(folder, text)
    assert caught.value.problem.remedy
    return caught.value.problem.message


def test_folder_without_the_file_is_no_app(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Manifest.read(tmp_path)


def test_what_is_not_said_follows_from_the_folder_and_the_kind(tmp_path: Path) -> None:
    found = read(tmp_path, 'kind = "streamlit"')
    assert (found.name, found.title, found.entry, found.backend) == (tmp_path.name, tmp_path.name, "app.py", True)


def test_page_alone_has_no_backend(tmp_path: Path) -> None:
    assert not read(tmp_path, "").backend


texts = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Z")), min_size=1, max_size=60)


@given(title=texts, network=st.booleans(), hosts=st.lists(st.just("api.example.org"), max_size=2))
def test_what_is_written_is_read_back(
    title: str, network: bool, hosts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("app")
    made = Manifest(
        name="one",
        title=title,
        kind="fullstack",
        entry="app:app",
        permissions=Permissions(tuple(hosts), network),
        secrets={"A_KEY": title} if network else {},
    )
    made.write(folder)
    assert Manifest.read(folder) == made


def test_mistake_in_the_syntax_is_named_with_its_line(tmp_path: Path) -> None:
    assert "line 2" in refused(tmp_path, 'kind = "web"\ntitle = Notes\n')


def test_unknown_kind_is_refused(tmp_path: Path) -> None:
    assert "'rails'" in refused(tmp_path, 'kind = "rails"')


@pytest.mark.parametrize("entry", ["../other/app.py", "/etc/passwd", "a/../../b.py", "~/x.py", "C:\\x.py"])
def test_entry_outside_of_the_folder_is_refused(tmp_path: Path, entry: str) -> None:
    assert "out of the app" in refused(tmp_path, f"kind = 'streamlit'\nentry = '{entry}'")


@pytest.mark.parametrize("host", ["https://example.org", "localhost", "127.0.0.1", "example.org:8080", "*", "a b.org"])
def test_what_is_no_host_name_is_refused(tmp_path: Path, host: str) -> None:
    assert "host name" in refused(tmp_path, f'[permissions]\nhosts = ["{host}"]')


def test_permission_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    assert "shell" in refused(tmp_path, "[permissions]\nshell = true")


def test_permission_of_another_type_is_refused(tmp_path: Path) -> None:
    assert "network" in refused(tmp_path, '[permissions]\nnetwork = "yes"')


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    assert "UTF-8" in refused(tmp_path, b"\xff\xfe\x00")


def test_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert "larger" in refused(tmp_path, "#" * (LARGEST + 1))


def test_value_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    assert "too deeply" in refused(tmp_path, "a = " + "[" * 30_000)


def test_pipe_in_place_of_the_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(ManifestError, match="no ordinary file"):
        Manifest.read(tmp_path)


def test_title_cannot_turn_the_text_around_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('title = "a\\u202eb\\u001b[2Jc\\u2067"\n')
    assert Manifest.read(tmp_path).title == "ab[2Jc"


def test_requirement_that_runs_something_is_refused(tmp_path: Path) -> None:
    assert "names no package" in refused(tmp_path, 'requirements = ["-r /etc/passwd"]')


@pytest.mark.parametrize("entry", ["app.py; rm -rf x", "$(id).py", "`id`.py", "a'b.py", 'a".py', "-c.py"])
def test_entry_that_a_shell_would_take_for_more_is_refused(tmp_path: Path, entry: str) -> None:
    assert "entry" in refused(tmp_path, f'kind = "streamlit"\nentry = {json.dumps(entry)}')


def test_requirement_brings_no_option_of_pip(tmp_path: Path) -> None:
    assert "requirements" in refused(tmp_path, 'requirements = ["pandas\\n--index-url https://mirror.example"]')


def test_file_that_is_asked_for_reads_as_it_is(tmp_path: Path) -> None:
    for name in ("../../a\u202etxt.csv", "../../a\nb"):
        asked = f'kind = "fullstack"\n[permissions]\nfiles = [{json.dumps(name)}]'
        assert "can not be shown" in refused(tmp_path, asked)
