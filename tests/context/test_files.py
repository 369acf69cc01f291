"""Attached files: inside the workspace, text, bounded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from jupyter_townie.context.files import FileRefused, FolderFiles, read, text_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside.txt").write_text("OUTSIDE")
    folder = tmp_path / "root"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.txt").write_text("inside")
    return folder


async def test_a_text_file_is_read(root: Path) -> None:
    file = await read("data/a.txt", FolderFiles(root))
    assert (file.path, file.text, file.note) == ("data/a.txt", "inside", "")


@pytest.mark.parametrize("path", ["../outside.txt", "data/../../outside.txt", "", "a\0b", "C:/x", "data\\a.txt"])
async def test_a_path_out_of_the_workspace_is_refused(root: Path, path: str) -> None:
    with pytest.raises(FileRefused):
        await read(path, FolderFiles(root))


@pytest.mark.parametrize("target", ["../outside.txt", "/etc/passwd"])
async def test_a_link_out_of_the_workspace_is_refused(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)
    with pytest.raises(FileRefused, match="leads out"):
        await read("link", FolderFiles(root))


async def test_a_linked_folder_out_of_the_workspace_is_refused(root: Path, tmp_path: Path) -> None:
    (root / "folder").symlink_to(tmp_path)
    with pytest.raises(FileRefused, match="leads out"):
        await read("folder/outside.txt", FolderFiles(root))


async def test_a_link_within_the_workspace_is_followed(root: Path) -> None:
    (root / "link").symlink_to("data/a.txt")
    assert (await read("link", FolderFiles(root))).text == "inside"


async def test_hidden_files_are_refused_also_behind_a_link(root: Path) -> None:
    (root / ".env").write_text("KEY=1")
    (root / "link").symlink_to(".env")
    for path in (".env", "link"):
        with pytest.raises(FileRefused, match="hidden"):
            await read(path, FolderFiles(root))


async def test_a_missing_file_a_folder_and_a_pipe_are_told(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(FileNotFoundError):
        await read("nothing.txt", FolderFiles(root))
    for path in ("data", "pipe"):
        with pytest.raises(FileRefused):
            await read(path, FolderFiles(root))


async def test_a_huge_file_is_not_opened(root: Path) -> None:
    with (root / "huge.csv").open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(FileRefused, match="larger than"):
        await read("huge.csv", FolderFiles(root))


def test_a_long_file_keeps_head_and_tail_and_says_so() -> None:
    file = text_of("a.csv", b"head\n" + b"row\n" * 100_000 + b"tail")
    assert file.text.startswith("head\n")
    assert file.text.endswith("\ntail")
    assert file.note == "200 KB of 400 KB"


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x00\x01", b"\xff\xfa" * 100])
def test_a_file_that_is_not_text_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused, match="not a text file"):
        text_of("a.bin", raw)


def test_a_few_bytes_that_are_not_utf8_are_replaced_and_that_is_said() -> None:
    file = text_of("a.txt", b"mostly fine text \xff and more")
    assert "\ufffd" in file.text
    assert "1 characters" in file.note


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    assert text_of("a.txt", "tèxt".encode(encoding)).text == "tèxt"


def test_a_notebook_is_shown_as_its_sources() -> None:
    cells = [{"cell_type": "markdown", "source": ["# T"]}, {"cell_type": "code", "source": "x = 1", "outputs": ["big"]}]
    assert text_of("a.ipynb", json.dumps({"cells": cells}).encode()).text == "# %% [markdown]\n# T\n\n# %%\nx = 1"
